"""Names of NumPy and SciPy that have no samples, each with the reason."""

# Not about numbers in arrays, or nothing that a Tensor is an argument of.
OUTSIDE = {
    "dtypes, versions and settings": """
        numpy: can_cast common_type finfo get_include getbufsize geterr geterrcall iinfo isdtype
        issubdtype min_scalar_type mintypecode promote_types result_type setbufsize seterr
        seterrcall show_config show_runtime test typename info get_printoptions set_printoptions
        printoptions iterable isscalar
        numpy.linalg: test
        numpy.fft: test
        scipy.special: geterr seterr test
        scipy.linalg: LinAlgError LinAlgWarning find_best_blas_type get_blas_funcs get_lapack_funcs
    """,
    "files, bytes and text": """
        numpy: array2string array_repr array_str base_repr binary_repr format_float_positional
        format_float_scientific frombuffer fromfile fromregex fromstring genfromtxt load loadtxt
        save savetxt savez savez_compressed packbits unpackbits fromiter from_dlpack
    """,
    "dates, matrices and records": """
        numpy: busday_count busday_offset datetime_as_string datetime_data is_busday isnat asmatrix
        bmat
    """,
    "memory": """
        numpy: may_share_memory shares_memory isfortran nested_iters require
    """,
    "integers and bits": """
        numpy: bitwise_and bitwise_count bitwise_invert bitwise_left_shift bitwise_not bitwise_or
        bitwise_right_shift bitwise_xor gcd lcm invert left_shift right_shift
    """,
    "positions and shapes, made of integers": """
        numpy: broadcast_shapes diag_indices diag_indices_from mask_indices ravel_multi_index
        tril_indices tril_indices_from triu_indices triu_indices_from unravel_index indices
        einsum_path
    """,
    "arrays that are made, and what makes arrays of others": """
        numpy: arange array asanyarray asarray asarray_chkfinite ascontiguousarray asfortranarray
        empty empty_like eye frompyfunc fromfunction full identity ones row_stack zeros
    """,
    "orders in which elements beyond one place are free": """
        numpy: argpartition
    """,
    "windows and matrices of constants, made from sizes": """
        numpy: bartlett blackman hamming hanning kaiser
        numpy.fft: fftfreq rfftfreq
        scipy.linalg: dft hadamard helmert hilbert invhilbert invpascal pascal
    """,
    "questions whose answer is no number": """
        numpy: iscomplexobj isrealobj ndim shape size
        scipy.linalg: bandwidth ishermitian issymmetric
    """,
    "zeros, nodes, coefficients and polynomials, made from integers": """
        scipy.special: ai_zeros bei_zeros beip_zeros ber_zeros beip_zeros berp_zeros bi_zeros
        erf_zeros fresnel_zeros fresnelc_zeros fresnels_zeros jn_zeros jnjnp_zeros jnp_zeros
        jnyn_zeros kei_zeros keip_zeros kelvin_zeros ker_zeros kerp_zeros y0_zeros y1_zeros
        y1p_zeros yn_zeros ynp_zeros bernoulli euler stirling2 factorial2 factorialk perm
        mathieu_even_coef mathieu_odd_coef legendre chebyt chebyu chebyc chebys jacobi laguerre
        genlaguerre hermite hermitenorm gegenbauer sh_legendre sh_chebyt sh_chebyu sh_jacobi
        roots_legendre roots_chebyt roots_chebyu roots_chebyc roots_chebys roots_jacobi
        roots_laguerre roots_genlaguerre roots_hermite roots_hermitenorm roots_gegenbauer
        roots_sh_legendre roots_sh_chebyt roots_sh_chebyu roots_sh_jacobi p_roots t_roots u_roots
        c_roots s_roots j_roots l_roots la_roots h_roots he_roots cg_roots ps_roots ts_roots
        us_roots js_roots
    """,
}

# A tracked Tensor among the arguments raises TypeError, or what tests/test_operations.py says.
REFUSED = {
    "complex results": """
        numpy: roots sort_complex
        numpy.linalg: eig eigvals
        scipy.special: hankel1 hankel1e hankel2 hankel2e h1vp h2vp wofz lambertw sph_harm_y
        sph_harm_y_all
        scipy.linalg: eig eigvals schur rsf2csf qz ordqz hessenberg cdf2rdf logm
        fractional_matrix_power funm signm cossin
    """,
    "several results in one call": """
        scipy.special: airy airye ellipj fresnel itairy it2i0k0 iti0k0 itj0y0 it2j0y0 kelvin
        mathieu_cem mathieu_sem mathieu_modcem1 mathieu_modcem2 mathieu_modsem1 mathieu_modsem2
        modfresnelm modfresnelp obl_ang1 obl_ang1_cv obl_cv obl_cv_seq obl_rad1 obl_rad1_cv obl_rad2
        obl_rad2_cv pro_ang1 pro_ang1_cv pro_cv pro_cv_seq pro_rad1 pro_rad1_cv pro_rad2 pro_rad2_cv
        pbdv pbvv pbwa pbdn_seq pbdv_seq pbvv_seq shichi sici riccati_jn riccati_yn lqmn lqn lmbda
        legendre_p_all assoc_legendre_p_all sph_legendre_p_all
    """,
    "quantiles and parameters of distributions, found by search": """
        scipy.special: bdtri bdtrik bdtrin btdtria btdtrib chdtri chdtriv chndtridf chndtrinc
        chndtrix fdtri fdtridfd gdtria gdtrib gdtrix kolmogi nbdtri nbdtrik nbdtrin ncfdtri
        ncfdtridfd ncfdtridfn ncfdtrinc nctdtridf nctdtrinc nctdtrit nrdtrimn nrdtrisd pdtri pdtrik
        smirnovi stdtridf stdtrit
    """,
    "special functions without a rule": """
        scipy.special: agm chndtr elliprc elliprd elliprf elliprg elliprj eval_chebyc eval_chebys
        eval_chebyt eval_chebyu eval_gegenbauer eval_genlaguerre eval_hermite eval_hermitenorm
        eval_jacobi eval_laguerre eval_legendre eval_sh_chebyt eval_sh_chebyu eval_sh_jacobi
        eval_sh_legendre hyp0f1 hyp1f1 hyp2f1 hyperu inv_boxcox inv_boxcox1p kolmogorov lpmv ncfdtr
        nctdtr smirnov tklmbda bei beip ber berp it2struve0 itmodstruve0 itstruve0 kei keip
        ker kerp log_wright_bessel mathieu_a mathieu_b wright_bessel struve modstruve besselpoly
        radian ellipeinc ellipkinc voigt_profile assoc_laguerre ivp jvp kvp yvp assoc_legendre_p
        legendre_p sph_legendre_p ellip_harm ellip_harm_2 ellip_normal spherical_jn spherical_yn
        spherical_in spherical_kn
    """,
    "steps, whose derivative is 0 or none": """
        scipy.special: round gammasgn
    """,
    "fits: solve the least squares by fastgrad.linalg.lstsq of a Vandermonde matrix": """
        numpy: polyfit
    """,
    "matrices made of vectors, sketches": """
        scipy.linalg: clarkson_woodruff_transform convolution_matrix diagsvd fiedler
        fiedler_companion leslie
    """,
    "histograms: counts have no derivative": """
        numpy: histogram histogram2d histogram_bin_edges histogramdd
    """,
    "factorisations and equations without a rule yet": """
        scipy.linalg: ldl rq polar orth null_space subspace_angles orthogonal_procrustes
        qr_delete qr_insert qr_multiply qr_update solve_sylvester solve_continuous_lyapunov
        solve_discrete_lyapunov solve_lyapunov solve_continuous_are solve_discrete_are
        matrix_balance expm_cond cosm sinm tanm coshm sinhm tanhm
    """,
    "banded and Toeplitz solvers: give the matrix to solve": """
        scipy.linalg: cho_solve_banded cholesky_banded eig_banded eigvals_banded solve_banded
        solveh_banded eigh_tridiagonal eigvalsh_tridiagonal solve_toeplitz solve_circulant
        matmul_toeplitz
    """,
}

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
}
REFUSED = {
    "values that may be complex": """
        numpy.linalg: eig eigvals
        scipy.linalg: eig eigvals schur rsf2csf qz ordqz hessenberg cdf2rdf sqrtm logm
        fractional_matrix_power funm signm cossin
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

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
REFUSED = {}

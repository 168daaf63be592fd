/* fg_blas.h -- what a program borrows of a BLAS and a LAPACK library, if the caller has them. */
#ifndef FG_BLAS_H
#define FG_BLAS_H
#include <stddef.h>

/* A function that is NULL is not there. */
typedef struct fg_blas {
    double worth; /* multiplications from which on a product is worth a call */
#define X double
#define FG_LOAN(name, library, arguments) void(*d##name) arguments;
#include "fg_blas.def"
#undef X
#define X float
#define FG_LOAN(name, library, arguments) void(*s##name) arguments;
#include "fg_blas.def"
#undef X
} fg_blas;

/* The one of the two that takes the numbers of a program: see fg_real.h. */
#if defined(FG_SINGLE)
#define LOAN(name) blas->s##name
#else
#define LOAN(name) blas->d##name
#endif

/* One row of fg_blas.def; where the two functions stand in an fg_blas, in bytes. Strings are static. */
typedef struct fg_loan {
    const char *name, *library, *arguments;
    size_t d, s;
} fg_loan;

/* The row of a number from 0 on; NULL behind the last. */
const fg_loan *fg_loan_info(int number);

#endif

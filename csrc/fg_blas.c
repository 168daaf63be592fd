/* fg_blas.c -- fg_blas.def as data, for those who look for the functions. */
#include "fg_blas.h"

static const fg_loan rows[] = {
#define FG_LOAN(name, library, arguments) \
    {#name, #library, #arguments, offsetof(fg_blas, d##name), offsetof(fg_blas, s##name)},
#include "fg_blas.def"
};

const fg_loan *fg_loan_info(int number)
{
    return number >= 0 && number < (int)(sizeof rows / sizeof *rows) ? &rows[number] : NULL;
}

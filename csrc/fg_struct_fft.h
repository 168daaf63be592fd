/* fg_struct_fft.h -- the parameters of the kernel fft, as its check and its run read them. */
#ifndef FG_STRUCT_FFT_H
#define FG_STRUCT_FFT_H
#include "fg_fft.h"
#include <stddef.h>

/* What is transformed: complex numbers; real ones, into the first n / 2 + 1 of the results; or those
 * into n real ones, which is the way back. */
enum { FG_FFT_COMPLEX, FG_FFT_REAL, FG_FFT_HALF, FG_FFT_KINDS };

enum { FG_FFT_NUMBERS = 9 /* before the factors */ };

/* Numbers between the blocks of work memory: else all of them could share lines of the cache. */
enum { FG_FFT_GAP = 24 };

typedef struct fg__fft_step {
    int64_t kind, inverse;
    int64_t outer, between, n, inner; /* axes: outer, parts, between, n, inner */
    int64_t lanes;                    /* transforms at a time */
    int64_t own;                      /* what is transformed: n, or half of it after a split */
    int64_t n_in, n_out;              /* items along the axis */
    fg_fft fft;                       /* of length `own`, or of a longer one if there is a chirp */
    /* Cosines and sines: [own] of 2 pi k / n; [own] of pi k^2 / own; the transform of that chirp,
     * divided by the length, [length] real and imaginary parts. NULL where there are none. */
    const int64_t *split, *chirp, *spectrum;
} fg__fft_step;

/* Reads the numbers behind the offsets:
 *
 *   kind, inverse, outer, between, n, inner, lanes, length, n_factor, factor ..,
 *   split .., table of the transform .., chirp .., spectrum ..
 *
 * returns  how many numbers they are, if all is as fg_struct_check wants it */
int64_t fg__fft_read(const int64_t *p, fg__fft_step *f);

#endif

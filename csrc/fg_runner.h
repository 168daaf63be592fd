/* fg_runner.h -- running programs, with the instruction set that is used; see fg_isa.h. */
#ifndef FG_RUNNER_H
#define FG_RUNNER_H
#include "fg_product.h"
#include "fg_program.h"
#include "fg_real.h"

typedef struct fg_runner {
    fg_status (*run)(const fg_program *p, fg_real *w, size_t *at); /* see fg_program_run */
    void (*tile)(const fg_code *code, fg_real *const *slot, size_t lanes, uint8_t *ok);
    fg_real (*sum)(const fg_real *x, size_t n);         /* of few: the error grows with n / 8 */
    void (*multiply)(const fg_product *x, fg_real *to); /* see fg__product_run */
} fg_runner;

/* That of an instruction set which there is. */
const fg_runner *fg__runner_number(int level);

const fg_runner *fg__runner_now(void);

#endif

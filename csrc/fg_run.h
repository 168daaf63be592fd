/* fg_run.h -- parts of a run that need no instruction set of their own; private to the core.
 *
 * In doubles, and as fg__*_single in floats.
 */
#ifndef FG_RUN_H
#define FG_RUN_H
#include "fg_program.h"

/* See fg_program_start and fg_program_run. */
void fg__start(const fg_program *p, void *w);
void fg__start_single(const fg_program *p, void *w);
fg_status fg__run(const fg_program *p, void *w, size_t *at);
fg_status fg__run_single(const fg_program *p, void *w, size_t *at);

/* A row on arrays, FG_I_ROW. FG_OK or FG_E_RANGE. */
fg_status fg__run_row(const int64_t *param, fg_real *w);

#endif

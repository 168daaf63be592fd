/* fg_run.h -- parts of a run that need no instruction set of their own; private to fg_*run*. */
#ifndef FG_RUN_H
#define FG_RUN_H
#include "fg_program.h"

/* A row on arrays, FG_I_ROW. FG_OK or FG_E_RANGE. */
fg_status fg__run_row(const int64_t *param, double *w);

#endif

/* fg_runner.c -- which code runs programs. */
#include "fg_runner.h"
#include "fg_isa.h"

extern const fg_runner fg__runner_base, fg__runner_avx2, fg__runner_avx512, fg__runner_numpy;

const fg_runner *fg__runner_number(int level)
{
    static const fg_runner *const runners[FG_ISA_MOST] = {
        [0] = &fg__runner_base,
#if defined(FG_ISA_X86)
        [1] = &fg__runner_avx2,
        [2] = &fg__runner_avx512,
#endif
        [3] = &fg__runner_numpy,
    };
    return runners[level];
}

const fg_runner *fg__runner_now(void)
{
    return fg__runner_number(fg_isa_now()->level);
}

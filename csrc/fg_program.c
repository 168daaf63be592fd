/* fg_program.c -- what a program owns. */
#include "fg_program.h"
#include "fg_mem.h"
#include "fg_run.h"
#include "fg_struct.h"
#include <string.h>

void fg_program_free(fg_program *p)
{
    fg_mem_free(p->instr);
    fg_mem_free(p->node);
    fg_mem_free(p->pool);
    fg_mem_free(p->param);
    fg_mem_free(p->region);
    fg_mem_free(p->stream);
    fg_mem_free(p->tile_instr);
    fg_mem_free(p->tile_node);
    fg_mem_free(p->init);
    fg_mem_free(p->input);
    fg_mem_free(p->output);
    fg_mem_free(p->guard);
    memset(p, 0, sizeof *p);
}

size_t fg_program_bytes(const fg_program *p)
{
    return p->cap_instr * (sizeof *p->instr + sizeof *p->node) + p->cap_pool * sizeof *p->pool +
           p->cap_tile_instr * (sizeof *p->tile_instr + sizeof *p->tile_node) +
           p->cap_region * sizeof *p->region + p->cap_stream * sizeof *p->stream +
           p->cap_param * sizeof *p->param + p->n_init * sizeof *p->init +
           (p->n_input + p->n_output + p->n_guard) * sizeof *p->input;
}

double fg_program_product(const fg_program *p)
{
    double largest = 0.0;
    for (const fg_instr *i = p->instr; i < p->instr + p->n_instr; ++i) {
        if (i->op == FG_I_KERNEL) {
            const double work = fg__struct_product(i->c, p->param + i->a);
            largest = work > largest ? work : largest;
        }
    }
    return largest;
}

int fg_program_has_solver(const fg_program *p)
{
    for (const fg_instr *i = p->instr; i < p->instr + p->n_instr; ++i) {
        if (i->op == FG_I_KERNEL && fg_struct_info(i->c)->is_solver) {
            return 1;
        }
    }
    return 0;
}

void fg_program_start(const fg_program *p, void *w)
{
    if (p->single) {
        fg__start_single(p, w);
    } else {
        fg__start(p, w);
    }
}

fg_status fg_program_run(const fg_program *p, void *w, size_t *at)
{
    return p->single ? fg__run_single(p, w, at) : fg__run(p, w, at);
}

/* fg_plan_pairs.c -- two instructions as one, see fg_pairs.def.
 *
 * An instruction moves down to the only one that reads its result, if what it reads still stands there.
 * Two passes in the order of the list: how often each result is read, then who joins whom.
 */
#include "fg_mem.h"
#include "fg_planner.h"
#include <string.h>

enum { GONE = -1, NOBODY = -1 };

/* The pair of two instructions by the side on which the first stands in the second; 0 is none. */
static const int16_t pair_of[FG_I_END][FG_I_END][3] = {
#define FG_PAIR(first, second, side, value) \
    [FG_##first][FG_##second][side] = FG_P_##first##_##second##side,
#include "fg_pairs.def"
};

typedef struct joiner {
    fg_instr *list;
    const int32_t *pool;
    int32_t *writer; /* [n_slot] the last instruction that wrote a slot, or NOBODY */
    int32_t *reads;  /* [n] how often the result of an instruction is read */
} joiner;

/* How many slots an instruction reads by itself; sums read more in the pool. */
static int n_operands(const fg_instr *i)
{
    return i->op < FG_N_ROWS                               ? fg_op_arity(i->op)
           : i->op >= FG_I_MULADD && i->op <= FG_I_SUBMASK ? 3
           : i->op == FG_I_GUARD                           ? 2
                                                           : 1;
}

static void count_read(const joiner *j, int32_t slot)
{
    if (j->writer[slot] != NOBODY) {
        ++j->reads[j->writer[slot]];
    }
}

static void count_reads(const joiner *j, int32_t at)
{
    const fg_instr *i = &j->list[at];
    const int32_t slot[3] = {i->a, i->b, i->c};
    for (int k = 0; k < n_operands(i); ++k) {
        count_read(j, slot[k]);
    }
    if (i->op >= FG_I_SUM && i->op <= FG_I_MASKDOT) {
        const int step = i->op == FG_I_SUM ? 1 : 2;
        for (int32_t k = 0; k < i->c; ++k) {
            count_read(j, j->pool[i->b + k * step] >> 1);
            if (step == 2) {
                count_read(j, j->pool[i->b + k * step + 1]);
            }
        }
    }
    if (i->op != FG_I_GUARD) {
        j->writer[i->dst] = at;
    }
}

/* Whether what the instruction `at` read in a slot still stands there. */
static int stands(const joiner *j, int32_t at, int32_t slot)
{
    return j->writer[slot] < at || j->list[at].dst == slot;
}

/* Makes the instruction `at` a pair with the one that gives operand `side`, if it may be. */
static int join(const joiner *j, int32_t at, int side)
{
    fg_instr *second = &j->list[at];
    const int32_t operand[3] = {second->a, second->b, second->c};
    const int32_t giver = j->writer[operand[side]];
    if (giver == NOBODY || j->reads[giver] != 1) {
        return 0;
    }
    fg_instr *first = &j->list[giver];
    if (first->op < 0 || first->op >= FG_I_END) {
        return 0;
    }
    const int swaps = second->op == FG_OP_add || second->op == FG_OP_multiply ||
                      (second->op >= FG_I_MULADD && second->op <= FG_I_SUBMUL && side < 2);
    const int op = pair_of[first->op][second->op][swaps ? 0 : side];
    const int n = op ? n_operands(first) : 0;
    const int32_t read[3] = {first->a, n > 1 ? first->b : first->a, n > 2 ? first->c : first->a};
    if (!op || !stands(j, giver, read[0]) || !stands(j, giver, read[1]) ||
        !stands(j, giver, read[2])) {
        return 0;
    }
    int32_t slot[6] = {read[0], read[1], read[2], read[0], read[0], read[0]};
    for (int k = 0, next = n > 2 ? 3 : 2; k < n_operands(second); ++k) {
        if (k != side) {
            slot[next++] = operand[k];
        }
    }
    *second = (fg_instr){op, second->dst, slot[0], slot[1], slot[2], slot[3]};
    first->op = GONE;
    return 1;
}

/* Joins what can be joined in a list, and closes the gaps; returns how many are left. */
static size_t join_all(const joiner *j, int32_t *node, size_t n)
{
    for (int32_t k = 0; k < (int32_t)n; ++k) {
        const fg_instr *i = &j->list[k];
        const int known = i->op < FG_N_ROWS || (i->op >= FG_I_MULADD && i->op <= FG_I_SUBMASK);
        for (int side = 0; known && side < n_operands(i) && !join(j, k, side); ++side) {
        }
        if (i->op != FG_I_GUARD) {
            j->writer[i->dst] = k;
        }
    }
    size_t kept = 0;
    for (size_t k = 0; k < n; ++k) {
        if (j->list[k].op != GONE) {
            j->list[kept] = j->list[k];
            node[kept++] = node[k];
        }
    }
    return kept;
}

/* A joiner of a list whose reads are counted but for those after its end. */
static fg_status start(joiner *j, fg_instr *list, size_t n, size_t n_slot, const int32_t *pool)
{
    *j = (joiner){list, pool, NULL, NULL};
    j->writer = fg_mem_resize(NULL, n_slot ? n_slot : 1, sizeof *j->writer);
    j->reads = fg_mem_zeros(n ? n : 1, sizeof *j->reads);
    if (!j->writer || !j->reads) {
        fg_mem_free(j->writer);
        fg_mem_free(j->reads);
        return FG_E_MEMORY;
    }
    memset(j->writer, 0xff, n_slot * sizeof *j->writer);
    for (int32_t k = 0; k < (int32_t)n; ++k) {
        count_reads(j, k);
    }
    return FG_OK;
}

static void finish(joiner *j)
{
    fg_mem_free(j->writer);
    fg_mem_free(j->reads);
}

static void keep(const joiner *j, const fg_port *port, size_t n)
{
    for (size_t k = 0; k < n; ++k) {
        for (size_t s = 0; s < port[k].size; ++s) {
            count_read(j, port[k].place + (int32_t)s);
        }
    }
}

fg_status fg__plan_pairs_of_program(fg_program *p)
{
    joiner j;
    const fg_status status = start(&j, p->instr, p->n_instr, p->n_w, p->pool);
    if (status == FG_OK) {
        keep(&j, p->output, p->n_output);
        keep(&j, p->guard, p->n_guard);
        memset(j.writer, 0xff, p->n_w * sizeof *j.writer);
        p->n_instr = join_all(&j, p->node, p->n_instr);
        p->instr[p->n_instr].op = FG_I_END;
        finish(&j);
    }
    return status;
}

fg_status fg__plan_pairs_of_region(fg_program *p, fg_region *r)
{
    joiner j;
    const fg_status status = start(&j, p->tile_instr + r->first, r->n_instr, r->n_slot, p->pool);
    if (status == FG_OK) {
        for (size_t k = r->stream; k < r->stream + r->n_stream; ++k) {
            count_read(&j, p->stream[k].slot);
        }
        memset(j.writer, 0xff, r->n_slot * sizeof *j.writer);
        r->n_instr = join_all(&j, p->tile_node + r->first, r->n_instr);
        p->n_tile_instr = r->first + r->n_instr;
        finish(&j);
    }
    return status;
}

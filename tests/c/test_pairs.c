/* test_pairs.c -- a pair of instructions gives the bits of the two, on points and on tiles. */
#include "check.h"
#include "draw.h"
#include "fg_isa.h"
#include "fg_runner.h"
#include "fg_tile.h"
#include <string.h>

enum { N_SLOT = 8, FIRST = 6, LAST = 7, POINTS = 48 };

typedef struct pair {
    const char *name;
    int first, second, side, op;
} pair;

static const pair pairs[] = {
#define FG_PAIR(first, second, side, value) \
    {#first " " #second " " #side, FG_##first, FG_##second, side, FG_P_##first##_##second##side},
#include "fg_pairs.def"
};
enum { N_PAIRS = sizeof pairs / sizeof *pairs };

static int arity_of(int op)
{
    return op < FG_N_ROWS ? fg_op_arity(op) : 3;
}

/* The two instructions, and the one; the operands are slots 0 to 5. */
static void make(const pair *p, fg_instr *two, fg_instr *one)
{
    const int n = arity_of(p->first), m = arity_of(p->second);
    int32_t own[3] = {0, n > 1 ? 1 : 0, n > 2 ? 2 : 0}, operand[3] = {0, 0, 0};
    int32_t at[4] = {own[0], own[1], own[2], 0};
    int next = n > 2 ? 3 : 2;
    for (int k = 0; k < m; ++k) {
        operand[k] = k == p->side ? FIRST : next;
        if (k != p->side) {
            at[next] = next;
            ++next;
        }
    }
    two[0] = (fg_instr){p->first, FIRST, own[0], own[1], own[2], 0};
    two[1] = (fg_instr){p->second, LAST, operand[0], operand[1], operand[2], 0};
    *one = (fg_instr){p->op, LAST, at[0], at[1], at[2], at[3]};
}

static fg_real some_number(void)
{
    static const fg_real odd[] = {0, -0.0F, INFINITY, -INFINITY, NAN, FG_REAL_MAX, FG_REAL_MIN, 1};
    return draw_below(4) ? (fg_real)draw_between(-3.0, 3.0) : odd[draw_below(8)];
}

static void check_pair(const pair *p, const fg_runner *runner)
{
    _Alignas(double) fg_real memory[2][N_SLOT * (POINTS + 2) + 16];
    fg_tile t[2];
    fg_instr two[3], one[2];
    make(p, two, one);
    two[2] = one[1] = (fg_instr){FG_I_END, 0, 0, 0, 0, 0};
    for (int m = 0; m < 2; ++m) {
        memset(memory[m], 0, sizeof memory[m]);
        t[m] = fg__tile_at(memory[m], N_SLOT, POINTS);
    }
    for (size_t s = 0; s < 6; ++s) {
        for (size_t k = 0; k < POINTS; ++k) {
            t[0].slot[s][k] = t[1].slot[s][k] = some_number();
        }
    }
    runner->tile(&(fg_code){two, 2, NULL}, t[0].slot, POINTS, NULL);
    runner->tile(&(fg_code){one, 1, NULL}, t[1].slot, POINTS, NULL);
    for (size_t k = 0; k < POINTS; ++k) {
        fg_real w[2][N_SLOT] = {{0}};
        size_t at;
        for (size_t s = 0; s < 6; ++s) {
            w[0][s] = w[1][s] = t[0].slot[s][k];
        }
        CHECK_COUNT(runner->run(&(fg_program){.instr = two, .n_instr = 2}, w[0], &at), FG_OK);
        CHECK_COUNT(runner->run(&(fg_program){.instr = one, .n_instr = 1}, w[1], &at), FG_OK);
        CHECK_SAME(w[0][LAST], t[0].slot[LAST][k]);
        CHECK_SAME(w[1][LAST], t[0].slot[LAST][k]);
        CHECK_SAME(t[1].slot[LAST][k], t[0].slot[LAST][k]);
    }
}

static void test_each_pair_has_the_bits_of_its_parts(void)
{
    draw_seed(12);
    int checked = 0;
    for (int level = 0; level < FG_ISA_MOST; ++level) {
        for (int k = 0; k < N_PAIRS && fg_isa_number(level); ++k) {
            const long before = check_wrong;
            check_pair(&pairs[k], fg__runner_number(level));
            if (check_wrong > before) {
                printf("  %s, level %d\n", pairs[k].name, level);
            }
            ++checked;
        }
    }
    CHECK(checked >= N_PAIRS);
}

int main(void)
{
    RUN(test_each_pair_has_the_bits_of_its_parts);
    return REPORT();
}

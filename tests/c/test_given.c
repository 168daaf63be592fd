/* test_given.c -- rows with loops that are given compute with them: at one point, on arrays, in tiles of programs. */
#include "check.h"
#include "fg_given.h"
#include "fg_isa.h"
#include "fg_ops.h"
#include "fg_runner.h"
#include "fg_tile.h"

/* x + 1000, and how many points in how many calls. */
typedef struct seen {
    ptrdiff_t calls, points;
} seen;

static void shift(char **at, const ptrdiff_t *n, const ptrdiff_t *step, void *data)
{
    seen *s = data;
    ++s->calls, s->points += *n;
    for (ptrdiff_t k = 0; k < *n; ++k) {
        const double *x = (const double *)(void *)(at[0] + k * step[0]);
        *(double *)(void *)(at[1] + k * step[1]) = *x + 1000.0;
    }
}

static seen counts;

static const fg_isa *given_set(void)
{
    static fg_given all[FG_N_ROWS];
    all[FG_OP_exp] = (fg_given){shift, &counts};
    fg_given_set(all);
    counts = (seen){0, 0};
    return fg_isa_number(3);
}

static void test_without_functions_there_is_no_set_for_them(void)
{
    CHECK(!fg__given_now() && !fg_isa_number(3) && !fg_isa_named("numpy"));
}

static void test_a_point_and_an_array_are_computed_by_the_loop(void)
{
    const fg_isa *set = given_set();
    double x[FG_LANES], to[FG_LANES];
    CHECK(set && set == fg_isa_named("numpy"));
    CHECK(set->value(FG_OP_exp, 1.0, 0.0, 0.0) == 1001.0);
    CHECK(counts.calls == 1 && counts.points == 1);
    for (int k = 0; k < FG_LANES; ++k) x[k] = k;
    set->kernel[FG_OP_exp][0](FG_LANES, x, x, x, x, x, to);
    CHECK(counts.calls == 2 && counts.points == 1 + FG_LANES);
    for (int k = 0; k < FG_LANES; ++k) CHECK(to[k] == x[k] + 1000.0);
}

static void test_a_derivative_calls_the_function_that_is_given(void)
{
    const double x = 2.0, g = 3.0;
    double adj = 0.5;
    given_set()->kernel[FG_OP_expm1][1](1, &x, &x, &x, &x, &g, &adj);
    CHECK(adj == 0.5 + 3.0 * 1002.0);
}

static void test_a_tile_calls_the_loop_once_also_in_place(void)
{
    const int level = given_set()->level;
    double x[FG_LANES], *slot[1] = {x};
    const fg_instr exp_in_place = {FG_OP_exp, 0, 0, 0, 0, 0};
    const fg_code code = {&exp_in_place, 1, NULL};
    for (int k = 0; k < FG_LANES; ++k) x[k] = k;
    fg__runner_number(level)->tile(&code, slot, FG_LANES, NULL);
    CHECK(counts.calls == 1 && counts.points == FG_LANES);
    for (int k = 0; k < FG_LANES; ++k) CHECK(x[k] == k + 1000.0);
}

int main(void)
{
    RUN(test_without_functions_there_is_no_set_for_them);
    RUN(test_a_point_and_an_array_are_computed_by_the_loop);
    RUN(test_a_derivative_calls_the_function_that_is_given);
    RUN(test_a_tile_calls_the_loop_once_also_in_place);
    return REPORT();
}

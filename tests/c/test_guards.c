/* test_guards.c -- guards of programs, runs that fail, and steps that do not fit are refused. */
#include "funcs.h"

/* Runs a graph whose inputs are scalars; the status, and where. */
static fg_status run_at(const fg_program *p, const double *x, size_t *at, double *out)
{
    const double *in[8];
    for (int k = 0; k < 8; ++k) {
        in[k] = x + k;
    }
    double *w = workspace(p, in);
    *at = SIZE_MAX;
    const fg_status status = fg_program_run(p, w, at);
    for (size_t k = 0; status == FG_OK && k < p->n_output; ++k) {
        out[k] = w[p->output[k].place];
    }
    free(w);
    return status;
}

static void test_a_guard_lets_pass_only_the_value_it_expects(void)
{
    graph g;
    graph_init(&g);
    fg_func *f = &g.f;
    const int32_t x = input(f), y = input(f), t = row(f, FG_OP_less, x, y);
    const int32_t u = row(f, FG_OP_greater_equal, y, number(f, 0.0));
    const int32_t yes = node_checked(fg_func_number(f, 1.0, FG_TRUTH));
    const int32_t out = row(f, FG_OP_multiply, x, y);
    const fg_guard guard[] = {{t, yes}, {u, yes}};
    fg_program p;
    size_t at;
    double v = 0.0;
    CHECK_COUNT(plan(&g, 1, &out, 2, guard, &p), FG_OK);
    CHECK(p.n_guard == 2 && p.scalar && p.guard[0].type == FG_TRUTH && p.guard[1].size == 1);
    CHECK_COUNT(run_at(&p, (const double[8]){1.0, 2.0}, &at, &v), FG_OK);
    CHECK_EQUAL(v, 2.0);
    CHECK_COUNT(run_at(&p, (const double[8]){2.0, 1.0}, &at, &v), FG_E_BRANCH);
    CHECK_COUNT(at, 0);
    CHECK_COUNT(run_at(&p, (const double[8]){-2.0, -1.0}, &at, &v), FG_E_BRANCH);
    CHECK_COUNT(at, 1);
    CHECK_COUNT(run_at(&p, (const double[8]){NAN, 1.0}, &at, &v), FG_E_BRANCH);
    CHECK_COUNT(at, 0);
    fg_program_free(&p);
    graph_free(&g);
}

static void test_a_guard_on_a_number_expects_its_bits_or_an_equal_one(void)
{
    static const double cases[][3] = {
        /* expected, value, whether it passes */
        {2.0, 2.0, 1}, {2.0, 2.5, 0},  {NAN, NAN, 1},           {NAN, 2.0, 0},
        {2.0, NAN, 0}, {0.0, -0.0, 1}, {INFINITY, INFINITY, 1}, {INFINITY, -INFINITY, 0},
    };
    for (size_t k = 0; k < sizeof cases / sizeof *cases; ++k) {
        graph g;
        graph_init(&g);
        const int32_t x = input(&g.f);
        const fg_guard guard = {x, number(&g.f, cases[k][0])};
        fg_program p;
        size_t at;
        double in[8] = {cases[k][1]};
        CHECK_COUNT(plan(&g, 0, NULL, 1, &guard, &p), FG_OK);
        CHECK_COUNT(run_at(&p, in, &at, NULL), cases[k][2] != 0.0 ? FG_OK : FG_E_BRANCH);
        fg_program_free(&p);
        graph_free(&g);
    }
}

static void test_a_guard_on_an_array_compares_each_element(void)
{
    graph g;
    graph_init(&g);
    fg_func *f = &g.f;
    static const double mask[3] = {1.0, 0.0, 1.0};
    const int32_t three = array_type(f, FG_D_float64, 3), truth = array_type(f, FG_D_bool, 3);
    const int32_t none = array_type(f, FG_D_bool, 0);
    const int32_t a = node_checked(fg_func_input(f, three));
    const int32_t empty = node_checked(fg_func_input(f, none));
    const int32_t zero = number(f, 0.0), t = row_of(f, FG_OP_greater, truth, a, zero, a);
    const int32_t expected = node_checked(fg_func_array(f, mask, truth));
    const int32_t nothing = node_checked(fg_func_array(f, mask, none));
    const fg_guard guard[] = {{empty, nothing}, {t, expected}};
    fg_program p;
    CHECK_COUNT(plan(&g, 1, &a, 2, guard, &p), FG_OK);
    for (int k = 0; k < 8; ++k) {
        const double items[3] = {k & 1 ? 1.0 : -1.0, k & 2 ? 1.0 : NAN, k & 4 ? 1.0 : 0.0};
        double *w = workspace(&p, (const double *const[]){items, items});
        size_t at = 9;
        CHECK_COUNT(fg_program_run(&p, w, &at), k == 5 ? FG_OK : FG_E_BRANCH);
        CHECK_COUNT(at, k == 5 ? 9 : 1);
        for (size_t j = 0; j < 3 && k != 5; ++j) { /* what was found, for the message */
            CHECK_EQUAL(w[(size_t)p.guard[1].place + j], (double)(items[j] > 0.0));
        }
        free(w);
    }
    fg_program_free(&p);
    graph_free(&g);
}

static void test_a_guard_is_looked_at_before_what_follows_it(void)
{
    graph g;
    graph_init(&g);
    fg_func *f = &g.f;
    const int32_t x = input(f), zero = number(f, 0.0), t = row(f, FG_OP_greater, x, zero);
    const int32_t yes = node_checked(fg_func_number(f, 1.0, FG_TRUTH));
    const int32_t small = node_checked(fg_func_type(f, FG_D_int8, 0, NULL));
    const int32_t root = row(f, FG_OP_sqrt, x, x); /* NaN is no integer */
    const int32_t n = row_of(f, FG_OP_floor, small, root, root, root);
    const fg_guard guard = {t, yes};
    fg_program p;
    size_t at;
    double v;
    CHECK_COUNT(plan(&g, 1, &n, 1, &guard, &p), FG_OK);
    CHECK_COUNT(run_at(&p, (const double[8]){-4.0}, &at, &v), FG_E_BRANCH);
    CHECK_COUNT(run_at(&p, (const double[8]){5.0}, &at, &v), FG_OK);
    CHECK_EQUAL(v, 2.0);
    CHECK_COUNT(run_at(&p, (const double[8]){1e6}, &at, &v), FG_E_RANGE);
    CHECK(at < p.n_instr && p.node[at] == n);
    fg_program_free(&p);
    graph_free(&g);
}

static void test_guards_that_cannot_be_checked_are_refused(void)
{
    graph g;
    graph_init(&g);
    fg_func *f = &g.f;
    static const double data[3] = {1.0, 2.0, 3.0};
    const int32_t x = input(f), s = row(f, FG_OP_sin, x, x), c = row(f, FG_OP_cos, x, x);
    const int32_t one = number(f, 1.0);
    const int32_t three = node_checked(fg_func_array(f, data, array_type(f, FG_D_float64, 3)));
    const fg_guard unsorted[] = {{c, one}, {s, one}}, sized = {s, three}, open = {s, c};
    fg_program p;
    CHECK_COUNT(plan(&g, 1, &c, 2, unsorted, &p), FG_E_FORMAT);
    CHECK_COUNT(plan(&g, 1, &c, 1, &sized, &p), FG_E_FORMAT);
    CHECK_COUNT(plan(&g, 1, &c, 1, &open, &p), FG_E_FORMAT);
    CHECK_COUNT(plan(&g, 1, &c, 1, unsorted, &p), FG_OK);
    fg_program_free(&p);
    graph_free(&g);
}

static void test_an_index_that_was_computed_is_checked_when_it_is_used(void)
{
    graph g;
    graph_init(&g);
    fg_func *f = &g.f;
    static const double zeros[3] = {0.0, 0.0, 0.0};
    const int32_t three = array_type(f, FG_D_float64, 3);
    const int32_t places = node_checked(fg_func_input(f, three));
    const int32_t base = node_checked(fg_func_array(f, zeros, three));
    const int32_t x[] = {base, places, places}, out = deed_of(&g, DO_SCATTER, 0, x, 3, three);
    const double good[3] = {2.0, 1.0, 0.0},
                 bad[][3] = {{0.0, 3.0, 0.0}, {0.0, -1.0, 0.0}, {0.0, NAN, 0.0}, {0.0, 0.5, 0.0}};
    check_program(&g, 1, &out, (const double *const[]){good});
    fg_program p;
    CHECK_COUNT(plan(&g, 1, &out, 0, NULL, &p), FG_OK);
    for (int k = 0; k < 4; ++k) {
        double *w = workspace(&p, (const double *const[]){bad[k]});
        size_t at = 9;
        CHECK_COUNT(fg_program_run(&p, w, &at), FG_E_INDEX);
        CHECK(at < p.n_instr && p.node[at] == out);
        free(w);
    }
    fg_program_free(&p);
    graph_free(&g);
}

/* ----- steps ----- */

/* A graph of one structural op on an array of 3, and a scalar; its steps can be spoilt. */
typedef struct one {
    graph g;
    lowered low;
    int32_t out;
} one;

static void one_init(one *o, int what)
{
    graph_init(&o->g);
    fg_func *f = &o->g.f;
    const int32_t three = array_type(f, FG_D_float64, 3), in = fg_func_input(f, three);
    const int32_t a = row_of(f, FG_OP_sin, three, in, in, in), x[] = {a, a, a};
    o->out = deed_of(&o->g, what, 1, x, what == DO_SCATTER ? 3 : 1,
                     what == DO_PART ? array_type(f, FG_D_float64, 2) : three);
    lower(&o->g, &o->low);
}

static void one_check(one *o, fg_status expected)
{
    fg_program p;
    memset(&p, 0xff, sizeof p);
    CHECK_COUNT(fg_plan(&o->g.f, 1, &o->out, 0, NULL, &o->low.c, &p), expected);
    fg_program_free(&p); /* also after a failure */
    graph_free(&o->g);
}

static void test_steps_that_do_not_fit_are_refused(void)
{
    static const int wrong_kernel[] = {-1, FG_N_KERNELS, FG_K_copy, FG_K_gather, FG_K_pack};
    static one o;
    one_init(&o, DO_REVERSE);
    one_check(&o, FG_OK);
    for (int k = 0; k < 5; ++k) {
        one_init(&o, k == 2 ? DO_ZERO : DO_REVERSE);
        o.low.step[0].kernel = wrong_kernel[k];
        one_check(&o, FG_E_FORMAT);
    }
    for (int k = -2; k < 8; ++k) { /* so many operands */
        one_init(&o, DO_REVERSE);
        o.low.step[0].n_operand = k;
        one_check(&o, k == 1 ? FG_OK : FG_E_FORMAT);
    }
    for (int k = -3; k < 4; ++k) { /* the result cannot be copied to itself; there is one operand */
        one_init(&o, DO_REVERSE);
        o.low.step[0].operand[0] = k;
        one_check(&o, k == 0 ? FG_OK : FG_E_FORMAT);
    }
    for (size_t k = 0; k < 9; ++k) { /* so many numbers, one more from there on */
        one_init(&o, DO_REVERSE);
        o.low.step[0].n = k;
        one_check(&o, k == 6 ? FG_OK : FG_E_FORMAT);
        one_init(&o, DO_REVERSE);
        o.low.step[0].first = k ? k : SIZE_MAX;
        one_check(&o, FG_E_FORMAT);
    }
}

static void test_numbers_of_steps_that_reach_outside_are_refused(void)
{
    static const int64_t odd[] = {-1, 1, 3, 4, INT64_MAX, INT64_MIN};
    static one o;
    for (size_t k = 0; k < 12; ++k) { /* run as a step, then read as a view by a region */
        for (size_t m = 0; m < 6; ++m) {
            one_init(&o, DO_REVERSE);
            o.low.param[k % 6] = odd[m];
            if (k >= 6) {
                const int32_t x = o.out;
                o.out = row_of(&o.g.f, FG_OP_square, o.g.f.type[x], x, x, x);
            }
            fg_program p;
            const fg_status status = fg_plan(&o.g.f, 1, &o.out, 0, NULL, &o.low.c, &p);
            CHECK(status == FG_OK || status == FG_E_FORMAT);
            if (status == FG_OK) { /* then it is harmless */
                const double items[3] = {1.0, 2.0, 3.0};
                double *w = workspace(&p, (const double *const[]){items});
                size_t at;
                CHECK_COUNT(fg_program_run(&p, w, &at), FG_OK);
                free(w);
                fg_program_free(&p);
            }
            graph_free(&o.g);
        }
    }
}

static void test_a_lowering_that_does_not_fit_its_op_is_refused(void)
{
    static one o;
    for (int base = -1; base < 6; ++base) { /* what is filled is no alias */
        one_init(&o, DO_ZERO);
        o.low.call[0].base = base;
        one_check(&o, base == FG_BASE_FRESH || base == FG_BASE_INTO ? FG_OK : FG_E_FORMAT);
    }
    for (int64_t offset = -1; offset < 5; ++offset) {
        one_init(&o, DO_PART);
        o.low.call[0].offset = offset;
        one_check(&o, offset == 0 || offset == 1 ? FG_OK : FG_E_FORMAT);
    }
    one_init(&o, DO_ZERO);
    o.low.call[0].scratch = 1; /* behind what is filled */
    one_check(&o, FG_E_FORMAT);
    one_init(&o, DO_PART);
    o.low.call[0].base = FG_BASE_INTO; /* of another size */
    one_check(&o, FG_E_FORMAT);
    one_init(&o, DO_ZERO);
    o.low.call[0].first = 2;
    one_check(&o, FG_E_FORMAT);
    one_init(&o, DO_ZERO);
    o.low.call[0].n = SIZE_MAX;
    one_check(&o, FG_E_FORMAT);
    one_init(&o, DO_ZERO);
    o.low.c.n_call = 0;
    one_check(&o, FG_E_FORMAT);
    for (int base = FG_BASE_FRESH; base <= FG_BASE_INTO; ++base) { /* there is no operand 0 */
        graph_init(&o.g);
        const int32_t three = array_type(&o.g.f, FG_D_float64, 3);
        o.out = node_checked(fg_func_call(&o.g.f, FG_CALL_OPAQUE, NULL, 0, three));
        o.low.c.n_call = 1;
        o.low.call[0] = (fg_lowered){.base = base};
        one_check(&o, base == FG_BASE_FRESH ? FG_OK : FG_E_FORMAT);
    }
}

int main(void)
{
    RUN(test_a_guard_lets_pass_only_the_value_it_expects);
    RUN(test_a_guard_on_a_number_expects_its_bits_or_an_equal_one);
    RUN(test_a_guard_on_an_array_compares_each_element);
    RUN(test_a_guard_is_looked_at_before_what_follows_it);
    RUN(test_guards_that_cannot_be_checked_are_refused);
    RUN(test_an_index_that_was_computed_is_checked_when_it_is_used);
    RUN(test_steps_that_do_not_fit_are_refused);
    RUN(test_numbers_of_steps_that_reach_outside_are_refused);
    RUN(test_a_lowering_that_does_not_fit_its_op_is_refused);
    return REPORT();
}

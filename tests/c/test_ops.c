/* test_ops.c -- the table: what each row says, its values at the edges, its local gradients. */
#include "draw.h"
#include "tapes.h"

#define INF ((double)INFINITY)
#define NOT ((double)NAN)

static void test_each_row_says_what_it_is(void)
{
    for (int op = 0; op < FG_N_ROWS; ++op) {
        const fg_op_row *row = fg_op_info(op);
        CHECK(row->name[0] && row->value[0] && row->doc[0]);
        CHECK(row->doc[strlen(row->doc) - 1] == '.');
        CHECK(row->arity >= 1 && row->arity <= 3);
        CHECK_COUNT(fg_op_arity(op), row->arity);
        for (int k = 0; k < 3; ++k) {
            CHECK((row->partial[k] != NULL) == (k < row->arity));
            CHECK(k >= row->arity || row->domain[k][0] < row->domain[k][1]);
        }
        for (int other = 0; other < op; ++other) {
            CHECK(strcmp(row->name, fg_op_info(other)->name) != 0);
        }
    }
    CHECK(!strcmp(fg_op_info(FG_OP_select)->name, "select"));
    CHECK(fg_op_info(FG_OP_isnan)->is_test && !fg_op_info(FG_OP_relu)->is_test);
}

static void test_what_is_no_row_has_no_arity_and_no_value(void)
{
    static const int none[] = {-1,      -1000,   FG_LEAF,  FG_CONST, FG_FREED, FG_ITEM,
                               FG_PACK, FG_CALL, FG_N_OPS, 255,      100000};
    for (size_t i = 0; i < sizeof none / sizeof *none; ++i) {
        CHECK(fg_op_info(none[i]) == NULL);
        CHECK_COUNT(fg_op_arity(none[i]), 0);
        CHECK(!fg_op_reads(none[i], 0, 'x'));
        CHECK(isnan(fg_op_value(none[i], 1.0, 1.0, 1.0)));
    }
}

static void test_a_local_gradient_reads_the_variables_it_mentions(void)
{
    static const struct {
        int op, k;
        const char *reads;
    } cases[] = {
        {FG_OP_add, 0, ""},
        {FG_OP_multiply, 0, "y"},
        {FG_OP_multiply, 1, "x"},
        {FG_OP_divide, 0, "y"},
        {FG_OP_divide, 1, "vy"},
        {FG_OP_exp, 0, "v"},
        {FG_OP_expm1, 0, "x"},
        {FG_OP_clip, 0, "xyz"},
        {FG_OP_clip, 2, "xyz"},
        {FG_OP_select, 0, ""},
        {FG_OP_select, 1, "x"},
        {FG_OP_power, 1, "xyv"},
        {FG_OP_power, 0, "xy"},
        {FG_OP_fmod, 1, "xyv"},
        {FG_OP_less, 0, ""},
        {FG_OP_maximum, 1, "xy"},
        {FG_OP_sigmoid, 0, "xv"},
        /* no such operand */
        {FG_OP_sin, 1, ""},
        {FG_OP_sin, -1, ""},
        {FG_OP_select, 3, ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        for (const char *c = "xyzv"; *c; ++c) {
            CHECK_COUNT(fg_op_reads(cases[i].op, cases[i].k, *c), !!strchr(cases[i].reads, *c));
        }
        /* letters of function names are no variables */
        for (const char *c = "aelpns_"; *c; ++c) {
            CHECK(!fg_op_reads(cases[i].op, cases[i].k, *c));
        }
    }
}

static void test_values_at_the_edges(void)
{
    static const struct {
        int op;
        double x, y, z, value;
    } cases[] = {
        {FG_OP_remainder, 5, 3, 0, 2},
        {FG_OP_remainder, -5, 3, 0, 1},
        {FG_OP_remainder, 5, -3, 0, -1},
        {FG_OP_remainder, -5, -3, 0, -2},
        {FG_OP_remainder, 6, -3, 0, -0.0},
        {FG_OP_remainder, -6, 3, 0, 0.0},
        {FG_OP_remainder, -0.0, 3, 0, 0.0},
        {FG_OP_remainder, 5, INF, 0, 5},
        {FG_OP_remainder, -5, INF, 0, INF},
        {FG_OP_remainder, 5, 0, 0, NOT},
        {FG_OP_remainder, INF, 3, 0, NOT},
        {FG_OP_remainder, NOT, 3, 0, NOT},
        {FG_OP_fmod, -5, 3, 0, -2},
        {FG_OP_floor_divide, 7, 2, 0, 3},
        {FG_OP_floor_divide, -7, 2, 0, -4},
        {FG_OP_floor_divide, 7, -2, 0, -4},
        {FG_OP_floor_divide, -7, -2, 0, 3},
        {FG_OP_floor_divide, 1, 0.1, 0, 9},
        {FG_OP_floor_divide, 0.0, -2, 0, -0.0},
        {FG_OP_floor_divide, -5, INF, 0, -1},
        {FG_OP_floor_divide, 5, INF, 0, 0.0},
        {FG_OP_floor_divide, 1, 0, 0, INF},
        {FG_OP_floor_divide, -1, 0, 0, -INF},
        {FG_OP_floor_divide, 0, 0, 0, NOT},
        {FG_OP_floor_divide, INF, 2, 0, NOT},
        {FG_OP_floor_divide, NOT, 2, 0, NOT},
        {FG_OP_maximum, 1, 2, 0, 2},
        {FG_OP_maximum, NOT, 2, 0, NOT},
        {FG_OP_maximum, 2, NOT, 0, NOT},
        {FG_OP_maximum, -INF, INF, 0, INF},
        {FG_OP_maximum, -0.0, 0.0, 0, -0.0},
        {FG_OP_minimum, 1, 2, 0, 1},
        {FG_OP_minimum, NOT, 2, 0, NOT},
        {FG_OP_minimum, 2, NOT, 0, NOT},
        {FG_OP_minimum, 0.0, -0.0, 0, 0.0},
        {FG_OP_clip, 5, -1, 1, 1},
        {FG_OP_clip, -5, -1, 1, -1},
        {FG_OP_clip, 0.5, -1, 1, 0.5},
        {FG_OP_clip, NOT, -1, 1, NOT},
        {FG_OP_clip, 0, 3, 2, 2},
        {FG_OP_select, 0, 1, 2, 2},
        {FG_OP_select, -0.0, 1, 2, 2},
        {FG_OP_select, NOT, 1, 2, 1},
        {FG_OP_select, 1, 7, NOT, 7},
        {FG_OP_sign, -0.0, 0, 0, 0.0},
        {FG_OP_sign, -3, 0, 0, -1},
        {FG_OP_sign, INF, 0, 0, 1},
        {FG_OP_sign, NOT, 0, 0, NOT},
        {FG_OP_negative, 0.0, 0, 0, -0.0},
        {FG_OP_absolute, -INF, 0, 0, INF},
        {FG_OP_reciprocal, -0.0, 0, 0, -INF},
        {FG_OP_power, 0, 0, 0, 1},
        {FG_OP_power, -8, 1.0 / 3, 0, NOT},
        {FG_OP_sqrt, -1, 0, 0, NOT},
        {FG_OP_sqrt, -0.0, 0, 0, -0.0},
        {FG_OP_log, 0, 0, 0, -INF},
        {FG_OP_rint, 2.5, 0, 0, 2},
        {FG_OP_rint, -0.5, 0, 0, -0.0},
        {FG_OP_trunc, -1.5, 0, 0, -1},
        {FG_OP_masked_multiply, 0, INF, 0, 0.0},
        {FG_OP_masked_multiply, 0, NOT, 0, 0.0},
        {FG_OP_masked_multiply, 2, INF, 0, INF},
        {FG_OP_masked_multiply, NOT, 1, 0, NOT},
        {FG_OP_logaddexp, -INF, -INF, 0, -INF},
        {FG_OP_logaddexp, INF, INF, 0, INF},
        {FG_OP_logaddexp, INF, -INF, 0, INF},
        {FG_OP_logaddexp, -INF, 3, 0, 3},
        {FG_OP_logaddexp, 1000, 1000, 0, 1000.6931471805599453},
        {FG_OP_logaddexp, NOT, 1, 0, NOT},
        {FG_OP_xlogy, 0, 0, 0, 0.0},
        {FG_OP_xlogy, 0, INF, 0, 0.0},
        {FG_OP_xlogy, 0, NOT, 0, NOT},
        {FG_OP_xlogy, 2, 1, 0, 0.0},
        {FG_OP_sigmoid, 0, 0, 0, 0.5},
        {FG_OP_sigmoid, INF, 0, 0, 1},
        {FG_OP_sigmoid, -INF, 0, 0, 0.0},
        {FG_OP_sigmoid, -1000, 0, 0, 0.0},
        {FG_OP_sigmoid, NOT, 0, 0, NOT},
        {FG_OP_softplus, 1000, 0, 0, 1000},
        {FG_OP_softplus, -INF, 0, 0, 0.0},
        {FG_OP_softplus, NOT, 0, 0, NOT},
        {FG_OP_relu, -1, 0, 0, 0.0},
        {FG_OP_relu, NOT, 0, 0, NOT},
        {FG_OP_less, NOT, 1, 0, 0},
        {FG_OP_not_equal, NOT, NOT, 0, 1},
        {FG_OP_equal, -0.0, 0.0, 0, 1},
        {FG_OP_logical_and, NOT, 1, 0, 1},
        {FG_OP_logical_or, -0.0, 0, 0, 0},
        {FG_OP_logical_not, 0, 0, 0, 1},
        {FG_OP_isfinite, INF, 0, 0, 0},
        {FG_OP_isinf, -INF, 0, 0, 1},
        {FG_OP_isnan, NOT, 0, 0, 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        const long before = check_wrong;
        CHECK_SAME(fg_op_value(cases[i].op, cases[i].x, cases[i].y, cases[i].z), cases[i].value);
        if (check_wrong > before) {
            printf("  %s(%g, %g, %g)\n", fg_op_info(cases[i].op)->name, cases[i].x, cases[i].y,
                   cases[i].z);
        }
    }
}

/* adj[k] += seed * local gradient of operand k, by a sweep of a tape of one op. */
static void gradient(int op, const double *x, double seed, double *adj)
{
    fg_tape t;
    fg_sweep s;
    int32_t handle[3], node[3], at;
    const int arity = fg_op_arity(op);
    fg_tape_init(&t, release);
    fg_sweep_init(&s);
    for (int k = 0; k < arity; ++k) {
        handle[k] = leaf(&t, x[k]);
    }
    room(&t, 1, 1, 3);
    for (int k = 0; k < arity; ++k) {
        node[k] = node_of(&t, handle[k]);
    }
    const fg_cell value = {.s = fg_op_value(op, x[0], x[1], x[2])};
    const int32_t root = fg_tape_append_op(&t, op, node, value, 0);
    held(&t, root);
    fg_tape_pin(&t);
    CHECK_COUNT(fg_sweep_start(&s, &t, root), FG_OK);
    CHECK_COUNT(fg_sweep_add(&s, root, seed, NULL), FG_OK);
    CHECK_COUNT(fg_sweep_run(&s, &at), FG_OK);
    for (int k = 0; k < arity; ++k) {
        adj[k] += adjoint(&s, handle[k]);
    }
    swept(&s, 1);
    fg_sweep_free(&s);
    fg_tape_free(&t);
}

static void test_each_local_gradient_is_a_difference_quotient(void)
{
    /* A central difference is off by h^2 / 6 * f''' and by rounding, eps * f / h: at this h about
     * 1e-9 of the derivative where the domains end near a pole (x^-3 at 0.2: f''' h^2 / f' is
     * 2e-8), less elsewhere. */
    const double h = 6e-6, tolerance = 1e-6;
    draw_seed(1);
    for (int op = 0; op < FG_N_ROWS; ++op) {
        const fg_op_row *row = fg_op_info(op);
        if (fg_lent_next(op, 0) < FG_N_LENT) {
            continue; /* tests/test_ops.py looks at these */
        }
        for (int point = 0; point < 100; ++point) {
            double x[3] = {0.0}, adj[3] = {0.0};
            for (int k = 0; k < row->arity; ++k) {
                x[k] = draw_between(row->domain[k][0], row->domain[k][1]);
            }
            gradient(op, x, 2.0, adj);
            for (int k = 0; k < row->arity; ++k) {
                if (!strcmp(row->partial[k], "NAN")) {
                    CHECK(isnan(adj[k]));
                    continue;
                }
                double up[3] = {x[0], x[1], x[2]}, down[3] = {x[0], x[1], x[2]};
                up[k] += h;
                down[k] -= h;
                const double slope = (fg_op_value(op, up[0], up[1], up[2]) -
                                      fg_op_value(op, down[0], down[1], down[2])) /
                                     (up[k] - down[k]);
                const long before = check_wrong;
                CHECK_NEAR(adj[k] / 2.0, slope, tolerance * (1.0 + fabs(slope)));
                if (check_wrong > before) {
                    printf("  %s(%.9g, %.9g, %.9g)[%d]\n", row->name, x[0], x[1], x[2], k);
                }
            }
        }
    }
}

static void test_gradients_at_kinks_ties_and_poles(void)
{
    static const struct {
        int op;
        double x, y, z, seed, adj[3];
    } cases[] = {
        {FG_OP_absolute, 0, 0, 0, 1, {0}},
        {FG_OP_relu, 0, 0, 0, 1, {0}},
        {FG_OP_maximum, 2, 2, 0, 1, {0.5, 0.5}},
        {FG_OP_minimum, 2, 2, 0, 1, {0.5, 0.5}},
        {FG_OP_clip, 1, -1, 1, 1, {1, 0, 0}},
        {FG_OP_clip, -1, -1, 1, 1, {1, 0, 0}},
        {FG_OP_clip, 5, -1, 1, 1, {0, 0, 1}},
        {FG_OP_clip, -5, -1, 1, 1, {0, 1, 0}},
        {FG_OP_hypot, 0, 0, 0, 1, {0, 0}},
        {FG_OP_arctan2, 0, 0, 0, 1, {0, 0}},
        {FG_OP_power, 0, 0, 0, 1, {0, 0}},
        {FG_OP_power, 0, 2, 0, 1, {0, 0}},
        {FG_OP_power, 3, 0, 0, 1, {0, 1.0986122886681098}},
        {FG_OP_xlogy, 0, 0, 0, 1, {0, 0}},
        {FG_OP_xlog1py, 0, -1, 0, 1, {0, 0}},
        {FG_OP_xlog1py, 0, 1, 0, 1, {0.6931471805599453, 0}},
        {FG_OP_logaddexp, -INF, -INF, 0, 1, {0.5, 0.5}},
        {FG_OP_sqrt, 0, 0, 0, 1, {INF}},
        /* a zero seed adds nothing, whatever the local gradient */
        {FG_OP_sqrt, 0, 0, 0, 0, {0}},
        {FG_OP_log, 0, 0, 0, 0, {0}},
        {FG_OP_multiply, INF, NOT, 0, 0, {0, 0}},
        /* nor does a branch not taken, whatever the seed */
        {FG_OP_select, 1, 7, NOT, INF, {0, INF, 0}},
        {FG_OP_select, 0, NOT, 7, NOT, {0, 0, NOT}},
        {FG_OP_maximum, 1, 2, 0, INF, {0, INF}},
        {FG_OP_relu, -1, 0, 0, INF, {0}},
        {FG_OP_relu, NOT, 0, 0, 1, {1}},
        {FG_OP_multiply, 0, 2, 0, NOT, {NOT, NOT}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        const double x[3] = {cases[i].x, cases[i].y, cases[i].z};
        double adj[3] = {0.0};
        gradient(cases[i].op, x, cases[i].seed, adj);
        const long before = check_wrong;
        for (int k = 0; k < fg_op_arity(cases[i].op); ++k) {
            CHECK_EQUAL(adj[k], cases[i].adj[k]);
        }
        if (check_wrong > before) {
            printf("  %s, case %zu\n", fg_op_info(cases[i].op)->name, i);
        }
    }
}

int main(void)
{
    RUN(test_each_row_says_what_it_is);
    RUN(test_what_is_no_row_has_no_arity_and_no_value);
    RUN(test_a_local_gradient_reads_the_variables_it_mentions);
    RUN(test_values_at_the_edges);
    RUN(test_each_local_gradient_is_a_difference_quotient);
    RUN(test_gradients_at_kinks_ties_and_poles);
    return REPORT();
}

/* test_kernels.c -- the table as loops over arrays, against the table as scalars. */
#include "arrays.h"
#include "stand_ins.h"
#include "tapes.h"

enum { MOST = 1000 };
enum { NUMBER = N_LAYOUTS }; /* an operand that is no array */

#define INF ((double)INFINITY)
#define NOT ((double)NAN)

/* The local gradients of a row at a point, times a seed, by the sweep of a tape of scalars. It is
 * kept from call to call, because there are many points. */
typedef struct point {
    fg_tape tape;
    fg_sweep sweep;
} point;

static void point_init(point *p)
{
    fg_tape_init(&p->tape, release);
    fg_sweep_init(&p->sweep);
}

static void point_free(point *p)
{
    fg_sweep_free(&p->sweep);
    fg_tape_free(&p->tape);
}

static void scalar_adjoint(point *p, int op, const double *x, double seed, double *adj)
{
    fg_tape *t = &p->tape;
    const int arity = fg_op_arity(op);
    int32_t handle[3], node[3], at;
    for (int k = 0; k < arity; ++k) {
        handle[k] = leaf(t, x[k]);
        node[k] = node_of(t, handle[k]);
    }
    room(t, 1, 1, 3);
    const fg_cell value = {.s = fg_op_value(op, x[0], x[1], x[2])};
    const int32_t root = held(t, fg_tape_append_op(t, op, node, value, 0));
    fg_tape_pin(t);
    CHECK_COUNT(fg_sweep_start(&p->sweep, t, node_of(t, root)), FG_OK);
    CHECK_COUNT(fg_sweep_add(&p->sweep, node_of(t, root), seed, NULL), FG_OK);
    CHECK_COUNT(fg_sweep_run(&p->sweep, &at), FG_OK);
    for (int k = 0; k < arity; ++k) {
        adj[k] = adjoint(&p->sweep, handle[k]);
        fg_tape_drop(t, handle[k]);
    }
    fg_sweep_end(&p->sweep, 1);
    fg_tape_drop(t, root);
    fg_tape_unpin(t);
}

/* Operands of one row in its domains; those of a choice also hit ties and edges now and then. */
typedef struct operands {
    fg_operand in[3];
    fg_array *array[3];
} operands;

static operands draw_operands(int op, int kind, int dtype, size_t size)
{
    const fg_op_row *row = fg_op_info(op);
    operands o = {.array = {NULL}};
    for (int k = 0; k < row->arity; ++k) {
        /* the first has the kind asked for, the others whatever comes */
        const int other = (int)draw_below(NUMBER + 1), layout = k ? other : kind;
        const double lo = row->domain[k][0], hi = row->domain[k][1];
        o.in[k].number = draw_between(lo, hi);
        if (layout != NUMBER) {
            o.array[k] = drawn_array((enum layout)layout, dtype, size, lo, hi);
        }
        o.in[k].array = o.array[k];
    }
    return o;
}

static void drop_operands(operands *o)
{
    for (int k = 0; k < 3; ++k) {
        drop_array(o->array[k]);
    }
}

static void operands_at(const operands *o, int op, size_t k, double *x)
{
    for (int m = 0; m < fg_op_arity(op); ++m) {
        x[m] = o->array[m] ? naive_item(o->array[m], k) : o->in[m].number;
    }
}

static double rounded(double x, int dtype)
{
    return dtype == FG_F32 ? (double)(float)x : x;
}

static double items_at(const void *items, int dtype, size_t k)
{
    double x;
    float y;
    if (dtype == FG_F64) {
        memcpy(&x, (const char *)items + k * sizeof x, sizeof x);
        return x;
    }
    memcpy(&y, (const char *)items + k * sizeof y, sizeof y);
    return (double)y;
}

/* One row on one draw of operands: the value, and the adjoint of each operand. Reports once. */
static void check_row(point *p, int op, int kind, int dtype, size_t size)
{
    const long before = check_wrong;
    static double out[MOST], g[MOST], adj[3][MOST];
    operands o = draw_operands(op, kind, dtype, size);
    CHECK_COUNT(fg_kernel_value(op, size, o.in, dtype, out), FG_OK);
    fg_array *v = array_of(out, dtype, size, NULL).a;
    for (size_t k = 0; k < size; ++k) {
        put(g, k, dtype, draw_below(4) ? draw_between(-2.0, 2.0) : 0.0);
        for (int m = 0; m < 3; ++m) {
            put(adj[m], k, dtype, 1.5);
        }
    }
    for (int m = 0; m < fg_op_arity(op); ++m) {
        const fg_operand value = {v, 0.0};
        CHECK_COUNT(fg_kernel_adjoint(op, m, size, o.in, &value, dtype, g, adj[m]), FG_OK);
    }
    for (size_t k = 0; k < size; ++k) {
        double x[3] = {0.0}, expected[3];
        operands_at(&o, op, k, x);
        const double exact = fg_op_value(op, x[0], x[1], x[2]);
        CHECK_SAME(items_at(out, dtype, k), rounded(exact, dtype));
        scalar_adjoint(p, op, x, items_at(g, dtype, k), expected);
        const int is_lent = fg_lent_next(op, 0) < FG_N_LENT;
        for (int m = 0; m < fg_op_arity(op); ++m) {
            /* In float32 a local gradient may read the value after rounding: a few ulp, of which that
             * of an inverse function makes any number. */
            if (is_lent && dtype == FG_F32 && fg_op_reads(op, m, 'v')) {
                continue;
            }
            const double apart = dtype == FG_F32 ? 1e-6 * (1.5 + fabs(expected[m])) : 0.0;
            const double sum = rounded(1.5 + expected[m], dtype);
            CHECK_NEAR(items_at(adj[m], dtype, k), sum, apart);
        }
    }
    if (check_wrong > before) {
        printf("  %s, kind %d, dtype %d, size %zu\n", fg_op_info(op)->name, kind, dtype, size);
    }
    fg_mem_free(v);
    drop_operands(&o);
}

static void check_rows(int dtype)
{
    static const size_t sizes[] = {1, 255, 256, 257, MOST};
    point p;
    point_init(&p);
    draw_seed(5);
    for (int op = 0; op < FG_N_ROWS; ++op) {
        for (int kind = 0; kind <= NUMBER; ++kind) {
            check_row(&p, op, kind, dtype, sizes[(op + kind) % 5]);
        }
    }
    point_free(&p);
}

static void test_each_row_on_float64_arrays_is_the_row_on_scalars(void)
{
    check_rows(FG_F64);
}

static void test_each_row_on_float32_arrays_is_the_row_on_scalars(void)
{
    check_rows(FG_F32);
}

static void test_a_test_has_no_derivative(void)
{
    const double x[] = {1.0, 2.0}, g[] = {1.0, INF};
    double adj[] = {3.0, 4.0};
    fg_array *a = array_of((void *)x, FG_F64, 2, NULL).a;
    const fg_operand in[2] = {{a, 0.0}, {NULL, 1.5}}, v = {a, 0.0};
    for (int k = 0; k < 2; ++k) {
        CHECK_COUNT(fg_kernel_adjoint(FG_OP_less, k, 2, in, &v, FG_F64, g, adj), FG_OK);
    }
    CHECK(adj[0] == 3.0 && adj[1] == 4.0);
    fg_mem_free(a);
}

/* adj += seeds * local gradient `which`; all arrays of n items. */
static void adjoint_of(int op, int which, size_t n, double *x, double *y, double *z, double *g,
                       double *adj)
{
    double *data[3] = {x, y, z}, out[8];
    fg_operand in[3];
    fg_array *array[3] = {NULL};
    for (int k = 0; k < fg_op_arity(op); ++k) {
        array[k] = array_of(data[k], FG_F64, n, NULL).a;
        in[k] = (fg_operand){array[k], 0.0};
    }
    CHECK_COUNT(fg_kernel_value(op, n, in, FG_F64, out), FG_OK);
    fg_array *v = array_of(out, FG_F64, n, NULL).a;
    CHECK_COUNT(fg_kernel_adjoint(op, which, n, in, &(fg_operand){v, 0.0}, FG_F64, g, adj), FG_OK);
    for (int k = 0; k < 3; ++k) {
        fg_mem_free(array[k]);
    }
    fg_mem_free(v);
}

static void test_a_branch_not_taken_gets_nothing_not_even_nan(void)
{
    double c[] = {1, 0, 1, 0}, a[] = {2, NOT, NOT, 2}, b[] = {NOT, 3, 3, NOT};
    double g[] = {5, 5, INF, NOT}, taken[] = {0, 0, 0, 0}, other[] = {0, 0, 0, 0};
    adjoint_of(FG_OP_select, 1, 4, c, a, b, g, taken);
    adjoint_of(FG_OP_select, 2, 4, c, a, b, g, other);
    const double to_a[] = {5, 0, INF, 0}, to_b[] = {0, 5, 0, NOT};
    for (int k = 0; k < 4; ++k) {
        CHECK_EQUAL(taken[k], to_a[k]);
        CHECK_EQUAL(other[k], to_b[k]);
    }
    double condition[] = {0, 0, 0, 0};
    adjoint_of(FG_OP_select, 0, 4, c, a, b, g, condition);
    for (int k = 0; k < 4; ++k) {
        CHECK_EQUAL(condition[k], 0.0);
    }
}

static void test_choices_between_numbers_pass_an_infinite_seed_to_one_of_them(void)
{
    double x[] = {1, 3, 2}, y[] = {2, 2, 2}, g[] = {INF, INF, INF};
    double to_x[] = {0, 0, 0}, to_y[] = {0, 0, 0};
    adjoint_of(FG_OP_maximum, 0, 3, x, y, NULL, g, to_x);
    adjoint_of(FG_OP_maximum, 1, 3, x, y, NULL, g, to_y);
    CHECK(to_x[0] == 0.0 && to_x[1] == INF && to_x[2] == INF);
    CHECK(to_y[0] == INF && to_y[1] == 0.0 && to_y[2] == INF);
    double step[] = {0, 0, 0};
    adjoint_of(FG_OP_floor, 0, 3, x, NULL, NULL, g, step);
    CHECK(step[0] == 0.0 && step[1] == 0.0 && step[2] == 0.0);
}

static void test_a_zero_seed_adds_nothing_to_an_infinite_local(void)
{
    double x[] = {0, 0, INF}, y[] = {INF, NOT, INF}, g[] = {0, -0.0, 0};
    double adj[] = {1, 2, 3};
    adjoint_of(FG_OP_sqrt, 0, 3, x, NULL, NULL, g, adj);
    adjoint_of(FG_OP_log, 0, 3, x, NULL, NULL, g, adj);
    adjoint_of(FG_OP_multiply, 0, 3, x, y, NULL, g, adj);
    adjoint_of(FG_OP_divide, 1, 3, y, x, NULL, g, adj);
    CHECK(adj[0] == 1.0 && adj[1] == 2.0 && adj[2] == 3.0);
}

static void test_operands_may_be_one_array(void)
{
    double x[] = {3, -2, 0.5, INF}, g[] = {1, 1, 2, 0}, adj[] = {0, 0, 0, 0};
    adjoint_of(FG_OP_multiply, 0, 4, x, x, NULL, g, adj);
    adjoint_of(FG_OP_multiply, 1, 4, x, x, NULL, g, adj);
    CHECK(adj[0] == 6.0 && adj[1] == -4.0 && adj[2] == 2.0 && adj[3] == 0.0);
    double three[] = {0, 0, 0, 0};
    for (int k = 0; k < 3; ++k) { /* clip(x, x, x) is x */
        adjoint_of(FG_OP_clip, k, 4, x, x, x, g, three);
    }
    CHECK(three[0] == 1.0 && three[1] == 1.0 && three[2] == 2.0 && three[3] == 0.0);
}

static void test_what_is_no_row_or_no_operand_is_refused(void)
{
    double x = 1.0, out = 7.0;
    const fg_operand in[3] = {{NULL, 1.0}, {NULL, 1.0}, {NULL, 1.0}};
    static const int none[] = {-1, FG_N_ROWS, FG_CALL, 255};
    for (int k = 0; k < 4; ++k) {
        CHECK_COUNT(fg_kernel_value(none[k], 1, in, FG_F64, &out), FG_E_OPCODE);
        CHECK_COUNT(fg_kernel_adjoint(none[k], 0, 1, in, in, FG_F64, &x, &out), FG_E_OPCODE);
    }
    CHECK_COUNT(fg_kernel_adjoint(FG_OP_sin, 1, 1, in, in, FG_F64, &x, &out), FG_E_OPCODE);
    CHECK_COUNT(fg_kernel_adjoint(FG_OP_sin, -1, 1, in, in, FG_F64, &x, &out), FG_E_OPCODE);
    CHECK(out == 7.0);
}

static void test_arrays_without_items_are_left_alone(void)
{
    const fg_operand in[2] = {{NULL, 1.0}, {NULL, 2.0}};
    CHECK_COUNT(fg_kernel_value(FG_OP_add, 0, in, FG_F64, NULL), FG_OK);
    CHECK_COUNT(fg_kernel_adjoint(FG_OP_multiply, 1, 0, in, in, FG_F32, NULL, NULL), FG_OK);
    fg_kernel_add(0, FG_F64, NULL, NULL);
    CHECK(!fg_kernel_has_nan(0, FG_F64, NULL));
}

static void test_adding_and_looking_for_nan(void)
{
    static double wide[MOST], to_wide[MOST];
    static float narrow[MOST], to_narrow[MOST];
    for (int k = 0; k < MOST; ++k) {
        wide[k] = to_wide[k] = k + 1;
        narrow[k] = to_narrow[k] = (float)(k + 1);
    }
    fg_kernel_add(MOST, FG_F64, wide, to_wide);
    fg_kernel_add(MOST, FG_F32, narrow, to_narrow);
    for (int k = 0; k < MOST; ++k) {
        CHECK(to_wide[k] == 2.0 * (k + 1) && to_narrow[k] == 2.0f * (float)(k + 1));
    }
    static const int places[] = {0, 255, 256, MOST - 1};
    for (int k = 0; k < 4; ++k) {
        CHECK(!fg_kernel_has_nan(MOST, FG_F64, wide) && !fg_kernel_has_nan(MOST, FG_F32, narrow));
        wide[places[k]] = NOT;
        narrow[places[k]] = NAN;
        CHECK(fg_kernel_has_nan(MOST, FG_F64, wide) && fg_kernel_has_nan(MOST, FG_F32, narrow));
        CHECK(!fg_kernel_has_nan((size_t)places[k], FG_F64, wide));
        wide[places[k]] = INF;
        narrow[places[k]] = INFINITY;
    }
}

int main(void)
{
    fg_lent_set(&stand_ins);
    RUN(test_each_row_on_float64_arrays_is_the_row_on_scalars);
    RUN(test_each_row_on_float32_arrays_is_the_row_on_scalars);
    RUN(test_a_test_has_no_derivative);
    RUN(test_a_branch_not_taken_gets_nothing_not_even_nan);
    RUN(test_choices_between_numbers_pass_an_infinite_seed_to_one_of_them);
    RUN(test_a_zero_seed_adds_nothing_to_an_infinite_local);
    RUN(test_operands_may_be_one_array);
    RUN(test_what_is_no_row_or_no_operand_is_refused);
    RUN(test_arrays_without_items_are_left_alone);
    RUN(test_adding_and_looking_for_nan);
    return REPORT();
}

/* test_emit.c -- constants fold and algebra goes, and no value changes. */
#include "funcs.h"
#include "stand_ins.h"

static const double specials[] = {0.0,      -0.0,      1.0,  -1.0,     2.0,       -2.0,
                                  0.5,      3.25,      NAN,  INFINITY, -INFINITY, 0x1p-1074,
                                  0x1p1023, -0x1p1023, 1e-7, 1e300};
enum { N_SPECIALS = sizeof specials / sizeof *specials };

static void test_a_row_of_numbers_is_a_number(void)
{
    graph g;
    graph_init(&g);
    for (int op = 0; op < FG_N_ROWS; ++op) {
        for (int i = 0; i < N_SPECIALS; ++i) {
            for (int j = 0; j < N_SPECIALS; ++j) {
                const double x = specials[i], y = specials[j], z = specials[(i + j) % N_SPECIALS];
                const int type = fg_op_info(op)->is_test ? FG_TRUTH : FG_SCALAR;
                const int32_t node =
                    row_of(&g.f, op, type, number(&g.f, x), number(&g.f, y), number(&g.f, z));
                double v = 0.5;
                CHECK(fg_func_is_number(&g.f, node, &v));
                CHECK_SAME(v, fg_op_value(op, x, y, z));
                CHECK_COUNT(g.f.type[node], type);
            }
        }
    }
    graph_free(&g);
}

static void test_folding_rounds_to_the_dtype(void)
{
    graph g;
    graph_init(&g);
    const int32_t single = node_checked(fg_func_type(&g.f, FG_D_float32, 0, NULL));
    double v = 0.0;
    const int32_t a = number(&g.f, 1.0), b = number(&g.f, 3.0);
    const int32_t third = row_of(&g.f, FG_OP_divide, single, a, b, a);
    CHECK(fg_func_is_number(&g.f, third, &v) && v == (double)(float)(1.0 / 3.0));
    graph_free(&g);
}

static void test_an_integer_that_its_dtype_cannot_hold_is_left_to_the_program(void)
{
    graph g;
    graph_init(&g);
    fg_func *f = &g.f;
    const int32_t small = node_checked(fg_func_type(f, FG_D_int8, 0, NULL));
    const int32_t large = node_checked(fg_func_type(f, FG_D_int64, 0, NULL));
    const int32_t hundred = node_checked(fg_func_number(f, 100.0, small));
    const int32_t two = node_checked(fg_func_number(f, 2.0, small));
    const int32_t zero = node_checked(fg_func_number(f, 0.0, small));
    const int32_t huge = node_checked(fg_func_number(f, 0x1p52, large));
    double v;
    const int32_t sum = row_of(f, FG_OP_add, small, two, two, two);
    CHECK(fg_func_is_number(f, sum, &v) && v == 4.0);
    const int32_t bad[] = {row_of(f, FG_OP_multiply, small, hundred, two, two),
                           row_of(f, FG_OP_floor_divide, small, hundred, zero, two),
                           row_of(f, FG_OP_remainder, small, zero, zero, two),
                           row_of(f, FG_OP_multiply, large, huge, huge, two)};
    for (int k = 0; k < 4; ++k) {
        fg_program p;
        size_t at;
        CHECK(!fg_func_is_number(f, bad[k], &v));
        CHECK_COUNT(plan(&g, 1, &bad[k], 0, NULL, &p), FG_OK);
        double *w = workspace(&p, NULL);
        CHECK_COUNT(fg_program_run(&p, w, &at), FG_E_RANGE);
        free(w);
        fg_program_free(&p);
    }
    graph_free(&g);
}

/* What a row becomes where one operand is a number keeps its value; zeros may change their sign
 * where `zeros` says so. */
static void check_with_number(int op, int place, double c)
{
    const int zeros = op == FG_OP_add || op == FG_OP_subtract || op == FG_OP_masked_multiply;
    const int arity = fg_op_arity(op);
    graph g;
    graph_init(&g);
    int32_t x[3];
    for (int k = 0; k < arity; ++k) {
        x[k] = k == place ? number(&g.f, c) : input(&g.f);
    }
    const int type = fg_op_info(op)->is_test ? FG_TRUTH : FG_SCALAR;
    const int32_t node = node_checked(fg_func_row(&g.f, op, x, type));
    const double *s = specials;
    for (int i = 0; i < N_SPECIALS; ++i) {
        for (int j = 0; j < (arity > 2 ? N_SPECIALS : 1); ++j) {
            const double in[2] = {s[i], s[j]};
            double v[3] = {0.0, 0.0, 0.0};
            for (int k = 0, next = 0; k < arity; ++k) {
                v[k] = k == place ? c : in[next++];
            }
            CHECK_NEAR(value_at(&g, node, in), fg_op_value(op, v[0], v[1], v[2]),
                       zeros ? 0.0 : -1.0);
        }
    }
    graph_free(&g);
}

static void test_a_number_among_the_operands_changes_no_value(void)
{
    for (int op = 0; op < FG_N_ROWS; ++op) {
        for (int place = 0; place < fg_op_arity(op) && fg_op_arity(op) > 1; ++place) {
            for (int i = 0; i < N_SPECIALS; ++i) {
                const long before = check_wrong;
                check_with_number(op, place, specials[i]);
                if (check_wrong > before) {
                    printf("  %s, operand %d is %g\n", fg_op_info(op)->name, place, specials[i]);
                }
            }
        }
    }
}

/* A row of x, y and their negatives keeps its value, but for the sign of a zero. */
static void test_a_negative_among_the_operands_changes_no_value(void)
{
    static const int ops[] = {FG_OP_add, FG_OP_subtract, FG_OP_multiply, FG_OP_negative};
    for (int m = 0; m < 16; ++m) {
        graph g;
        graph_init(&g);
        const int op = ops[m / 4], left = m & 1, right = m >> 1 & 1;
        const int32_t x = input(&g.f), y = input(&g.f);
        const int32_t a = left ? row(&g.f, FG_OP_negative, x, x) : x;
        const int32_t b = right ? row(&g.f, FG_OP_negative, y, y) : y;
        const int32_t node = row(&g.f, op, a, b);
        for (int i = 0; i < N_SPECIALS * N_SPECIALS; ++i) {
            const double in[2] = {specials[i / N_SPECIALS], specials[i % N_SPECIALS]};
            const double v = fg_op_value(op, left ? -in[0] : in[0], right ? -in[1] : in[1], 0.0);
            CHECK_SAME(value_at(&g, node, in), v);
        }
        graph_free(&g);
    }
}

static void test_a_negative_in_a_masked_product_changes_no_value(void)
{
    for (int m = 0; m < 4; ++m) {
        graph g;
        graph_init(&g);
        const int left = m & 1, right = m >> 1;
        const int32_t x = input(&g.f), y = input(&g.f);
        const int32_t a = left ? row(&g.f, FG_OP_negative, x, x) : x;
        const int32_t b = right ? row(&g.f, FG_OP_negative, y, y) : y;
        const int32_t node = row(&g.f, FG_OP_masked_multiply, a, b);
        for (int i = 0; i < N_SPECIALS * N_SPECIALS; ++i) {
            const double in[2] = {specials[i / N_SPECIALS], specials[i % N_SPECIALS]};
            const double u = left ? -in[0] : in[0], v = right ? -in[1] : in[1];
            CHECK_EQUAL(value_at(&g, node, in), fg_op_value(FG_OP_masked_multiply, u, v, 0.0));
        }
        graph_free(&g);
    }
}

static void test_a_factor_that_is_a_power_of_two_joins_another(void)
{
    static const double powers[] = {2.0, -4.0, 0.5, 0x1p100, -0x1p-60};
    for (int m = 0; m < 5 * N_SPECIALS; ++m) {
        const double d = powers[m % 5], c = specials[m / 5];
        graph g;
        graph_init(&g);
        const int32_t x = input(&g.f), inner = row(&g.f, FG_OP_multiply, number(&g.f, d), x);
        const int32_t node = row(&g.f, FG_OP_multiply, inner, number(&g.f, c));
        CHECK_COUNT(g.f.graph.arg[node][1] == x || node == x, isnormal(c * d));
        CHECK_COUNT(row(&g.f, FG_OP_multiply, number(&g.f, c), inner), node);
        for (int i = 0; i < N_SPECIALS; ++i) {
            const double in = specials[i];
            if (!isfinite(in) || d * in / d == in) { /* the inner product is exact */
                CHECK_SAME(value_at(&g, node, &in), c * (d * in));
            }
        }
        graph_free(&g);
    }
    graph g;
    graph_init(&g);
    const int32_t x = input(&g.f), inner = row(&g.f, FG_OP_multiply, number(&g.f, 3.0), x);
    const int32_t node = row(&g.f, FG_OP_multiply, number(&g.f, 0.1), inner);
    CHECK_COUNT(g.f.graph.arg[node][1], inner); /* by 3 it would round */
    graph_free(&g);
}

static void test_an_array_filled_with_a_number_is_read_as_the_number(void)
{
    graph g;
    graph_init(&g);
    fg_func *f = &g.f;
    const int32_t three = array_type(f, FG_D_float64, 3);
    const int32_t a = node_checked(fg_func_input(f, three)), one = number(f, 1.0);
    const int32_t two = number(f, 2.0), x = input(f);
    const int32_t ones = deed_of(&g, DO_SPLAT, 0, &one, 1, three);
    const int32_t twos = deed_of(&g, DO_SPLAT, 0, &two, 1, three);
    const int32_t xs = deed_of(&g, DO_SPLAT, 0, &x, 1, three);
    CHECK_COUNT(row_of(f, FG_OP_multiply, three, a, ones, a), a);
    const int32_t product = row_of(f, FG_OP_multiply, three, a, twos, a);
    CHECK_COUNT(product, row_of(f, FG_OP_multiply, three, two, a, a));
    const int32_t sum = row_of(f, FG_OP_add, three, ones, twos, a); /* one has to have the shape */
    CHECK(f->graph.arg[sum][0] == ones && f->graph.arg[sum][1] == twos);
    CHECK_COUNT(fg_func_item(f, twos, 1, FG_SCALAR), two);
    const int32_t open = row_of(f, FG_OP_add, three, xs, a, a);
    const int32_t chosen = row_of(f, FG_OP_select, three, a, ones, twos);
    CHECK(f->graph.arg[open][0] == xs || f->graph.arg[open][1] == xs);
    const int32_t outputs[] = {product, sum, open, chosen};
    const double items[3] = {0.0, -2.0, NAN}, in = 5.0;
    check_program(&g, 4, outputs, (const double *const[]){items, &in});
    graph_free(&g);
}

static void test_what_is_trivial_adds_no_node(void)
{
    graph g;
    graph_init(&g);
    fg_func *f = &g.f;
    const int32_t x = input(f), y = input(f), zero = number(f, 0.0), one = number(f, 1.0);
    const int32_t two = number(f, 2.0), t = row(f, FG_OP_less, x, y);
    const int32_t minus = row(f, FG_OP_negative, x, x);
    const size_t n = f->graph.n;
    CHECK_COUNT(row(f, FG_OP_add, x, zero), x);
    CHECK_COUNT(row(f, FG_OP_add, zero, x), x);
    CHECK_COUNT(row(f, FG_OP_subtract, x, zero), x);
    CHECK_COUNT(row(f, FG_OP_multiply, x, one), x);
    CHECK_COUNT(row(f, FG_OP_multiply, one, x), x);
    CHECK_COUNT(row(f, FG_OP_divide, x, one), x);
    CHECK_COUNT(row(f, FG_OP_power, x, one), x);
    CHECK_COUNT(row(f, FG_OP_negative, minus, minus), x);
    CHECK_COUNT(row(f, FG_OP_masked_multiply, one, x), x);
    CHECK_COUNT(row(f, FG_OP_masked_multiply, x, one), x);
    CHECK_COUNT(row(f, FG_OP_masked_multiply, zero, x), zero);
    CHECK_COUNT(row_of(f, FG_OP_select, FG_SCALAR, one, x, y), x);
    CHECK_COUNT(row_of(f, FG_OP_select, FG_SCALAR, zero, x, y), y);
    CHECK_COUNT(row_of(f, FG_OP_select, FG_SCALAR, t, x, x), x);
    CHECK_COUNT(row(f, FG_OP_logical_and, t, one), t);
    CHECK_COUNT(row(f, FG_OP_logical_or, zero, t), t);
    CHECK_COUNT(f->graph.n, n);
    const int32_t yes = node_checked(fg_func_number(f, 1.0, FG_TRUTH));
    const int32_t no = node_checked(fg_func_number(f, 0.0, FG_TRUTH));
    CHECK_COUNT(row(f, FG_OP_logical_and, t, yes), t);
    CHECK_COUNT(row(f, FG_OP_logical_or, no, t), t);
    const int32_t square = row(f, FG_OP_power, x, two);
    CHECK_COUNT(f->graph.op[square], FG_OP_square);
    CHECK_COUNT(row(f, FG_OP_square, x, x), square);
    const int32_t negative = row(f, FG_OP_multiply, minus, y); /* the product is one node */
    CHECK_COUNT(f->graph.op[negative], FG_OP_negative);
    CHECK_COUNT(row(f, FG_OP_multiply, y, minus), negative);
    CHECK_COUNT(f->graph.arg[negative][0], row(f, FG_OP_multiply, x, y));
    const int32_t three = array_type(f, FG_D_float64, 3);
    const int32_t a = node_checked(fg_func_input(f, three));
    CHECK_COUNT(row_of(f, FG_OP_add, three, zero, a, a), a);
    CHECK_COUNT(row_of(f, FG_OP_multiply, three, one, a, a), a);
    CHECK_COUNT(f->graph.op[row(f, FG_OP_add, y, minus)], FG_OP_subtract);
    graph_free(&g);
}

static void test_an_operand_of_another_type_is_no_result(void)
{
    graph g;
    graph_init(&g);
    fg_func *f = &g.f;
    const int32_t single = node_checked(fg_func_type(f, FG_D_float32, 0, NULL));
    const int32_t three = array_type(f, FG_D_float64, 3);
    const int32_t x = input(f), one = number(f, 1.0), zero = number(f, 0.0);
    const int32_t t = row(f, FG_OP_less, x, zero);
    CHECK_COUNT(f->type[row_of(f, FG_OP_multiply, single, x, one, x)], single);
    CHECK_COUNT(f->type[row_of(f, FG_OP_multiply, single, one, x, x)], single);
    CHECK_COUNT(f->type[row_of(f, FG_OP_add, single, zero, x, x)], single);
    CHECK_COUNT(f->type[row_of(f, FG_OP_select, single, t, x, x)], single);
    CHECK_COUNT(f->type[row_of(f, FG_OP_select, single, one, x, t)], single);
    CHECK_COUNT(f->type[row_of(f, FG_OP_select, single, zero, x, t)], single);
    CHECK_COUNT(f->type[row_of(f, FG_OP_add, FG_SCALAR, t, zero, x)], FG_SCALAR);
    const int32_t minus = row_of(f, FG_OP_negative, single, x, x, x); /* rounds */
    CHECK_COUNT(f->graph.op[row_of(f, FG_OP_add, FG_SCALAR, x, minus, x)], FG_OP_add);
    double v = 1.0;
    const int32_t narrow = node_checked(fg_func_item(f, zero, 0, single));
    CHECK(fg_func_is_number(f, narrow, &v) && v == 0.0 && f->type[narrow] == single);
    /* numbers that an array of zeros is made of are no array */
    const int32_t a = node_checked(fg_func_input(f, three));
    CHECK_COUNT(f->graph.op[row_of(f, FG_OP_add, three, one, zero, x)], FG_OP_add);
    CHECK_COUNT(f->graph.op[row_of(f, FG_OP_masked_multiply, three, zero, a, x)],
                FG_OP_masked_multiply);
    const int32_t output = row_of(f, FG_OP_masked_multiply, three, zero, a, x);
    const double items[3] = {1.0, INFINITY, NAN}, number_in = 1.0;
    check_program(&g, 1, &output, (const double *const[]){&number_in, items});
    for (size_t i = 0; i < f->graph.n; ++i) {
        CHECK(f->graph.op[i] != FG_CONST || f->graph.arg[i][1] || !f->types[f->type[i]].ndim);
    }
    graph_free(&g);
}

int main(void)
{
    fg_lent_set(&stand_ins);
    RUN(test_a_row_of_numbers_is_a_number);
    RUN(test_folding_rounds_to_the_dtype);
    RUN(test_an_integer_that_its_dtype_cannot_hold_is_left_to_the_program);
    RUN(test_a_number_among_the_operands_changes_no_value);
    RUN(test_a_negative_among_the_operands_changes_no_value);
    RUN(test_a_negative_in_a_masked_product_changes_no_value);
    RUN(test_a_factor_that_is_a_power_of_two_joins_another);
    RUN(test_an_array_filled_with_a_number_is_read_as_the_number);
    RUN(test_what_is_trivial_adds_no_node);
    RUN(test_an_operand_of_another_type_is_no_result);
    return REPORT();
}

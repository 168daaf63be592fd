/* test_sweep.c -- seeds and adjoints of scalars, arrays and elements; restriction; the end. */
#include "draw.h"
#include "tapes.h"

/* What most tests need; RUN sees to it that nothing is left behind. */
typedef struct scene {
    fg_tape t;
    fg_sweep s;
    int32_t at;
} scene;

static void scene_init(scene *c)
{
    fg_tape_init(&c->t, release);
    fg_sweep_init(&c->s);
}

static void scene_free(scene *c)
{
    fg_sweep_free(&c->s);
    fg_tape_free(&c->t);
}

static void start(scene *c, int32_t handle)
{
    fg_tape_pin(&c->t);
    CHECK_COUNT(fg_sweep_start(&c->s, &c->t, node_of(&c->t, handle)), FG_OK);
}

static void seed(scene *c, int32_t handle, double number)
{
    CHECK_COUNT(fg_sweep_add(&c->s, node_of(&c->t, handle), number, NULL), FG_OK);
}

static void run(scene *c)
{
    CHECK_COUNT(fg_sweep_run(&c->s, &c->at), FG_OK);
    CHECK_COUNT(c->s.pending, 0);
}

static int touched(const scene *c, int32_t handle)
{
    return c->s.mark[node_of(&c->t, handle)] & FG_TOUCHED;
}

static void test_adjoints_add_up_over_all_paths(void)
{
    scene c;
    scene_init(&c);
    const int32_t x = leaf(&c.t, 3.0), y = leaf(&c.t, 5.0);
    const int32_t xy = binary(&c.t, FG_OP_multiply, x, y);
    const int32_t xx = binary(&c.t, FG_OP_multiply, x, x);
    const int32_t f = binary(&c.t, FG_OP_subtract, binary(&c.t, FG_OP_add, xy, xx), x);
    CHECK_COUNT(sweep_from(&c.s, &c.t, f, &c.at), FG_OK);
    CHECK_EQUAL(adjoint(&c.s, x), 5.0 + 6.0 - 1.0);
    CHECK_EQUAL(adjoint(&c.s, y), 3.0);
    swept(&c.s, 0);
    scene_free(&c);
}

static void test_a_gradient_is_linear_in_the_seed(void)
{
    scene c;
    scene_init(&c);
    const int32_t x = leaf(&c.t, 0.5), f = unary(&c.t, FG_OP_sin, unary(&c.t, FG_OP_exp, x));
    double g[3];
    for (int k = 0; k < 3; ++k) {
        start(&c, f);
        seed(&c, f, k == 2 ? 0.75 : k);
        seed(&c, f, k == 2 ? 0.25 : 0.0); /* seeds of one node add up */
        run(&c);
        g[k] = adjoint(&c.s, x);
        swept(&c.s, 0);
    }
    CHECK(g[0] == 0.0 && g[1] != 0.0 && g[2] == g[1]);
    scene_free(&c);
}

static void test_several_roots_in_any_order(void)
{
    scene c;
    scene_init(&c);
    const int32_t x = leaf(&c.t, 2.0), low = unary(&c.t, FG_OP_square, x);
    const int32_t mid = unary(&c.t, FG_OP_negative, x), top = unary(&c.t, FG_OP_square, low);
    start(&c, top);
    seed(&c, low, 10.0);
    seed(&c, top, 1.0);
    seed(&c, mid, 100.0);
    seed(&c, x, 0.5); /* a leaf may be a root */
    run(&c);
    CHECK_EQUAL(adjoint(&c.s, low), 10.0 + 8.0);
    CHECK_EQUAL(adjoint(&c.s, x), 18.0 * 4.0 - 100.0 + 0.5);
    swept(&c.s, 1);
    scene_free(&c);
}

static void test_a_root_that_no_op_made_ends_the_sweep_at_once(void)
{
    scene c;
    scene_init(&c);
    const int32_t x = leaf(&c.t, 2.0);
    room(&c.t, 1, 0, 0);
    const int32_t k = held(&c.t, fg_tape_append_number(&c.t, 3.0));
    for (int round = 0; round < 2; ++round) {
        CHECK_COUNT(sweep_from(&c.s, &c.t, round ? k : x, &c.at), FG_OK);
        CHECK_EQUAL(adjoint(&c.s, round ? k : x), 1.0);
        CHECK_COUNT(fg_sweep_leaf(&c.s, 0), round ? -1 : node_of(&c.t, x));
        swept(&c.s, 1);
    }
    CHECK(c.t.graph.op[0] == FG_LEAF && c.t.graph.op[1] == FG_CONST);
    scene_free(&c);
}

static void test_what_needs_no_gradient_is_not_touched(void)
{
    scene c;
    scene_init(&c);
    const int32_t x = leaf(&c.t, 2.0), k = constant(&c.t, 3.0);
    const int32_t kk = unary(&c.t, FG_OP_square, k), f = binary(&c.t, FG_OP_multiply, x, kk);
    leaf(&c.t, 1.0); /* above the root */
    CHECK_COUNT(sweep_from(&c.s, &c.t, f, &c.at), FG_OK);
    CHECK(touched(&c, x) && touched(&c, f) && !touched(&c, k) && !touched(&c, kk));
    CHECK_EQUAL(adjoint(&c.s, x), 9.0);
    swept(&c.s, 1);
    scene_free(&c);
}

static void test_tests_pass_nothing_on(void)
{
    scene c;
    scene_init(&c);
    const int32_t x = leaf(&c.t, 2.0), y = leaf(&c.t, 3.0);
    const int32_t f = binary(&c.t, FG_OP_less, x, unary(&c.t, FG_OP_isnan, y));
    CHECK_COUNT(sweep_from(&c.s, &c.t, f, &c.at), FG_OK);
    CHECK_EQUAL(adjoint(&c.s, x), 0.0);
    CHECK_EQUAL(adjoint(&c.s, y), 0.0);
    swept(&c.s, 0);
    scene_free(&c);
}

static void test_rows_of_three_operands_on_scalars(void)
{
    scene c;
    scene_init(&c);
    const int32_t x[3] = {leaf(&c.t, 1.0), leaf(&c.t, 5.0), leaf(&c.t, 7.0)};
    const int32_t s = wide(&c.t, FG_OP_select, NULL, x, 3, (fg_cell){.s = 5.0}, 0);
    const int32_t f = unary(&c.t, FG_OP_square, s);
    CHECK_COUNT(sweep_from(&c.s, &c.t, f, &c.at), FG_OK);
    CHECK_EQUAL(adjoint(&c.s, x[0]), 0.0);
    CHECK_EQUAL(adjoint(&c.s, x[1]), 10.0);
    CHECK_EQUAL(adjoint(&c.s, x[2]), 0.0);
    swept(&c.s, 0);
    scene_free(&c);
}

/* Scalars packed into an array, x * x elementwise, and two elements of it. */
static void test_scalars_and_arrays_in_one_sweep(void)
{
    static double packed[] = {1.0, 2.0, 3.0};
    double squares[3];
    scene c;
    scene_init(&c);
    const int32_t x[3] = {leaf(&c.t, 1.0), leaf(&c.t, 2.0), leaf(&c.t, 3.0)};
    const int32_t p = wide(&c.t, FG_PACK, NULL, x, 3, array_of(packed, FG_F64, 3, NULL), 1);
    const int32_t pp = array_op(&c.t, FG_OP_multiply, (const int32_t[]){p, p}, 3, FG_F64, squares);
    const int32_t a = item(&c.t, pp, 2, squares[2]), b = item(&c.t, pp, 1, squares[1]);
    const int32_t f = binary(&c.t, FG_OP_multiply, a, b); /* x2^2 x1^2 */
    double first[3];
    for (int round = 0; round < 2; ++round) {
        CHECK_COUNT(sweep_from(&c.s, &c.t, f, &c.at), FG_OK);
        CHECK(adjoints(&c.s, p) == NULL && adjoints(&c.s, pp) == NULL); /* given back on the way */
        CHECK_EQUAL(adjoint(&c.s, x[0]), 0.0);
        CHECK_EQUAL(adjoint(&c.s, x[1]), 2.0 * 2.0 * 9.0);
        CHECK_EQUAL(adjoint(&c.s, x[2]), 2.0 * 3.0 * 4.0);
        for (int k = 0; k < 3; ++k) {
            first[k] = round ? first[k] : adjoint(&c.s, x[k]);
            CHECK_SAME(adjoint(&c.s, x[k]), first[k]); /* the second sweep equals the first */
        }
        swept(&c.s, 0);
    }
    scene_free(&c);
}

static void test_an_element_of_a_constant_array_passes_nothing_on(void)
{
    double data[2] = {1.0, 2.0};
    scene c;
    scene_init(&c);
    const int32_t x = leaf(&c.t, 3.0);
    const int32_t a = leaf_cell(&c.t, array_of(data, FG_F64, 2, NULL), 0, 1);
    const int32_t k = leaf_cell(&c.t, array_of(data, FG_F64, 2, NULL), 1, 1);
    const int32_t e = item(&c.t, a, 0, 1.0), f = binary(&c.t, FG_OP_multiply, x, e);
    const int32_t g = binary(&c.t, FG_OP_multiply, f, item(&c.t, k, 1, 2.0));
    start(&c, g);
    seed(&c, g, 1.0);
    seed(&c, e, 1.0);
    run(&c);
    CHECK(!touched(&c, a) && adjoints(&c.s, k)[0] == 0.0 && adjoints(&c.s, k)[1] == 3.0);
    swept(&c.s, 0);
    scene_free(&c);
}

static void test_seeds_of_arrays_of_either_dtype(void)
{
    double x[300], y[300], wide_seed[300];
    float z[300], narrow_seed[300], w[300];
    for (int k = 0; k < 300; ++k) {
        x[k] = wide_seed[k] = k;
        z[k] = narrow_seed[k] = (float)k;
    }
    scene c;
    scene_init(&c);
    const int32_t a = array_leaf(&c.t, x, 300, NULL), two = constant(&c.t, 2.0);
    const int32_t b = leaf_cell(&c.t, array_of(z, FG_F32, 300, NULL), 1, 1);
    const int32_t f = array_op(&c.t, FG_OP_multiply, (const int32_t[]){two, a}, 300, FG_F64, y);
    const int32_t g = array_op(&c.t, FG_OP_square, &b, 300, FG_F32, w);
    start(&c, g);
    CHECK_COUNT(fg_sweep_add(&c.s, node_of(&c.t, f), 0.0, wide_seed), FG_OK);
    CHECK_COUNT(fg_sweep_add(&c.s, node_of(&c.t, f), 0.0, wide_seed), FG_OK);
    CHECK_COUNT(fg_sweep_add(&c.s, node_of(&c.t, g), 0.0, narrow_seed), FG_OK);
    run(&c);
    double *to_a = fg_sweep_take(&c.s, node_of(&c.t, a));
    const float *to_b = c.s.adj[node_of(&c.t, b)].p;
    for (int k = 0; k < 300; ++k) {
        CHECK(to_a[k] == 4.0 * k && to_b[k] == 2.0f * (float)(k * k));
    }
    CHECK(adjoints(&c.s, a) == NULL);
    swept(&c.s, 1);
    fg_mem_free(to_a);
    CHECK(c.t.graph.op[node_of(&c.t, f)] == FG_FREED && c.t.val[node_of(&c.t, f)].a->data == y);
    scene_free(&c);
}

static void test_choices_and_operands_that_are_one_array(void)
{
    double x[] = {1.0, -1.0, 2.0}, lo[] = {0.0, 0.0, 0.0}, out[3];
    const double ones[] = {1.0, 1.0, 1.0};
    scene c;
    scene_init(&c);
    const int32_t a = array_leaf(&c.t, x, 3, NULL), b = array_leaf(&c.t, lo, 3, NULL);
    const int32_t f = array_op(&c.t, FG_OP_clip, (const int32_t[]){a, b, a}, 3, FG_F64, out);
    start(&c, f);
    CHECK_COUNT(fg_sweep_add(&c.s, node_of(&c.t, f), 0.0, ones), FG_OK);
    run(&c);
    /* clip(x, 0, x): x where it is positive, through the first operand; x as well below 0 */
    const double to_a[] = {1.0, 1.0, 1.0};
    CHECK(!memcmp(adjoints(&c.s, a), to_a, sizeof to_a) && !memcmp(adjoints(&c.s, b), lo, 24));
    swept(&c.s, 0);
    scene_free(&c);
}

static void test_arrays_without_items(void)
{
    scene c;
    scene_init(&c);
    const int32_t a = array_leaf(&c.t, NULL, 0, NULL);
    const int32_t f = array_op(&c.t, FG_OP_exp, &a, 0, FG_F64, NULL);
    const double *none = (double[1]){0.0};
    start(&c, f);
    c.s.check_nan = 1;
    CHECK_COUNT(fg_sweep_add(&c.s, node_of(&c.t, f), 0.0, none), FG_OK);
    run(&c);
    CHECK(touched(&c, a) && adjoints(&c.s, a));
    swept(&c.s, 1);
    scene_free(&c);
}

/* ---- restricted sweeps ---- */

static void want(scene *c, const int32_t *handle, int count)
{
    int32_t lowest = c->s.top;
    for (int k = 0; k < count; ++k) {
        const int32_t node = node_of(&c->t, handle[k]);
        fg_sweep_mark(&c->s, node, FG_WANTED | FG_KEEP);
        lowest = node < lowest ? node : lowest;
    }
    fg_sweep_restrict(&c->s, lowest);
}

static void test_a_restricted_sweep_visits_what_depends_on_the_inputs(void)
{
    scene c;
    scene_init(&c);
    const int32_t x = leaf(&c.t, 2.0), y = leaf(&c.t, 3.0), z = leaf(&c.t, 4.0);
    const int32_t yy = unary(&c.t, FG_OP_square, y), xx = unary(&c.t, FG_OP_square, x);
    const int32_t f = binary(&c.t, FG_OP_multiply, xx, yy);
    start(&c, f);
    want(&c, (const int32_t[]){y, z}, 2);
    CHECK(fg_sweep_wants(&c.s, node_of(&c.t, yy)) && !fg_sweep_wants(&c.s, node_of(&c.t, xx)));
    seed(&c, f, 1.0);
    run(&c);
    CHECK_EQUAL(adjoint(&c.s, y), 24.0);
    CHECK(!touched(&c, x) && !touched(&c, xx) && !touched(&c, z) && touched(&c, yy));
    swept(&c.s, 1);
    CHECK(c.t.graph.op[node_of(&c.t, xx)] == FG_OP_square); /* not swept, not forgotten */
    CHECK(c.t.graph.op[node_of(&c.t, yy)] == FG_FREED);
    scene_free(&c);
}

static void test_an_input_may_be_a_result_and_a_constant(void)
{
    double data[] = {1.0, 2.0}, out[2], more[2];
    scene c;
    scene_init(&c);
    const int32_t a = array_leaf(&c.t, data, 2, NULL), k = constant(&c.t, 3.0);
    const int32_t b = array_op(&c.t, FG_OP_exp, &a, 2, FG_F64, out);
    const int32_t d = array_op(&c.t, FG_OP_square, &b, 2, FG_F64, more);
    const int32_t f = binary(&c.t, FG_OP_multiply, item(&c.t, d, 1, more[1]), k);
    start(&c, f);
    want(&c, (const int32_t[]){k, b}, 2);
    seed(&c, f, 1.0);
    run(&c);
    CHECK_EQUAL(adjoint(&c.s, k), more[1]);
    CHECK(!touched(&c, a) && adjoints(&c.s, d) == NULL);
    CHECK_EQUAL(adjoints(&c.s, b)[0], 0.0);
    CHECK_EQUAL(adjoints(&c.s, b)[1], 2.0 * out[1] * 3.0); /* kept until the end */
    swept(&c.s, 0);
    scene_free(&c);
}

static void test_a_restricted_sweep_does_not_step_over_a_graph_that_was_let_go(void)
{
    scene c;
    scene_init(&c);
    const int32_t x = leaf(&c.t, 2.0), y = unary(&c.t, FG_OP_square, x), z = leaf(&c.t, 5.0);
    fg_tape_forget(&c.t, node_of(&c.t, y));
    const int32_t f = binary(&c.t, FG_OP_multiply, y, z);
    static const int expected[] = {FG_E_FREED, FG_OK, FG_E_FREED, FG_E_FREED, FG_OK};
    const int32_t inputs[][2] = {{x, x}, {y, y}, {z, z}, {y, x}, {y, f}};
    for (int k = 0; k < 5; ++k) {
        start(&c, f);
        want(&c, inputs[k], 2);
        seed(&c, f, 1.0);
        /* y may depend on x, and on an older value of z: their gradients would be wrong */
        CHECK_COUNT(fg_sweep_run(&c.s, &c.at), expected[k]);
        CHECK(expected[k] != FG_OK || adjoint(&c.s, y) == 5.0);
        swept(&c.s, 0);
    }
    scene_free(&c);
}

/* ---- the end ---- */

static void test_forgetting_leaves_values_and_leaves(void)
{
    scene c;
    scene_init(&c);
    const int32_t x = leaf(&c.t, 2.0), y = unary(&c.t, FG_OP_square, x);
    const int32_t other = unary(&c.t, FG_OP_exp, x), f = unary(&c.t, FG_OP_negative, y);
    CHECK_COUNT(sweep_from(&c.s, &c.t, f, &c.at), FG_OK);
    swept(&c.s, 1);
    CHECK(c.t.graph.op[node_of(&c.t, f)] == FG_FREED && c.t.graph.op[node_of(&c.t, x)] == FG_LEAF);
    CHECK(c.t.graph.op[node_of(&c.t, y)] == FG_FREED && c.t.val[node_of(&c.t, y)].s == 4.0);
    CHECK(c.t.graph.op[node_of(&c.t, other)] == FG_OP_exp);
    CHECK_COUNT(sweep_from(&c.s, &c.t, f, &c.at), FG_E_FREED);
    CHECK_COUNT(c.at, node_of(&c.t, f));
    swept(&c.s, 0);
    CHECK_COUNT(sweep_from(&c.s, &c.t, other, &c.at), FG_OK);
    CHECK_EQUAL(adjoint(&c.s, x), exp(2.0));
    swept(&c.s, 1);
    fg_sweep_end(&c.s, 1); /* a second end has nothing to do */
    scene_free(&c);
}

static void test_a_mark_below_all_that_is_swept_is_taken_off(void)
{
    scene c;
    scene_init(&c);
    const int32_t x = leaf(&c.t, 2.0), f = unary(&c.t, FG_OP_square, x);
    start(&c, f);
    fg_sweep_mark(&c.s, node_of(&c.t, x), FG_KEEP);
    swept(&c.s, 0);
    scene_free(&c);
}

static void test_leaves_are_found_in_order(void)
{
    enum { N = 200 };
    int32_t x[N];
    scene c;
    scene_init(&c);
    draw_seed(9);
    for (int round = 0; round < 50; ++round) {
        int32_t sum = constant(&c.t, 0.0);
        int used[N] = {0};
        for (int k = 0; k < N; ++k) {
            x[k] = draw_below(3) ? constant(&c.t, k) : leaf(&c.t, k);
        }
        for (int k = 0; k < round; ++k) {
            const size_t which = draw_below(N);
            sum = binary(&c.t, FG_OP_add, x[which], sum);
            used[which] = c.t.flag[node_of(&c.t, x[which])] & FG_NEEDS;
        }
        CHECK_COUNT(sweep_from(&c.s, &c.t, sum, &c.at), FG_OK);
        int32_t node = fg_sweep_leaf(&c.s, 0);
        if (node == node_of(&c.t, sum)) {
            node = fg_sweep_leaf(&c.s, node + 1); /* nothing was added */
        }
        for (int k = 0; k < N; ++k) {
            if (used[k]) {
                CHECK_COUNT(node, node_of(&c.t, x[k]));
                node = fg_sweep_leaf(&c.s, node + 1);
            }
        }
        CHECK_COUNT(node, -1);
        swept(&c.s, 0);
        CHECK_COUNT(fg_sweep_leaf(&c.s, 0), -1);
    }
    scene_free(&c);
}

static void test_a_sweep_may_be_used_again_on_a_larger_tape(void)
{
    scene c;
    scene_init(&c);
    const int32_t x = leaf(&c.t, 1.5);
    int32_t f = unary(&c.t, FG_OP_square, x);
    for (int k = 1; k < 2000; ++k) {
        const double before = k == 1 ? 0.0 : adjoint(&c.s, x);
        f = unary(&c.t, FG_OP_negative, f);
        if (k % 100 == 1) {
            CHECK_COUNT(sweep_from(&c.s, &c.t, f, &c.at), FG_OK);
            CHECK_EQUAL(adjoint(&c.s, x), -3.0);
            CHECK_EQUAL(before, 0.0); /* no mark is left */
            swept(&c.s, 0);
        }
    }
    scene_free(&c);
}

int main(void)
{
    RUN(test_adjoints_add_up_over_all_paths);
    RUN(test_a_gradient_is_linear_in_the_seed);
    RUN(test_several_roots_in_any_order);
    RUN(test_a_root_that_no_op_made_ends_the_sweep_at_once);
    RUN(test_what_needs_no_gradient_is_not_touched);
    RUN(test_tests_pass_nothing_on);
    RUN(test_rows_of_three_operands_on_scalars);
    RUN(test_scalars_and_arrays_in_one_sweep);
    RUN(test_an_element_of_a_constant_array_passes_nothing_on);
    RUN(test_seeds_of_arrays_of_either_dtype);
    RUN(test_choices_and_operands_that_are_one_array);
    RUN(test_arrays_without_items);
    RUN(test_a_restricted_sweep_visits_what_depends_on_the_inputs);
    RUN(test_an_input_may_be_a_result_and_a_constant);
    RUN(test_a_restricted_sweep_does_not_step_over_a_graph_that_was_let_go);
    RUN(test_forgetting_leaves_values_and_leaves);
    RUN(test_a_mark_below_all_that_is_swept_is_taken_off);
    RUN(test_leaves_are_found_in_order);
    RUN(test_a_sweep_may_be_used_again_on_a_larger_tape);
    return REPORT();
}

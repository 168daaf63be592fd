/* test_stops.c -- where a sweep stops: structural ops, hooks, changed values, NaN, other sweeps. */
#include "tapes.h"

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

static fg_status from(scene *c, int32_t handle)
{
    return sweep_from(&c->s, &c->t, handle, &c->at);
}

static void adds(scene *c, int32_t handle, double number)
{
    CHECK_COUNT(fg_sweep_add(&c->s, node_of(&c->t, handle), number, NULL), FG_OK);
}

static fg_status on(scene *c)
{
    return fg_sweep_run(&c->s, &c->at);
}

static void test_the_sweep_stops_at_each_structural_op_from_the_top(void)
{
    scene c;
    scene_init(&c);
    payload p[2] = {{0}};
    const int32_t x = leaf(&c.t, 2.0), y = leaf(&c.t, 3.0);
    const int32_t a = call(&c.t, &p[0], x, y, 6.0), b = unary(&c.t, FG_OP_square, a);
    const int32_t d = call(&c.t, &p[1], b, x, 0.0), f = unary(&c.t, FG_OP_negative, d);
    call(&c.t, NULL, x, y, 0.0); /* not part of it */
    CHECK_COUNT(from(&c, f), FG_STOP);
    CHECK(c.at == node_of(&c.t, d) && c.s.at != c.at);
    CHECK_EQUAL(adjoint(&c.s, d), -1.0);
    adds(&c, b, 10.0); /* what the rule of d says */
    adds(&c, x, 0.5);
    fg_sweep_done(&c.s, c.at);
    CHECK_COUNT(on(&c), FG_STOP);
    CHECK_COUNT(c.at, node_of(&c.t, a));
    CHECK_EQUAL(adjoint(&c.s, a), 120.0);
    adds(&c, x, 120.0 * 3.0);
    fg_sweep_done(&c.s, c.at);
    CHECK_COUNT(on(&c), FG_OK);
    CHECK_EQUAL(adjoint(&c.s, x), 360.5);
    CHECK_EQUAL(adjoint(&c.s, y), 0.0);
    swept(&c.s, 1);
    CHECK(c.t.graph.op[node_of(&c.t, a)] == FG_FREED && p[0].released == 0);
    scene_free(&c);
    CHECK(p[0].released == 1 && p[1].released == 1);
}

static void test_the_adjoint_of_a_structural_op_on_arrays_can_be_taken(void)
{
    double x[] = {1.0, 2.0}, y[2];
    const double g[] = {5.0, 7.0};
    scene c;
    scene_init(&c);
    for (int take = 0; take < 2; ++take) {
        const int32_t a = array_leaf(&c.t, x, 2, NULL);
        const int32_t b = wide(&c.t, FG_CALL, NULL, &a, 1, array_of(y, FG_F64, 2, NULL), 1);
        const int32_t top = node_of(&c.t, b);
        fg_tape_pin(&c.t);
        CHECK_COUNT(fg_sweep_start(&c.s, &c.t, top), FG_OK);
        CHECK_COUNT(fg_sweep_add(&c.s, top, 0.0, g), FG_OK);
        CHECK_COUNT(on(&c), FG_STOP);
        CHECK(!memcmp(adjoints(&c.s, b), g, sizeof g));
        void *items = take ? fg_sweep_take(&c.s, top) : NULL;
        CHECK_COUNT(fg_sweep_add(&c.s, node_of(&c.t, a), 0.0, g), FG_OK);
        fg_sweep_done(&c.s, top);
        CHECK(adjoints(&c.s, b) == NULL);
        CHECK_COUNT(on(&c), FG_OK);
        CHECK(!memcmp(adjoints(&c.s, a), g, sizeof g));
        swept(&c.s, take);
        fg_mem_free(items);
    }
    scene_free(&c);
}

static void test_hooks_come_before_the_op_and_once(void)
{
    scene c;
    scene_init(&c);
    payload p[3] = {{0}};
    const int32_t x = leaf(&c.t, 2.0), y = unary(&c.t, FG_OP_square, x);
    const int32_t z = call(&c.t, NULL, y, y, 1.0), f = unary(&c.t, FG_OP_negative, z);
    CHECK_COUNT(fg_tape_note(&c.t, node_of(&c.t, x), &p[0], FG_HOOKED), FG_OK);
    CHECK_COUNT(fg_tape_note(&c.t, node_of(&c.t, y), &p[1], FG_HOOKED), FG_OK);
    CHECK_COUNT(fg_tape_note(&c.t, node_of(&c.t, z), &p[2], FG_HOOKED), FG_OK);
    for (int again = 0; again < 2; ++again) {
        CHECK_COUNT(from(&c, f), FG_STOP);
        CHECK(c.at == node_of(&c.t, z) && c.s.at == c.at); /* the op itself comes next */
        CHECK_COUNT(on(&c), FG_STOP);
        CHECK(c.at == node_of(&c.t, z) && c.s.at != c.at);
        adds(&c, y, 5.0);
        CHECK_COUNT(on(&c), FG_STOP);
        CHECK(c.at == node_of(&c.t, y) && c.s.at == c.at);
        c.s.adj[c.at].s = 100.0;    /* the hook gives another gradient */
        CHECK_COUNT(on(&c), FG_OK); /* a leaf is not swept: its hooks are the caller's */
        CHECK_EQUAL(adjoint(&c.s, x), 400.0);
        swept(&c.s, again);
        CHECK(p[1].released == again && p[2].released == again && p[0].released == 0);
    }
    scene_free(&c);
}

static void test_a_graph_that_was_let_go_is_refused_and_kept_as_it_is(void)
{
    scene c;
    scene_init(&c);
    const int32_t x = leaf(&c.t, 2.0), y = unary(&c.t, FG_OP_square, x);
    fg_tape_forget(&c.t, node_of(&c.t, y));
    const int32_t z = unary(&c.t, FG_OP_exp, y), f = binary(&c.t, FG_OP_add, z, x);
    CHECK_COUNT(from(&c, f), FG_E_FREED);
    CHECK_COUNT(c.at, node_of(&c.t, y));
    swept(&c.s, 0);
    CHECK(c.t.graph.op[node_of(&c.t, z)] == FG_OP_exp);
    CHECK(c.t.graph.op[node_of(&c.t, f)] == FG_OP_add);
    scene_free(&c);
}

static void test_a_changed_scalar_is_found_where_it_is_read(void)
{
    static const struct {
        int op, x_changed, y_changed, v_changed, status;
    } cases[] = {
        {FG_OP_multiply, 0, 0, 0, FG_OK},
        {FG_OP_multiply, 1, 0, 0, FG_E_MODIFIED},
        {FG_OP_multiply, 0, 1, 0, FG_E_MODIFIED},
        {FG_OP_multiply, 0, 0, 1, FG_OK},
        {FG_OP_add, 1, 1, 1, FG_OK},
        {FG_OP_divide, 1, 0, 0, FG_OK},
        {FG_OP_divide, 0, 0, 1, FG_E_MODIFIED},
        {FG_OP_divide, 0, 1, 0, FG_E_MODIFIED},
        {FG_OP_hypot, 0, 0, 1, FG_E_MODIFIED},
        {FG_OP_less, 1, 1, 1, FG_OK},
    };
    for (size_t k = 0; k < sizeof cases / sizeof *cases; ++k) {
        scene c;
        scene_init(&c);
        payload p = {0};
        const int32_t x = leaf(&c.t, 2.0), y = leaf(&c.t, 3.0);
        const int32_t v = binary(&c.t, cases[k].op, x, y), f = unary(&c.t, FG_OP_negative, v);
        const int changed[] = {cases[k].x_changed, cases[k].y_changed, cases[k].v_changed};
        for (int m = 0; m < 3; ++m) {
            const int32_t node = node_of(&c.t, m == 0 ? x : m == 1 ? y : v);
            if (changed[m]) {
                CHECK_COUNT(fg_tape_note(&c.t, node, &p, FG_MODIFIED), FG_OK);
            }
        }
        CHECK_COUNT(from(&c, f), cases[k].status);
        if (cases[k].status != FG_OK) {
            const int32_t culprit = changed[0] ? x : changed[1] ? y : v;
            CHECK(c.s.culprit == node_of(&c.t, culprit) && c.at == node_of(&c.t, v));
        }
        swept(&c.s, 0);
        scene_free(&c);
    }
}

static void test_a_changed_value_that_only_an_unwanted_gradient_reads_is_no_matter(void)
{
    scene c;
    scene_init(&c);
    payload p = {0};
    const int32_t x = leaf(&c.t, 2.0), k = constant(&c.t, 3.0);
    const int32_t f = binary(&c.t, FG_OP_multiply, x, k);
    CHECK_COUNT(fg_tape_note(&c.t, node_of(&c.t, x), &p, FG_MODIFIED), FG_OK);
    CHECK_COUNT(from(&c, f), FG_OK); /* only the gradient of k reads x */
    CHECK_EQUAL(adjoint(&c.s, x), 3.0);
    swept(&c.s, 0);
    CHECK_COUNT(fg_tape_note(&c.t, node_of(&c.t, k), &p, FG_MODIFIED), FG_OK);
    CHECK_COUNT(from(&c, f), FG_E_MODIFIED);
    CHECK_COUNT(c.s.culprit, node_of(&c.t, k));
    swept(&c.s, 0);
    scene_free(&c);
}

static void test_a_changed_array_is_found_by_its_version(void)
{
    double x[] = {1.0, 2.0}, y[2], z[2], w[2];
    const double g[] = {1.0, 1.0};
    uint32_t version = 7;
    scene c;
    scene_init(&c);
    const int32_t a = array_leaf(&c.t, x, 2, NULL), b = array_leaf(&c.t, x, 2, NULL);
    c.t.val[node_of(&c.t, a)].a->version = &version;
    c.t.val[node_of(&c.t, a)].a->seen = 7;
    const int32_t operand[] = {b, b, a};
    const int32_t sum = array_op(&c.t, FG_OP_add, &operand[1], 2, FG_F64, y);
    const int32_t product = array_op(&c.t, FG_OP_multiply, &operand[1], 2, FG_F64, z);
    const int32_t limited = array_op(&c.t, FG_OP_clip, operand, 2, FG_F64, w);
    const int32_t root[] = {sum, product, limited};
    for (int changed = 0; changed < 2; ++changed) {
        for (int k = 0; k < 3; ++k) {
            const int32_t top = node_of(&c.t, root[k]);
            fg_tape_pin(&c.t);
            CHECK_COUNT(fg_sweep_start(&c.s, &c.t, top), FG_OK);
            CHECK_COUNT(fg_sweep_add(&c.s, top, 0.0, g), FG_OK);
            CHECK_COUNT(on(&c), changed && k ? FG_E_MODIFIED : FG_OK);
            CHECK(!changed || !k || (c.s.culprit == node_of(&c.t, a) && c.at == top));
            swept(&c.s, 0);
        }
        ++version;
    }
    scene_free(&c);
}

static fg_status careful(scene *c, int32_t handle, double seed)
{
    const int32_t top = node_of(&c->t, handle);
    fg_tape_pin(&c->t);
    CHECK_COUNT(fg_sweep_start(&c->s, &c->t, top), FG_OK);
    c->s.check_nan = 1;
    CHECK_COUNT(fg_sweep_add(&c->s, top, seed, NULL), FG_OK);
    return on(c);
}

static void test_a_nan_is_found_at_the_op_that_makes_it(void)
{
    double data[] = {-1.0, 4.0}, roots[2];
    scene c;
    scene_init(&c);
    const int32_t x = leaf(&c.t, 2.0), y = unary(&c.t, FG_OP_negative, x);
    const int32_t z = unary(&c.t, FG_OP_sqrt, y), f = unary(&c.t, FG_OP_square, z);
    CHECK_COUNT(careful(&c, x, 1.0), FG_OK);
    swept(&c.s, 0);
    CHECK_COUNT(careful(&c, f, 1.0), FG_E_NAN); /* 2 * sqrt(-2) */
    CHECK_COUNT(c.at, node_of(&c.t, f));
    swept(&c.s, 0);
    CHECK_COUNT(careful(&c, f, (double)NAN), FG_OK); /* it came with the seed */
    swept(&c.s, 0);
    CHECK_COUNT(careful(&c, unary(&c.t, FG_OP_exp, x), 1.0), FG_OK);
    swept(&c.s, 0);
    const int32_t a = array_leaf(&c.t, data, 2, NULL);
    const int32_t b = array_op(&c.t, FG_OP_sqrt, &a, 2, FG_F64, roots);
    const int32_t e[] = {item(&c.t, b, 0, roots[0]), item(&c.t, b, 1, roots[1])};
    const int32_t p = wide(&c.t, FG_PACK, NULL, e, 2, array_of(data, FG_F64, 2, NULL), 1);
    CHECK_COUNT(careful(&c, e[1], 1.0), FG_OK); /* a zero seed meets the NaN */
    CHECK_EQUAL(adjoints(&c.s, a)[1], 0.25);
    swept(&c.s, 0);
    CHECK_COUNT(careful(&c, item(&c.t, p, 0, 0.0), 1.0), FG_E_NAN);
    CHECK_COUNT(c.at, node_of(&c.t, b));
    swept(&c.s, 0);
    scene_free(&c);
}

static void test_a_nan_that_was_there_is_not_blamed_on_another_op(void)
{
    scene c;
    scene_init(&c);
    const int32_t x = leaf(&c.t, 2.0), y = unary(&c.t, FG_OP_exp, x), z = unary(&c.t, FG_OP_sin, x);
    const int32_t f = binary(&c.t, FG_OP_add, y, z);
    payload p = {0};
    CHECK_COUNT(fg_tape_note(&c.t, node_of(&c.t, z), &p, FG_HOOKED), FG_OK);
    CHECK_COUNT(careful(&c, f, 1.0), FG_STOP);
    c.s.adj[c.at].s = (double)NAN; /* a hook says so; y has nothing to do with it */
    CHECK_COUNT(on(&c), FG_OK);
    CHECK(isnan(adjoint(&c.s, x)));
    swept(&c.s, 0);
    /* nor on an op whose second operand has it */
    const int32_t product = binary(&c.t, FG_OP_multiply, x, y);
    CHECK_COUNT(careful(&c, product, 1.0), FG_OK);
    swept(&c.s, 0);
    fg_tape_pin(&c.t);
    CHECK_COUNT(fg_sweep_start(&c.s, &c.t, node_of(&c.t, product)), FG_OK);
    c.s.check_nan = 1;
    CHECK_COUNT(fg_sweep_add(&c.s, node_of(&c.t, y), (double)NAN, NULL), FG_OK);
    CHECK_COUNT(fg_sweep_add(&c.s, node_of(&c.t, product), 1.0, NULL), FG_OK);
    CHECK_COUNT(on(&c), FG_OK);
    swept(&c.s, 0);
    scene_free(&c);
}

static void test_a_nan_is_found_in_any_operand(void)
{
    scene c;
    scene_init(&c);
    const int32_t x = leaf(&c.t, -1.0), y = leaf(&c.t, 2.0);
    const int32_t f = binary(&c.t, FG_OP_power, x, y);
    CHECK_COUNT(careful(&c, f, 1.0), FG_E_NAN); /* by y: log(-1) */
    CHECK_COUNT(c.at, node_of(&c.t, f));
    swept(&c.s, 0);
    scene_free(&c);
}

static void test_a_sweep_inside_a_sweep(void)
{
    scene c;
    scene_init(&c);
    payload p = {0};
    const int32_t x = leaf(&c.t, 2.0), y = unary(&c.t, FG_OP_square, x);
    const int32_t inner = unary(&c.t, FG_OP_exp, y), z = call(&c.t, &p, y, y, 1.0);
    const int32_t f = unary(&c.t, FG_OP_negative, z);
    CHECK_COUNT(from(&c, f), FG_STOP);
    const int32_t stopped = c.at;
    fg_sweep own;
    fg_sweep_init(&own);
    int32_t at, last = y;
    for (int k = 0; k < 5000; ++k) { /* the rule records: the arrays of the tape move */
        last = unary(&c.t, FG_OP_negative, last);
    }
    for (int forget = 0; forget < 2; ++forget) {
        CHECK_COUNT(sweep_from(&own, &c.t, forget ? inner : last, &at), FG_OK);
        CHECK_EQUAL(adjoint(&own, x), forget ? exp(4.0) * 4.0 : 4.0);
        if (forget) {
            fg_sweep_end(&own, 0);
            fg_tape_unpin(&c.t);
        } else {
            swept(&own, 0);
        }
    }
    fg_sweep_free(&own);
    CHECK(c.t.pins == 1 && stopped == node_of(&c.t, z));
    adds(&c, y, 3.0);
    fg_sweep_done(&c.s, stopped);
    CHECK_COUNT(on(&c), FG_OK);
    CHECK_EQUAL(adjoint(&c.s, x), 12.0);
    swept(&c.s, 1);
    scene_free(&c);
}

static void records(payload *self)
{
    int32_t h = leaf(self->tape, 1.0);
    for (int k = 0; k < 3000; ++k) {
        const int32_t next = unary(self->tape, FG_OP_sin, h);
        fg_tape_drop(self->tape, h);
        h = next;
    }
    self->handle = h;
}

static void test_what_the_end_lets_go_may_record(void)
{
    scene c;
    scene_init(&c);
    payload p[5] = {{0}};
    const int32_t x = leaf(&c.t, 2.0);
    int32_t f = x;
    for (int k = 0; k < 5; ++k) {
        f = unary(&c.t, FG_OP_negative, f);
        p[k] = (payload){0, records, &c.t, -1};
        CHECK_COUNT(fg_tape_note(&c.t, node_of(&c.t, f), &p[k], 0), FG_OK);
    }
    CHECK_COUNT(from(&c, f), FG_OK);
    CHECK_EQUAL(adjoint(&c.s, x), -1.0);
    swept(&c.s, 1);
    for (int k = 0; k < 5; ++k) {
        CHECK_COUNT(p[k].released, 1);
        CHECK_COUNT(c.t.graph.op[k + 1], FG_FREED);
        CHECK_COUNT(c.t.graph.op[node_of(&c.t, p[k].handle)], FG_OP_sin);
    }
    scene_free(&c);
}

int main(void)
{
    RUN(test_the_sweep_stops_at_each_structural_op_from_the_top);
    RUN(test_the_adjoint_of_a_structural_op_on_arrays_can_be_taken);
    RUN(test_hooks_come_before_the_op_and_once);
    RUN(test_a_graph_that_was_let_go_is_refused_and_kept_as_it_is);
    RUN(test_a_changed_scalar_is_found_where_it_is_read);
    RUN(test_a_changed_value_that_only_an_unwanted_gradient_reads_is_no_matter);
    RUN(test_a_changed_array_is_found_by_its_version);
    RUN(test_a_nan_is_found_at_the_op_that_makes_it);
    RUN(test_a_nan_that_was_there_is_not_blamed_on_another_op);
    RUN(test_a_nan_is_found_in_any_operand);
    RUN(test_a_sweep_inside_a_sweep);
    RUN(test_what_the_end_lets_go_may_record);
    return REPORT();
}

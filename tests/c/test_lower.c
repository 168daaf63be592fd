/* test_lower.c -- a tape becomes a graph: the same values, and only what is needed. */
#include "draw.h"
#include "funcs.h"
#include "tapes.h"

enum { MOST_NODES = 2000 };

/* A lowering in progress. */
typedef struct lowering_of {
    fg_tape t;
    fg_func f;
    uint8_t live[MOST_NODES];
    int32_t to[MOST_NODES];
    uint32_t line[MOST_NODES];
    int32_t at;
} lowering_of;

static void start(lowering_of *l)
{
    memset(l, 0, sizeof *l);
    fg_tape_init(&l->t, release);
    CHECK_COUNT(fg_func_init(&l->f), FG_OK);
    fg_tape_pin(&l->t);
    for (size_t i = 0; i < MOST_NODES; ++i) {
        l->to[i] = -1;
        l->line[i] = (uint32_t)i + 100;
    }
}

static void finish(lowering_of *l)
{
    fg_func_free(&l->f);
    fg_tape_unpin(&l->t);
    fg_tape_free(&l->t);
}

static fg_status go_on(lowering_of *l)
{
    return fg_lower_scalars(&l->t, l->live, l->line, &l->f, l->to, &l->at);
}

/* Lowers what the node of a handle needs; leaves that are inputs become inputs. */
static int32_t lower_all(lowering_of *l, int32_t handle)
{
    l->live[node_of(&l->t, handle)] = 1;
    fg_lower_reach(&l->t, l->live);
    fg_status status;
    while ((status = go_on(l)) == FG_STOP) {
        CHECK(l->t.graph.op[l->at] == FG_LEAF && l->t.flag[l->at] & FG_NEEDS);
        l->to[l->at] = input(&l->f);
        ++l->at;
    }
    CHECK_COUNT(status, FG_OK);
    CHECK_COUNT(l->at, l->t.graph.n);
    return l->to[node_of(&l->t, handle)];
}

static void test_random_scalars_have_the_same_values_in_the_graph(void)
{
    static lowering_of l;
    for (int round = 0; round < 200; ++round) {
        start(&l);
        draw_seed(50 + (uint64_t)round);
        int32_t h[300];
        double x[5];
        const size_t n = 20 + draw_below(280);
        for (size_t k = 0; k < n; ++k) {
            const int op = draw_row();
            if (k < 5) {
                x[k] = draw_between(-2.0, 2.0);
                h[k] = leaf(&l.t, x[k]);
            } else if (!draw_below(8)) {
                h[k] = constant(&l.t, draw_between(-2.0, 2.0));
            } else if (fg_op_arity(op) < 3) {
                h[k] = binary(&l.t, op, h[draw_below(k)], h[draw_below(k)]);
            } else {
                int32_t node[3];
                double v[3];
                for (int j = 0; j < 3; ++j) {
                    node[j] = node_of(&l.t, h[draw_below(k)]);
                    v[j] = l.t.val[node[j]].s;
                }
                room(&l.t, 1, 1, 3);
                const fg_cell value = {.s = fg_op_value(op, v[0], v[1], v[2])};
                h[k] = held(&l.t, fg_tape_append_op(&l.t, op, node, value, 0));
            }
        }
        const int32_t last = node_of(&l.t, h[n - 1]);
        const int32_t output = lower_all(&l, h[n - 1]);
        double in[5];
        size_t n_input = 0;
        for (size_t k = 0; k < 5; ++k) { /* inputs are numbered as the tape stops at them */
            if (l.live[node_of(&l.t, h[k])]) {
                in[n_input++] = x[k];
            }
        }
        CHECK_COUNT(n_input, l.f.n_input);
        graph g = {.f = l.f};
        CHECK_NEAR(value_at(&g, output, in), l.t.val[last].s, 0.0);
        finish(&l);
    }
}

static void test_what_does_not_depend_on_an_input_is_a_number(void)
{
    static lowering_of l;
    start(&l);
    const int32_t x = leaf(&l.t, 2.0), c = constant(&l.t, 3.0), d = constant(&l.t, 0.5);
    const int32_t s = unary(&l.t, FG_OP_exp, binary(&l.t, FG_OP_add, c, d));
    const int32_t out = binary(&l.t, FG_OP_multiply, x, s);
    const int32_t node = lower_all(&l, out);
    CHECK_COUNT(l.f.graph.n, 3);
    double v = 0.0;
    CHECK(fg_func_is_number(&l.f, l.f.graph.arg[node][0], &v));
    CHECK_SAME(v, exp(3.5));
    CHECK(l.to[node_of(&l.t, c)] < 0 && l.to[node_of(&l.t, d)] < 0); /* nobody asks for them */
    finish(&l);
}

static void test_only_what_is_needed_is_lowered(void)
{
    static lowering_of l;
    start(&l);
    const int32_t x = leaf(&l.t, 2.0), y = leaf(&l.t, 3.0);
    const int32_t a = unary(&l.t, FG_OP_sin, x), b = unary(&l.t, FG_OP_cos, y);
    const int32_t out = unary(&l.t, FG_OP_exp, a);
    lower_all(&l, out);
    CHECK(l.to[node_of(&l.t, b)] < 0 && l.to[node_of(&l.t, y)] < 0);
    CHECK_COUNT(l.f.graph.n, 3);
    CHECK_COUNT(l.f.line[l.to[node_of(&l.t, a)]], 100 + node_of(&l.t, a));
    CHECK_COUNT(l.f.here, 0);
    finish(&l);
}

static void test_a_test_has_the_type_of_truth(void)
{
    static lowering_of l;
    start(&l);
    const int32_t x = leaf(&l.t, 2.0), y = leaf(&l.t, 3.0);
    const int32_t out = binary(&l.t, FG_OP_less, x, y);
    const int32_t node = lower_all(&l, out);
    CHECK_COUNT(l.f.type[node], FG_TRUTH);
    finish(&l);
}

static void test_arrays_and_structural_ops_are_left_to_the_caller(void)
{
    static lowering_of l;
    static payload p[2];
    double data[3] = {1.0, 2.0, 4.0};
    start(&l);
    memset(p, 0, sizeof p);
    const int32_t x = leaf(&l.t, 2.0), a = array_leaf(&l.t, data, 3, &p[0]);
    const int32_t e = item(&l.t, a, 2, 4.0), s = binary(&l.t, FG_OP_multiply, e, x);
    const int32_t c = call(&l.t, &p[1], s, x, 5.0), out = unary(&l.t, FG_OP_negative, c);
    l.live[node_of(&l.t, out)] = 1;
    fg_lower_reach(&l.t, l.live);
    const int32_t three = array_type(&l.f, FG_D_float64, 3);
    CHECK_COUNT(go_on(&l), FG_STOP);
    CHECK_COUNT(l.at, node_of(&l.t, x));
    l.to[l.at++] = input(&l.f);
    CHECK_COUNT(go_on(&l), FG_STOP);
    CHECK_COUNT(l.at, node_of(&l.t, a));
    l.to[l.at++] = node_checked(fg_func_input(&l.f, three));
    CHECK_COUNT(go_on(&l), FG_STOP);
    CHECK_COUNT(l.at, node_of(&l.t, c));
    CHECK_COUNT(l.f.graph.op[l.to[node_of(&l.t, e)]], FG_ITEM);
    l.to[l.at++] = l.to[node_of(&l.t, s)]; /* as if the op were the identity */
    CHECK_COUNT(go_on(&l), FG_OK);
    graph g = {.f = l.f};
    const double in = 3.0;
    double **v = values_of(&g, (const double *const[]){&in, data});
    CHECK_SAME(v[l.to[node_of(&l.t, out)]][0], -12.0);
    values_free(&g, v);
    finish(&l);
}

static void test_without_lines_nodes_have_none(void)
{
    static lowering_of l;
    start(&l);
    const int32_t x = leaf(&l.t, 2.0), s = unary(&l.t, FG_OP_sin, x);
    l.live[node_of(&l.t, s)] = 1;
    fg_lower_reach(&l.t, l.live);
    l.to[0] = input(&l.f);
    l.at = 1;
    CHECK_COUNT(fg_lower_scalars(&l.t, l.live, NULL, &l.f, l.to, &l.at), FG_OK);
    CHECK_COUNT(l.f.line[l.to[1]], 0);
    finish(&l);
}

static void test_lowering_without_memory_says_so(void)
{
    static lowering_of l;
    start(&l);
    const int32_t x = leaf(&l.t, 2.0), s = unary(&l.t, FG_OP_sin, x);
    l.live[node_of(&l.t, s)] = 1;
    fg_lower_reach(&l.t, l.live);
    l.to[0] = 0; /* the first node of the graph is yet to be made */
    l.at = 1;
    fg_mem_fail_after(0, 1);
    l.to[0] = fg_func_input(&l.f, FG_SCALAR);
    CHECK_COUNT(l.to[0], FG_E_MEMORY);
    fg_mem_fail_after(-1, 0);
    l.to[0] = input(&l.f);
    for (int k = 0; k < 63; ++k) { /* until there is no room */
        row(&l.f, FG_OP_add, l.to[0], number(&l.f, k + 0.5));
    }
    fg_func_settle(&l.f);
    while (l.f.graph.n < l.f.graph.cap) {
        input(&l.f);
    }
    fg_mem_fail_after(0, 1);
    CHECK_COUNT(go_on(&l), FG_E_MEMORY);
    fg_mem_fail_after(-1, 0);
    l.at = 1;
    CHECK_COUNT(go_on(&l), FG_OK);
    finish(&l);
}

int main(void)
{
    RUN(test_random_scalars_have_the_same_values_in_the_graph);
    RUN(test_what_does_not_depend_on_an_input_is_a_number);
    RUN(test_only_what_is_needed_is_lowered);
    RUN(test_a_test_has_the_type_of_truth);
    RUN(test_arrays_and_structural_ops_are_left_to_the_caller);
    RUN(test_without_lines_nodes_have_none);
    RUN(test_lowering_without_memory_says_so);
    return REPORT();
}

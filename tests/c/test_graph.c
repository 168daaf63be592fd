/* test_graph.c -- flat arrays of nodes: appending, operands, checking, growth and its limits. */
#include "draw.h"
#include "tapes.h"

/* x, 2, x * 2, select(x, 2, x * 2), pack(x, x * 2), item 1 of it, call() */
static void build(fg_graph *g)
{
    CHECK_COUNT(fg_graph_reserve(g, 7, 3, 5), FG_OK);
    CHECK_COUNT(fg_graph_append(g, FG_LEAF, 9, 0), 0);
    CHECK_COUNT(fg_graph_append(g, FG_CONST, 0, 0), 1);
    CHECK_COUNT(fg_graph_append(g, FG_OP_multiply, 0, 1), 2);
    CHECK_COUNT(fg_graph_append_wide(g, FG_OP_select, NULL, (const int32_t[]){0, 1, 2}, 3), 3);
    CHECK_COUNT(fg_graph_append_wide(g, FG_PACK, NULL, (const int32_t[]){0, 2}, 2), 4);
    CHECK_COUNT(fg_graph_append(g, FG_ITEM, 4, 1), 5);
    CHECK_COUNT(fg_graph_append_wide(g, FG_CALL, g, NULL, 0), 6);
}

static void test_operands_are_where_the_op_keeps_them(void)
{
    static const struct {
        int32_t count, operand[3];
    } expected[] = {{0, {0}},    {0, {0}}, {2, {0, 1}}, {3, {0, 1, 2}},
                    {2, {0, 2}}, {1, {4}}, {0, {0}}};
    fg_graph g = {0};
    build(&g);
    for (size_t i = 0; i < g.n; ++i) {
        int32_t count = -1;
        const int32_t *operand = fg_graph_operands(&g, i, &count);
        CHECK_COUNT(count, expected[i].count);
        for (int32_t k = 0; k < count; ++k) {
            CHECK_COUNT(operand[k], expected[i].operand[k]);
        }
    }
    CHECK(g.wide[2].payload == &g && g.wide[1].first == 3 && g.wide[1].count == 2);
    CHECK_COUNT(g.n_pool, 5);
    fg_graph_free(&g);
}

static void test_a_unary_op_has_one_operand(void)
{
    fg_graph g = {0};
    int32_t count;
    CHECK_COUNT(fg_graph_reserve(&g, 2, 0, 0), FG_OK);
    fg_graph_append(&g, FG_LEAF, 0, 0);
    fg_graph_append(&g, FG_OP_sin, 0, 0);
    CHECK_COUNT(*fg_graph_operands(&g, 1, &count), 0);
    CHECK_COUNT(count, 1);
    fg_graph_free(&g);
}

static void test_what_was_built_in_order_passes_the_check(void)
{
    fg_graph g = {0};
    size_t at = 99;
    CHECK_COUNT(fg_graph_check(&g, &at), FG_OK);
    CHECK_COUNT(at, 0);
    build(&g);
    CHECK_COUNT(fg_graph_check(&g, &at), FG_OK);
    CHECK_COUNT(at, 7);
    fg_graph_free(&g);
    CHECK(!g.n && !g.cap && !g.op && !g.pool);
    fg_graph_free(&g);
}

/* Whether the check refuses the graph at this node, once `*place` is `value`. */
#define REFUSES(status, node, place, value)                \
    do {                                                   \
        fg_graph g = {0};                                  \
        size_t at = 99;                                    \
        build(&g);                                         \
        (place) = (value);                                 \
        CHECK_COUNT(fg_graph_check(&g, &at), FG_##status); \
        CHECK_COUNT(at, node);                             \
        fg_graph_free(&g);                                 \
    } while (0)

static void test_the_check_refuses_each_thing_that_can_be_wrong(void)
{
    REFUSES(E_OPCODE, 1, g.op[1], FG_N_OPS);
    REFUSES(E_OPCODE, 6, g.op[6], 255);
    REFUSES(E_OPERAND, 2, g.arg[2][0], 2);
    REFUSES(E_OPERAND, 2, g.arg[2][1], 3);
    REFUSES(E_OPERAND, 2, g.arg[2][1], -1);
    REFUSES(E_OPERAND, 2, g.arg[2][0], INT32_MAX);
    REFUSES(E_OPERAND, 5, g.arg[5][0], 5);
    REFUSES(E_OPERAND, 5, g.arg[5][0], -2);
    REFUSES(E_OPERAND, 3, g.arg[3][0], -1);
    REFUSES(E_OPERAND, 3, g.arg[3][0], 3);
    REFUSES(E_OPERAND, 4, g.arg[4][0], INT32_MIN);
    REFUSES(E_OPERAND, 3, g.wide[0].first, -1);
    REFUSES(E_OPERAND, 3, g.wide[0].first, 3);
    REFUSES(E_OPERAND, 3, g.wide[0].first, INT32_MAX);
    REFUSES(E_OPERAND, 4, g.wide[1].count, -1);
    REFUSES(E_OPERAND, 4, g.wide[1].count, 3);
    REFUSES(E_OPERAND, 6, g.wide[2].count, INT32_MAX);
    REFUSES(E_OPERAND, 3, g.pool[2], 3);
    REFUSES(E_OPERAND, 4, g.pool[3], -7);
    REFUSES(E_OPERAND, 0, g.op[0], FG_OP_sin); /* 9 is no node, even if it was a handle */
    REFUSES(E_OPERAND, 2, g.op[2], FG_CALL);   /* wide record 0 names node 2 itself */
}

static void test_reserved_room_takes_what_was_promised(void)
{
    fg_graph g = {0};
    draw_seed(2);
    for (int round = 0; round < 200; ++round) {
        const size_t nodes = draw_below(100), wides = draw_below(nodes + 1);
        const size_t each = draw_below(40);
        CHECK_COUNT(fg_graph_reserve(&g, nodes, wides, wides * each), FG_OK);
        for (size_t k = 0; k < nodes; ++k) {
            const int32_t zeros[40] = {0};
            if (k < wides) {
                fg_graph_append_wide(&g, FG_CALL, NULL, zeros, g.n ? (int32_t)each : 0);
            } else {
                fg_graph_append(&g, FG_CONST, 0, 0);
            }
        }
    }
    size_t at;
    CHECK_COUNT(fg_graph_check(&g, &at), FG_OK);
    CHECK(g.n <= g.cap && g.n_wide <= g.cap_wide && g.n_pool <= g.cap_pool);
    fg_graph_free(&g);
}

static void test_growth_doubles_and_keeps_the_items(void)
{
    void *block = NULL;
    size_t cap = 0;
    CHECK_COUNT(fg__grow(&block, &cap, 0, 8), FG_OK);
    CHECK(!block && !cap);
    CHECK_COUNT(fg__grow(&block, &cap, 1, 8), FG_OK);
    CHECK_COUNT(cap, 64);
    memset(block, 42, 64 * 8);
    CHECK_COUNT(fg__grow(&block, &cap, 64, 8), FG_OK);
    CHECK_COUNT(cap, 64);
    CHECK_COUNT(fg__grow(&block, &cap, 65, 8), FG_OK);
    CHECK_COUNT(cap, 128);
    CHECK_COUNT(fg__grow(&block, &cap, 1000, 8), FG_OK);
    CHECK_COUNT(cap, 1000);
    CHECK_COUNT(((char *)block)[64 * 8 - 1], 42);
    fg_mem_free(block);
}

static void test_growth_has_a_limit_and_does_not_overflow(void)
{
    void *block = NULL;
    size_t cap = 0;
    CHECK_COUNT(fg__grow(&block, &cap, FG_NODE_MAX + 1, 1), FG_E_FULL);
    CHECK_COUNT(fg__grow(&block, &cap, SIZE_MAX, 1), FG_E_FULL);
    CHECK_COUNT(fg__grow(&block, &cap, 1000, SIZE_MAX / 500), FG_E_MEMORY);
    CHECK(!block && !cap);
    /* doubling stops at the limit, or nodes would get ids that are no int32 */
    cap = FG_NODE_MAX / 4 * 3;
    const fg_status status = fg__grow(&block, &cap, cap + 1, 1);
    CHECK(status == FG_OK ? cap == FG_NODE_MAX : status == FG_E_MEMORY); /* 2 GB are asked for */
    fg_mem_free(block);
}

static void test_a_full_graph_says_so_and_stays_as_it_was(void)
{
    fg_graph g = {0};
    build(&g);
    const fg_graph before = g;
    g.n = FG_NODE_MAX;
    CHECK_COUNT(fg_graph_reserve(&g, 1, 0, 0), FG_E_FULL);
    g.n = before.n;
    g.n_wide = FG_NODE_MAX;
    CHECK_COUNT(fg_graph_reserve(&g, 0, 1, 0), FG_E_FULL);
    g.n_wide = before.n_wide;
    g.n_pool = FG_NODE_MAX;
    CHECK_COUNT(fg_graph_reserve(&g, 1, 1, 1), FG_E_FULL);
    g.n_pool = before.n_pool;
    CHECK(memcmp(&g, &before, sizeof g) == 0);
    fg_graph_free(&g);
}

static void test_a_failed_reservation_leaves_the_graph_as_it_was(void)
{
    for (long n = 0; n < 4; ++n) {
        fg_graph g = {0};
        size_t at;
        build(&g);
        fg_mem_fail_after(n, 0);
        CHECK_COUNT(fg_graph_reserve(&g, 1000, 1000, 1000), FG_E_MEMORY);
        CHECK_COUNT(fg_graph_check(&g, &at), FG_OK);
        CHECK_COUNT(at, 7);
        CHECK_COUNT(fg_graph_reserve(&g, 1000, 1000, 1000), FG_OK);
        CHECK_COUNT(fg_graph_check(&g, &at), FG_OK);
        fg_graph_free(&g);
    }
}

int main(void)
{
    RUN(test_operands_are_where_the_op_keeps_them);
    RUN(test_a_unary_op_has_one_operand);
    RUN(test_what_was_built_in_order_passes_the_check);
    RUN(test_the_check_refuses_each_thing_that_can_be_wrong);
    RUN(test_reserved_room_takes_what_was_promised);
    RUN(test_growth_doubles_and_keeps_the_items);
    RUN(test_growth_has_a_limit_and_does_not_overflow);
    RUN(test_a_full_graph_says_so_and_stays_as_it_was);
    RUN(test_a_failed_reservation_leaves_the_graph_as_it_was);
    return REPORT();
}

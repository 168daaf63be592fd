/* test_tape.c -- handles, holding and popping, notes, pins, forgetting, room, accounts. */
#include "draw.h"
#include "tapes.h"

static fg_tape new_tape(void)
{
    fg_tape t;
    fg_tape_init(&t, release);
    return t;
}

static void test_handles_come_from_a_list_and_go_back_to_it(void)
{
    fg_tape t = new_tape();
    room(&t, 0, 0, 0);
    CHECK(t.n_handle >= FG_HANDLES_PER_OP && t.n_free == t.n_handle);
    const size_t n = t.n_handle;
    const int32_t a = held(&t, FG_NODE_NONE), b = held(&t, FG_NODE_FREED);
    CHECK(a != b && t.n_free == n - 2);
    CHECK(node_of(&t, a) == FG_NODE_NONE && node_of(&t, b) == FG_NODE_FREED);
    fg_tape_drop(&t, a);
    CHECK_COUNT(t.n_free, n - 1);
    CHECK_COUNT(held(&t, FG_NODE_NONE), a);
    fg_tape_drop(&t, a);
    fg_tape_drop(&t, b);
    CHECK_COUNT(t.n_free, n);
    fg_tape_free(&t);
}

static void test_there_are_always_four_handles_after_a_reservation(void)
{
    fg_tape t = new_tape();
    int32_t handle[1000];
    for (int k = 0; k < 1000; ++k) {
        room(&t, 0, 0, 0);
        CHECK(t.n_free >= FG_HANDLES_PER_OP);
        handle[k] = held(&t, FG_NODE_NONE);
        CHECK(k == 0 || handle[k] != handle[k - 1]);
    }
    for (int k = 0; k < 1000; ++k) {
        fg_tape_drop(&t, handle[k]);
    }
    CHECK_COUNT(t.n_free, t.n_handle);
    fg_tape_free(&t);
}

static void test_values_come_with_the_nodes(void)
{
    fg_tape t = new_tape();
    const int32_t x = leaf(&t, 3.0), c = constant(&t, 4.0);
    const int32_t y = binary(&t, FG_OP_multiply, x, c), z = unary(&t, FG_OP_square, c);
    CHECK_EQUAL(t.val[node_of(&t, y)].s, 12.0);
    CHECK_EQUAL(t.val[node_of(&t, z)].s, 16.0);
    CHECK(t.flag[node_of(&t, x)] == FG_NEEDS && t.flag[node_of(&t, y)] == FG_NEEDS);
    CHECK(!t.flag[node_of(&t, c)] && !t.flag[node_of(&t, z)]);
    room(&t, 3, 1, 3);
    const int32_t n = fg_tape_append_number(&t, 5.0);
    const int32_t operand[] = {node_of(&t, z), n, node_of(&t, x)};
    const int32_t s = fg_tape_append_op(&t, FG_OP_select, operand, (fg_cell){.s = 5.0}, 0);
    CHECK(t.flag[s] == (FG_NEEDS | FG_WIDE) && !t.flag[n] && t.graph.op[n] == FG_CONST);
    const int32_t u = fg_tape_append_op(&t, FG_OP_negative, &n, (fg_cell){.s = -5.0}, 0);
    CHECK(t.graph.arg[u][0] == n && t.graph.arg[u][1] == n && !t.flag[u]);
    fg_tape_free(&t);
}

static void test_what_nobody_holds_at_the_top_is_popped_at_once(void)
{
    fg_tape t = new_tape();
    const int32_t x = leaf(&t, 2.0), y = unary(&t, FG_OP_exp, x), z = unary(&t, FG_OP_sin, y);
    const size_t handles = t.n_free;
    fg_tape_drop(&t, y); /* z uses it */
    CHECK_COUNT(t.graph.n, 3);
    fg_tape_drop(&t, z);
    CHECK_COUNT(t.graph.n, 1);
    fg_tape_drop(&t, x);
    CHECK_COUNT(t.graph.n, 0);
    CHECK_COUNT(t.n_free, handles + 3);
    fg_tape_free(&t);
}

static void test_what_dies_below_waits_for_the_top(void)
{
    fg_tape t = new_tape();
    const int32_t x = leaf(&t, 2.0), y = leaf(&t, 3.0);
    fg_tape_drop(&t, x);
    CHECK_COUNT(t.graph.n, 2);
    CHECK_COUNT(t.handle[x].leaves, 1);
    fg_tape_drop(&t, y);
    CHECK_COUNT(t.graph.n, 0);
    CHECK_COUNT(t.handle[x].leaves, 0);
    fg_tape_free(&t);
}

static void test_a_handle_moves_to_another_node(void)
{
    fg_tape t = new_tape();
    const int32_t x = leaf(&t, 2.0), y = unary(&t, FG_OP_exp, x);
    fg_tape_move(&t, y, node_of(&t, x));
    CHECK_COUNT(t.graph.n, 1);
    CHECK(node_of(&t, y) == 0 && t.held[0] == 2);
    fg_tape_move(&t, x, 0); /* onto itself */
    CHECK_COUNT(t.held[0], 2);
    fg_tape_move(&t, y, FG_NODE_FREED);
    CHECK_COUNT(t.held[0], 1);
    fg_tape_move(&t, x, FG_NODE_NONE);
    CHECK_COUNT(t.graph.n, 0);
    CHECK(node_of(&t, y) == FG_NODE_FREED && t.handle[x].owner);
    fg_tape_free(&t);
}

static void test_a_leaf_with_a_new_value_stands_on_two_nodes(void)
{
    fg_tape t = new_tape();
    const int32_t x = leaf(&t, 2.0), y = unary(&t, FG_OP_exp, x);
    room(&t, 1, 0, 0);
    fg_tape_append_leaf(&t, x, 1, (fg_cell){.s = 5.0}, 0);
    CHECK(node_of(&t, x) == 2 && t.handle[x].leaves == 2 && t.held[0] == 0 && t.held[2] == 1);
    fg_tape_drop(&t, x); /* node 2 is popped; node 0 still names the handle */
    CHECK(t.graph.n == 2 && t.handle[x].leaves == 1 && !t.handle[x].owner);
    room(&t, 0, 0, 0);
    const int32_t other = held(&t, FG_NODE_NONE);
    CHECK(other != x);
    fg_tape_drop(&t, other);
    const size_t handles = t.n_free;
    fg_tape_drop(&t, y);
    CHECK(t.graph.n == 0 && t.n_free == handles + 2);
    fg_tape_free(&t);
}

static void test_a_freed_handle_gets_a_freed_node(void)
{
    fg_tape t = new_tape();
    room(&t, 1, 0, 0);
    const int32_t h = held(&t, FG_NODE_FREED);
    int32_t node = fg_tape_append_freed(&t, h, (fg_cell){.s = 7.0}, 0);
    CHECK(t.graph.op[node] == FG_FREED && t.flag[node] == FG_NEEDS && t.held[node] == 1);
    CHECK(node_of(&t, h) == node && t.handle[h].leaves == 0);
    double x = 7.0;
    fg_tape_move(&t, h, FG_NODE_FREED);
    room(&t, 1, 0, 0);
    node = fg_tape_append_freed(&t, h, array_of(&x, FG_F64, 1, NULL), 1);
    CHECK(t.flag[node] == (FG_NEEDS | FG_ARRAY) && t.bytes == 8);
    fg_tape_drop(&t, h);
    CHECK(t.graph.n == 0 && t.bytes == 0);
    fg_tape_free(&t);
}

static void test_notes_are_sorted_and_a_node_may_have_several(void)
{
    enum { NODES = 40, NOTES = 400 };
    static payload p[NOTES];
    int32_t handle[NODES], expected[NODES][NOTES], count[NODES] = {0};
    fg_tape t = new_tape();
    memset(p, 0, sizeof p);
    for (int k = 0; k < NODES; ++k) {
        handle[k] = leaf(&t, k);
    }
    draw_seed(6);
    for (int k = 0; k < NOTES; ++k) {
        const int32_t node = (int32_t)draw_below(NODES);
        CHECK_COUNT(fg_tape_note(&t, node, &p[k], k % 7 ? 0 : FG_HOOKED), FG_OK);
        expected[node][count[node]++] = k;
    }
    for (size_t k = 1; k < t.n_note; ++k) {
        CHECK(t.note[k - 1].node <= t.note[k].node);
    }
    for (int32_t i = 0; i < NODES; ++i) {
        for (int32_t k = 0; k < count[i]; ++k) {
            CHECK(fg_tape_noted(&t, i, k) == &p[expected[i][k]]);
        }
        CHECK(fg_tape_noted(&t, i, count[i]) == NULL);
        CHECK(!!(t.flag[i] & FG_NOTED) == (count[i] > 0));
    }
    for (int k = NODES; k-- > 0;) {
        fg_tape_drop(&t, handle[k]);
        for (int32_t m = 0; m < count[k]; ++m) {
            CHECK_COUNT(p[expected[k][m]].released, 1);
        }
    }
    CHECK_COUNT(t.n_note, 0);
    fg_tape_free(&t);
}

static void test_forgetting_keeps_the_value_and_lets_the_notes_go(void)
{
    payload p[4] = {{0}}, kept = {0};
    fg_tape t = new_tape();
    const int32_t x = leaf(&t, 2.0), y = call(&t, &p[3], x, x, 9.0), z = call(&t, NULL, y, y, 1.0);
    const int32_t node = node_of(&t, y);
    CHECK_COUNT(fg_tape_note(&t, node, &p[0], FG_HOOKED), FG_OK);
    CHECK_COUNT(fg_tape_note(&t, node_of(&t, z), &kept, 0), FG_OK);
    CHECK_COUNT(fg_tape_note(&t, node, &p[1], FG_MODIFIED), FG_OK);
    CHECK_COUNT(fg_tape_note(&t, node_of(&t, x), &p[2], 0), FG_OK);
    CHECK(t.flag[node] == (FG_NEEDS | FG_WIDE | FG_NOTED | FG_HOOKED | FG_MODIFIED));
    fg_tape_forget(&t, node);
    CHECK(t.graph.op[node] == FG_FREED && t.flag[node] == (FG_NEEDS | FG_WIDE));
    CHECK_EQUAL(t.val[node].s, 9.0);
    CHECK(p[0].released == 1 && p[1].released == 1 && p[2].released == 0 && kept.released == 0);
    CHECK(fg_tape_noted(&t, node, 0) == NULL && fg_tape_noted(&t, node_of(&t, z), 0) == &kept);
    int32_t count;
    fg_graph_operands(&t.graph, (size_t)node, &count);
    CHECK_COUNT(count, 0);
    CHECK_COUNT(p[3].released, 0);
    fg_tape_free(&t);
    CHECK(p[3].released == 1 && kept.released == 1 && p[2].released == 1);
}

static void test_while_pinned_nothing_dies(void)
{
    fg_tape t = new_tape();
    const int32_t x = leaf(&t, 2.0), y = unary(&t, FG_OP_exp, x);
    fg_tape_pin(&t);
    fg_tape_pin(&t);
    fg_tape_drop(&t, y);
    fg_tape_drop(&t, x);
    CHECK_COUNT(fg_tape_compact(&t), FG_OK);
    CHECK_COUNT(t.graph.n, 2);
    t.bytes_limit = 0;
    t.bytes = 1;
    room(&t, 100, 0, 0);
    CHECK_COUNT(t.graph.n, 2);
    t.bytes = 0;
    fg_tape_unpin(&t);
    CHECK_COUNT(t.graph.n, 2);
    fg_tape_unpin(&t);
    CHECK_COUNT(t.graph.n, 0);
    fg_tape_free(&t);
}

static void test_reserved_room_takes_what_was_promised(void)
{
    /* Appending past the arrays would be an error of the sanitizer. */
    fg_tape t = new_tape();
    payload p = {0};
    int released = 0;
    draw_seed(7);
    for (int round = 0; round < 300; ++round) {
        const size_t wides = draw_below(20), each = draw_below(30);
        const size_t nodes = 1 + wides + draw_below(1 + (size_t)round * 10);
        const int32_t anchor = leaf(&t, 1.0);
        room(&t, nodes, wides, wides * each);
        const int32_t here = node_of(&t, anchor);
        CHECK(fg_tape_has_room(&t, nodes));
        const size_t before = t.graph.n, cap = t.cap;
        for (size_t k = 0; k < nodes; ++k) {
            int32_t operand[30];
            for (size_t m = 0; m < each; ++m) {
                operand[m] = here;
            }
            if (k < wides) {
                fg_tape_append_wide(&t, FG_CALL, &p, operand, (int32_t)each, (fg_cell){.s = 0.0},
                                    0);
                ++released;
            } else {
                fg_tape_append_number(&t, 1.0);
            }
        }
        const int32_t last[4] = {held(&t, FG_NODE_NONE), held(&t, FG_NODE_NONE),
                                 held(&t, FG_NODE_NONE), held(&t, (int32_t)t.graph.n - 1)};
        CHECK(t.graph.n == before + nodes && t.cap == cap && node_of(&t, anchor) == here);
        for (int k = 0; k < (round % 9 ? 3 : 4); ++k) {
            fg_tape_drop(&t, last[k]);
        }
        if (round % 2) {
            fg_tape_drop(&t, anchor);
        }
    }
    fg_tape_free(&t);
    CHECK_COUNT(p.released, released);
}

static void test_a_full_tape_says_so(void)
{
    fg_tape t = new_tape();
    const int32_t x = leaf(&t, 1.0);
    CHECK_COUNT(fg_tape_reserve(&t, FG_NODE_MAX, 0, 0), FG_E_FULL);
    CHECK_COUNT(fg_tape_reserve(&t, 1, 1, FG_NODE_MAX + 1), FG_E_FULL);
    CHECK(fg_tape_has_room(&t, 1) && node_of(&t, x) == 0);
    fg_tape_free(&t);
}

static void test_array_values_are_accounted_for(void)
{
    double data[100] = {0.0};
    payload owner[3] = {{0}};
    fg_tape t = new_tape();
    const int32_t a = array_leaf(&t, data, 100, &owner[0]);
    CHECK_COUNT(t.bytes, 800);
    const int32_t b = wide(&t, FG_CALL, NULL, &a, 1, array_of(data, FG_F32, 50, &owner[1]), 1);
    room(&t, 2, 0, 0);
    fg_tape_append_array(&t, array_of(data, FG_OTHER, 9, &owner[2]).a);
    CHECK_COUNT(t.bytes, 1000);
    const int32_t c = array_op(&t, FG_OP_negative, &a, 100, FG_F64, data);
    CHECK_COUNT(t.bytes, 1800);
    fg_tape_drop(&t, c);
    CHECK(t.bytes == 1000 && owner[2].released == 1 && owner[1].released == 0);
    fg_tape_drop(&t, a);
    fg_tape_drop(&t, b);
    CHECK(t.bytes == 0 && owner[0].released == 1 && owner[1].released == 1);
    fg_tape_free(&t);
}

static void test_the_arrays_of_the_tape_are_counted(void)
{
    fg_tape t = new_tape();
    CHECK_COUNT(fg_tape_bytes(&t), 0);
    leaf(&t, 1.0);
    CHECK_COUNT(fg_tape_bytes(&t),
                t.cap * (1 + 8 + 1 + 1 + sizeof(fg_cell)) + t.n_handle * sizeof(fg_handle));
    payload p = {0};
    const size_t bytes = fg_tape_bytes(&t);
    CHECK_COUNT(fg_tape_note(&t, 0, &p, 0), FG_OK);
    CHECK_COUNT(fg_tape_bytes(&t), bytes + t.cap_note * sizeof(fg_note));
    fg_tape_free(&t);
    CHECK_COUNT(fg_tape_bytes(&t), 0);
}

static void test_freeing_releases_everything_once(void)
{
    double data[4] = {0.0};
    payload p[3] = {{0}};
    fg_tape t = new_tape();
    const int32_t a = array_leaf(&t, data, 4, &p[0]);
    const int32_t b = call(&t, &p[1], a, a, 1.0);
    CHECK_COUNT(fg_tape_note(&t, node_of(&t, b), &p[2], 0), FG_OK);
    fg_tape_pin(&t);
    fg_tape_free(&t);
    for (int k = 0; k < 3; ++k) {
        CHECK_COUNT(p[k].released, 1);
    }
    leaf(&t, 1.0); /* an empty tape that works */
    CHECK_COUNT(t.graph.n, 1);
    fg_tape_free(&t);
}

static void test_a_chain_of_three_million_nodes(void)
{
    enum { N = 3000000 };
    fg_tape t = new_tape();
    fg_sweep s;
    int32_t at;
    fg_sweep_init(&s);
    const int32_t x = leaf(&t, 0.5);
    int32_t y = unary(&t, FG_OP_negative, x);
    for (int k = 1; k < N; ++k) {
        const int32_t next = unary(&t, FG_OP_negative, y);
        fg_tape_drop(&t, y);
        y = next;
    }
    CHECK_COUNT(t.graph.n, N + 1);
    const size_t bytes = fg_tape_bytes(&t);
    CHECK_COUNT(sweep_from(&s, &t, y, &at), FG_OK);
    CHECK_EQUAL(adjoint(&s, x), N % 2 ? -1.0 : 1.0);
    fg_sweep_end(&s, 1);
    fg_tape_unpin(&t);
    fg_sweep_free(&s);
    CHECK_COUNT(fg_tape_compact(&t), FG_OK);
    CHECK_COUNT(t.graph.n, 2);
    fg_tape_drop(&t, y);
    CHECK_COUNT(t.graph.n, 1);
    CHECK(fg_tape_bytes(&t) < bytes / 2); /* the room for a long graph is given back */
    fg_tape_free(&t);
}

static void test_room_is_given_back_when_three_quarters_of_it_are_idle(void)
{
    fg_tape t = new_tape();
    int32_t y = leaf(&t, 0.5);
    while (t.cap <= 1 << 20) {
        const int32_t next = unary(&t, FG_OP_negative, y);
        fg_tape_drop(&t, y);
        y = next;
    }
    const size_t cap = t.cap, quarter = cap / 4;
    const int32_t low = held(&t, (int32_t)quarter - 1), high = held(&t, (int32_t)quarter);
    fg_tape_drop(&t, y);
    CHECK(t.graph.n == quarter + 1 && t.cap == cap);
    fg_tape_drop(&t, high);
    CHECK(t.graph.n == quarter && t.cap == cap / 2);
    CHECK_COUNT(node_of(&t, low), quarter - 1);
    fg_tape_free(&t);
}

int main(void)
{
    RUN(test_handles_come_from_a_list_and_go_back_to_it);
    RUN(test_there_are_always_four_handles_after_a_reservation);
    RUN(test_values_come_with_the_nodes);
    RUN(test_what_nobody_holds_at_the_top_is_popped_at_once);
    RUN(test_what_dies_below_waits_for_the_top);
    RUN(test_a_handle_moves_to_another_node);
    RUN(test_a_leaf_with_a_new_value_stands_on_two_nodes);
    RUN(test_a_freed_handle_gets_a_freed_node);
    RUN(test_notes_are_sorted_and_a_node_may_have_several);
    RUN(test_forgetting_keeps_the_value_and_lets_the_notes_go);
    RUN(test_while_pinned_nothing_dies);
    RUN(test_reserved_room_takes_what_was_promised);
    RUN(test_a_full_tape_says_so);
    RUN(test_array_values_are_accounted_for);
    RUN(test_the_arrays_of_the_tape_are_counted);
    RUN(test_freeing_releases_everything_once);
    RUN(test_room_is_given_back_when_three_quarters_of_it_are_idle);
    RUN(test_a_chain_of_three_million_nodes);
    return REPORT();
}

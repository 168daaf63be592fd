/* test_compact.c -- compaction against naive reachability, when it comes by itself, and releases
 * that call the tape again. */
#include "draw.h"
#include "tapes.h"

enum { NODES = 400, HOLDS = 60, NOTES = 40 };

/* A random tape, and what it looked like before the compaction. */
typedef struct picture {
    fg_tape t;
    size_t n, n_note;
    uint8_t op[NODES], flag[NODES];
    int32_t operand[NODES][4], count[NODES], holds[NODES], to[NODES];
    fg_cell val[NODES];
    payload owner[NODES], call[NODES], note[NOTES];
    int32_t noted[NOTES], handle[HOLDS];
    int calls[NODES]; /* whether call[i] is the payload of node i */
} picture;

static void append_random(picture *p, double *data)
{
    fg_tape *t = &p->t;
    const int32_t n = (int32_t)t->graph.n;
    const int kind = n < 2 ? 0 : (int)draw_below(8);
    int32_t operand[4];
    room(t, 1, 1, 4);
    for (int k = 0; k < 4; ++k) {
        operand[k] = n ? (int32_t)draw_below((size_t)n) : 0;
    }
    const int is_array = (int)draw_below(3) == 0;
    const fg_cell number = {.s = n}, array = array_of(data, FG_F64, 2, &p->owner[n]);
    const fg_cell value = is_array ? array : number;
    if (kind == 0) {
        const int32_t h = held(t, FG_NODE_NONE);
        fg_tape_append_leaf(t, h, 1, value, is_array);
        fg_tape_drop(t, h);
    } else if (kind == 1) {
        fg_tape_append_op(t, FG_OP_sin, operand, value, is_array);
    } else if (kind == 2) {
        fg_tape_append_op(t, FG_OP_clip, operand, value, is_array);
    } else if (kind < 5) {
        fg_tape_append_op(t, FG_OP_add, operand, value, is_array);
    } else if (kind == 5) {
        fg_tape_append_item(t, operand[0], 1, n);
    } else {
        p->calls[n] = 1;
        fg_tape_append_wide(t, kind == 6 ? FG_PACK : FG_CALL, &p->call[n], operand,
                            (int32_t)draw_below(5), value, is_array);
    }
    if (!is_array || kind == 5) {
        fg_mem_free(array.a);
    }
}

static void take_picture(picture *p)
{
    const fg_tape *t = &p->t;
    p->n = t->graph.n;
    for (size_t i = 0; i < p->n; ++i) {
        const int32_t *operand = fg_graph_operands(&t->graph, i, &p->count[i]);
        memcpy(p->operand[i], operand, (size_t)p->count[i] * sizeof *operand);
        p->op[i] = t->graph.op[i];
        p->flag[i] = t->flag[i];
        p->val[i] = t->val[i];
    }
}

static picture *random_picture(double *data)
{
    picture *p = fg_mem_zeros(1, sizeof *p);
    fg_tape_init(&p->t, release);
    fg_tape_pin(&p->t);
    while (p->t.graph.n < NODES) {
        append_random(p, data);
    }
    for (int k = 0; k < HOLDS; ++k) {
        const int32_t node = (int32_t)draw_below(draw_below(2) ? NODES : NODES / 4);
        room(&p->t, 0, 0, 0);
        p->handle[k] = held(&p->t, node);
        ++p->holds[node];
    }
    for (int k = 0; k < NOTES; ++k) {
        p->noted[k] = (int32_t)draw_below(NODES);
        CHECK_COUNT(fg_tape_note(&p->t, p->noted[k], &p->note[k], 0), FG_OK);
    }
    for (int k = 0; k < 20; ++k) {
        const int32_t node = (int32_t)draw_below(NODES);
        if (p->t.graph.op[node] != FG_LEAF) {
            fg_tape_forget(&p->t, node);
        }
    }
    take_picture(p);
    return p;
}

/* to[i] = whether node i is to live, then where. */
static size_t reach(picture *p)
{
    for (size_t i = 0; i < p->n; ++i) {
        p->to[i] = p->holds[i] > 0;
    }
    for (int changed = 1; changed;) {
        changed = 0;
        for (size_t i = 0; i < p->n; ++i) {
            for (int32_t k = 0; k < p->count[i] && p->to[i]; ++k) {
                changed += !p->to[p->operand[i][k]];
                p->to[p->operand[i][k]] = 1;
            }
        }
    }
    int32_t living = 0;
    for (size_t i = 0; i < p->n; ++i) {
        p->to[i] = p->to[i] ? living++ : -1;
    }
    return (size_t)living;
}

static void check_node(picture *p, size_t i)
{
    const fg_tape *t = &p->t;
    const size_t j = (size_t)p->to[i];
    const int sheds = p->op[i] == FG_FREED && p->flag[i] & FG_WIDE;
    int32_t count;
    const int32_t *operand = fg_graph_operands(&t->graph, j, &count);
    CHECK_COUNT(t->graph.op[j], p->op[i]);
    CHECK_COUNT(t->flag[j], sheds ? p->flag[i] & ~FG_WIDE : p->flag[i]);
    CHECK(memcmp(&t->val[j], &p->val[i], sizeof t->val[j]) == 0);
    CHECK_COUNT(t->held[j], p->holds[i]);
    CHECK_COUNT(count, p->count[i]);
    for (int32_t k = 0; k < count; ++k) {
        CHECK_COUNT(operand[k], p->to[p->operand[i][k]]);
    }
    CHECK_COUNT(p->call[i].released, sheds && p->calls[i]);
    CHECK_COUNT(p->owner[i].released, 0);
}

static void test_a_compaction_keeps_exactly_what_can_be_reached(void)
{
    double data[2] = {0.0};
    size_t at, lived = 0;
    draw_seed(8);
    for (int round = 0; round < 100; ++round) {
        picture *p = random_picture(data);
        const size_t living = reach(p), expected = p->t.bytes;
        size_t dead_bytes = 0, notes = 0;
        p->t.pins = 0;
        CHECK_COUNT(fg_tape_compact(&p->t), FG_OK);
        CHECK_COUNT(p->t.graph.n, living);
        CHECK_COUNT(fg_graph_check(&p->t.graph, &at), FG_OK);
        for (size_t i = 0; i < p->n; ++i) {
            if (p->to[i] >= 0) {
                check_node(p, i);
                continue;
            }
            dead_bytes += p->flag[i] & FG_ARRAY ? 16 : 0;
            CHECK_COUNT(p->owner[i].released, !!(p->flag[i] & FG_ARRAY));
            CHECK_COUNT(p->call[i].released, p->calls[i]);
        }
        CHECK_COUNT(p->t.bytes, expected - dead_bytes);
        for (int k = 0; k < HOLDS; ++k) {
            const int32_t node = node_of(&p->t, p->handle[k]);
            CHECK(node >= 0 && (size_t)node < living);
        }
        for (int k = 0; k < NOTES; ++k) {
            const int32_t node = p->to[p->noted[k]];
            int found = 0;
            for (int32_t m = 0; node >= 0 && m < NOTES; ++m) {
                found += fg_tape_noted(&p->t, node, m) == &p->note[k];
            }
            CHECK_COUNT(found + p->note[k].released, 1);
            notes += (size_t)found;
        }
        CHECK_COUNT(p->t.n_note, notes);
        lived += living;
        fg_tape_free(&p->t);
        CHECK_COUNT(p->t.bytes, 0);
        fg_mem_free(p);
    }
    CHECK(lived > 100 * HOLDS && lived < 100 * (NODES - HOLDS));
}

static void test_an_empty_tape_may_be_compacted(void)
{
    fg_tape t;
    fg_tape_init(&t, release);
    CHECK_COUNT(fg_tape_compact(&t), FG_OK);
    fg_tape_drop(&t, leaf(&t, 1.0));
    CHECK_COUNT(fg_tape_compact(&t), FG_OK);
    CHECK_COUNT(t.graph.n, 0);
    fg_tape_free(&t);
}

static void test_a_count_that_stuck_is_right_after_a_compaction(void)
{
    enum { MANY = 600 };
    int32_t handle[MANY];
    fg_tape t;
    fg_tape_init(&t, release);
    const int32_t x = leaf(&t, 1.0), top = leaf(&t, 2.0);
    for (int k = 0; k < MANY; ++k) {
        room(&t, 0, 0, 0);
        handle[k] = held(&t, node_of(&t, x));
    }
    CHECK_COUNT(t.held[0], FG_HELD_MAX);
    CHECK_COUNT(fg_tape_compact(&t), FG_OK);
    CHECK_COUNT(t.held[0], FG_HELD_MAX);
    for (int k = 1; k < MANY; ++k) {
        fg_tape_drop(&t, handle[k]);
    }
    CHECK_COUNT(t.held[0], FG_HELD_MAX);
    CHECK_COUNT(fg_tape_compact(&t), FG_OK);
    CHECK_COUNT(t.held[0], 2);
    for (int k = 1; k < MANY; ++k) {
        room(&t, 0, 0, 0);
        handle[k] = held(&t, 0);
    }
    for (int k = 0; k < MANY; ++k) {
        fg_tape_drop(&t, handle[k]);
    }
    fg_tape_drop(&t, x);
    CHECK_COUNT(t.graph.n, 2);
    CHECK_COUNT(fg_tape_compact(&t), FG_OK); /* nobody holds it, whatever the count says */
    CHECK(t.graph.n == 1 && node_of(&t, top) == 0);
    fg_tape_free(&t);
}

static void test_a_leaf_handle_is_reused_only_when_no_node_names_it(void)
{
    fg_tape t;
    fg_tape_init(&t, release);
    const int32_t x = leaf(&t, 1.0), y = unary(&t, FG_OP_sin, x), top = leaf(&t, 2.0);
    fg_tape_drop(&t, x);
    const size_t handles = t.n_free;
    CHECK_COUNT(fg_tape_compact(&t), FG_OK); /* y uses the leaf */
    CHECK(t.graph.n == 3 && t.n_free == handles && t.handle[x].leaves == 1);
    fg_tape_drop(&t, y);
    CHECK_COUNT(t.n_free, handles + 1);
    CHECK_COUNT(fg_tape_compact(&t), FG_OK);
    CHECK(t.graph.n == 1 && t.n_free == handles + 2 && t.handle[x].leaves == 0);
    room(&t, 1, 0, 0);
    fg_tape_append_leaf(&t, top, 1, (fg_cell){.s = 3.0}, 0); /* the old node of top is dead */
    CHECK_COUNT(t.handle[top].leaves, 2);
    CHECK_COUNT(fg_tape_compact(&t), FG_OK);
    CHECK(t.graph.n == 1 && t.handle[top].leaves == 1 && t.handle[top].owner);
    fg_tape_free(&t);
}

static void test_a_loop_of_training_steps_runs_in_constant_memory(void)
{
    fg_tape t;
    fg_tape_init(&t, release);
    const int32_t w = leaf(&t, 1.0);
    int32_t last = constant(&t, 0.0);
    for (int step = 0; step < 300000; ++step) {
        /* the last result is alive while the next is computed: nothing is popped at the top */
        const int32_t a = unary(&t, FG_OP_square, w), b = binary(&t, FG_OP_multiply, a, w);
        fg_tape_drop(&t, a);
        fg_tape_drop(&t, last);
        last = b;
        CHECK(t.cap <= 16384);
    }
    CHECK_EQUAL(t.val[node_of(&t, last)].s, 1.0);
    fg_tape_free(&t);
}

static void test_the_room_doubles_unless_half_was_garbage(void)
{
    fg_tape t;
    fg_tape_init(&t, release);
    for (int living = 1; living < 4; living += 2) { /* of four nodes */
        room(&t, 8000, 0, 0);
        const size_t cap = t.cap;
        while (t.graph.n < cap) {
            leaf(&t, 0.0);
        }
        for (int32_t node = (int32_t)cap - 2; node >= 0; --node) { /* not the top */
            if (node % 4 >= living) {
                fg_tape_drop(&t, (int32_t)t.graph.arg[node][0]);
            }
        }
        leaf(&t, 0.0);
        CHECK_COUNT(t.cap, living == 1 ? cap : 2 * cap);
        CHECK_COUNT(t.graph.n, cap / 4 * (size_t)living + 2);
        fg_tape_free(&t);
    }
}

static void test_garbage_of_arrays_is_collected_over_the_limit(void)
{
    double data[2] = {0.0};
    payload owner[2] = {{0}};
    fg_tape t;
    fg_tape_init(&t, release);
    int32_t h[2];
    for (int k = 0; k < 2; ++k) {
        const fg_cell value = array_of(data, FG_F64, 2, &owner[k]);
        value.a->bytes = FG_BYTES_MIN / 4 * 3;
        h[k] = leaf_cell(&t, value, 1, 1);
        CHECK(fg_tape_has_room(&t, 1) == (k == 0));
    }
    fg_tape_drop(&t, h[0]);
    CHECK_COUNT(owner[0].released, 0);
    room(&t, 0, 0, 0);
    CHECK(owner[0].released == 1 && t.graph.n == 1 && fg_tape_has_room(&t, 1));
    CHECK(t.bytes_limit == 2 * t.bytes && t.bytes == FG_BYTES_MIN / 4 * 3);
    fg_tape_drop(&t, h[1]);
    CHECK_COUNT(t.bytes, 0);
    CHECK_COUNT(fg_tape_compact(&t), FG_OK);
    CHECK_COUNT(t.bytes_limit, FG_BYTES_MIN);
    fg_tape_free(&t);
}

/* ---- releases that call the tape again ---- */

static void drops_its_handle(payload *self)
{
    fg_tape_drop(self->tape, self->handle);
}

static void records(payload *self)
{
    fg_tape *t = self->tape;
    const int32_t a = leaf(t, 1.0), b = unary(t, FG_OP_sin, a), c = unary(t, FG_OP_cos, b);
    fg_tape_drop(t, b);
    fg_tape_drop(t, a);
    self->handle = c;
}

static void test_a_release_may_drop_handles(void)
{
    fg_tape t;
    fg_tape_init(&t, release);
    for (int pinned = 0; pinned < 2; ++pinned) {
        payload p[3] = {{0}};
        const int32_t x = leaf(&t, 1.0), y = leaf(&t, 2.0), z = call(&t, &p[0], x, x, 0.0);
        p[0] = (payload){0, drops_its_handle, &t, y};
        p[1] = (payload){0, drops_its_handle, &t, x};
        CHECK_COUNT(fg_tape_note(&t, node_of(&t, z), &p[1], 0), FG_OK);
        if (pinned) { /* it dies in a compaction */
            const int32_t top = constant(&t, 3.0);
            fg_tape_drop(&t, z);
            CHECK_COUNT(fg_tape_compact(&t), FG_OK);
            fg_tape_drop(&t, top);
        } else {
            fg_tape_drop(&t, z);
        }
        CHECK(p[0].released == 1 && p[1].released == 1);
        CHECK_COUNT(fg_tape_compact(&t), FG_OK);
        CHECK(t.graph.n == 0 && t.n_free == t.n_handle);
    }
    fg_tape_free(&t);
}

static void test_a_release_may_record(void)
{
    fg_tape t;
    fg_tape_init(&t, release);
    payload p[40] = {{0}};
    const int32_t x = leaf(&t, 1.0);
    int32_t h[40];
    for (int k = 0; k < 40; ++k) {
        h[k] = call(&t, &p[k], x, x, 0.0);
        p[k] = (payload){0, records, &t, -1};
    }
    for (int k = 0; k < 40; k += 2) { /* some in a compaction, the last at the top */
        fg_tape_drop(&t, h[k]);
    }
    CHECK_COUNT(fg_tape_compact(&t), FG_OK);
    CHECK_COUNT(t.graph.n, 1 + 20 + 3 * 20);
    for (int k = 1; k < 40; k += 2) {
        fg_tape_move(&t, h[k], FG_NODE_FREED);
    }
    CHECK_COUNT(fg_tape_compact(&t), FG_OK);
    CHECK_COUNT(t.graph.n, 1 + 3 * 40);
    for (int k = 0; k < 40; ++k) {
        CHECK_COUNT(p[k].released, 1);
        CHECK_EQUAL(t.val[node_of(&t, p[k].handle)].s, cos(sin(1.0)));
    }
    fg_tape_free(&t);
}

static void takes_handles(payload *self)
{
    room(self->tape, 0, 0, 0);
    for (int k = 0; k < FG_HANDLES_PER_OP; ++k) {
        held(self->tape, FG_NODE_NONE);
    }
}

static void test_a_reservation_holds_although_a_release_took_handles(void)
{
    fg_tape t;
    fg_tape_init(&t, release);
    payload p = {0};
    const int32_t x = leaf(&t, 1.0), y = call(&t, &p, x, x, 0.0);
    p = (payload){0, takes_handles, &t, -1};
    constant(&t, 1.0);
    fg_tape_drop(&t, y);
    while (t.n_free > FG_HANDLES_PER_OP) {
        held(&t, FG_NODE_NONE);
    }
    t.bytes_limit = 0;
    t.bytes = 1; /* asks for a compaction */
    room(&t, 1000, 0, 0);
    t.bytes = 0;
    CHECK(p.released == 1 && t.cap - t.graph.n >= 1000);
    CHECK(t.n_free >= FG_HANDLES_PER_OP);
    fg_tape_free(&t);
}

static void test_a_chain_of_releases_does_not_recurse(void)
{
    enum { N = 200000 };
    fg_tape t;
    fg_tape_init(&t, release);
    payload *p = fg_mem_zeros(N, sizeof *p);
    int32_t h = leaf(&t, 1.0);
    for (int k = 0; k < N; ++k) { /* each payload holds the node before, as a closure would */
        p[k] = (payload){0, drops_its_handle, &t, h};
        room(&t, 1, 1, 0);
        h = held(&t, fg_tape_append_wide(&t, FG_CALL, &p[k], NULL, 0, (fg_cell){.s = 0.0}, 0));
    }
    fg_tape_drop(&t, h);
    CHECK_COUNT(t.graph.n, 0);
    CHECK(p[0].released == 1 && p[N - 1].released == 1);
    fg_mem_free(p);
    fg_tape_free(&t);
}

static void drops_its_handle_off_no_node(payload *self)
{
    CHECK(node_of(self->tape, self->handle) < (int32_t)self->tape->graph.n);
    fg_tape_drop(self->tape, self->handle);
}

static void test_a_release_may_drop_handles_while_the_tape_is_freed(void)
{
    payload p[2] = {{0}};
    fg_tape t;
    fg_tape_init(&t, release);
    const int32_t x = leaf(&t, 1.0);
    for (int k = 0; k < 2; ++k) {
        call(&t, &p[k], x, x, 0.0);
    }
    for (int k = 0; k < 2; ++k) { /* on nodes that are gone by then */
        p[k] = (payload){0, drops_its_handle_off_no_node, &t, leaf(&t, 2.0)};
    }
    fg_tape_free(&t);
    CHECK(p[0].released == 1 && p[1].released == 1);
}

int main(void)
{
    RUN(test_a_compaction_keeps_exactly_what_can_be_reached);
    RUN(test_an_empty_tape_may_be_compacted);
    RUN(test_a_count_that_stuck_is_right_after_a_compaction);
    RUN(test_a_leaf_handle_is_reused_only_when_no_node_names_it);
    RUN(test_a_loop_of_training_steps_runs_in_constant_memory);
    RUN(test_the_room_doubles_unless_half_was_garbage);
    RUN(test_garbage_of_arrays_is_collected_over_the_limit);
    RUN(test_a_release_may_drop_handles);
    RUN(test_a_release_may_record);
    RUN(test_a_reservation_holds_although_a_release_took_handles);
    RUN(test_a_release_may_drop_handles_while_the_tape_is_freed);
    RUN(test_a_chain_of_releases_does_not_recurse);
    return REPORT();
}

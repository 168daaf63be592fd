/* test_stress.c -- random operations on a tape, interleaved, against a simple model of it. */
#include "model.h"
#include <stdlib.h>

static void echo(payload *self);

static int draw_handle(const model *m)
{
    return (int)draw_below((size_t)m->n_handle);
}

/* The number of a node that some handle holds, an array or a scalar as asked for; -1 if none. */
static int draw_operand(const model *m, int is_array)
{
    for (int tries = 0; tries < 20 && m->n_handle; ++tries) {
        const int number = m->at[draw_handle(m)];
        if (number >= 0 && !(m->node[number].flag & FG_ARRAY) == !is_array) {
            return number;
        }
    }
    return -1;
}

static void model_hold(model *m, int32_t node, int number)
{
    m->handle[m->n_handle] = held(&m->t, node);
    m->at[m->n_handle++] = number;
}

static int full(const model *m)
{
    return m->n >= MAX_NODES - 8 || m->n_handle >= MAX_HANDLES - 8;
}

static void step_leaf(model *m)
{
    if (full(m)) {
        return;
    }
    const int is_array = draw_below(4) == 0, needs = draw_below(4) > 0;
    room(&m->t, 1, 0, 0);
    const int number =
        model_add(m, FG_LEAF, (needs ? FG_NEEDS : 0) | (is_array ? FG_ARRAY : 0), 0, NULL);
    model_hold(m, FG_NODE_NONE, FG_NODE_NONE);
    m->node[number].owner.then = echo;
    m->node[number].owner.tape = &m->t;
    m->node[number].handle = m->handle[m->n_handle - 1];
    m->at[m->n_handle - 1] = number;
    fg_tape_append_leaf(&m->t, m->node[number].handle, needs, model_value(m, number), is_array);
}

/* A LEAF of a new value for a handle that stands on one, as after an in-place change. */
static void step_renew(model *m)
{
    const int h = m->n_handle ? draw_handle(m) : -1;
    if (full(m) || h < 0 || m->at[h] < 0 || m->node[m->at[h]].op != FG_LEAF ||
        m->node[m->at[h]].handle != m->handle[h]) {
        return;
    }
    room(&m->t, 1, 0, 0); /* which may release, and so change the handles */
    if (h >= m->n_handle || m->at[h] < 0 || m->node[m->at[h]].handle != m->handle[h]) {
        return;
    }
    const int number = model_add(m, FG_LEAF, FG_NEEDS, 0, NULL);
    m->node[number].handle = m->handle[h];
    m->at[h] = number;
    fg_tape_append_leaf(&m->t, m->handle[h], 1, (fg_cell){.s = number}, 0);
}

static void step_op(model *m)
{
    static const struct {
        int op, count, of_arrays, is_array; /* 2: either */
    } kinds[] = {{FG_OP_add, 2, 0, 0},      {FG_OP_subtract, 2, 0, 0}, {FG_OP_add, 2, 1, 1},
                 {FG_OP_subtract, 2, 1, 1}, {FG_ITEM, 1, 1, 0},        {FG_PACK, 2, 0, 1},
                 {FG_CALL, 4, 2, 0},        {FG_CALL, 3, 2, 1},        {FG_CALL, 0, 0, 0}};
    const size_t kind = draw_below(sizeof kinds / sizeof *kinds);
    const int op = kinds[kind].op, count = kinds[kind].count, is_array = kinds[kind].is_array;
    int operand[MAX_OPERANDS];
    int32_t node[MAX_OPERANDS];
    room(&m->t, 2, 1, MAX_OPERANDS);
    if (full(m)) {
        return;
    }
    for (int k = 0; k < count; ++k) {
        const int of = kinds[kind].of_arrays == 2 ? (int)draw_below(2) : kinds[kind].of_arrays;
        operand[k] = draw_operand(m, of);
        if (operand[k] < 0) {
            return;
        }
    }
    if (count == 2 && !kinds[kind].of_arrays && draw_below(4) == 0) { /* a number met on the way */
        operand[1] = model_add(m, FG_CONST, 0, 0, NULL);
        fg_tape_append_number(&m->t, operand[1]);
    }
    for (int k = 0; k < count; ++k) {
        node[k] = find_node(m, operand[k]);
    }
    const int number = model_add(m, op, is_array ? FG_ARRAY : 0, count, operand);
    model_node *added = &m->node[number];
    const fg_cell value = model_value(m, number);
    added->owner.then = echo;
    added->owner.tape = &m->t;
    if (op == FG_ITEM) {
        added->index = (int)draw_below(2);
        node[0] = fg_tape_append_item(&m->t, node[0], added->index, value.s);
    } else if (op == FG_PACK || op == FG_CALL) {
        added->call = (payload){0, echo, &m->t, 0};
        node[0] = fg_tape_append_wide(&m->t, op, &added->call, node, count, value, is_array);
    } else {
        node[0] = fg_tape_append_op(&m->t, op, node, value, is_array);
    }
    model_hold(m, node[0], number);
}

static void step_hold(model *m)
{
    if (m->n_handle == 0 || full(m)) {
        return;
    }
    room(&m->t, 0, 0, 0);
    const int number = m->at[draw_handle(m)];
    model_hold(m, number < 0 ? number : find_node(m, number), number);
}

static void step_drop(model *m)
{
    if (m->n_handle == 0) {
        return;
    }
    const int h = draw_handle(m);
    const int32_t handle = m->handle[h];
    m->handle[h] = m->handle[--m->n_handle];
    m->at[h] = m->at[m->n_handle];
    fg_tape_drop(&m->t, handle); /* last: a release may change the model */
}

static void step_move(model *m)
{
    if (m->n_handle == 0) {
        return;
    }
    const int h = draw_handle(m), number = draw_below(8) ? m->at[draw_handle(m)] : FG_NODE_FREED;
    m->at[h] = number;
    fg_tape_move(&m->t, m->handle[h], number < 0 ? number : find_node(m, number));
}

static void step_note(model *m)
{
    const int number = draw_operand(m, (int)draw_below(2));
    if (number < 0 || m->n_note == MAX_NOTES || m->node[number].op == FG_FREED) {
        return;
    }
    model_note *note = &m->note[m->n_note++];
    *note = (model_note){number, 0, {0, echo, &m->t, 0}};
    const int flag = draw_below(3) ? 0 : FG_HOOKED;
    CHECK_COUNT(fg_tape_note(&m->t, find_node(m, number), &note->payload, flag), FG_OK);
}

/* What a release does besides, now and then: it records, or lets go of something else. */
static void echo(payload *self)
{
    model *m = (model *)self->tape; /* the tape is the first member */
    if (m->quiet || draw_below(6)) {
        return;
    }
    ++m->echoes;
    if (draw_below(2)) {
        step_drop(m);
    } else {
        step_leaf(m);
    }
}

static void step_compact(model *m)
{
    const long echoes = m->echoes;
    CHECK_COUNT(fg_tape_compact(&m->t), FG_OK);
    model_check(m, m->echoes == echoes && !m->t.pins);
}

static void step_trimmed(model *m)
{
    const fg_tape *t = &m->t;
    const long echoes = m->echoes;
    step_drop(m);
    CHECK(t->pins || m->echoes != echoes || !t->graph.n || t->held[t->graph.n - 1]);
}

static void step_pin(model *m)
{
    if (m->t.pins == 0 || (m->t.pins == 1 && draw_below(2))) {
        fg_tape_pin(&m->t);
    } else {
        fg_tape_unpin(&m->t);
    }
}

/* The rule of CALL, as model_rule has it. */
static void call_rule(model *m, fg_sweep *s, int32_t at)
{
    const fg_tape *t = &m->t;
    int32_t count;
    const int32_t *operand = fg_graph_operands(&t->graph, (size_t)at, &count);
    const double *items = t->flag[at] & FG_ARRAY ? s->adj[at].p : NULL;
    const double g = items ? items[0] + items[1] : s->adj[at].s;
    for (int32_t k = 0; k < count; ++k) {
        const double sum = 0.25 * (k + 1) * g, both[] = {sum, sum};
        if (fg_sweep_wants(s, operand[k])) {
            CHECK_COUNT(fg_sweep_add(s, operand[k], sum, both), FG_OK);
        }
    }
    fg_sweep_done(s, at);
}

static void check_adjoints(model *m, const fg_sweep *s)
{
    for (int32_t i = s->low; i <= s->top; ++i) {
        const model_node *node = &m->node[number_at(m, i)];
        const double *items = NULL;
        CHECK_COUNT(!!(s->mark[i] & FG_TOUCHED), node->touched);
        if (!node->touched) {
            continue;
        }
        if (node->flag & FG_ARRAY) {
            items = s->adj[i].p;
            CHECK(!items == (node->op != FG_LEAF && node->op != FG_CONST));
        }
        if (items || !(node->flag & FG_ARRAY)) {
            CHECK_EQUAL(items ? items[0] : s->adj[i].s, node->adj[0]);
            CHECK_EQUAL(items ? items[1] : node->adj[1], node->adj[1]);
        }
    }
}

static void model_forget(model *m, int root)
{
    for (int i = 0; i <= root; ++i) {
        model_node *node = &m->node[i];
        node->touched = node->touched && node->op != FG_LEAF && node->op != FG_CONST;
        if (node->touched) {
            node->op = FG_FREED;
            node->count = 0;
        }
    }
    for (int k = 0; k < m->n_note; ++k) {
        const model_node *node = &m->node[m->note[k].node];
        m->note[k].forgotten |= m->note[k].node <= root && node->touched;
    }
}

static void step_sweep(model *m, fg_sweep *s)
{
    const int root = draw_operand(m, (int)draw_below(4) == 0);
    if (root < 0) {
        return;
    }
    const double ones[] = {1.0, 1.0};
    const int32_t top = find_node(m, root);
    const int freed = model_sweep(m, root);
    int32_t at;
    fg_status status;
    fg_tape_pin(&m->t);
    CHECK_COUNT(fg_sweep_start(s, &m->t, top), FG_OK);
    CHECK_COUNT(fg_sweep_add(s, top, 1.0, ones), FG_OK);
    while ((status = fg_sweep_run(s, &at)) == FG_STOP) {
        if (s->at != at) {
            call_rule(m, s, at);
        }
    }
    CHECK_COUNT(status, freed ? FG_E_FREED : FG_OK);
    const int forget = status == FG_OK && draw_below(2);
    if (status == FG_OK) {
        check_adjoints(m, s);
    }
    if (forget) {
        model_forget(m, root);
    }
    swept(s, forget);
}

static void stress(uint64_t seed)
{
    model *m = calloc(1, sizeof *m);
    fg_sweep s;
    CHECK(m != NULL);
    draw_seed(seed);
    fg_tape_init(&m->t, release);
    fg_sweep_init(&s);
    /* how many Tensors are alive at a time differs from run to run */
    const int most = 20 << (seed % 4);
    for (int step = 0; step < 40000 && m->n < MAX_NODES - 100; ++step) {
        const size_t what = draw_below(1000);
        if (what < 300) {
            step_op(m);
        } else if (what < 400) {
            step_leaf(m);
        } else if (what < 450) {
            step_renew(m);
        } else if (what < 500) {
            step_hold(m);
        } else if (what < 560) {
            step_move(m);
        } else if (what < 600) {
            step_note(m);
        } else if (what < 603) {
            step_sweep(m, &s);
        } else if (what < 605) {
            step_compact(m);
        } else if (what < 610) {
            step_pin(m);
        } else if (what < 612) {
            model_check(m, 0);
        } else if (what < 850) {
            step_trimmed(m);
        }
        while (m->n_handle > most) {
            step_trimmed(m);
        }
    }
    while (m->t.pins) {
        fg_tape_unpin(&m->t);
    }
    model_check(m, 0);
    m->quiet = 1;
    step_compact(m);
    CHECK(m->echoes > 100 && m->n_note > 100);
    while (m->n_handle) {
        step_trimmed(m);
    }
    step_compact(m);
    CHECK(m->t.graph.n == 0 && m->t.n_free == m->t.n_handle && m->t.bytes == 0);
    fg_sweep_free(&s);
    fg_tape_free(&m->t);
    free(m);
}

static void test_random_operations_do_what_the_model_does(void)
{
    for (uint64_t seed = 1; seed <= 12; ++seed) {
        const long before = check_wrong;
        stress(seed);
        if (check_wrong > before) {
            printf("  seed %d\n", (int)seed);
        }
    }
}

int main(void)
{
    RUN(test_random_operations_do_what_the_model_does);
    return REPORT();
}

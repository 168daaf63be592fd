/* test_faults.c -- a script in which every allocation fails once: each call says so, nothing is
 * lost, and the rest of the script comes to the same result. */
#include "tapes.h"

enum { LARGE = 3 << 20, RESULTS = 8 };

typedef struct script {
    fg_tape t;
    fg_sweep s;
    payload p[8];
    double result[RESULTS];
    int failures; /* calls that said they had no memory */
} script;

/* A failed call has changed nothing that can be seen. */
static void check_tape(const fg_tape *t)
{
    size_t at, bytes = 0;
    CHECK_COUNT(fg_graph_check(&t->graph, &at), FG_OK);
    CHECK(t->graph.n <= t->cap && t->cap <= t->graph.cap);
    for (size_t i = 0; i < t->graph.n; ++i) {
        bytes += t->flag[i] & FG_ARRAY ? t->val[i].a->bytes : 0;
    }
    CHECK_COUNT(t->bytes, bytes);
    for (size_t h = 0; h < t->n_handle; ++h) {
        CHECK(!t->handle[h].owner || t->handle[h].node < (int32_t)t->graph.n);
    }
}

/* Whether to try again, now that there is memory. */
static int failed(script *c, int failure)
{
    if (failure) {
        fg_mem_fail_after(-1, 0);
        ++c->failures;
        check_tape(&c->t);
    }
    return failure;
}

/* A call, once more if it has no memory. */
#define TRY(call)                               \
    do {                                        \
        fg_status status = (call);              \
        if (failed(c, status == FG_E_MEMORY)) { \
            status = (call);                    \
        }                                       \
        CHECK_COUNT(status, FG_OK);             \
    } while (0)

static fg_cell new_array(script *c, double *data, payload *owner)
{
    const ptrdiff_t shape = 3, stride = 8;
    fg_array *a = fg_array_new(data, FG_F64, 1, &shape, &stride);
    if (failed(c, !a)) {
        a = fg_array_new(data, FG_F64, 1, &shape, &stride);
    }
    CHECK(a != NULL);
    a->owner = owner;
    return (fg_cell){.a = a};
}

/* As the functions of tapes.h, but with reservations that may fail. */
static int32_t new_leaf(script *c, double x)
{
    TRY(fg_tape_reserve(&c->t, 1, 0, 0));
    return leaf(&c->t, x);
}

static int32_t new_op(script *c, int op, int32_t a, int32_t b)
{
    TRY(fg_tape_reserve(&c->t, 1, 0, 0));
    return binary(&c->t, op, a, b);
}

static int32_t new_call(script *c, payload *p, int32_t a, int32_t b)
{
    TRY(fg_tape_reserve(&c->t, 1, 1, 2));
    return call(&c->t, p, a, b, 1.0);
}

/* sum over k of x[k]^2 c[k] through an array, and a CALL on top. */
static int32_t record(script *c, const int32_t *x, double *data, double *out)
{
    const int32_t k = leaf_cell(&c->t, new_array(c, data, &c->p[0]), 0, 1);
    const fg_cell packed = new_array(c, data, &c->p[1]);
    TRY(fg_tape_reserve(&c->t, 1, 1, 3));
    const int32_t p = wide(&c->t, FG_PACK, NULL, x, 3, packed, 1);
    int32_t node[2] = {node_of(&c->t, p), node_of(&c->t, p)};
    const fg_operand in[2] = {{packed.a, 0.0}, {packed.a, 0.0}};
    CHECK_COUNT(fg_kernel_value(FG_OP_multiply, 3, in, FG_F64, out), FG_OK);
    const fg_cell squares = new_array(c, out, &c->p[2]);
    TRY(fg_tape_reserve(&c->t, 2, 0, 0));
    node[0] = node[1] = node_of(&c->t, p);
    const int32_t pp = held(&c->t, fg_tape_append_op(&c->t, FG_OP_multiply, node, squares, 1));
    TRY(fg_tape_reserve(&c->t, 3, 0, 0));
    const int32_t e = item(&c->t, pp, 0, out[0]), f = item(&c->t, pp, 2, out[2]);
    const int32_t sum = new_op(c, FG_OP_add, e, f), top = new_call(c, &c->p[3], sum, sum);
    TRY(fg_tape_note(&c->t, node_of(&c->t, sum), &c->p[4], FG_HOOKED));
    TRY(fg_tape_note(&c->t, node_of(&c->t, e), &c->p[5], 0));
    TRY(fg_tape_note(&c->t, node_of(&c->t, top), &c->p[6], 0));
    fg_tape_drop(&c->t, k);
    fg_tape_drop(&c->t, p);
    fg_tape_drop(&c->t, pp);
    fg_tape_drop(&c->t, e);
    fg_tape_drop(&c->t, f);
    fg_tape_drop(&c->t, sum);
    return top;
}

/* A whole sweep; the rule of CALL passes 1.5 g to its operand. */
static fg_status sweep_all(script *c, int32_t root)
{
    fg_sweep *s = &c->s;
    int32_t at = 0, count, top = node_of(&c->t, root);
    fg_status status = fg_sweep_start(s, &c->t, top);
    if (status != FG_OK) {
        return status;
    }
    fg_tape_pin(&c->t);
    status = fg_sweep_add(s, top, 1.0, NULL);
    while (status == FG_OK && (status = fg_sweep_run(s, &at)) == FG_STOP) {
        status = FG_OK;
        if (s->at != at) {
            const int32_t operand = *fg_graph_operands(&c->t.graph, (size_t)at, &count);
            status = fg_sweep_add(s, operand, 1.5 * s->adj[at].s, NULL);
            fg_sweep_done(s, at);
        }
    }
    return status;
}

static void sweep(script *c, int32_t root, int forget)
{
    fg_status status = sweep_all(c, root);
    if (failed(c, status == FG_E_MEMORY)) {
        if (c->t.pins) { /* it had started */
            swept(&c->s, 0);
        }
        status = sweep_all(c, root);
    }
    CHECK_COUNT(status, FG_OK);
    for (int32_t k = 0; k < 3; ++k) {
        c->result[k] += c->s.adj[k].s * (c->s.mark[k] & FG_TOUCHED ? 1.0 : 0.0);
    }
    swept(&c->s, forget);
}

static void churn(script *c, const int32_t *x)
{
    int32_t last = new_leaf(c, 0.0);
    for (int k = 0; k < 3000; ++k) {
        const int32_t a = new_op(c, FG_OP_multiply, x[k % 3], last);
        const int32_t b = new_op(c, FG_OP_subtract, x[2], a);
        fg_tape_drop(&c->t, a);
        fg_tape_drop(&c->t, last);
        last = k % 100 ? b : x[0];
        if (last != b) {
            fg_tape_drop(&c->t, b);
            last = new_leaf(c, 0.25);
        }
    }
    c->result[3] += c->t.val[node_of(&c->t, last)].s;
    fg_tape_drop(&c->t, last);
}

static void run(script *c)
{
    double data[3] = {1.0, 2.0, 3.0}, out[3];
    memset(c, 0, sizeof *c);
    fg_tape_init(&c->t, release);
    fg_sweep_init(&c->s);
    int32_t x[3];
    for (int k = 0; k < 3; ++k) {
        x[k] = new_leaf(c, data[k]);
    }
    const int32_t f = record(c, x, data, out), g = new_op(c, FG_OP_multiply, f, x[1]);
    sweep(c, g, 0);
    churn(c, x);
    sweep(c, g, 1);
    TRY(fg_tape_reserve(&c->t, LARGE, 200, 1000));
    fg_tape_drop(&c->t, g); /* gives back the room again */
    fg_tape_drop(&c->t, f);
    CHECK(c->t.cap < LARGE);
    churn(c, x);
    TRY(fg_tape_compact(&c->t));
    c->result[4] = (double)c->t.graph.n;
    c->result[5] = (double)c->t.n_note;
    c->result[6] = (double)c->t.bytes;
    fg_sweep_free(&c->s);
    fg_tape_free(&c->t);
    for (int k = 0; k < 7; ++k) {
        CHECK_COUNT(c->p[k].released, 1);
    }
}

/* How many allocations the script makes when none fails. */
static long allocations(script *c)
{
    const long many = 100000;
    long left = 0;
    fg_mem_fail_after(many, 1);
    run(c);
    for (void *block; (block = fg_mem_zeros(1, 1)) != NULL; ++left) {
        fg_mem_free(block);
    }
    fg_mem_fail_after(-1, 0);
    CHECK_COUNT(c->failures, 0);
    return many - left;
}

static void test_after_any_failure_the_result_is_the_same(void)
{
    static script whole, broken;
    const long n = allocations(&whole);
    long failures = 0;
    CHECK_EQUAL(whole.result[0], 2.0 * 2.0 * 1.5 * 2.0); /* two sweeps; 1.5 x1 d(x0^2 + x2^2) */
    CHECK_EQUAL(whole.result[1], 2.0 * 1.0);
    CHECK_EQUAL(whole.result[4], 3.0);
    CHECK(n > 40);
    for (long k = 0; k < n; ++k) {
        for (int persistent = 0; persistent < 2; ++persistent) {
            const long live = fg_mem_live(), before = check_wrong;
            fg_mem_fail_after(k, persistent);
            run(&broken);
            fg_mem_fail_after(-1, 0);
            CHECK(memcmp(broken.result, whole.result, sizeof whole.result) == 0);
            CHECK_COUNT(fg_mem_live(), live);
            failures += broken.failures;
            if (check_wrong > before) {
                printf("  allocation %ld, persistent %d\n", k, persistent);
            }
        }
    }
    CHECK(failures > n); /* the others were of no consequence: less room, no compaction */
}

static void test_a_tape_without_memory_says_so(void)
{
    fg_tape t;
    fg_sweep s;
    fg_tape_init(&t, release);
    fg_sweep_init(&s);
    leaf(&t, 1.0);
    const double one = 1.0;
    const int32_t a = array_leaf(&t, (double *)&one, 1, NULL);
    CHECK_COUNT(fg_sweep_start(&s, &t, node_of(&t, a)), FG_OK);
    fg_mem_fail_after(0, 1);
    CHECK_COUNT(fg_sweep_add(&s, node_of(&t, a), 0.0, &one), FG_E_MEMORY);
    fg_sweep_end(&s, 0);
    fg_sweep_free(&s);
    CHECK_COUNT(fg_tape_reserve(&t, 1000, 0, 0), FG_E_MEMORY);
    CHECK_COUNT(fg_tape_reserve(&t, 0, 1, 0), FG_E_MEMORY);
    CHECK_COUNT(fg_tape_note(&t, 0, &t, 0), FG_E_MEMORY);
    CHECK_COUNT(fg_tape_compact(&t), FG_E_MEMORY);
    CHECK_COUNT(fg_sweep_start(&s, &t, 0), FG_E_MEMORY);
    CHECK_COUNT(fg_tape_reserve(&t, 1, 0, 0), FG_OK); /* there is room */
    fg_mem_fail_after(-1, 0);
    check_tape(&t);
    CHECK(t.flag[0] == FG_NEEDS && t.graph.n == 2);
    fg_tape_free(&t);
}

int main(void)
{
    RUN(test_after_any_failure_the_result_is_the_same);
    RUN(test_a_tape_without_memory_says_so);
    return REPORT();
}

/* test_graph_faults.c -- graphs, passes and plans in which every allocation fails once: each call
 * says so, nothing leaks, and after another try the results are the same. */
#include "rules.h"

enum { N_RESULTS = 12 };

static long failures; /* calls that said they had no memory */

/* Whether to try again, now that there is memory. */
static int failed(int32_t status)
{
    if (status != FG_E_MEMORY) {
        return 0;
    }
    fg_mem_fail_after(-1, 0);
    ++failures;
    return 1;
}

static int32_t node_of_status(const fg_func *f, int32_t node)
{
    size_t at;
    CHECK_COUNT(fg_graph_check(&f->graph, &at), FG_OK);
    CHECK(node >= 0);
    return node;
}

/* A call that returns a node or a status, once more if it has no memory. */
#define NODE(to, call)         \
    do {                       \
        to = (call);           \
        if (failed(to)) {      \
            to = (call);       \
        }                      \
        node_of_status(f, to); \
    } while (0)

#define TRY(call)                    \
    do {                             \
        fg_status status_ = (call);  \
        if (failed(status_)) {       \
            status_ = (call);        \
        }                            \
        CHECK_COUNT(status_, FG_OK); \
    } while (0)

typedef struct script {
    graph g;
    int32_t x, a, out, more; /* inputs, a scalar and an array output */
} script;

/* Some hundred nodes of each kind: x and a are inputs. */
static void build(script *c)
{
    static const double data[3] = {1.0, 2.0, 3.0};
    fg_func *f = &c->g.f;
    int32_t three, sum, node, packed, item;
    TRY(fg_func_init(f));
    const ptrdiff_t shape = 3;
    NODE(three, fg_func_type(f, FG_D_float64, 1, &shape));
    NODE(c->x, fg_func_input(f, FG_SCALAR));
    NODE(c->a, fg_func_input(f, three));
    sum = c->x;
    for (int k = 0; k < 40; ++k) {
        int32_t term, constant;
        NODE(term, fg_func_number(f, 0.5 + k / 16.0, FG_SCALAR));
        const int32_t x[2] = {c->x, term};
        NODE(term, fg_func_row(f, FG_OP_multiply, x, FG_SCALAR));
        const int32_t y[2] = {sum, term};
        NODE(sum, fg_func_row(f, FG_OP_add, y, FG_SCALAR));
        NODE(constant, fg_func_array(f, data, three));
        const int32_t z[3] = {sum, term, c->x};
        NODE(packed, fg_func_pack(f, z, 3, three));
        const int32_t u[2] = {packed, constant};
        NODE(node, fg_func_row(f, FG_OP_multiply, u, three));
        if (k % 8 == 0) {
            c->g.call[f->n_call] = (deed){k % 16 ? DO_ZERO : DO_REVERSE, 1};
            const int32_t from = node;
            NODE(node, fg_func_call(f, FG_CALL_OPAQUE, &from, 1, three));
        }
        NODE(item, fg_func_item(f, node, k % 3, FG_SCALAR));
        const int32_t v[3] = {item, sum, term};
        NODE(sum, fg_func_row(f, FG_OP_select, v, FG_SCALAR));
        const ptrdiff_t other[2] = {k, 3};
        NODE(item, fg_func_type(f, FG_D_float32, 2, other));
    }
    const int32_t w[2] = {c->a, node};
    NODE(c->more, fg_func_row(f, FG_OP_add, w, three));
    NODE(item, fg_func_item(f, c->more, 0, FG_SCALAR));
    const int32_t s[2] = {sum, item};
    NODE(c->out, fg_func_row(f, FG_OP_add, s, FG_SCALAR));
}

/* Both derivatives of out, as nodes of a copy; structural ops hand on what they get. */
static fg_status derive(const script *c, const fg_rules *r, graph *to, int32_t *adjoint,
                        int32_t *tangent)
{
    fg_diff d;
    int32_t at = -1;
    *to = c->g;
    fg_status status = fg_func_copy(&c->g.f, &to->f);
    if (status != FG_OK) {
        return status;
    }
    for (int pass = 0; pass < 2; ++pass) {
        status = fg_diff_init(&d, &to->f, r);
        if (status != FG_OK) {
            break;
        }
        d.active[c->x] = d.active[c->a] = 1;
        fg_diff_activate(&d);
        const int32_t one = fg_func_number(&to->f, 1.0, FG_SCALAR);
        status = one < 0 ? (fg_status)one : fg_diff_add(&d, pass ? c->x : c->out, one);
        while (status == FG_OK) {
            status = pass ? fg_diff_forward(&d, &at) : fg_diff_reverse(&d, &at);
            if (status != FG_STOP) {
                break;
            }
            const int32_t p = *fg_graph_operands(&to->f.graph, (size_t)at, &(int32_t){0});
            status = pass ? fg_diff_add(&d, at, d.with[p]) : fg_diff_add(&d, p, d.with[at]);
        }
        *(pass ? tangent : adjoint) = d.with[pass ? c->out : c->x];
        fg_diff_free(&d);
        if (status != FG_OK) {
            break;
        }
    }
    if (status != FG_OK) {
        graph_free(to);
    }
    return status;
}

static fg_status rules_again(fg_rules *r)
{
    const fg_status status = rules_by_hand(r);
    if (status != FG_OK) {
        fg_rules_free(r);
    }
    return status;
}

static fg_status plan_again(const graph *g, const int32_t *output, fg_program *p)
{
    const fg_status status = plan(g, 4, output, 0, NULL, p);
    CHECK(status == FG_OK || (!p->instr && !p->output && !p->init)); /* nothing is left */
    return status;
}

static void run(double *result)
{
    static script c;
    static graph d;
    fg_rules r;
    fg_program p;
    int32_t adjoint = 0, tangent = 0;
    TRY(rules_again(&r));
    build(&c);
    TRY(derive(&c, &r, &d, &adjoint, &tangent));
    const int32_t output[4] = {c.out, adjoint, tangent, c.more};
    TRY(plan_again(&d, output, &p));
    const double x = 0.375, a[3] = {2.0, 4.0, 8.0};
    double *w = workspace(&p, (const double *const[]){&x, a});
    size_t at, n = 0;
    CHECK_COUNT(fg_program_run(&p, w, &at), FG_OK);
    for (size_t k = 0; k < 4; ++k) {
        for (size_t j = 0; j < p.output[k].size; ++j) {
            result[n++] = w[(size_t)p.output[k].place + j];
        }
    }
    free(w);
    fg_program_free(&p);
    graph_free(&d);
    graph_free(&c.g);
    fg_rules_free(&r);
}

/* How many allocations the script makes when none fails. */
static long allocations(double *result)
{
    const long many = 100000;
    long left = 0;
    fg_mem_fail_after(many, 1);
    run(result);
    for (void *block; (block = fg_mem_zeros(1, 1)) != NULL; ++left) {
        fg_mem_free(block);
    }
    fg_mem_fail_after(-1, 0);
    CHECK_COUNT(failures, 0);
    return many - left;
}

static void test_after_any_failure_the_result_is_the_same(void)
{
    double whole[N_RESULTS] = {0.0}, broken[N_RESULTS] = {0.0};
    const long n = allocations(whole);
    CHECK(n > 60);
    CHECK(whole[0] > 1.0 && whole[1] > 1.0 && whole[2] > 1.0 && isfinite(whole[0]));
    for (long k = 0; k < n; ++k) {
        for (int persistent = 0; persistent < 2; ++persistent) {
            const long live = fg_mem_live(), before = check_wrong;
            fg_mem_fail_after(k, persistent);
            run(broken);
            fg_mem_fail_after(-1, 0);
            for (int m = 0; m < 6; ++m) {
                CHECK_SAME(broken[m], whole[m]);
            }
            CHECK_COUNT(fg_mem_live(), live);
            if (check_wrong > before) {
                printf("  allocation %ld, persistent %d\n", k, persistent);
            }
        }
    }
    CHECK(failures > n); /* the others were of no consequence: nodes that are not shared */
}

/* The derivative of x y + p0 p2, p = [x, y, x]**2, by x, in a graph with room for few more nodes. */
static fg_status derivative_with_room(const fg_rules *r, int room, int backwards, long fails_after,
                                      int persistent)
{
    graph g;
    graph_init(&g);
    fg_func *f = &g.f;
    const int32_t x = input(f), y = input(f), one = number(f, 1.0);
    const int32_t three = array_type(f, FG_D_float64, 3), parts[3] = {x, y, x};
    const int32_t packed = node_checked(fg_func_pack(f, parts, 3, three));
    const int32_t p = row_of(f, FG_OP_square, three, packed, packed, packed);
    const int32_t e0 = node_checked(fg_func_item(f, p, 0, FG_SCALAR));
    const int32_t e2 = node_checked(fg_func_item(f, p, 2, FG_SCALAR));
    const int32_t xy = row(f, FG_OP_multiply, x, y), ee = row(f, FG_OP_multiply, e0, e2);
    const int32_t out = row(f, FG_OP_add, xy, ee);
    while (f->graph.n + (size_t)room != f->graph.cap) {
        input(f);
    }
    int32_t to = -1;
    size_t at;
    fg_mem_fail_after(fails_after, persistent);
    const fg_status status =
        backwards ? reverse(f, r, out, 1, &x, &to) : forward(f, r, 1, &x, &one, out, &to);
    fg_mem_fail_after(-1, 0);
    if (status == FG_OK) { /* then it is whole: a sum */
        CHECK(to >= 0 && f->graph.op[to] == FG_OP_add);
        CHECK_COUNT(fg_graph_check(&f->graph, &at), FG_OK);
    } else {
        CHECK_COUNT(status, FG_E_MEMORY);
    }
    graph_free(&g);
    return status;
}

static void test_a_pass_that_has_no_memory_for_any_one_node_says_so(void)
{
    fg_rules r;
    CHECK_COUNT(rules_by_hand(&r), FG_OK);
    for (int backwards = 0; backwards < 2; ++backwards) {
        for (int room = 0; room < 40; ++room) {
            long n = 0;
            while (derivative_with_room(&r, room, backwards, n, 1) != FG_OK) {
                derivative_with_room(&r, room, backwards, n, 0);
                ++n;
            }
            CHECK(n >= 4); /* three arrays of the pass, and one of its own at least */
        }
    }
    fg_rules_free(&r);
}

static void test_without_memory_nodes_are_not_shared_but_right(void)
{
    graph g;
    graph_init(&g);
    fg_func *f = &g.f;
    const int32_t x = input(f), y = input(f);
    CHECK_COUNT(fg_graph_reserve(&f->graph, 100, 0, 0), FG_OK);
    const int32_t more = input(f); /* its arrays have grown along */
    fg_func_settle(f);
    fg_mem_fail_after(0, 1);
    const int32_t a = row(f, FG_OP_add, x, y), b = row(f, FG_OP_add, x, y);
    fg_mem_fail_after(-1, 0);
    CHECK(a != b && more < a);
    const int32_t c = row(f, FG_OP_add, x, y); /* one of them is found again */
    CHECK(c == a || c == b);
    const double in[3] = {1.0, 2.0, 0.0};
    CHECK_EQUAL(value_at(&g, b, in), 3.0);
    graph_free(&g);
}

static void test_a_graph_without_memory_is_as_it_was(void)
{
    graph g;
    graph_init(&g);
    fg_func *f = &g.f, copy;
    fg_rules r;
    fg_diff d;
    const ptrdiff_t shape[2] = {5, 7};
    const double item = 1.0;
    for (int k = 0; k < 100; ++k) { /* until rooms are full */
        input(f);
    }
    while (f->graph.n < f->graph.cap || f->graph.n < f->cap) {
        input(f);
    }
    const size_t n = f->graph.n;
    fg_rules_init(&r);
    fg_mem_fail_after(0, 1);
    const int32_t x[3] = {0, 1, 2};
    CHECK_COUNT(fg_func_input(f, FG_SCALAR), FG_E_MEMORY);
    CHECK_COUNT(fg_func_number(f, 2.5, FG_SCALAR), FG_E_MEMORY);
    CHECK_COUNT(fg_func_array(f, &item, FG_SCALAR), FG_E_MEMORY);
    CHECK_COUNT(fg_func_row(f, FG_OP_add, x, FG_SCALAR), FG_E_MEMORY);
    CHECK_COUNT(fg_func_row(f, FG_OP_select, x, FG_SCALAR), FG_E_MEMORY);
    CHECK_COUNT(fg_func_item(f, 0, 0, FG_TRUTH), FG_E_MEMORY);
    CHECK_COUNT(fg_func_pack(f, x, 3, FG_SCALAR), FG_E_MEMORY);
    CHECK_COUNT(fg_func_call(f, FG_CALL_SAME, x, 1, FG_SCALAR), FG_E_MEMORY);
    CHECK_COUNT(fg_func_type(f, FG_D_float64, 2, shape), FG_E_MEMORY);
    CHECK_COUNT(fg_func_copy(f, &copy), FG_E_MEMORY);
    CHECK_COUNT(fg_diff_init(&d, f, &r), FG_E_MEMORY);
    CHECK_COUNT(fg_rules_number(&r, 1.0), FG_REF_NONE);
    CHECK_COUNT(fg_rules_add(&r, FG_OP_sin, 0, &(fg_step){FG_OP_cos, {X, 0, 0}}, 1, 0),
                FG_E_MEMORY);
    CHECK_COUNT(fg_func_init(&copy), FG_E_MEMORY);
    fg_func_free(&copy);
    fg_mem_fail_after(-1, 0);
    CHECK_COUNT(f->graph.n, n);
    CHECK(f->n_input == n && !f->n_number && !f->n_array && !f->n_call && f->n_type == 2);
    CHECK_COUNT(input(f), n);
    CHECK_COUNT(number(f, 2.5), n + 1);
    graph_free(&g);
    fg_rules_free(&r);
}

int main(void)
{
    RUN(test_after_any_failure_the_result_is_the_same);
    RUN(test_a_pass_that_has_no_memory_for_any_one_node_says_so);
    RUN(test_without_memory_nodes_are_not_shared_but_right);
    RUN(test_a_graph_without_memory_is_as_it_was);
    return REPORT();
}

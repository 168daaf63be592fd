/* test_plan.c -- planned programs compute what an interpreter computes, in memory used again. */
#include "random_graphs.h"

static long seen[FG_I_N_OPS]; /* instructions */

static void count_instructions(const fg_program *p)
{
    for (size_t k = 0; k < p->n_instr; ++k) {
        ++seen[p->instr[k].op];
    }
    for (size_t k = 0; k < p->n_tile_instr; ++k) {
        ++seen[p->tile_instr[k].op];
    }
}

static int32_t any_node(const drawn *d)
{
    return (int32_t)draw_below(d->g.f.graph.n);
}

static void test_random_graphs_give_what_the_interpreter_gives(void)
{
    static drawn d;
    for (int round = 0; round < 1500; ++round) {
        draw_seed((uint64_t)round);
        draw_graph(&d, 20 + (int)draw_below(200), round % 3);
        double buffer[16];
        const double *in[7];
        draw_point(buffer, in, round % 4 == 0);
        int32_t output[6];
        const size_t n = 1 + draw_below(6), last = d.g.f.graph.n - 1;
        for (size_t k = 0; k < n; ++k) {
            output[k] = k ? any_node(&d) : (int32_t)last;
        }
        const long before = check_wrong;
        check_program(&d.g, n, output, in);
        if (check_wrong > before) {
            printf("  round %d\n", round);
        }
        fg_program p;
        CHECK_COUNT(plan(&d.g, n, output, 0, NULL, &p), FG_OK);
        count_instructions(&p);
        CHECK(fg_program_bytes(&p) >= p.n_instr * sizeof *p.instr);
        for (size_t k = 0; k < p.n_instr; ++k) {
            CHECK(p.node[k] >= 0 && p.node[k] <= (int32_t)last);
        }
        fg_program_free(&p);
        graph_free(&d.g);
    }
    for (int op = FG_N_OPS; op < FG_I_END; ++op) {
        CHECK(seen[op] > 0 || op == FG_I_GUARD || op == FG_I_LOOK);
    }
    int pairs = 0;
    for (int op = FG_I_END + 1; op < FG_I_N_OPS; ++op) {
        pairs += seen[op] > 0;
    }
    CHECK(pairs > 100);
}

/* ----- sums ----- */

static const int sum_ops[2] = {FG_OP_add, FG_OP_subtract};
/* A value, and what is joined: products, squares among them, and masked ones. */
enum { N_KINDS = 4 };
static const int term_ops[N_KINDS] = {FG_OP_sin, FG_OP_multiply, FG_OP_masked_multiply,
                                      FG_OP_square};

static size_t instructions(const graph *g, int32_t output)
{
    fg_program p;
    CHECK_COUNT(plan(g, 1, &output, 0, NULL, &p), FG_OK);
    const size_t n = p.n_instr;
    fg_program_free(&p);
    return n;
}

static void test_two_terms_of_every_kind_join(void)
{
    enum { ADD = FG_OP_add, SUB = FG_OP_subtract };
    enum { MA = FG_I_MULADD, KA = FG_I_MASKADD, SM = FG_I_SUBMUL, SK = FG_I_SUBMASK };
    enum { MS = FG_I_MULSUB, KS = FG_I_MASKSUB };
    /* by kind of the left term, of the right term */
    static const int add_op[N_KINDS][N_KINDS] = {
        {ADD, MA, KA, MA}, {MA, MA, KA, MA}, {KA, MA, KA, MA}, {MA, MA, KA, MA}};
    static const int sub_op[N_KINDS][N_KINDS] = {
        {SUB, SM, SK, SM}, {MS, SM, SK, SM}, {KS, SM, SK, SM}, {MS, SM, SK, SM}};
    for (int m = 0; m < 2 * N_KINDS * N_KINDS; ++m) {
        const int a = m % N_KINDS, b = m / N_KINDS % N_KINDS, minus = m / (N_KINDS * N_KINDS);
        graph g;
        graph_init(&g);
        int32_t x[4];
        for (int k = 0; k < 4; ++k) {
            x[k] = input(&g.f);
        }
        const int32_t left = row(&g.f, term_ops[a], x[0], x[1]);
        const int32_t right = row(&g.f, term_ops[b], x[2], x[3]);
        const int32_t sum = row(&g.f, sum_ops[minus], left, right);
        fg_program p;
        CHECK_COUNT(plan(&g, 1, &sum, 0, NULL, &p), FG_OK);
        if (a && b) { /* the first product becomes one with the sum that takes the second along */
            CHECK(p.n_instr == 1 && p.instr[0].op > FG_I_END);
        } else {
            CHECK_COUNT(p.instr[p.n_instr - 1].op, (minus ? sub_op : add_op)[a][b]);
            CHECK_COUNT(p.n_instr, 3 - (a || b));
        }
        CHECK_COUNT(p.node[p.n_instr - 1], sum);
        fg_program_free(&p);
        for (int round = 0; round < 20; ++round) {
            static const double odd[] = {0.0, -0.0, INFINITY, NAN, 1.0, -3.0, 0.1};
            double in[4];
            for (int k = 0; k < 4; ++k) {
                in[k] = odd[draw_below(7)];
            }
            check_program(&g, 1, &sum, (const double *const[]){in, in + 1, in + 2, in + 3});
        }
        graph_free(&g);
    }
}

/* A chain of n terms, of one kind or of all; the sum so far stands left or, in additions, right. */
static int32_t chain(graph *g, int n, int kinds, const int32_t *x)
{
    fg_func *f = &g->f;
    int32_t sum = row(f, FG_OP_exp, x[0], x[0]);
    for (int k = 0; k < n; ++k) {
        const int kind = kinds < N_KINDS ? kinds : (int)draw_below(N_KINDS);
        const int32_t a = row(f, FG_OP_multiply, x[k % 8], number(f, 1.0 / (k + 2)));
        const int32_t term = kind ? row(f, term_ops[kind], a, x[draw_below(8)]) : a;
        const int minus = draw_below(3) == 0, right = !minus && draw_below(4) == 0;
        sum = row(f, sum_ops[minus], right ? term : sum, right ? sum : term);
    }
    return sum;
}

static void test_chains_of_any_length_keep_their_order(void)
{
    static const int lengths[] = {1, 2, 3, 4, 7, 20, 170, 600, 3000};
    draw_seed(5);
    for (int m = 0; m < 9 * (N_KINDS + 1); ++m) {
        graph g;
        graph_init(&g);
        int32_t x[8];
        double point[8];
        const double *in[8];
        for (int k = 0; k < 8; ++k) {
            x[k] = input(&g.f);
            point[k] = draw_between(-1.0, 1.0) * pow(10.0, draw_between(-8.0, 8.0));
            in[k] = point + k;
        }
        const int n = lengths[m / (N_KINDS + 1)];
        const int32_t sum = chain(&g, n, m % (N_KINDS + 1), x);
        check_program(&g, 1, &sum, in);
        if (n > 100 &&
            m % (N_KINDS + 1) == 0) { /* the products are joined, all of a window in one */
            CHECK(instructions(&g, sum) < 5 + 20 * (size_t)n / 100);
        }
        graph_free(&g);
    }
}

static void test_what_is_read_elsewhere_is_not_joined(void)
{
    graph g;
    graph_init(&g);
    fg_func *f = &g.f;
    const double in[3] = {2.0, 3.0, 5.0};
    const double *const at[3] = {in, in + 1, in + 2};
    const int32_t x = input(f), y = input(f), z = input(f);
    const int32_t product = row(f, FG_OP_multiply, x, y), sum = row(f, FG_OP_add, product, z);
    const int32_t sine = row(f, FG_OP_sin, product, product);
    const int32_t outputs[] = {sum, sine, product};
    CHECK_COUNT(instructions(&g, sum), 1);
    check_program(&g, 1, outputs, at);
    check_program(&g, 2, outputs, at);
    check_program(&g, 3, outputs, at);
    const int32_t both[] = {sum, product};
    check_program(&g, 2, both, at);
    const int32_t twice = row(f, FG_OP_add, product, product);
    const int32_t none = row(f, FG_OP_subtract, product, product);
    const int32_t more = row(f, FG_OP_add, row(f, FG_OP_add, sum, x), sum);
    const int32_t far = row(f, FG_OP_add, row(f, FG_OP_add, twice, none), more);
    check_program(&g, 1, &far, at);
    const int32_t square = row(f, FG_OP_add, z, row(f, FG_OP_multiply, x, x));
    check_program(&g, 1, &square, at);
    graph_free(&g);
}

/* ----- memory ----- */

static size_t slots(const graph *g, size_t n, const int32_t *output)
{
    fg_program p;
    CHECK_COUNT(plan(g, n, output, 0, NULL, &p), FG_OK);
    const size_t size = p.scratch;
    fg_program_free(&p);
    return size;
}

static void test_a_long_chain_needs_little_memory(void)
{
    graph g;
    graph_init(&g);
    fg_func *f = &g.f;
    int32_t x = input(f), first = x;
    for (int k = 0; k < 20000; ++k) {
        x = row(f, k % 3 ? FG_OP_sin : FG_OP_hypot, x, first);
    }
    CHECK(slots(&g, 1, &x) < 5);
    const int32_t type = array_type(f, FG_D_float64, 100);
    int32_t a = node_checked(fg_func_input(f, type));
    for (int k = 0; k < 100; ++k) {
        a = row_of(f, FG_OP_sin, type, a, a, a);
        a = deed_of(&g, k % 2 ? DO_REVERSE : DO_ZERO, k % 100, &a, 1, type);
        a = deed_of(&g, DO_PART, 0, &a, 1, type); /* an alias keeps nothing alive */
    }
    CHECK(slots(&g, 1, &a) <= 1 + 4 * 100);
    graph_free(&g);
}

static void test_blocks_of_many_sizes_are_given_back(void)
{
    graph g;
    graph_init(&g);
    fg_func *f = &g.f;
    int32_t type[20], a[20];
    double data[400];
    const double *in[20];
    for (int k = 0; k < 400; ++k) {
        data[k] = sin(k);
    }
    for (int k = 0; k < 20; ++k) {
        type[k] = array_type(f, FG_D_float64, 1 + k * k);
        a[k] = node_checked(fg_func_input(f, type[k]));
        in[k] = data;
    }
    draw_seed(8);
    for (int k = 0; k < 3000; ++k) {
        const size_t s = draw_below(20);
        a[s] = row_of(f, k % 2 ? FG_OP_add : FG_OP_cos, type[s], a[s], a[s], a[s]);
    }
    check_program(&g, 20, a, in);
    CHECK(slots(&g, 20, a) < 3 * 2500 + 10000);
    graph_free(&g);
}

/* Where the result of the one INTO op of a graph stands: that of operand 0, or its own. */
static int is_in_place(const graph *g, size_t n, const int32_t *output, size_t n_guard,
                       const fg_guard *guard)
{
    fg_program p;
    int copies = 0, fills = 0;
    CHECK_COUNT(plan(g, n, output, n_guard, guard, &p), FG_OK);
    for (size_t k = 0; k < p.n_instr; ++k) {
        copies += p.instr[k].op == FG_I_KERNEL && p.instr[k].c == FG_K_copy;
        fills += p.instr[k].op == FG_I_KERNEL && p.instr[k].c == FG_K_fill;
    }
    CHECK_COUNT(fills, 1);
    fg_program_free(&p);
    return !copies;
}

static void test_an_array_is_changed_in_place_only_if_nobody_reads_it_any_more(void)
{
    for (int m = 0; m < 10; ++m) {
        graph g;
        graph_init(&g);
        fg_func *f = &g.f;
        static const double data[3] = {1.0, 2.0, 3.0};
        const int32_t type = array_type(f, FG_D_float64, 3), in = fg_func_input(f, type);
        const int32_t constant = node_checked(fg_func_array(f, data, type));
        int32_t a = row_of(f, FG_OP_sin, type, in, in, in), outputs[2];
        const int32_t part = m == 5 ? deed_of(&g, DO_PART, 0, &a, 1, type) : a;
        const int32_t from = m == 1 ? in : m == 2 ? constant : m == 6 ? part : a;
        fg_guard guard = {a, constant};
        outputs[0] = deed_of(&g, DO_ZERO, 1, &from, 1, type);
        outputs[1] = outputs[0];
        if (m == 3) { /* an output itself */
            outputs[1] = a;
        } else if (m == 4) { /* read afterwards, but the region of sin computes that along */
            outputs[1] = row_of(f, FG_OP_cos, type, a, a, a);
        } else if (m == 5) { /* through an alias */
            outputs[1] = row_of(f, FG_OP_cos, type, part, part, part);
        } else if (m == 7) { /* an element of it */
            outputs[1] = node_checked(fg_func_item(f, a, 1, FG_SCALAR));
        } else if (m == 8) { /* read before */
            outputs[1] = row_of(f, FG_OP_cos, type, a, a, a);
            outputs[0] = deed_of(&g, DO_ZERO, 2, &a, 1, type);
        }
        const int expected = m == 0 || m == 4 || m == 6 || m == 8 || m == 9;
        CHECK_COUNT(is_in_place(&g, 2, outputs, m == 9, &guard), expected);
        const double items[3] = {0.5, 1.5, 2.5};
        check_program(&g, 2, outputs, (const double *const[]){items});
        graph_free(&g);
    }
}

static void test_what_is_put_into_itself_is_copied_first(void)
{
    graph g;
    graph_init(&g);
    fg_func *f = &g.f;
    const int32_t type = array_type(f, FG_D_float64, 4), in = fg_func_input(f, type);
    const int32_t a = row_of(f, FG_OP_exp, type, in, in, in);
    const int32_t half = deed_of(&g, DO_PART, 0, &a, 1, array_type(f, FG_D_float64, 2));
    const int32_t x[] = {a, half}, b = deed_of(&g, DO_PUT, 1, x, 2, type);
    const int32_t y[] = {b, b}, c = deed_of(&g, DO_PUT, 0, y, 2, type);
    const double items[4] = {0.5, 1.5, 2.5, -1.0};
    check_program(&g, 1, &c, (const double *const[]){items});
    graph_free(&g);
}

/* ----- outputs ----- */

static void test_anything_may_be_an_output(void)
{
    graph g;
    graph_init(&g);
    fg_func *f = &g.f;
    static const double data[3] = {1.0, 2.0, 3.0};
    const int32_t three = array_type(f, FG_D_float64, 3), none = array_type(f, FG_D_float64, 0);
    const int32_t x = input(f), a = node_checked(fg_func_input(f, three));
    const int32_t c = node_checked(fg_func_array(f, data, three)), five = number(f, 5.0);
    const int32_t s = row(f, FG_OP_sin, x, x), t = row(f, FG_OP_cos, s, s);
    const int32_t xs[] = {s, t, s}, ys[] = {five, s, x};
    const int32_t p = node_checked(fg_func_pack(f, xs, 3, three));
    const int32_t q = node_checked(fg_func_pack(f, ys, 3, three));
    const int32_t r = row_of(f, FG_OP_add, three, p, a, a);
    const int32_t part = deed_of(&g, DO_PART, 1, &c, 1, array_type(f, FG_D_float64, 2));
    const int32_t late = deed_of(&g, DO_PART, 1, &r, 1, array_type(f, FG_D_float64, 2));
    const int32_t empty = node_checked(fg_func_pack(f, NULL, 0, none));
    const int32_t nothing = row_of(f, FG_OP_exp, none, empty, empty, empty);
    const int32_t e = node_checked(fg_func_item(f, a, 2, FG_SCALAR));
    const int32_t all[] = {x, a, c, five, p, q, p, part, late, nothing, e, s, t, t, x, r};
    const double in = 0.75, items[3] = {7.0, 8.0, 9.0};
    const double *const at[] = {&in, items};
    for (size_t n = 0; n <= sizeof all / sizeof *all; ++n) {
        check_program(&g, n, all, at);
    }
    for (size_t k = 0; k < sizeof all / sizeof *all; ++k) {
        check_program(&g, 1, &all[k], at);
    }
    graph_free(&g);
}

static void test_elements_of_an_output_are_computed_where_they_belong(void)
{
    graph g;
    graph_init(&g);
    fg_func *f = &g.f;
    int32_t xs[50];
    xs[0] = row(f, FG_OP_sin, input(f), 0);
    for (int k = 1; k < 50; ++k) {
        xs[k] = row(f, FG_OP_hypot, xs[k - 1], 0);
    }
    const int32_t p = node_checked(fg_func_pack(f, xs, 50, array_type(f, FG_D_float64, 50)));
    CHECK_COUNT(instructions(&g, p), 50);
    const double in = 2.0;
    check_program(&g, 1, &p, (const double *const[]){&in});
    graph_free(&g);
}

static void test_rows_of_integers_read_arrays_and_numbers(void)
{
    graph g;
    graph_init(&g);
    fg_func *f = &g.f;
    const int32_t type = array_type(f, FG_D_int64, 5);
    const int32_t a = node_checked(fg_func_input(f, type)),
                  b = node_checked(fg_func_input(f, type));
    const int32_t three = number(f, 3.0), five = number(f, 5.0);
    const int32_t outputs[] = {
        row_of(f, FG_OP_add, type, a, three, a),    row_of(f, FG_OP_subtract, type, five, a, a),
        row_of(f, FG_OP_multiply, type, a, b, a),   row_of(f, FG_OP_negative, type, b, b, b),
        row_of(f, FG_OP_clip, type, a, five, b),    row_of(f, FG_OP_clip, type, three, b, a),
        row_of(f, FG_OP_select, type, b, a, three),
    };
    const double x[5] = {-7.0, 2.0, 0.0, 9.0, 1e6}, y[5] = {4.0, -1.0, 0.0, 8.0, 5.0};
    check_program(&g, sizeof outputs / sizeof *outputs, outputs, (const double *const[]){x, y});
    graph_free(&g);
}

static void test_an_empty_graph_is_a_program(void)
{
    graph g;
    graph_init(&g);
    fg_program p;
    CHECK_COUNT(plan(&g, 0, NULL, 0, NULL, &p), FG_OK);
    CHECK(p.n_instr == 0 && p.n_w == 0 && p.scalar);
    fg_program_free(&p);
    graph_free(&g);
}

/* ----- limits ----- */

static void test_what_does_not_fit_a_workspace_is_refused(void)
{
    graph g;
    graph_init(&g);
    fg_func *f = &g.f;
    fg_program p;
    const int32_t half = array_type(f, FG_D_float64, 1 << 30);
    const int32_t third = array_type(f, FG_D_float64, 400000000);
    const int32_t most = array_type(f, FG_D_float64, INT32_MAX);
    const int32_t a = node_checked(fg_func_input(f, third));
    const int32_t b = row_of(f, FG_OP_sin, third, a, a, a);
    const int32_t c = row_of(f, FG_OP_add, third, a, b, b), all[] = {a, b, c};
    CHECK_COUNT(plan(&g, 2, all, 0, NULL, &p), FG_OK);
    CHECK_COUNT(p.scratch, 800000000);
    fg_program_free(&p);
    CHECK_COUNT(plan(&g, 3, all, 0, NULL, &p), FG_E_FULL);
    const double one = 1.0;
    const int32_t large = node_checked(fg_func_array(f, &one, most));
    CHECK_COUNT(plan(&g, 1, &large, 0, NULL, &p), FG_E_FULL);
    const int32_t copies = deed_of(&g, DO_SPLAT, 0, &(int32_t){number(f, 1.0)}, 1, half);
    CHECK_COUNT(plan(&g, 1, &copies, 0, NULL, &p), FG_E_FULL);
    node_checked(fg_func_input(f, half));
    CHECK_COUNT(plan(&g, 0, NULL, 0, NULL, &p), FG_E_FULL);
    graph_free(&g);
}

int main(void)
{
    RUN(test_random_graphs_give_what_the_interpreter_gives);
    RUN(test_two_terms_of_every_kind_join);
    RUN(test_chains_of_any_length_keep_their_order);
    RUN(test_what_is_read_elsewhere_is_not_joined);
    RUN(test_a_long_chain_needs_little_memory);
    RUN(test_blocks_of_many_sizes_are_given_back);
    RUN(test_an_array_is_changed_in_place_only_if_nobody_reads_it_any_more);
    RUN(test_what_is_put_into_itself_is_copied_first);
    RUN(test_anything_may_be_an_output);
    RUN(test_elements_of_an_output_are_computed_where_they_belong);
    RUN(test_rows_of_integers_read_arrays_and_numbers);
    RUN(test_an_empty_graph_is_a_program);
    RUN(test_what_does_not_fit_a_workspace_is_refused);
    return REPORT();
}

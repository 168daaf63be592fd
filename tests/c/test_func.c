/* test_func.c -- graphs of functions: sharing, types, elements, copies, growth. */
#include "draw.h"
#include "funcs.h"

static void test_equal_nodes_are_one(void)
{
    graph g;
    graph_init(&g);
    fg_func *f = &g.f;
    const int32_t x = input(f), y = input(f), z = input(f);
    CHECK(x != y);
    CHECK_COUNT(row(f, FG_OP_multiply, x, y), row(f, FG_OP_multiply, x, y));
    CHECK_COUNT(row(f, FG_OP_multiply, x, y), row(f, FG_OP_multiply, y, x));
    CHECK(row(f, FG_OP_subtract, x, y) != row(f, FG_OP_subtract, y, x));
    CHECK_COUNT(row(f, FG_OP_multiply, x, y), row(f, FG_OP_multiply, y, x));
    CHECK_COUNT(row(f, FG_OP_multiply, x, number(f, 3.0)),
                row(f, FG_OP_multiply, number(f, 3.0), x));
    CHECK(row(f, FG_OP_sin, x, x) != row(f, FG_OP_cos, x, x));
    CHECK_COUNT(row_of(f, FG_OP_clip, FG_SCALAR, x, y, z),
                row_of(f, FG_OP_clip, FG_SCALAR, x, y, z));
    CHECK(row_of(f, FG_OP_clip, FG_SCALAR, x, y, z) != row_of(f, FG_OP_clip, FG_SCALAR, x, z, y));
    const int32_t single = node_checked(fg_func_type(f, FG_D_float32, 0, NULL));
    CHECK(row(f, FG_OP_sin, x, x) != row_of(f, FG_OP_sin, single, x, x, x));
    const int32_t three = array_type(f, FG_D_float64, 3), xs[] = {x, y, x}, ys[] = {x, y, y};
    CHECK_COUNT(fg_func_pack(f, xs, 3, three), fg_func_pack(f, xs, 3, three));
    CHECK(fg_func_pack(f, xs, 3, three) != fg_func_pack(f, ys, 3, three));
    CHECK_COUNT(fg_func_pack(f, NULL, 0, array_type(f, FG_D_float64, 0)),
                fg_func_pack(f, NULL, 0, array_type(f, FG_D_float64, 0)));
    const int32_t a = node_checked(fg_func_input(f, three));
    CHECK_COUNT(fg_func_item(f, a, 1, FG_SCALAR), fg_func_item(f, a, 1, FG_SCALAR));
    CHECK(fg_func_item(f, a, 1, FG_SCALAR) != fg_func_item(f, a, 2, FG_SCALAR));
    CHECK(deed_of(&g, DO_REVERSE, 0, &a, 1, three) != deed_of(&g, DO_REVERSE, 0, &a, 1, three));
    const double data[3] = {1.0, 2.0, 3.0};
    CHECK(fg_func_array(f, data, three) != fg_func_array(f, data, three));
    graph_free(&g);
}

static void test_numbers_are_shared_by_their_bits(void)
{
    graph g;
    graph_init(&g);
    CHECK_COUNT(number(&g.f, 2.5), number(&g.f, 2.5));
    CHECK_COUNT(number(&g.f, NAN), number(&g.f, NAN));
    CHECK(number(&g.f, 0.0) != number(&g.f, -0.0));
    CHECK(number(&g.f, 1.0) != fg_func_number(&g.f, 1.0, FG_TRUTH));
    CHECK_COUNT(g.f.n_number, 6); /* the number 1 of two types */
    double v = 0.0;
    CHECK(fg_func_is_number(&g.f, number(&g.f, -0.0), &v) && v == 0.0 && signbit(v));
    CHECK(!fg_func_is_number(&g.f, input(&g.f), &v));
    graph_free(&g);
}

static void test_many_numbers_are_told_apart(void)
{
    graph g;
    graph_init(&g);
    for (int pass = 0; pass < 2; ++pass) {
        for (int k = 0; k < 4096;
             ++k) { /* their bits differ in the highest only, or in the lowest */
            CHECK_COUNT(number(&g.f, k < 2000 ? ldexp(1.0, k - 1000) : 1.0 + k * 0x1p-52), k);
        }
    }
    CHECK_COUNT(g.f.graph.n, 4096);
    graph_free(&g);
}

static void test_nodes_whose_hashes_agree_are_told_apart(void)
{
    enum { N = 200 };
    graph g;
    graph_init(&g);
    fg_func *f = &g.f;
    for (int k = 0; k < N; ++k) {
        input(f);
    }
    CHECK(number(f, 1.0 / 1454045.0) != number(f, 1.0 / 2809107.0));
    /* The first takes the slot at which the last is looked for, whose tag the second has. */
    static const int32_t x[3][3] = {{2, 19, 0}, {137, 95, 58}, {158, 97, 33}};
    int32_t node[3];
    for (int k = 0; k < 3; ++k) {
        node[k] = node_checked(fg_func_pack(f, x[k], 3, array_type(f, FG_D_float64, 3)));
    }
    CHECK(node[0] != node[1] && node[1] != node[2]);
    graph_free(&g);
}

static void test_a_type_is_found_again_while_the_table_grows(void)
{
    graph g;
    graph_init(&g);
    fg_func *f = &g.f;
    ptrdiff_t shape[3] = {2, 3, 0};
    int32_t last = node_checked(fg_func_type(f, FG_D_float64, 3, shape));
    for (int k = 1; k < 500; ++k) {
        /* the shape that is asked for stands in the memory that grows */
        const int32_t same = fg_func_type(f, FG_D_int64, 3, f->dim + f->types[last].first);
        CHECK_COUNT(f->types[same].ndim, 3);
        CHECK(!memcmp(f->dim + f->types[same].first, shape, sizeof shape));
        CHECK_COUNT(f->types[same].size, 6 * (k - 1));
        shape[2] = k;
        last = node_checked(fg_func_type(f, FG_D_float64, 3, shape));
    }
    CHECK_COUNT(f->n_type, 2 + 500 + 499);
    for (int k = 0; k < 500; ++k) {
        shape[2] = k;
        const int32_t type = fg_func_type(f, FG_D_float64, 3, shape);
        CHECK(type >= 0 && type < (int32_t)f->n_type && f->types[type].dtype == FG_D_float64);
    }
    CHECK_COUNT(f->n_type, 2 + 500 + 499);
    CHECK_COUNT(fg_func_type(f, FG_D_float64, 0, NULL), FG_SCALAR);
    CHECK_COUNT(fg_func_type(f, FG_D_bool, 0, NULL), FG_TRUTH);
    graph_free(&g);
}

static void test_shapes_beyond_the_limits_are_refused(void)
{
    graph g;
    graph_init(&g);
    const ptrdiff_t negative[] = {3, -1}, large[] = {1 << 20, 1 << 20}, most[] = {INT32_MAX};
    ptrdiff_t ones[FG_MAX_NDIM + 1];
    for (int k = 0; k <= FG_MAX_NDIM; ++k) {
        ones[k] = 1;
    }
    CHECK_COUNT(fg_func_type(&g.f, FG_D_float64, 2, negative), FG_E_FULL);
    CHECK_COUNT(fg_func_type(&g.f, FG_D_float64, 2, large), FG_E_FULL);
    CHECK_COUNT(fg_func_type(&g.f, FG_D_float64, FG_MAX_NDIM + 1, ones), FG_E_FULL);
    CHECK_COUNT(fg_func_type(&g.f, FG_D_float64, -1, ones), FG_E_FULL);
    CHECK_COUNT(g.f.n_type, 2);
    CHECK(fg_func_type(&g.f, FG_D_float64, FG_MAX_NDIM, ones) >= 0);
    CHECK(fg_func_type(&g.f, FG_D_float64, 1, most) >= 0);
    graph_free(&g);
}

static void test_elements_are_found_where_they_come_from(void)
{
    graph g;
    graph_init(&g);
    fg_func *f = &g.f;
    const int32_t x = input(f), y = input(f), three = array_type(f, FG_D_float64, 3);
    const int32_t xs[] = {x, y, x}, a = node_checked(fg_func_input(f, three));
    CHECK_COUNT(fg_func_item(f, fg_func_pack(f, xs, 3, three), 1, FG_SCALAR), y);
    CHECK_COUNT(fg_func_item(f, deed_of(&g, DO_SPLAT, 0, &x, 1, three), 2, FG_SCALAR), x);
    const double data[3] = {1.0, 2.0, NAN};
    double v = 0.0;
    const int32_t c = node_checked(fg_func_array(f, data, three));
    CHECK(fg_func_is_number(f, fg_func_item(f, c, 1, FG_SCALAR), &v) && v == 2.0);
    CHECK(!fg_func_is_number(f, c, &v));
    const ptrdiff_t square[2] = {1, 3};
    const int32_t other = node_checked(fg_func_type(f, FG_D_float64, 2, square));
    const int32_t reshaped = node_checked(fg_func_call(f, FG_CALL_SAME, &a, 1, other));
    CHECK_COUNT(fg_func_item(f, reshaped, 2, FG_SCALAR), fg_func_item(f, a, 2, FG_SCALAR));
    const int32_t twice = node_checked(fg_func_call(f, FG_CALL_SAME, &reshaped, 1, three));
    CHECK_COUNT(fg_func_item(f, twice, 0, FG_SCALAR), fg_func_item(f, a, 0, FG_SCALAR));
    const int32_t seven = number(f, 7.0), ones = deed_of(&g, DO_SPLAT, 0, &seven, 1, three);
    CHECK_COUNT(fg_func_item(f, ones, 1, FG_SCALAR), seven);
    const int32_t opaque = deed_of(&g, DO_REVERSE, 0, &a, 1, three);
    CHECK_COUNT(f->graph.op[fg_func_item(f, opaque, 1, FG_SCALAR)], FG_ITEM);
    graph_free(&g);
}

static void test_a_node_carries_the_line_it_was_made_at(void)
{
    graph g;
    graph_init(&g);
    fg_func *f = &g.f;
    const int32_t x = input(f);
    f->here = 7;
    const int32_t y = row(f, FG_OP_sin, x, x);
    f->here = 9;
    CHECK_COUNT(row(f, FG_OP_sin, x, x), y);
    const int32_t z = row(f, FG_OP_cos, x, x);
    f->here = 11;
    const int32_t xs[2] = {x, z};
    const int32_t w = node_checked(fg_func_pack(f, xs, 2, array_type(f, FG_D_float64, 2)));
    CHECK(f->line[x] == 0 && f->line[y] == 7 && f->line[z] == 9 && f->line[w] == 11);
    graph_free(&g);
}

/* Adds some of each kind of node; the last node. */
static int32_t some_nodes(graph *g)
{
    fg_func *f = &g->f;
    static const double data[3] = {1.0, 2.0, 3.0};
    const int32_t x = input(f), y = input(f), three = array_type(f, FG_D_float64, 3);
    const int32_t xs[] = {x, y, number(f, 2.0)}, p = node_checked(fg_func_pack(f, xs, 3, three));
    const int32_t c = node_checked(fg_func_array(f, data, three));
    const int32_t s = row_of(f, FG_OP_multiply, three, p, c, c);
    const int32_t r = deed_of(g, DO_REVERSE, 0, &s, 1, three);
    const int32_t e = node_checked(fg_func_item(f, r, 0, FG_SCALAR));
    return row_of(f, FG_OP_select, FG_SCALAR, row(f, FG_OP_less, x, y), e, x);
}

static void test_a_copy_is_equal_and_grows_by_itself(void)
{
    graph g;
    graph_init(&g);
    const int32_t last = some_nodes(&g);
    graph h = g;
    CHECK_COUNT(fg_func_copy(&g.f, &h.f), FG_OK);
    CHECK_COUNT(h.f.graph.n, g.f.graph.n);
    const double point[] = {0.5, 2.0};
    CHECK_SAME(value_at(&h, last, point), value_at(&g, last, point));
    const size_t n = g.f.graph.n;
    CHECK_COUNT(row(&h.f, FG_OP_multiply, 0, 1), n);
    CHECK_COUNT(row(&h.f, FG_OP_less, 0, 1), row(&g.f, FG_OP_less, 0, 1)); /* shared in both */
    for (int k = 0; k < 1000; ++k) {
        row(&h.f, FG_OP_add, number(&h.f, k), 0);
    }
    CHECK_COUNT(g.f.graph.n, n);
    graph_free(&g);
    CHECK_SAME(value_at(&h, last, point), 6.0); /* 2 * 3 */
    graph_free(&h);
    graph_init(&g);
    CHECK_COUNT(fg_func_copy(&g.f, &h.f), FG_OK); /* of nothing */
    CHECK_COUNT(input(&h.f), 0);
    graph_free(&g);
    graph_free(&h);
}

static void test_a_graph_shares_again_after_it_was_settled(void)
{
    graph g;
    graph_init(&g);
    some_nodes(&g);
    const size_t bytes = fg_func_bytes(&g.f), n = g.f.graph.n;
    fg_func_settle(&g.f);
    CHECK(fg_func_bytes(&g.f) < bytes);
    CHECK_COUNT(g.f.graph.op[row(&g.f, FG_OP_less, 0, 1)], FG_OP_less);
    CHECK_COUNT(number(&g.f, 2.0), 2);
    CHECK_COUNT(g.f.graph.n, n);
    graph_free(&g);
}

/* What a graph holds whose arrays are as long as they have to be, without tables. */
static size_t least_bytes(const fg_func *f)
{
    const fg_graph *g = &f->graph;
    const size_t node = sizeof *g->op + sizeof *g->arg + sizeof *f->type + sizeof *f->line;
#define BYTES(n, x) (((n) ? (n) : 1) * sizeof *(x))
    return (g->n ? g->n : 1) * node + BYTES(g->n_wide, g->wide) + BYTES(g->n_pool, g->pool) +
           BYTES(f->n_number, f->number) + BYTES(f->n_array, f->array) + BYTES(f->n_call, f->call) +
           BYTES(f->n_type, f->types) + BYTES(f->n_dim, f->dim);
#undef BYTES
}

static void test_a_copy_has_no_room_to_spare(void)
{
    for (int is_empty = 0; is_empty < 2; ++is_empty) {
        graph g;
        fg_func h;
        graph_init(&g);
        if (!is_empty) {
            some_nodes(&g);
        }
        CHECK_COUNT(fg_func_copy(&g.f, &h), FG_OK);
        CHECK_COUNT(fg_func_bytes(&h), least_bytes(&g.f));
        const size_t before = fg_func_bytes(&g.f), slots = g.f.rows.n + g.f.numbers.n;
        fg_func_settle(&g.f);
        CHECK_COUNT(before - fg_func_bytes(&g.f), slots * sizeof(fg_slot));
        fg_func_free(&h);
        graph_free(&g);
    }
}

static void test_reads_of_live_nodes_are_counted(void)
{
    graph g;
    graph_init(&g);
    fg_func *f = &g.f;
    const int32_t x = input(f), y = input(f), s = row(f, FG_OP_square, x, x);
    const int32_t c = row_of(f, FG_OP_clip, FG_SCALAR, s, x, y), d = row(f, FG_OP_add, c, x);
    row(f, FG_OP_sin, c, c);
    uint8_t live[16] = {0};
    int32_t uses[16];
    memset(uses, 0xff, sizeof uses);
    live[d] = 1;
    fg_func_reach(f, live);
    fg_func_uses(f, live, uses);
    CHECK(uses[x] == 3 && uses[y] == 1 && uses[s] == 1 && uses[c] == 1 && uses[d] == 0);
    CHECK(uses[d + 1] == 0 && uses[f->graph.n] == -1);
    graph_free(&g);
}

static void test_only_what_is_needed_is_reached(void)
{
    graph g;
    graph_init(&g);
    fg_func *f = &g.f;
    const int32_t x = input(f), y = input(f), z = input(f);
    const int32_t a = row(f, FG_OP_sin, x, x), b = row(f, FG_OP_multiply, a, y);
    const int32_t c = row_of(f, FG_OP_clip, FG_SCALAR, z, a, x);
    const int32_t xs[] = {a, a}, p = node_checked(fg_func_pack(f, xs, 2, array_type(f, 0, 2)));
    const int32_t e = deed_of(&g, DO_REVERSE, 0, &p, 1, f->type[p]);
    uint8_t live[16] = {0};
    live[b] = 1;
    fg_func_reach(f, live);
    CHECK(live[x] && live[y] && live[a] && live[b] && !live[z] && !live[c] && !live[p] && !live[e]);
    memset(live, 0, sizeof live);
    live[e] = 1;
    fg_func_reach(f, live);
    CHECK(live[x] && live[a] && live[p] && live[e] && !live[y] && !live[b]);
    memset(live, 0, sizeof live);
    live[c] = 1;
    fg_func_reach(f, live);
    CHECK(live[x] && live[z] && live[a] && live[c] && !live[y]);
    graph_free(&g);
}

/* Random rows, up to n nodes. */
static void grow(fg_func *f, size_t total)
{
    static const int ops[] = {FG_OP_add, FG_OP_multiply, FG_OP_hypot, FG_OP_sin, FG_OP_clip};
    draw_seed(3);
    input(f);
    for (size_t k = 1; f->graph.n < total; ++k) {
        const size_t n = f->graph.n, near = n < 1000 ? n : 1000;
        const int32_t a = (int32_t)(n - 1 - draw_below(near));
        const int32_t b = k % 3 ? (int32_t)draw_below(n) : number(f, (double)(k % 5000) / 8.0);
        row_of(f, ops[k % 5], FG_SCALAR, a, b, 0);
    }
}

static void test_each_node_of_a_graph_of_thousands_is_found_again(void)
{
    graph g;
    graph_init(&g);
    fg_func *f = &g.f;
    grow(f, 20000);
    const size_t n = f->graph.n;
    size_t others = 0; /* where eight slots in a row were taken a node is repeated */
    for (int32_t i = 1; i < (int32_t)n; ++i) {
        const int op = f->graph.op[i];
        int32_t count;
        const int32_t *x = fg_graph_operands(&f->graph, (size_t)i, &count);
        const int32_t again[3] = {x[0], count > 1 ? x[1] : 0, count > 2 ? x[2] : 0};
        others += op < FG_N_ROWS && fg_func_row(f, op, again, FG_SCALAR) != i;
    }
    CHECK(others < n / 1000);
    CHECK(f->graph.n - n == others);
    graph_free(&g);
}

static void test_a_million_nodes_are_a_topological_order(void)
{
    graph g;
    graph_init(&g);
    fg_func *f = &g.f;
    grow(f, 1000000);
    size_t at;
    CHECK_COUNT(fg_graph_check(&f->graph, &at), FG_OK);
    CHECK_COUNT(at, f->graph.n);
    CHECK(f->n_number < 10000); /* numbers stay found */
    graph_free(&g);
}

int main(void)
{
    RUN(test_equal_nodes_are_one);
    RUN(test_numbers_are_shared_by_their_bits);
    RUN(test_many_numbers_are_told_apart);
    RUN(test_nodes_whose_hashes_agree_are_told_apart);
    RUN(test_a_type_is_found_again_while_the_table_grows);
    RUN(test_shapes_beyond_the_limits_are_refused);
    RUN(test_elements_are_found_where_they_come_from);
    RUN(test_a_node_carries_the_line_it_was_made_at);
    RUN(test_a_copy_is_equal_and_grows_by_itself);
    RUN(test_a_graph_shares_again_after_it_was_settled);
    RUN(test_a_copy_has_no_room_to_spare);
    RUN(test_reads_of_live_nodes_are_counted);
    RUN(test_only_what_is_needed_is_reached);
    RUN(test_each_node_of_a_graph_of_thousands_is_found_again);
    RUN(test_a_million_nodes_are_a_topological_order);
    return REPORT();
}

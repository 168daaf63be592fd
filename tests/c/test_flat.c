/* test_flat.c -- graphs as streams: the same graph comes back, and streams of no graph are refused. */
#include "draw.h"
#include "funcs.h"
#include "random_graphs.h"

/* The streams of a graph; free them with drop. */
static fg_flat written(const fg_func *f)
{
    fg_flat flat;
    fg_flat_measure(f, &flat);
    flat.op = calloc(flat.n + 1, sizeof *flat.op);
    flat.type = calloc(flat.n + 1, sizeof *flat.type);
    flat.line = calloc(flat.n + 1, sizeof *flat.line);
    flat.operand = calloc(flat.n_operand + 1, sizeof *flat.operand);
    flat.item = calloc(flat.n_item + 1, sizeof *flat.item);
    flat.value = calloc(flat.n_value + 1, sizeof *flat.value);
    flat.count = calloc(flat.n_count + 1, sizeof *flat.count);
    fg_flat_write(f, &flat);
    return flat;
}

static void drop(fg_flat *flat)
{
    free(flat->op);
    free(flat->type);
    free(flat->line);
    free(flat->operand);
    free(flat->item);
    free(flat->value);
    free(flat->count);
}

/* A graph without nodes that has the types of another. */
static void with_types(const fg_func *from, fg_func *f)
{
    CHECK_COUNT(fg_func_init(f), FG_OK);
    for (size_t t = 0; t < from->n_type; ++t) {
        const fg_type *type = &from->types[t];
        CHECK_COUNT(fg_func_type(f, type->dtype, type->ndim, from->dim + type->first), t);
    }
}

static void check_same(const fg_flat *a, const fg_flat *b)
{
    CHECK_COUNT(a->n, b->n);
    CHECK_COUNT(a->n_operand, b->n_operand);
    CHECK_COUNT(a->n_item, b->n_item);
    CHECK_COUNT(a->n_value, b->n_value);
    CHECK_COUNT(a->n_count, b->n_count);
    CHECK(!memcmp(a->op, b->op, a->n));
    CHECK(!memcmp(a->type, b->type, a->n * sizeof *a->type));
    CHECK(!memcmp(a->line, b->line, a->n * sizeof *a->line));
    CHECK(!memcmp(a->operand, b->operand, a->n_operand * sizeof *a->operand));
    CHECK(!memcmp(a->item, b->item, a->n_item * sizeof *a->item));
    CHECK(!memcmp(a->value, b->value, a->n_value * sizeof *a->value));
    CHECK(!memcmp(a->count, b->count, a->n_count * sizeof *a->count));
}

static void check_round_trip(const fg_func *f)
{
    fg_flat flat = written(f);
    fg_func g;
    with_types(f, &g);
    size_t at = 99;
    CHECK_COUNT(fg_flat_read(&flat, &g, &at), FG_OK);
    CHECK_COUNT(at, f->graph.n);
    CHECK_COUNT(fg_graph_check(&g.graph, &at), FG_OK);
    CHECK_COUNT(g.n_input, f->n_input);
    CHECK_COUNT(g.n_call, f->n_call);
    fg_flat again = written(&g);
    check_same(&flat, &again);
    fg_func_free(&g); /* it borrows from the streams */
    drop(&again);
    drop(&flat);
}

/* a, 2.5, (1 2 3), a * (1 2 3), item 2 of it, pack, reverse, clip, a test */
static void build(graph *g, const double *data)
{
    graph_init(g);
    fg_func *f = &g->f;
    const int32_t three = array_type(f, FG_D_float64, 3);
    const int32_t truths = array_type(f, FG_D_bool, 3);
    const int32_t a = node_checked(fg_func_input(f, three)), half = number(f, 2.5);
    const int32_t c = node_checked(fg_func_array(f, data, three));
    f->here = 7;
    const int32_t y = row_of(f, FG_OP_multiply, three, a, c, a);
    const int32_t item = node_checked(fg_func_item(f, y, 2, FG_SCALAR));
    const int32_t x[3] = {item, half, item};
    const int32_t packed = node_checked(fg_func_pack(f, x, 3, three));
    const int32_t turned = deed_of(g, DO_REVERSE, 0, &packed, 1, three);
    const int32_t limited = row_of(f, FG_OP_clip, three, turned, y, half);
    row_of(f, FG_OP_less, truths, limited, half, a);
}

static void test_a_graph_comes_back(void)
{
    static const double data[3] = {1.0, 2.0, 3.0};
    graph g;
    build(&g, data);
    check_round_trip(&g.f);
    graph_free(&g);
    graph_init(&g);
    check_round_trip(&g.f); /* without nodes */
    graph_free(&g);
    for (int k = 0; k < 50; ++k) {
        static drawn d;
        draw_graph(&d, 5 + 5 * k, 0);
        check_round_trip(&d.g.f);
        graph_free(&d.g);
    }
}

static void test_streams_that_are_cut_or_longer_are_refused(void)
{
    static const double data[3] = {1.0, 2.0, 3.0};
    graph g;
    build(&g, data);
    fg_flat flat = written(&g.f);
    size_t *const lengths[] = {&flat.n_operand, &flat.n_item, &flat.n_value, &flat.n_count,
                               &flat.n};
    for (int k = 0; k < 5; ++k) {
        const size_t length = *lengths[k];
        for (size_t n = 0; n <= length + 1; ++n) {
            if (n == length || (k == 4 && n > length)) {
                continue;
            }
            fg_func f;
            size_t at;
            with_types(&g.f, &f);
            *lengths[k] = n;
            CHECK_COUNT(fg_flat_read(&flat, &f, &at), FG_E_FORMAT);
            fg_func_free(&f);
        }
        *lengths[k] = length;
    }
    drop(&flat);
    graph_free(&g);
}

/* What is read after a change is refused, or is a graph in which all is where it may be. */
static void test_changed_streams_are_refused_or_a_graph(void)
{
    static const double data[3] = {1.0, 2.0, 3.0};
    int refused = 0;
    graph g;
    build(&g, data);
    for (int k = 0; k < 5000; ++k) {
        fg_flat flat = written(&g.f);
        int32_t *const streams[] = {flat.type, flat.operand, flat.item, flat.count};
        const size_t lengths[] = {flat.n, flat.n_operand, flat.n_item, flat.n_count};
        static const int32_t odd[] = {-1, INT32_MIN, INT32_MAX, 0, 1, 2, 3, 4, 5};
        const size_t which = draw_below(5);
        if (which == 4) {
            flat.op[draw_below(flat.n)] = (uint8_t)draw_below(256);
        } else {
            streams[which][draw_below(lengths[which])] = odd[draw_below(9)];
        }
        fg_func f;
        size_t at;
        with_types(&g.f, &f);
        const fg_status status = fg_flat_read(&flat, &f, &at);
        CHECK(status == FG_OK || status == FG_E_FORMAT);
        refused += status != FG_OK;
        if (status == FG_OK) {
            CHECK_COUNT(fg_graph_check(&f.graph, &at), FG_OK);
            fg_flat again = written(&f);
            check_same(&flat, &again);
            drop(&again);
        }
        fg_func_free(&f);
        drop(&flat);
    }
    CHECK(refused > 1000 && refused < 5000);
    graph_free(&g);
}

static void test_reading_without_memory_says_so(void)
{
    static const double data[3] = {1.0, 2.0, 3.0};
    graph g;
    build(&g, data);
    fg_flat flat = written(&g.f);
    fg_status status = FG_E_MEMORY;
    int failures = 0;
    for (int n = 0; status != FG_OK && n < 100; ++n) {
        fg_func f;
        size_t at;
        with_types(&g.f, &f);
        fg_mem_fail_after(n, 0);
        status = fg_flat_read(&flat, &f, &at);
        fg_mem_fail_after(-1, 0);
        CHECK(status == FG_OK || status == FG_E_MEMORY);
        failures += status != FG_OK;
        fg_func_free(&f);
    }
    CHECK_COUNT(status, FG_OK);
    CHECK(failures > 3);
    drop(&flat);
    graph_free(&g);
}

int main(void)
{
    RUN(test_a_graph_comes_back);
    RUN(test_streams_that_are_cut_or_longer_are_refused);
    RUN(test_changed_streams_are_refused_or_a_graph);
    RUN(test_reading_without_memory_says_so);
    return REPORT();
}

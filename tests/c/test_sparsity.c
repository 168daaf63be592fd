/* test_sparsity.c -- sets of input elements against bits of a word; colours against a table. */
#include "random_graphs.h"

enum { N_BITS = 8 }; /* elements of the input that is looked at */

static uint8_t through[FG_N_ROWS]; /* rows have derivatives by all operands, but tests by none */

static void fill_through(void)
{
    for (int op = 0; op < FG_N_ROWS; ++op) {
        through[op] = fg_op_info(op)->is_test || op == FG_OP_floor ? 0 : 7;
    }
    through[FG_OP_select] = 6; /* not by the condition */
}

/* ----- the oracle: a bit an input element ----- */

static int is_float_type(const fg_func *f, int32_t node)
{
    return f->types[f->type[node]].dtype != FG_D_bool;
}

static unsigned call_bits(const graph *g, int32_t i, size_t k, unsigned *const *bits)
{
    int32_t count;
    const int32_t *x = fg_graph_operands(&g->f.graph, (size_t)i, &count);
    const deed *d = &g->call[fg_func_call_of(&g->f, i)];
    const size_t n = size_of(&g->f, x[0]), at = (size_t)d->at;
    const size_t m = count > 1 ? size_of(&g->f, x[1]) : 0;
    unsigned all = 0;
    switch (d->what) {
    case DO_PART:
        return bits[x[0]][at + k];
    case DO_REVERSE:
        return bits[x[0]][n - 1 - k];
    case DO_SPLAT:
        return bits[x[0]][0];
    case DO_LARGEST:
        for (size_t j = 0; j < n; ++j) {
            all |= bits[x[0]][j];
        }
        return all;
    case DO_PUT:
        return k >= at && k < at + m ? bits[x[1]][k - at] : bits[x[0]][k];
    case DO_ZERO:
        return k == at ? 0 : bits[x[0]][k];
    case DO_SCATTER: /* at 2, 0, 2 */
        return bits[x[0]][k] | (k == 0   ? bits[x[1]][1]
                                : k == 2 ? bits[x[1]][0] | bits[x[1]][2]
                                         : 0);
    default:
        return bits[x[0]][k];
    }
}

/* Of each element of each node. */
static unsigned **bits_of(const graph *g, int32_t wrt)
{
    const fg_func *f = &g->f;
    unsigned **bits = calloc(f->graph.n + 1, sizeof *bits);
    for (size_t i = 0; i < f->graph.n; ++i) {
        const int op = f->graph.op[i];
        const size_t n = size_of(f, (int32_t)i);
        int32_t count;
        const int32_t *x = fg_graph_operands(&f->graph, i, &count);
        bits[i] = calloc(n + 1, sizeof **bits);
        for (size_t k = 0; k < n && is_float_type(f, (int32_t)i); ++k) {
            if ((int32_t)i == wrt) {
                bits[i][k] = 1u << k;
            } else if (op == FG_ITEM) {
                bits[i][k] = bits[x[0]][f->graph.arg[i][1]];
            } else if (op == FG_PACK) {
                bits[i][k] = bits[x[k]][0];
            } else if (op == FG_CALL) {
                bits[i][k] = call_bits(g, (int32_t)i, k, bits);
            }
            for (int32_t m = 0; m < count && op < FG_N_ROWS; ++m) {
                if (through[op] >> m & 1 && size_of(f, x[m]) == n) {
                    bits[i][k] |= bits[x[m]][k];
                }
            }
        }
    }
    return bits;
}

/* ----- the caller's part ----- */

/* Answers for a structural op. FG_OK or a failure. */
static fg_status answer(const graph *g, fg_sparsity *d, int32_t i)
{
    int32_t count, set[N_BITS];
    const int32_t *x = fg_graph_operands(&g->f.graph, (size_t)i, &count);
    const deed *what = &g->call[fg_func_call_of(&g->f, i)];
    const size_t n = size_of(&g->f, i), from = size_of(&g->f, x[0]), at = (size_t)what->at;
    const int32_t *a = fg_sparsity_get(d, x[0]);
    for (size_t k = 0; k < n && what->what != DO_LARGEST; ++k) {
        set[k] = a[what->what == DO_PART      ? at + k
                   : what->what == DO_REVERSE ? n - 1 - k
                   : what->what == DO_SPLAT   ? 0
                                              : k];
    }
    if (what->what == DO_LARGEST) {
        const int64_t start[2] = {0, (int64_t)from};
        const fg_status status = fg_sets_unite_groups(&d->sets, a, start, 1, set);
        if (status != FG_OK) {
            return status;
        }
    } else if (what->what == DO_ZERO) {
        set[at] = FG_SET_EMPTY;
    } else if (what->what == DO_PUT) {
        memcpy(set + at, fg_sparsity_get(d, x[1]), size_of(&g->f, x[1]) * sizeof *set);
    } else if (what->what == DO_SCATTER) {
        const int32_t *b = fg_sparsity_get(d, x[1]);
        const int32_t to[3] = {set[2], set[0], 0}, more[3] = {b[0], b[1], 0};
        int32_t both[3];
        fg_status status = fg_sets_unite_pairs(&d->sets, to, more, 2, both);
        if (status != FG_OK || (set[2] = fg_sets_unite(&d->sets, both[0], b[2])) < 0) {
            return status != FG_OK ? status : (fg_status)set[2];
        }
        set[0] = both[1];
    }
    return fg_sparsity_set(d, i, set);
}

static fg_status pass(const graph *g, fg_sparsity *d, int32_t wrt, const uint8_t *live,
                      size_t limit)
{
    int32_t first[N_BITS], at = 0;
    fg_status status = fg_sparsity_init(d, &g->f, through, N_BITS, limit);
    if (status != FG_OK) {
        return status;
    }
    for (int32_t k = 0; k < N_BITS; ++k) {
        first[k] = FG_SET_FIRST + k;
    }
    status = fg_sparsity_set(d, wrt, first);
    while (status == FG_OK && (status = fg_sparsity_run(d, live, &at)) == FG_STOP) {
        status = answer(g, d, at);
    }
    return status;
}

static unsigned bits_in(const fg_sets *s, int32_t set)
{
    int64_t end;
    int32_t element[N_BITS];
    unsigned bits = 0;
    fg_sets_list(s, &set, 1, &end, NULL);
    CHECK(end >= 0 && end <= N_BITS);
    fg_sets_list(s, &set, 1, &end, element);
    for (int64_t k = 0; k < end; ++k) {
        CHECK(k == 0 || element[k - 1] < element[k]);
        bits |= 1u << element[k];
    }
    return bits;
}

static void test_sets_of_random_graphs_are_those_of_bits(void)
{
    static drawn d;
    fill_through();
    for (int round = 0; round < 300; ++round) {
        draw_seed(500 + (uint64_t)round);
        draw_graph(&d, 20 + (int)draw_below(200), round % 8 != 0);
        const int32_t wrt = d.of_size[3][0];
        const size_t n = d.g.f.graph.n;
        uint8_t live[FEW_NODES * 8] = {0};
        for (int k = 0; k < 4; ++k) {
            live[n - 1 - draw_below(n / 2)] = 1;
        }
        fg_func_reach(&d.g.f, live);
        const int tight =
            round % 3 == 0; /* no room for unions: all, where there is more than one */
        fg_sparsity s;
        CHECK_COUNT(pass(&d.g, &s, wrt, live, tight ? 0 : 100000), FG_OK);
        unsigned **bits = bits_of(&d.g, wrt);
        for (int32_t i = 0; i < (int32_t)n; ++i) {
            for (size_t k = 0; k < size_of(&d.g.f, i) && live[i]; ++k) {
                const unsigned got = bits_in(&s.sets, fg_sparsity_get(&s, i)[k]);
                CHECK(tight ? (got & bits[i][k]) == bits[i][k] : got == bits[i][k]);
            }
            free(bits[i]);
        }
        free(bits);
        fg_sparsity_free(&s);
        graph_free(&d.g);
    }
}

static void test_unions_are_unions(void)
{
    fg_sets s;
    draw_seed(9);
    CHECK_COUNT(fg_sets_init(&s, N_BITS, 100000), FG_OK);
    CHECK(bits_in(&s, FG_SET_EMPTY) == 0 && bits_in(&s, FG_SET_ALL) == 255);
    int32_t set[500];
    int n = 0;
    for (; n < N_BITS + 2; ++n) {
        set[n] = n;
    }
    while (n < 500) {
        int32_t some[12];
        unsigned wanted = 0;
        const size_t many = draw_below(12);
        for (size_t k = 0; k < many; ++k) {
            some[k] = set[draw_below(n < 60 ? (size_t)n : 60)];
            wanted |= bits_in(&s, some[k]);
        }
        set[n] =
            many == 2 ? fg_sets_unite(&s, some[0], some[1]) : fg_sets_unite_all(&s, some, many);
        CHECK_COUNT(bits_in(&s, set[n]), wanted);
        ++n;
    }
    fg_sets_free(&s);
    CHECK_COUNT(fg_sets_init(&s, (size_t)INT32_MAX, 0), FG_E_FULL);
    CHECK_COUNT(fg_sets_init(&s, 0, 0), FG_OK);
    CHECK_COUNT(fg_sets_unite_all(&s, (const int32_t[]){0, 0, 0, 0, 0}, 5), FG_SET_EMPTY);
    fg_sets_free(&s);
}

static void test_after_any_failure_nothing_is_left(void)
{
    static drawn d;
    static uint8_t live[FEW_NODES * 8];
    fill_through();
    draw_seed(77);
    draw_graph(&d, 150, 1);
    memset(live, 1, d.g.f.graph.n);
    int done = 0;
    for (long k = 0; !done; ++k) {
        fg_sparsity s;
        fg_mem_fail_after(k, 1);
        const fg_status status = pass(&d.g, &s, d.of_size[3][0], live, 100000);
        fg_mem_fail_after(-1, 0);
        done = status == FG_OK;
        CHECK(done || status == FG_E_MEMORY);
        CHECK(k < 100);
        fg_sparsity_free(&s);
    }
    int32_t colour, n;
    const int32_t none = 0;
    fg_mem_fail_after(0, 1);
    CHECK_COUNT(fg_color_columns(0, 0, &none, &none, &none, &none, &none, &colour, &n),
                FG_E_MEMORY);
    fg_mem_fail_after(-1, 0);
    graph_free(&d.g);
}

static void test_columns_of_one_colour_share_no_row(void)
{
    enum { ROWS = 12, COLUMNS = 15 };
    draw_seed(21);
    for (int round = 0; round < 500; ++round) {
        const size_t n_row = draw_below(ROWS + 1), n_col = draw_below(COLUMNS + 1);
        const size_t often = 1 + draw_below(10);
        int has[ROWS][COLUMNS] = {{0}};
        int32_t row_start[ROWS + 1] = {0}, column[ROWS * COLUMNS], order[COLUMNS];
        int32_t col_start[COLUMNS + 1] = {0}, row_of_entry[ROWS * COLUMNS];
        int32_t colour[COLUMNS], n_colour = -1, n = 0;
        for (size_t i = 0; i < n_row; ++i) {
            for (size_t j = 0; j < n_col; ++j) {
                if (!draw_below(often)) {
                    has[i][j] = 1;
                    column[n++] = (int32_t)j;
                }
            }
            row_start[i + 1] = n;
        }
        n = 0;
        for (size_t j = 0; j < n_col; ++j) {
            for (size_t i = 0; i < n_row; ++i) {
                row_of_entry[n] = (int32_t)i;
                n += has[i][j];
            }
            col_start[j + 1] = n;
            order[j] = (int32_t)j;
        }
        for (size_t j = n_col; j > 1; --j) { /* in any order */
            const size_t other = draw_below(j);
            const int32_t swap = order[j - 1];
            order[j - 1] = order[other];
            order[other] = swap;
        }
        CHECK_COUNT(fg_color_columns(n_row, n_col, row_start, column, col_start, row_of_entry,
                                     order, colour, &n_colour),
                    FG_OK);
        int32_t wanted[COLUMNS], most = 0;
        for (size_t a = 0; a < n_col; ++a) { /* the smallest that no earlier neighbour has */
            int taken[COLUMNS + 1] = {0};
            for (size_t b = 0; b < a; ++b) {
                for (size_t i = 0; i < n_row; ++i) {
                    taken[wanted[order[b]]] |= has[i][order[a]] && has[i][order[b]];
                }
            }
            int32_t c = 0;
            while (taken[c]) {
                ++c;
            }
            wanted[order[a]] = c;
            most = c >= most ? c + 1 : most;
        }
        CHECK_COUNT(n_colour, most);
        for (size_t j = 0; j < n_col; ++j) {
            CHECK_COUNT(colour[j], wanted[j]);
        }
    }
}

/* Unions of several sets at once are made without pairs of them, and sorted in one of two ways. */
static void test_unions_of_many_sets_are_sorted_and_found_again(void)
{
    enum { N_IN = 1000 };
    fg_sets s;
    int64_t end;
    int32_t element[N_IN], set[N_IN];
    for (int32_t n = 4; n < N_IN; n = 3 * n + 1) { /* few of all, then many */
        CHECK_COUNT(fg_sets_init(&s, N_IN, 100000), FG_OK);
        s.now = n == 4 ? INT32_MAX : 0; /* stamps begin again at the end of their numbers */
        for (int32_t k = 0; k < n; ++k) {
            set[k] = FG_SET_FIRST + (7 * k + 3) % N_IN;
        }
        const int32_t all = fg_sets_unite_all(&s, set, (size_t)n);
        CHECK(all > FG_SET_ALL);
        fg_sets_list(&s, &all, 1, &end, element);
        CHECK_COUNT(end, n);
        for (int32_t k = 1; k < n; ++k) {
            CHECK(element[k - 1] < element[k]);
        }
        set[1] = all; /* which holds the others */
        CHECK_COUNT(fg_sets_unite_all(&s, set, 4), all);
        fg_sets_free(&s);
    }
    CHECK_COUNT(fg_sets_init(&s, N_IN, 100000), FG_OK);
    for (int32_t k = 0; k < N_IN; ++k) {
        set[k] = FG_SET_FIRST + k;
    }
    fg_mem_fail_after(0, 1);
    const int64_t start[2] = {0, N_IN - 1};
    CHECK_COUNT(fg_sets_unite_all(&s, set, N_IN - 1), FG_E_MEMORY);
    CHECK_COUNT(fg_sets_unite_groups(&s, set, start, 1, element), FG_E_MEMORY);
    CHECK_COUNT(fg_sets_unite_pairs(&s, set, set + 1, 1, element), FG_E_MEMORY);
    fg_mem_fail_after(-1, 0);
    CHECK(fg_sets_unite_all(&s, set, N_IN - 1) > FG_SET_ALL); /* nothing was half done */
    CHECK_COUNT(fg_sets_unite_all(&s, set, N_IN), FG_SET_ALL);
    fg_sets_free(&s);
}

int main(void)
{
    RUN(test_sets_of_random_graphs_are_those_of_bits);
    RUN(test_unions_are_unions);
    RUN(test_unions_of_many_sets_are_sorted_and_found_again);
    RUN(test_after_any_failure_nothing_is_left);
    RUN(test_columns_of_one_colour_share_no_row);
    return REPORT();
}

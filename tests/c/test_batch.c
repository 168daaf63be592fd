/* test_batch.c -- points in lanes, or one by one, give what single runs give. */
#include "fg_isa.h"
#include "fg_runner.h"
#include "fg_tile.h"
#include "random_graphs.h"
#include "stand_ins.h"

enum { MOST_POINTS = 70 };

/* Inputs of a drawn graph for many points, dense, one point after the other. */
typedef struct points {
    double data[7][MOST_POINTS * 8];
    const void *in[7];
    size_t step[7];
    void *out[4];
    double result[4][MOST_POINTS * 8];
    int8_t status[MOST_POINTS];
} points;

static void draw_points(const fg_program *p, points *at, int specials)
{
    static const double odd[] = {0.0, -0.0, INFINITY, -INFINITY, NAN, 1e300, 1.0};
    for (size_t j = 0; j < p->n_input; ++j) {
        for (size_t k = 0; k < MOST_POINTS * 8; ++k) {
            at->data[j][k] =
                specials && !draw_below(5) ? odd[draw_below(7)] : draw_between(-2.0, 2.0);
        }
        at->in[j] = at->data[j];
        at->step[j] = draw_below(4) ? p->input[j].size : 0; /* or one for all points */
    }
    for (size_t j = 0; j < 4; ++j) {
        at->out[j] = at->result[j];
    }
}

static fg_batch batch_of(const fg_program *p, points *at, size_t n)
{
    fg_batch b = {0};
    b.p = p, b.n = n, b.in = at->in, b.in_step = at->step, b.out = at->out, b.status = at->status;
    return b;
}

/* Compares the points [from, to) with runs of one point; others were left alone. */
static void check_points(const fg_program *p, points *at, double *w, size_t from, size_t to)
{
    const double untouched = -77.25;
    memset(at->status, 99, sizeof at->status);
    for (size_t j = 0; j < 4; ++j) {
        for (size_t k = 0; k < MOST_POINTS * 8; ++k) {
            at->result[j][k] = untouched;
        }
    }
    const fg_batch b = batch_of(p, at, to);
    size_t failed = fg_batch_run(&b, w, from, to);
    for (size_t k = 0; k < MOST_POINTS; ++k) {
        failed -= k >= from && k < to && at->status[k] != FG_OK;
        if (k < from || k >= to) {
            CHECK_COUNT(at->status[k], 99);
        }
        const double *in[7];
        for (size_t j = 0; j < p->n_input; ++j) {
            in[j] = (const double *)at->in[j] + k * at->step[j];
        }
        double *single = workspace(p, in);
        size_t where;
        const fg_status status = fg_program_run(p, single, &where);
        const int is_run = k >= from && k < to;
        CHECK(!is_run || at->status[k] == status);
        for (size_t j = 0; j < p->n_output; ++j) {
            const size_t n = p->output[j].size;
            for (size_t s = 0; s < n; ++s) {
                const double wanted = single[(size_t)p->output[j].place + s];
                CHECK_SAME(at->result[j][k * n + s],
                           is_run && status == FG_OK ? wanted : untouched);
            }
        }
        free(single);
    }
    CHECK_COUNT(failed, 0);
}

static void check_batches(const fg_program *p, points *at)
{
    static const size_t ends[][2] = {{0, 0},  {0, 1},  {0, 2},  {0, 31},  {0, 32},
                                     {0, 33}, {5, 70}, {3, 35}, {64, 64}, {69, 70}};
    double *w = batch_workspace(p); /* one for all of them */
    for (size_t k = 0; k < sizeof ends / sizeof *ends; ++k) {
        check_points(p, at, w, ends[k][0], ends[k][1]);
    }
    free(w);
}

static void test_points_of_random_programs_are_single_runs(void)
{
    static drawn d;
    static points at;
    int scalars = 0, arrays = 0;
    for (int round = 0; round < 150; ++round) {
        draw_seed(1000 + (uint64_t)round);
        draw_graph(&d, 20 + (int)draw_below(120), round % 2);
        int32_t output[4];
        for (int k = 0; k < 4; ++k) {
            output[k] = (int32_t)(d.g.f.graph.n - 1 - draw_below(k ? d.g.f.graph.n : 1));
        }
        fg_program p;
        CHECK_COUNT(plan(&d.g, 4, output, 0, NULL, &p), FG_OK);
        draw_points(&p, &at, round % 3 == 0);
        check_batches(&p, &at);
        scalars += p.scalar;
        arrays += !p.scalar;
        fg_program_free(&p);
        graph_free(&d.g);
    }
    CHECK(scalars > 40 && arrays > 40);
}

/* Every row and every joined form, on numbers of every kind. */
static void test_each_row_is_the_same_in_lanes(void)
{
    static points at;
    draw_seed(4);
    for (int op = 0; op < FG_N_ROWS; ++op) {
        graph g;
        graph_init(&g);
        const int32_t x = input(&g.f), y = input(&g.f), z = input(&g.f);
        const int type = fg_op_info(op)->is_test ? FG_TRUTH : FG_SCALAR;
        const int32_t output = row_of(&g.f, op, type, x, y, z);
        fg_program p;
        CHECK_COUNT(plan(&g, 1, &output, 0, NULL, &p), FG_OK);
        CHECK(p.scalar);
        draw_points(&p, &at, 1);
        const long before = check_wrong;
        check_batches(&p, &at);
        if (check_wrong > before) {
            printf("  %s\n", fg_op_info(op)->name);
        }
        fg_program_free(&p);
        graph_free(&g);
    }
}

static const int kinds[] = {FG_OP_sin, FG_OP_multiply, FG_OP_masked_multiply};

static void test_sums_of_two_terms_are_the_same_in_lanes(void)
{
    static points at;
    draw_seed(7);
    for (int m = 0; m < 18; ++m) {
        graph g;
        graph_init(&g);
        fg_func *f = &g.f;
        const int32_t x[4] = {input(f), input(f), input(f), input(f)};
        const int32_t a = row(f, kinds[m % 3], x[0], x[1]);
        const int32_t b = row(f, kinds[m / 3 % 3], x[2], x[3]);
        const int32_t sum = row(f, m / 9 ? FG_OP_add : FG_OP_subtract, a, b);
        fg_program p;
        CHECK_COUNT(plan(&g, 1, &sum, 0, NULL, &p), FG_OK);
        draw_points(&p, &at, 1);
        at.data[0][0] = 0.0; /* a product of 0 and infinity is masked or it is not */
        at.data[1][0] = INFINITY;
        check_batches(&p, &at);
        fg_program_free(&p);
        graph_free(&g);
    }
}

static void test_long_sums_are_the_same_in_lanes(void)
{
    static points at;
    draw_seed(6);
    for (int m = 0; m < 12; ++m) {
        graph g;
        graph_init(&g);
        fg_func *f = &g.f;
        const int32_t x[4] = {input(f), input(f), input(f), input(f)};
        int32_t sum = x[0];
        for (int k = 0; k < 40; ++k) {
            const int kind = kinds[m % 4 < 3 ? (size_t)m % 4 : draw_below(3)];
            const int32_t a = row(f, FG_OP_multiply, x[draw_below(4)], number(f, k + 1.5));
            const int32_t term = row(f, kind, a, x[draw_below(4)]);
            sum = row(f, draw_below(2) ? FG_OP_add : FG_OP_subtract, sum, term);
        }
        fg_program p;
        CHECK_COUNT(plan(&g, 1, &sum, 0, NULL, &p), FG_OK);
        draw_points(&p, &at, m % 2);
        check_batches(&p, &at);
        fg_program_free(&p);
        graph_free(&g);
    }
}

/* x < y, on scalars or, with an array in the program, one point at a time. */
static void check_guard(int with_array)
{
    static points at;
    graph g;
    graph_init(&g);
    fg_func *f = &g.f;
    const int32_t x = input(f), y = input(f), t = row(f, FG_OP_less, x, y);
    const int32_t three = array_type(f, FG_D_float64, 3);
    const int32_t a = node_checked(fg_func_input(f, three));
    const fg_guard guard = {t, node_checked(fg_func_number(f, 1.0, FG_TRUTH))};
    const int32_t output[] = {row(f, FG_OP_subtract, x, y), row_of(f, FG_OP_sin, three, a, a, a)};
    fg_program p;
    CHECK_COUNT(plan(&g, with_array ? 2 : 1, output, 1, &guard, &p), FG_OK);
    CHECK_COUNT(p.scalar, !with_array);
    draw_points(&p, &at, 1);
    at.step[0] = at.step[1] = 1;
    check_batches(&p, &at);
    int refused = 0;
    double *w = batch_workspace(&p);
    const fg_batch b = batch_of(&p, &at, MOST_POINTS);
    fg_batch_run(&b, w, 0, MOST_POINTS);
    for (size_t k = 0; k < MOST_POINTS; ++k) {
        CHECK_COUNT(at.status[k], at.data[0][k] < at.data[1][k] ? FG_OK : FG_E_BRANCH);
        refused += at.status[k] != FG_OK;
    }
    CHECK(refused > 5 && refused < MOST_POINTS - 5);
    free(w);
    fg_program_free(&p);
    graph_free(&g);
}

static void test_a_guard_refuses_points_and_leaves_the_others_alone(void)
{
    check_guard(0);
    check_guard(1);
}

static void test_a_point_that_fails_does_not_stop_the_others(void)
{
    static points at;
    graph g;
    graph_init(&g);
    fg_func *f = &g.f;
    const int32_t small = node_checked(fg_func_type(f, FG_D_int8, 0, NULL));
    const int32_t x = input(f), n = row_of(f, FG_OP_floor, small, x, x, x);
    fg_program p;
    CHECK_COUNT(plan(&g, 1, &n, 0, NULL, &p), FG_OK);
    draw_points(&p, &at, 1);
    at.step[0] = 1;
    at.data[0][3] = 1e6;
    check_batches(&p, &at);
    CHECK_COUNT(at.step[0], 1);
    double *w = batch_workspace(&p);
    const fg_batch b = batch_of(&p, &at, 5);
    CHECK_COUNT(fg_batch_run(&b, w, 0, 5), 1);
    CHECK_COUNT(at.status[3], FG_E_RANGE);
    free(w);
    fg_program_free(&p);
    graph_free(&g);
}

static void test_a_program_without_inputs_and_outputs_runs(void)
{
    static points at;
    graph g;
    graph_init(&g);
    const int32_t c = number(&g.f, 2.5);
    for (size_t n = 0; n < 2; ++n) {
        fg_program p;
        CHECK_COUNT(plan(&g, n, &c, 0, NULL, &p), FG_OK);
        draw_points(&p, &at, 0);
        check_batches(&p, &at);
        fg_program_free(&p);
    }
    graph_free(&g);
}

static void test_sums_leave_alone_what_stands_behind_their_points(void)
{
    enum { MOST = 7 * FG_LANES, LENGTH = MOST + 4 * FG_LANES, N_SLOTS = 4 };
    static const int32_t terms[] = {1 << 1, 2 << 1 | 1}, products[] = {1 << 1, 2, 2 << 1 | 1, 0};
    static double memory[N_SLOTS * LENGTH];
    double *const slot[N_SLOTS] = {memory, memory + LENGTH, memory + 2 * LENGTH,
                                   memory + 3 * LENGTH};
    for (int op = FG_I_SUM; op <= FG_I_MASKDOT; ++op) {
        const fg_instr sum = {op, 3, 0, 0, 2, 0};
        const fg_code code = {&sum, 1, op == FG_I_SUM ? terms : products};
        for (size_t m = 0; m < FG_ISA_MOST * MOST / FG_LANES; ++m) {
            const int level = (int)(m % FG_ISA_MOST);
            const size_t lanes = (m / FG_ISA_MOST + 1) * FG_LANES;
            for (size_t k = 0; k < N_SLOTS * LENGTH; ++k) {
                memory[k] = (double)(k * k % 13) - 5.0;
            }
            const double behind = slot[3][lanes];
            if (fg_isa_number(level)) {
                fg__runner_number(level)->tile(&code, slot, lanes, NULL);
                for (size_t k = 0; k < lanes; ++k) {
                    const double x = slot[0][k], y = slot[1][k], z = slot[2][k];
                    CHECK_SAME(slot[3][k], op == FG_I_SUM ? x + y - z : x + y * z - z * x);
                }
                CHECK_SAME(slot[3][lanes], behind);
            }
        }
    }
}

static void test_a_sum_of_any_number_has_every_term(void)
{
    double x[70], sum;
    for (int level = 0; level < FG_ISA_MOST; ++level) {
        sum = -0.0;
        for (size_t n = 0; n < 70 && fg_isa_number(level); ++n) {
            CHECK_SAME(fg__runner_number(level)->sum(x, n), sum);
            x[n] = (double)(n * n) + 1.0;
            sum += x[n];
        }
    }
}

static void test_a_tile_is_whole_lanes_as_many_as_fit(void)
{
    for (size_t item = 4; item <= 8; item += 4) {
        const size_t least = 2 * FG_LANES, most = FG_TILE_MOST * (sizeof(double) / item);
        for (size_t n = 1; n < 2000; ++n) {
            const size_t size = fg__tile_points(n, item), more = size + FG_LANES;
            CHECK(size % FG_LANES == 0 && size >= least && size <= most);
            CHECK(size == least || size * n * item <= FG_TILE_BYTES);
            CHECK(size == most || more * n * item > FG_TILE_BYTES);
        }
    }
    enum { N = 3, POINTS = 32 };
    double *memory = calloc(fg__tile_size(N, POINTS, sizeof *memory) + 8, sizeof *memory);
    for (int k = 0; k < 8; ++k) {
        const fg_tile t = fg__tile_at(memory + k, N, POINTS);
        const size_t gap = (size_t)((char *)t.base - (char *)(t.slot + N));
        CHECK((uintptr_t)t.base % FG_TILE_LINE == 0 && gap < FG_TILE_LINE);
        CHECK(t.slot[0] == t.base && t.slot[N - 1] == t.base + (N - 1) * POINTS);
    }
    free(memory);
}

/* Two workers, and chunk after chunk, give what one run of all gives. */
static void test_workers_share_the_points_of_a_batch(void)
{
    enum { N = 3000 };
    static double x[N], result[2][N];
    static int8_t status[2][N];
    graph g;
    graph_init(&g);
    const int32_t a = input(&g.f), y = row(&g.f, FG_OP_sin, a, a);
    const fg_guard guard = {row(&g.f, FG_OP_less, a, number(&g.f, 1.5)),
                            node_checked(fg_func_number(&g.f, 1.0, FG_TRUTH))};
    fg_program p;
    CHECK_COUNT(plan(&g, 1, &y, 1, &guard, &p), FG_OK);
    for (size_t k = 0; k < N; ++k) {
        x[k] = draw_between(-2.0, 2.0);
    }
    const void *in = x;
    void *out = result[0];
    double *one = batch_workspace(&p), *other = batch_workspace(&p);
    const size_t step = 1;
    fg_batch b = {&p, N, &in, &step, &out, status[0], 0, 0, 0, 0, 0};
    const size_t failed = fg_batch_run(&b, one, 0, N);
    CHECK(failed > 0);
    for (size_t threads = 1; threads < 9; ++threads) {
        out = result[1], b.status = status[1];
        memset(result[1], 0, sizeof result[1]);
        fg_batch_open(&b, threads);
        CHECK(b.chunk % fg_batch_tile(&p) == 0);
        for (size_t k = 1; fg_batch_work(&b, k % 3 ? one : other, k % 2); ++k) {
            CHECK(fg_batch_done(&b) <= b.n && k < N);
        }
        CHECK_COUNT(fg_batch_done(&b), N);
        CHECK_COUNT(b.failed, failed);
        CHECK(!memcmp(status[0], status[1], N) && !memcmp(result[0], result[1], sizeof *result));
        CHECK(!fg_batch_work(&b, one, 100));
    }
    fg_batch_open(&b, 8);
    CHECK(fg_batch_work(&b, one, 1));
    fg_batch_stop(&b);
    CHECK(!fg_batch_work(&b, one, 100));
    CHECK_COUNT(fg_batch_done(&b), b.chunk);
    free(one);
    free(other);
    fg_program_free(&p);
    graph_free(&g);
}

int main(void)
{
    fg_lent_set(&stand_ins);
    RUN(test_points_of_random_programs_are_single_runs);
    RUN(test_each_row_is_the_same_in_lanes);
    RUN(test_sums_of_two_terms_are_the_same_in_lanes);
    RUN(test_long_sums_are_the_same_in_lanes);
    RUN(test_a_guard_refuses_points_and_leaves_the_others_alone);
    RUN(test_a_point_that_fails_does_not_stop_the_others);
    RUN(test_a_program_without_inputs_and_outputs_runs);
    RUN(test_sums_leave_alone_what_stands_behind_their_points);
    RUN(test_a_sum_of_any_number_has_every_term);
    RUN(test_a_tile_is_whole_lanes_as_many_as_fit);
    RUN(test_workers_share_the_points_of_a_batch);
    return REPORT();
}

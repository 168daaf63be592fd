/* test_diff.c -- adjoints and tangents as graphs: their programs give what dual numbers give. */
#include "draw.h"
#include "rules.h"

enum { N_IN = 4, WIDE = 3, N_DIRECTIONS = 3 + WIDE }; /* three scalars and an array */

/* A drawn graph of rows that have rules; the last node is a scalar. */
typedef struct smooth {
    graph g;
    int32_t in[N_IN], out, three;
} smooth;

static int32_t smooth_row(fg_func *f, const int32_t *x, size_t n, int32_t type)
{
    const int op = ruled[draw_below(N_RULED)];
    const int32_t a = x[draw_below(n)], b = x[draw_below(n)], c = x[draw_below(n)];
    const int is_array = f->types[type].ndim > 0;
    const int32_t truth = is_array ? array_type(f, FG_D_bool, WIDE) : FG_TRUTH;
    const int32_t test = row_of(f, FG_OP_less, truth, a, b, a);
    if (op == FG_OP_divide) { /* not by what may be 0 */
        const int32_t square = row_of(f, FG_OP_square, type, b, b, b);
        const int32_t below = row_of(f, FG_OP_add, type, square, number(f, 1.0), b);
        return row_of(f, op, type, a, below, a);
    }
    /* the first operand of select passes nothing on, though it may depend on an input */
    const int32_t first = op == FG_OP_select && draw_below(2) ? test : a;
    return row_of(f, op, type, first, b, c);
}

static void draw_smooth(smooth *s, int n)
{
    graph_init(&s->g);
    fg_func *f = &s->g.f;
    int32_t scalar[64], array[64];
    size_t n_scalar = 0, n_array = 0;
    s->three = array_type(f, FG_D_float64, WIDE);
    for (int k = 0; k < 3; ++k) {
        scalar[n_scalar++] = s->in[k] = input(f);
    }
    array[n_array++] = s->in[3] = node_checked(fg_func_input(f, s->three));
    scalar[n_scalar++] = number(f, 0.5);
    for (int k = 0; k < n; ++k) {
        const size_t kind = draw_below(8);
        const int32_t first = scalar[draw_below(n_scalar)], late = scalar[n_scalar - 1];
        if (kind < 4) {
            scalar[n_scalar] = smooth_row(f, scalar, n_scalar, FG_SCALAR);
            ++n_scalar;
        } else if (kind < 6) {
            array[n_array] = smooth_row(f, array, n_array, s->three);
            ++n_array;
        } else if (kind < 7) {
            const int32_t from = array[draw_below(n_array)], index = (int32_t)draw_below(WIDE);
            scalar[n_scalar++] = node_checked(fg_func_item(f, from, index, FG_SCALAR));
        } else {
            const int32_t x[WIDE] = {first, late, scalar[draw_below(n_scalar)]};
            array[n_array++] = node_checked(fg_func_pack(f, x, WIDE, s->three));
        }
    }
    s->out = scalar[n_scalar - 1];
    for (size_t k = 0; k < n_array; ++k) { /* all arrays matter */
        const int32_t e = node_checked(fg_func_item(f, array[k], (int32_t)k % WIDE, FG_SCALAR));
        s->out = row(f, FG_OP_add, row(f, FG_OP_sin, s->out, 0), e);
    }
}

/* The derivative of one element of a row, from elements and their derivatives. */
static double dual_row(int op, const double *x, const double *d)
{
    switch (op) {
    case FG_OP_add:
        return d[0] + d[1];
    case FG_OP_subtract:
        return d[0] - d[1];
    case FG_OP_masked_multiply:
    case FG_OP_multiply:
        return d[0] * x[1] + x[0] * d[1];
    case FG_OP_divide:
        return (d[0] * x[1] - x[0] * d[1]) / (x[1] * x[1]);
    case FG_OP_square:
        return 2.0 * x[0] * d[0];
    case FG_OP_sin:
        return cos(x[0]) * d[0];
    case FG_OP_cos:
        return -sin(x[0]) * d[0];
    case FG_OP_negative:
        return -d[0];
    case FG_OP_select:
        return x[0] != 0.0 ? d[1] : d[2];
    default:
        return 0.0;
    }
}

/* The derivative of a scalar node along one direction, by dual numbers. direction [6] */
static double dual(const graph *g, int32_t node, double *const *value, const double *direction)
{
    const fg_func *f = &g->f;
    double *dot = calloc(f->graph.n * WIDE, sizeof *dot);
    for (size_t i = 0; i <= (size_t)node; ++i) {
        const int op = f->graph.op[i];
        const int32_t *arg = f->graph.arg[i];
        const size_t n = size_of(f, (int32_t)i);
        int32_t count;
        const int32_t *p = fg_graph_operands(&f->graph, i, &count);
        for (size_t k = 0; k < n; ++k) {
            double x[3] = {0.0, 0.0, 0.0}, d[3] = {0.0, 0.0, 0.0}, *to = &dot[i * WIDE + k];
            for (int32_t m = 0; m < count && op < FG_N_ROWS; ++m) {
                const size_t e = size_of(f, p[m]) > 1 ? k : 0;
                x[m] = value[p[m]][e];
                d[m] = dot[(size_t)p[m] * WIDE + e];
            }
            *to = op == FG_LEAF   ? direction[arg[0] < 3 ? (size_t)arg[0] : 3 + k]
                  : op == FG_ITEM ? dot[arg[0] * WIDE + arg[1]]
                  : op == FG_PACK ? dot[p[k] * WIDE]
                                  : dual_row(op, x, d);
        }
    }
    const double d = dot[node * WIDE];
    free(dot);
    return d;
}

static int32_t pack_of(smooth *s, const double *x)
{
    int32_t node[WIDE];
    for (int k = 0; k < WIDE; ++k) {
        node[k] = number(&s->g.f, x[k]);
    }
    return node_checked(fg_func_pack(&s->g.f, node, WIDE, s->three));
}

/* Values of a scalar or array node, all of one output of a program. */
static void run_one(const graph *g, int32_t node, const double *const *in, double *to)
{
    fg_program p;
    size_t at;
    CHECK_COUNT(plan(g, 1, &node, 0, NULL, &p), FG_OK);
    double *w = workspace(&p, in);
    CHECK_COUNT(fg_program_run(&p, w, &at), FG_OK);
    memcpy(to, w + p.output[0].place, p.output[0].size * sizeof *w);
    free(w);
    fg_program_free(&p);
}

static void test_adjoints_and_tangents_are_those_of_dual_numbers(void)
{
    fg_rules r;
    CHECK_COUNT(rules_by_hand(&r), FG_OK);
    for (int round = 0; round < 300; ++round) {
        smooth s;
        draw_seed(70 + (uint64_t)round);
        draw_smooth(&s, 4 + (int)draw_below(40));
        double point[N_DIRECTIONS], along[N_DIRECTIONS];
        const double *const in[N_IN] = {point, point + 1, point + 2, point + 3};
        for (int k = 0; k < N_DIRECTIONS; ++k) {
            point[k] = draw_between(-1.0, 1.0);
            along[k] = draw_between(-1.0, 1.0);
        }
        double **value = values_of(&s.g, in);
        const double wanted = dual(&s.g, s.out, value, along);
        double scale = 1.0, wanted_by[N_DIRECTIONS];
        for (int k = 0; k < N_DIRECTIONS; ++k) {
            double unit[N_DIRECTIONS] = {0.0};
            unit[k] = 1.0;
            wanted_by[k] = dual(&s.g, s.out, value, unit);
            scale = fmax(scale, fabs(wanted_by[k]));
        }
        values_free(&s.g, value);
        int32_t adjoint[N_IN], tangent, dot[N_IN];
        CHECK_COUNT(reverse(&s.g.f, &r, s.out, N_IN, s.in, adjoint), FG_OK);
        for (int j = 0; j < N_IN; ++j) {
            double got[WIDE] = {0.0};
            CHECK(adjoint[j] < 0 || s.g.f.type[adjoint[j]] == s.g.f.type[s.in[j]]);
            if (adjoint[j] >= 0) {
                run_one(&s.g, adjoint[j], in, got);
            }
            for (int k = 0; k < (j < 3 ? 1 : WIDE); ++k) { /* 1e-12: some hundred roundings */
                CHECK_NEAR(got[k], wanted_by[j + k], 1e-12 * scale);
            }
        }
        for (int j = 0; j < 3; ++j) {
            dot[j] = number(&s.g.f, along[j]);
        }
        dot[3] = pack_of(&s, along + 3);
        CHECK_COUNT(forward(&s.g.f, &r, N_IN, s.in, dot, s.out, &tangent), FG_OK);
        double got = 0.0;
        if (tangent >= 0) {
            run_one(&s.g, tangent, in, &got);
        }
        CHECK_NEAR(got, wanted, 1e-12 * scale * N_DIRECTIONS);
        graph_free(&s.g);
    }
    fg_rules_free(&r);
}

static void test_a_gradient_can_be_differentiated_again(void)
{
    fg_rules r;
    graph g;
    graph_init(&g);
    CHECK_COUNT(rules_by_hand(&r), FG_OK);
    const int32_t x = input(&g.f), y = input(&g.f);
    int32_t node = row(&g.f, FG_OP_sin, row(&g.f, FG_OP_multiply, x, y), 0); /* sin(x y) */
    const double in[2] = {0.5, 1.25}, c = cos(0.625), s = sin(0.625);
    const double wanted[] = {1.25 * c, -1.25 * 1.25 * s, -1.25 * 1.25 * 1.25 * c};
    for (int k = 0; k < 3; ++k) {
        CHECK_COUNT(reverse(&g.f, &r, node, 1, &x, &node), FG_OK);
        CHECK_NEAR(value_at(&g, node, in), wanted[k], 1e-15);
    }
    CHECK_COUNT(reverse(&g.f, &r, node, 1, &y, &node), FG_OK); /* -y^3 cos(x y) by y */
    CHECK_NEAR(value_at(&g, node, in), -3.0 * 1.25 * 1.25 * c + 1.25 * 1.25 * 1.25 * 0.5 * s,
               1e-14);
    graph_free(&g);
    fg_rules_free(&r);
}

static void test_a_branch_that_is_not_taken_adds_no_nan(void)
{
    fg_rules r;
    graph g;
    graph_init(&g);
    CHECK_COUNT(rules_by_hand(&r), FG_OK);
    const int32_t x = input(&g.f), zero = number(&g.f, 0.0);
    const int32_t root = row(&g.f, FG_OP_sqrt, x, x), t = row(&g.f, FG_OP_less, zero, x);
    const int32_t out = row_of(&g.f, FG_OP_select, FG_SCALAR, t, root, x);
    int32_t adjoint;
    CHECK_COUNT(reverse(&g.f, &r, out, 1, &x, &adjoint), FG_OK);
    CHECK_EQUAL(value_at(&g, adjoint, &(double){0.0}), 1.0); /* 1 + 0 * inf */
    CHECK_EQUAL(value_at(&g, adjoint, &(double){-1.0}), 1.0);
    CHECK_EQUAL(value_at(&g, adjoint, &(double){4.0}), 0.5);
    graph_free(&g);
    fg_rules_free(&r);
}

/* ----- activity ----- */

static void test_what_does_not_depend_gets_nothing(void)
{
    fg_rules r;
    graph g;
    graph_init(&g);
    fg_func *f = &g.f;
    CHECK_COUNT(rules_by_hand(&r), FG_OK);
    const int32_t x = input(f), y = input(f), five = number(f, 5.0);
    const int32_t small = node_checked(fg_func_type(f, FG_D_int64, 0, NULL));
    const int32_t steps[] = {
        row(f, FG_OP_sin, y, y),                        /* of another input */
        row(f, FG_OP_less, x, y),                       /* a test */
        row(f, FG_OP_floor, x, x),                      /* a row without a rule: zero everywhere */
        row_of(f, FG_OP_add, small, x, five, x),        /* an integer */
        row_of(f, FG_OP_select, FG_SCALAR, x, y, five), /* x chooses only */
        row(f, FG_OP_multiply, five, y),
        row(f, FG_OP_sin, row(f, FG_OP_floor, x, x), x), /* of what has no derivative */
    };
    const size_t n_steps = sizeof steps / sizeof *steps;
    number(f, 1.0); /* the seed */
    number(f, 3.0); /* the tangent */
    const size_t n = f->graph.n;
    int32_t adjoint, tangent;
    for (size_t k = 0; k < n_steps; ++k) {
        CHECK_COUNT(reverse(f, &r, steps[k], 1, &x, &adjoint), FG_OK);
        CHECK_COUNT(adjoint, -1);
        const int32_t three = number(f, 3.0);
        CHECK_COUNT(forward(f, &r, 1, &x, &three, steps[k], &tangent), FG_OK);
        CHECK_COUNT(tangent, -1);
        CHECK_COUNT(f->graph.n, n);
    }
    const int32_t sum = row(f, FG_OP_add, steps[0], x);
    const size_t more = f->graph.n;
    CHECK_COUNT(reverse(f, &r, sum, 1, &x, &adjoint), FG_OK);
    double v = 0.0;
    CHECK(fg_func_is_number(f, adjoint, &v) && v == 1.0);
    CHECK_COUNT(f->graph.n, more); /* nothing for sin(y) */
    graph_free(&g);
    fg_rules_free(&r);
}

static void test_an_element_without_an_adjoint_gets_zero(void)
{
    fg_rules r;
    graph g;
    graph_init(&g);
    fg_func *f = &g.f;
    CHECK_COUNT(rules_by_hand(&r), FG_OK);
    const int32_t four = array_type(f, FG_D_float64, 4), a = node_checked(fg_func_input(f, four));
    const int32_t p = node_checked(fg_func_item(f, a, 1, FG_SCALAR));
    const int32_t q = node_checked(fg_func_item(f, a, 3, FG_SCALAR));
    const int32_t out = row(f, FG_OP_multiply, row(f, FG_OP_multiply, p, q), p); /* p^2 q */
    int32_t adjoint;
    CHECK_COUNT(reverse(f, &r, out, 1, &a, &adjoint), FG_OK);
    const double in[4] = {9.0, 2.0, 9.0, 5.0};
    double got[4];
    run_one(&g, adjoint, (const double *const[]){in}, got);
    CHECK(got[0] == 0.0 && got[1] == 20.0 && got[2] == 0.0 && got[3] == 4.0);
    /* the tangent of a PACK has zeros likewise */
    const int32_t x = input(f), xs[4] = {x, p, x, q};
    const int32_t packed = node_checked(fg_func_pack(f, xs, 4, four)), one = number(f, 1.0);
    int32_t tangent;
    CHECK_COUNT(forward(f, &r, 1, &x, &one, packed, &tangent), FG_OK);
    run_one(&g, tangent, (const double *const[]){in, in}, got);
    CHECK(got[0] == 1.0 && got[1] == 0.0 && got[2] == 1.0 && got[3] == 0.0);
    CHECK_COUNT(forward(f, &r, 0, NULL, NULL, packed, &tangent), FG_OK);
    CHECK_COUNT(tangent, -1);
    graph_free(&g);
    fg_rules_free(&r);
}

/* The adjoint of x from those of two nodes, or a status. */
static int32_t adjoint_from(fg_func *f, const fg_rules *r, const int32_t *node, const int32_t *seed,
                            int32_t x)
{
    fg_diff d;
    int32_t at;
    fg_status status = fg_diff_init(&d, f, r);
    if (status != FG_OK) {
        return status;
    }
    d.active[x] = 1;
    fg_diff_activate(&d);
    for (int k = 0; k < 2 && status == FG_OK; ++k) {
        status = fg_diff_add(&d, node[k], seed[k]);
    }
    status = status == FG_OK ? fg_diff_reverse(&d, &at) : status;
    const int32_t adjoint = status == FG_OK ? d.with[x] : status;
    fg_diff_free(&d);
    return adjoint;
}

static void test_an_element_that_two_nodes_read_gets_both_adjoints(void)
{
    fg_rules r;
    CHECK_COUNT(rules_by_hand(&r), FG_OK);
    for (int dtype = FG_D_float64; dtype <= FG_D_float32; ++dtype) {
        graph g;
        graph_init(&g);
        fg_func *f = &g.f;
        const int32_t three = array_type(f, dtype, WIDE);
        const int32_t one = node_checked(fg_func_type(f, dtype, 0, NULL));
        const int32_t seed[] = {node_checked(fg_func_input(f, one)),
                                node_checked(fg_func_input(f, one))};
        const int32_t a = node_checked(fg_func_input(f, three));
        int32_t item[2] = {node_checked(fg_func_item(f, a, 1, one))};
        CHECK_COUNT(fg__func_reserve(f, 0, 0), FG_OK);
        item[1] = fg__func_append(f, FG_ITEM, a, 1, one, 0); /* equal, and not shared */
        fg_func full;
        int32_t adjoint = FG_E_MEMORY;
        for (long n = 0; adjoint == FG_E_MEMORY;
             ++n) { /* each new node is the first to need room */
            CHECK_COUNT(fg_func_copy(f, &full), FG_OK);
            fg_mem_fail_after(n, 0);
            adjoint = adjoint_from(&full, &r, item, seed, a);
            fg_mem_fail_after(-1, 0);
            fg_func_free(&full);
        }
        CHECK_COUNT(adjoint_from(f, &r, item, seed, a), adjoint);
        int32_t count;
        const int32_t *x = fg_graph_operands(&f->graph, (size_t)adjoint, &count);
        const int32_t *sum = f->graph.arg[x[1]];
        double zero = -1.0;
        CHECK(fg_func_is_number(f, x[0], &zero) && zero == 0.0 && x[2] == x[0]);
        CHECK(f->type[adjoint] == three && f->type[x[0]] == one && f->type[x[1]] == one);
        CHECK(f->graph.op[x[1]] == FG_OP_add && sum[0] == seed[1] && sum[1] == seed[0]);
        graph_free(&g);
    }
    fg_rules_free(&r);
}

static void test_what_is_added_carries_the_line_of_its_node(void)
{
    fg_rules r;
    graph g;
    graph_init(&g);
    CHECK_COUNT(rules_by_hand(&r), FG_OK);
    g.f.here = 11;
    const int32_t x = input(&g.f);
    g.f.here = 12;
    const int32_t out = row(&g.f, FG_OP_sin, x, x);
    g.f.here = 13;
    int32_t adjoint;
    CHECK_COUNT(reverse(&g.f, &r, out, 1, &x, &adjoint), FG_OK);
    CHECK_COUNT(g.f.line[adjoint], 12);
    CHECK_COUNT(g.f.here, 0);
    graph_free(&g);
    fg_rules_free(&r);
}

/* ----- structural ops are the caller's ----- */

static void test_a_pass_waits_at_structural_ops(void)
{
    fg_rules r;
    graph g;
    graph_init(&g);
    fg_func *f = &g.f;
    CHECK_COUNT(rules_by_hand(&r), FG_OK);
    const int32_t three = array_type(f, FG_D_float64, 3), a = node_checked(fg_func_input(f, three));
    const int32_t s = row_of(f, FG_OP_square, three, a, a, a);
    const int32_t b = deed_of(&g, DO_REVERSE, 0, &s, 1, three);
    const int32_t c = deed_of(&g, DO_REVERSE, 0, &b, 1, three);
    const int32_t other = node_checked(fg_func_input(f, three));
    const int32_t apart = deed_of(&g, DO_REVERSE, 0, &other, 1, three); /* not asked for */
    const int32_t product = row_of(f, FG_OP_multiply, three, b, apart, b);
    const int32_t e = node_checked(fg_func_item(f, c, 0, FG_SCALAR)); /* a[0]^2 */
    const int32_t h = node_checked(fg_func_item(f, product, 1, FG_SCALAR));
    const int32_t out = row(f, FG_OP_add, e, h); /* a[0]^2 + a[1]^2 other[1] */
    const double in[2][3] = {{2.0, 3.0, 5.0}, {7.0, 11.0, 13.0}};
    const double *const at_in[] = {in[0], in[1]};
    double got[3];
    fg_diff d;
    int32_t at = -1;
    CHECK_COUNT(fg_diff_init(&d, f, &r), FG_OK);
    d.active[a] = 1;
    fg_diff_activate(&d);
    CHECK(d.active[c] && d.active[out] && !d.active[apart]);
    CHECK_COUNT(fg_diff_add(&d, out, number(f, 1.0)), FG_OK);
    CHECK_COUNT(fg_diff_reverse(&d, &at), FG_STOP);
    CHECK_COUNT(at, c);
    CHECK_COUNT(fg_diff_add(&d, b, deed_of(&g, DO_REVERSE, 0, &d.with[c], 1, three)), FG_OK);
    CHECK_COUNT(fg_diff_reverse(&d, &at), FG_STOP);
    CHECK_COUNT(at, b);
    CHECK_COUNT(fg_diff_add(&d, s, deed_of(&g, DO_REVERSE, 0, &d.with[b], 1, three)), FG_OK);
    CHECK_COUNT(fg_diff_reverse(&d, &at), FG_OK);
    CHECK_COUNT(d.with[other], -1);
    run_one(&g, d.with[a], at_in, got);
    CHECK(got[0] == 4.0 && got[1] == 2.0 * 3.0 * 11.0 && got[2] == 0.0);
    fg_diff_free(&d);

    static const double ones[3] = {1.0, 1.0, 1.0};
    CHECK_COUNT(fg_diff_init(&d, f, &r), FG_OK);
    d.active[a] = 1;
    fg_diff_activate(&d);
    CHECK_COUNT(fg_diff_add(&d, a, fg_func_array(f, ones, three)), FG_OK);
    CHECK_COUNT(fg_diff_forward(&d, &at), FG_STOP);
    CHECK_COUNT(at, b);
    CHECK_COUNT(fg_diff_add(&d, b, deed_of(&g, DO_REVERSE, 0, &d.with[s], 1, three)), FG_OK);
    CHECK_COUNT(fg_diff_forward(&d, &at), FG_STOP);
    CHECK_COUNT(at, c); /* whose tangent is left out: it counts as zero */
    fg_status status;
    while ((status = fg_diff_forward(&d, &at)) == FG_STOP) {
        CHECK(at > c); /* ops that the adjoints have added */
    }
    CHECK_COUNT(status, FG_OK);
    run_one(&g, d.with[out], at_in, got);
    CHECK_EQUAL(got[0], 2.0 * 3.0 * 11.0);
    fg_diff_free(&d);
    graph_free(&g);
    fg_rules_free(&r);
}

/* ----- rules ----- */

static void test_rules_that_cannot_be_are_refused(void)
{
    fg_rules r;
    fg_rules_init(&r);
    const fg_step good = {FG_OP_multiply, {G, Y, 0}}, itself = {FG_OP_multiply, {G, 0, 0}};
    const fg_step row_none = {FG_N_ROWS, {G, Y, 0}}, ref_none = {FG_OP_sin, {FG_REF_NONE, 0, 0}};
    const fg_step gap = {FG_OP_sin, {-7, 0, 0}}, no_number = {FG_OP_sin, {FG_REF_NUMBER, 0, 0}};
    CHECK_COUNT(fg_rules_add(&r, -1, 0, &good, 1, 0), FG_E_OPCODE);
    CHECK_COUNT(fg_rules_add(&r, FG_N_ROWS, 0, &good, 1, 0), FG_E_OPCODE);
    CHECK_COUNT(fg_rules_add(&r, FG_OP_sin, 1, &good, 1, 0), FG_E_OPCODE);
    CHECK_COUNT(fg_rules_add(&r, FG_OP_sin, -1, &good, 1, 0), FG_E_OPCODE);
    CHECK_COUNT(fg_rules_add(&r, FG_OP_sin, 0, &row_none, 1, 0), FG_E_OPCODE);
    CHECK_COUNT(fg_rules_add(&r, FG_OP_sin, 0, &good, 1, 1), FG_E_OPERAND);
    CHECK_COUNT(fg_rules_add(&r, FG_OP_sin, 0, &good, -1, G), FG_E_OPERAND);
    CHECK_COUNT(fg_rules_add(&r, FG_OP_sin, 0, &good, FG_RULE_STEPS + 1, G), FG_E_OPERAND);
    CHECK_COUNT(fg_rules_add(&r, FG_OP_sin, 0, &good, 1, FG_REF_NONE), FG_E_OPERAND);
    CHECK_COUNT(fg_rules_add(&r, FG_OP_sin, 0, &itself, 1, 0), FG_E_OPERAND);
    CHECK_COUNT(fg_rules_add(&r, FG_OP_sin, 0, &ref_none, 1, 0), FG_E_OPERAND);
    CHECK_COUNT(fg_rules_add(&r, FG_OP_sin, 0, &gap, 1, 0), FG_E_OPERAND);
    CHECK_COUNT(fg_rules_add(&r, FG_OP_sin, 0, &no_number, 1, 0), FG_E_OPERAND);
    CHECK_COUNT(r.n_step, 0);
    CHECK_COUNT(fg_rules_number(&r, 4.0), FG_REF_NUMBER);
    CHECK_COUNT(fg_rules_number(&r, 5.0), FG_REF_NUMBER - 1);
    CHECK_COUNT(fg_rules_number(&r, 4.0), FG_REF_NUMBER);
    CHECK_COUNT(fg_rules_add(&r, FG_OP_sin, 0, &no_number, 1, 0), FG_OK);
    fg_rules_free(&r);
}

int main(void)
{
    RUN(test_adjoints_and_tangents_are_those_of_dual_numbers);
    RUN(test_a_gradient_can_be_differentiated_again);
    RUN(test_a_branch_that_is_not_taken_adds_no_nan);
    RUN(test_what_does_not_depend_gets_nothing);
    RUN(test_an_element_without_an_adjoint_gets_zero);
    RUN(test_an_element_that_two_nodes_read_gets_both_adjoints);
    RUN(test_what_is_added_carries_the_line_of_its_node);
    RUN(test_a_pass_waits_at_structural_ops);
    RUN(test_rules_that_cannot_be_are_refused);
    return REPORT();
}

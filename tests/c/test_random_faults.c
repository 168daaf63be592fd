/* test_random_faults.c -- graphs of many shapes and sizes, in whose plans and derivatives each allocation
 * fails once: wherever room runs out the call says so, and leaves nothing. */
#include "random_graphs.h"
#include "rules.h"

enum { GRAPHS = 250, MOST = 100000 };

static int32_t array_of(fg_func *f, int32_t type)
{
    static const double numbers[3] = {2.0, 3.0, 5.0};
    return node_checked(fg_func_array(f, numbers, type));
}

/* Whether a call that was to fail at an allocation got that far; it has said so, or done without. */
static int reached(fg_status status, long failed_before)
{
    fg_mem_fail_after(-1, 0);
    CHECK(status == FG_OK || status == FG_E_MEMORY);
    return fg_mem_failed() > failed_before;
}

static void test_a_plan_without_memory_leaves_nothing(void)
{
    static drawn d;
    long refused = 0;
    for (int round = 0; round < GRAPHS; ++round) {
        draw_seed(900 + (uint64_t)round);
        draw_graph(&d, 20 + 7 * round % 200, round % 4 != 0);
        int32_t output[6];
        size_t n = 0;
        for (size_t s = 1; s < N_SIZES; ++s) {
            output[n++] = pick_of_size(&d, s);
        }
        output[n++] = pick_scalar(&d);
        const int32_t late = d.scalar[d.n_scalar - 1]; /* guards stand in the order of nodes */
        const fg_guard guard[2] = {{d.of_size[2][0], array_of(&d.g.f, d.array[2])},
                                   {late, number(&d.g.f, 7.5)}};
        CHECK(d.of_size[2][0] < late);
        fg_program p;
        CHECK_COUNT(plan(&d.g, n, output, 2, guard, &p), FG_OK);
        fg_program_free(&p);
        for (long k = 0; k < MOST; ++k) {
            const long before = fg_mem_failed(), live = fg_mem_live();
            fg_mem_fail_after(k, 1);
            const fg_status status = plan(&d.g, n, output, 2, guard, &p);
            const int again = reached(status, before);
            refused += status == FG_E_MEMORY;
            if (status == FG_OK) {
                fg_program_free(&p);
            }
            CHECK_COUNT(fg_mem_live(), live);
            if (!again) {
                break;
            }
        }
        graph_free(&d.g);
    }
    CHECK(refused > 10 * GRAPHS);
}

/* A function of x and of an array that is packed from it, whose parts are read often. */
static int32_t often_read(graph *g, int n_more, int32_t *x)
{
    fg_func *f = &g->f;
    const int32_t three = array_type(f, FG_D_float64, 3);
    *x = input(f);
    for (int k = 0; k < n_more; ++k) { /* room runs out elsewhere */
        input(f);
    }
    int32_t sum = row(f, FG_OP_sin, *x, 0);
    for (int k = 0; k < 4; ++k) {
        const int32_t part[3] = {sum, *x, row(f, FG_OP_multiply, sum, *x)};
        const int32_t packed = node_checked(fg_func_pack(f, part, 3, three));
        const int32_t squared = row_of(f, FG_OP_square, three, packed, 0, 0);
        sum = row(f, FG_OP_add, node_checked(fg_func_item(f, squared, k % 3, FG_SCALAR)),
                  row(f, FG_OP_multiply, part[2], sum));
    }
    return sum;
}

static fg_status derive(const graph *g, const fg_rules *r, int32_t output, int32_t x)
{
    fg_func copy;
    int32_t adjoint;
    fg_status status = fg_func_copy(&g->f, &copy);
    if (status == FG_OK) {
        status = reverse(&copy, r, output, 1, &x, &adjoint);
        CHECK(status != FG_OK || adjoint > output);
        fg_func_free(&copy);
    }
    return status;
}

static void test_a_derivative_without_memory_leaves_nothing(void)
{
    fg_rules r;
    long refused = 0;
    CHECK_COUNT(rules_by_hand(&r), FG_OK);
    for (int n_more = 0; n_more < GRAPHS; ++n_more) {
        static graph g;
        int32_t x;
        graph_init(&g);
        const int32_t output = often_read(&g, n_more, &x);
        CHECK_COUNT(derive(&g, &r, output, x), FG_OK);
        for (long k = 0; k < MOST; ++k) {
            const long before = fg_mem_failed(), live = fg_mem_live();
            fg_mem_fail_after(k, 1);
            const fg_status status = derive(&g, &r, output, x);
            refused += status == FG_E_MEMORY;
            const int again = reached(status, before);
            CHECK_COUNT(fg_mem_live(), live);
            if (!again) {
                break;
            }
        }
        graph_free(&g);
    }
    CHECK(refused > 10 * GRAPHS);
    fg_rules_free(&r);
}

static void test_allocations_are_counted(void)
{
    const long count = fg_mem_count();
    fg_mem_free(fg_mem_zeros(1, 1));
    CHECK_COUNT(fg_mem_count(), count + 1);
}

int main(void)
{
    RUN(test_a_plan_without_memory_leaves_nothing);
    RUN(test_a_derivative_without_memory_leaves_nothing);
    RUN(test_allocations_are_counted);
    return REPORT();
}

/* test_status.c -- what failures say, and the allocations that tests make fail. */
#include "check.h"
#include "fg_status.h"
#include <stdint.h>

static const int codes[] = {FG_OK,         FG_STOP,     FG_E_MEMORY, FG_E_FULL,     FG_E_FREED,
                            FG_E_MODIFIED, FG_E_NAN,    FG_E_OPCODE, FG_E_OPERAND,  FG_E_INDEX,
                            FG_E_RANGE,    FG_E_BRANCH, FG_E_FORMAT, FG_E_SINGULAR, FG_E_POSITIVE,
                            FG_E_CONVERGE, FG_E_LAPACK, FG_E_ROOT};
enum { N_CODES = sizeof codes / sizeof *codes };

static void test_each_status_has_a_message_of_its_own_and_an_exception(void)
{
    for (int k = 0; k < N_CODES; ++k) {
        const fg_status status = (fg_status)codes[k];
        CHECK(fg_status_message(status)[0] && strstr(fg_status_exception(status), "Error"));
        for (int m = 0; m < k; ++m) {
            CHECK(strcmp(fg_status_message(status), fg_status_message((fg_status)codes[m])) != 0);
        }
    }
    CHECK(FG_OK == 0 && FG_STOP > 0);
    CHECK(!strcmp(fg_status_exception(FG_E_MEMORY), "MemoryError"));
    CHECK(!strcmp(fg_status_exception(FG_E_OPERAND), "IndexError"));
}

static void test_failures_are_negative(void)
{
    for (int k = 2; k < N_CODES; ++k) {
        CHECK(codes[k] < 0);
    }
}

static void test_what_is_no_status_has_a_text_all_the_same(void)
{
    CHECK(!strcmp(fg_status_message((fg_status)-99), "unknown status"));
    CHECK(!strcmp(fg_status_exception((fg_status)-99), "RuntimeError"));
}

static void test_memory_comes_zeroed_and_keeps_its_items(void)
{
    char *block = fg_mem_zeros(100, 3);
    for (int k = 0; k < 300; ++k) {
        CHECK_COUNT(block[k], 0);
    }
    memset(block, 5, 300);
    block = fg_mem_resize(block, 1000, 3);
    CHECK(block[0] == 5 && block[299] == 5);
    block = fg_mem_resize(block, 0, 3);
    CHECK(block != NULL);
    fg_mem_free(block);
    fg_mem_free(NULL);
    block = fg_mem_zeros(0, 8);
    CHECK(block != NULL);
    fg_mem_free(block);
}

static void test_sizes_that_overflow_are_refused(void)
{
    void *block = fg_mem_zeros(4, 1);
    CHECK(fg_mem_resize(block, SIZE_MAX / 4 + 1, 4) == NULL);
    CHECK(fg_mem_resize(NULL, SIZE_MAX, 2) == NULL);
    fg_mem_free(block);
}

static void test_blocks_are_counted(void)
{
    const long live = fg_mem_live();
    void *a = fg_mem_zeros(1, 1), *b = fg_mem_resize(NULL, 5, 1);
    CHECK_COUNT(fg_mem_live(), live + 2);
    b = fg_mem_resize(b, 50, 1);
    CHECK_COUNT(fg_mem_live(), live + 2);
    fg_mem_free(a);
    fg_mem_free(b);
    fg_mem_free(NULL);
    CHECK_COUNT(fg_mem_live(), live);
}

static void test_the_nth_allocation_fails(void)
{
    for (int persistent = 0; persistent < 2; ++persistent) {
        fg_mem_fail_after(2, persistent);
        void *a = fg_mem_zeros(1, 1), *b = fg_mem_resize(NULL, 1, 1);
        CHECK(a && b && !fg_mem_zeros(1, 1));
        void *c = fg_mem_resize(b, 2, 1);
        CHECK((c == NULL) == persistent);
        fg_mem_fail_after(-1, 0);
        fg_mem_free(a);
        fg_mem_free(c ? c : b);
    }
}

int main(void)
{
    RUN(test_each_status_has_a_message_of_its_own_and_an_exception);
    RUN(test_failures_are_negative);
    RUN(test_what_is_no_status_has_a_text_all_the_same);
    RUN(test_memory_comes_zeroed_and_keeps_its_items);
    RUN(test_sizes_that_overflow_are_refused);
    RUN(test_blocks_are_counted);
    RUN(test_the_nth_allocation_fails);
    return REPORT();
}

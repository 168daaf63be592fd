/* check.h -- a small test harness: CHECK counts what is wrong, RUN names a test, REPORT ends main.
 *
 * A check that fails says where and what, and the test goes on. A test must give back every block
 * of the core that it took.
 */
#ifndef CHECK_H
#define CHECK_H
#include "fg_mem.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { CHECK_SHOWN = 10 }; /* failures printed a test; the rest are counted */

static int check_passed, check_failed; /* tests */
static long check_wrong;               /* checks of the test that runs */

/* Counts a failure; whether it is to be printed. */
static inline int check_fails(int wrong, const char *what, const char *file, int line)
{
    if (!wrong || ++check_wrong > CHECK_SHOWN) {
        return 0;
    }
    printf("%s:%d: %s", file, line, what);
    return 1;
}

static inline void check_that(int truth, const char *what, const char *file, int line)
{
    if (check_fails(!truth, what, file, line)) {
        printf("\n");
    }
}

static inline void check_count(long long a, long long b, const char *what, const char *file,
                               int line)
{
    if (check_fails(a != b, what, file, line)) {
        printf(": %lld, not %lld\n", a, b);
    }
}

/* `apart` is the difference that is allowed; 0 asks for equal numbers, whose zeros may differ in
 * sign, and -1 for the same sign of zero as well. A NaN is as good as another. */
static inline void check_number(double a, double b, double apart, const char *what,
                                const char *file, int line)
{
    int same = a == b || (isnan(a) && isnan(b)) || fabs(a - b) <= apart;
    if (apart < 0.0 && !isnan(a)) {
        same = memcmp(&a, &b, sizeof a) == 0;
    }
    if (check_fails(!same, what, file, line)) {
        printf(": %.17g, not %.17g\n", a, b);
    }
}

#define CHECK(truth) check_that((truth) != 0, #truth, __FILE__, __LINE__)
#define CHECK_COUNT(a, b) \
    check_count((long long)(a), (long long)(b), #a " == " #b, __FILE__, __LINE__)
#define CHECK_NEAR(a, b, apart) check_number(a, b, apart, #a " is " #b, __FILE__, __LINE__)
#define CHECK_EQUAL(a, b) CHECK_NEAR(a, b, 0.0)
#define CHECK_SAME(a, b) CHECK_NEAR(a, b, -1.0)

static inline void check_run(void (*test)(void), const char *name, const char *file)
{
    const long live = fg_mem_live();
    check_wrong = 0;
    test();
    check_count(fg_mem_live(), live, "blocks of the core in use, after and before", file, 0);
    if (check_wrong) {
        printf("FAILED %s: %ld checks\n", name, check_wrong);
    }
    ++*(check_wrong ? &check_failed : &check_passed);
}

#define RUN(test) check_run(test, #test, __FILE__)
#define REPORT() (printf("%d passed, %d failed\n", check_passed, check_failed), check_failed != 0)

#endif

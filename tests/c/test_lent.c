/* test_lent.c -- rows call functions that are lent, and give NaN without; the zeta function. */
#include "check.h"
#include "fg_isa.h"
#include "fg_ops.h"
#include "fg_zeta.h"
#include "stand_ins.h"

static void test_a_function_that_is_not_lent_gives_nan(void)
{
    static fg_lent none;
    CHECK(isnan(fg_op_value(FG_OP_gammaln, 2.5, 0.0, 0.0)));
    CHECK(isnan(fg_op_value(FG_OP_betainc, 2.5, 1.0, 0.5)));
    fg_lent_set(&none);
    CHECK(isnan(fg_op_value(FG_OP_gammaln, 2.5, 0.0, 0.0)));
    CHECK(isnan(fg_op_value(FG_OP_jv, 2.0, 1.0, 0.0)));
}

static void test_a_row_says_which_functions_it_calls(void)
{
    int rows = 0;
    CHECK_COUNT(fg_lent_next(FG_OP_sin, 0), FG_N_LENT);
    CHECK_COUNT(fg_lent_next(FG_OP_zeta, 0), FG_N_LENT);
    CHECK_COUNT(fg_lent_next(FG_OP_gammaln, 0),
                FG_LENT_gammaln); /* a name inside another is none */
    CHECK_COUNT(fg_lent_next(FG_OP_gammaln, FG_LENT_gammaln + 1), FG_LENT_psi);
    CHECK_COUNT(fg_lent_next(FG_OP_gammaln, FG_LENT_psi + 1), FG_N_LENT);
    CHECK_COUNT(fg_lent_next(FG_OP_polygamma, 0), FG_LENT_gamma); /* in a local gradient */
    CHECK_COUNT(fg_lent_next(-1, 0), FG_N_LENT);
    CHECK_COUNT(fg_lent_next(FG_N_ROWS, 0), FG_N_LENT);
    for (int k = 0; k < FG_N_LENT; ++k) {
        int called = 0;
        for (int op = 0; op < FG_N_ROWS; ++op) {
            called += fg_lent_next(op, k) == k;
        }
        CHECK(called);
        CHECK(fg_lent_name(k)[0] && fg_lent_arity(k) >= 1 && fg_lent_arity(k) <= 3);
    }
    CHECK(!fg_lent_name(-1) && !fg_lent_name(FG_N_LENT) && !fg_lent_arity(FG_N_LENT));
    for (int op = 0; op < FG_N_ROWS; ++op) {
        rows += fg_lent_next(op, 0) < FG_N_LENT;
    }
    CHECK(rows > FG_N_LENT);
}

static void test_each_instruction_set_calls_what_is_lent(void)
{
    fg_lent_set(&stand_ins);
    for (int k = 0; k < FG_ISA_MOST; ++k) {
        const fg_isa *set = fg_isa_number(k);
        if (!set) {
            continue;
        }
        CHECK(set->value(FG_OP_j0, 2.0, 0.0, 0.0) == stand_in_j0(2.0, 0));
        CHECK(set->value(FG_OP_gamma, 2.0, 0.0, 0.0) == stand_in_gamma(2.0, 0));
        CHECK(set->value(FG_OP_jv, 2.0, 3.0, 0.0) == stand_in_jv(2.0, 3.0, 0));
        CHECK(set->value(FG_OP_betainc, 2.0, 3.0, 0.5) == stand_in_betainc(2.0, 3.0, 0.5, 0));
        const double x = 2.0, g = 3.0;
        double adj = 0.5;
        set->kernel[FG_OP_gammaln][1](1, &x, &x, &x, &x, &g, &adj);
        CHECK(adj == 0.5 + 3.0 * stand_in_psi(2.0, 0));
    }
}

static void test_the_zeta_function(void)
{
    const double pi = 3.141592653589793;
    static const double whole[] = {2.0, 3.0, 4.0, 7.0};
    CHECK_NEAR(fg__zeta(2.0, 1.0), pi * pi / 6.0, 1e-15);
    CHECK_NEAR(fg__zeta(4.0, 1.0), pi * pi * pi * pi / 90.0, 1e-15);
    CHECK_NEAR(fg__zeta(2.0, 0.5), pi * pi / 2.0, 2e-15);
    CHECK_NEAR(fg__zeta(3.0, 0.25), 28.0 * 1.2020569031595942 + pi * pi * pi, 1e-13);
    for (int i = 0; i < 4; ++i) {
        for (double q = -200.75; q < 40.0; q += 0.5) { /* one term less */
            const double x = whole[i], term = pow(q, -x), sum = fg__zeta(x, q);
            CHECK_NEAR(sum - term, fg__zeta(x, q + 1.0), 1e-13 * (1.0 + fabs(sum) + fabs(term)));
        }
    }
    CHECK_NEAR(fg__zeta(2.0, -1e9 - 0.25), 2.0 * pi * pi, 2e-8); /* all terms: (pi / sin(pi q))^2 */
    CHECK(isinf(fg__zeta(1.0, 2.0)) && isinf(fg__zeta(2.0, 0.0)) && isinf(fg__zeta(2.5, -3.0)));
    CHECK(isnan(fg__zeta(0.5, 2.0)) && isnan(fg__zeta(2.5, -0.5)) &&
          isnan(fg__zeta(2.0, (double)NAN)));
    CHECK(isnan(fg__zeta((double)NAN, 2.0)) && fg__zeta(2.0, (double)INFINITY) == 0.0);
    CHECK(fg__zeta((double)INFINITY, 1.0) == 1.0 && fg__zeta(1e300, 2.0) == 0.0);
    CHECK(fg__zeta(1e300, 1.0) == 1.0 && isinf(fg__zeta(1e300, 0.5)));
}

int main(void)
{
    RUN(test_a_function_that_is_not_lent_gives_nan);
    RUN(test_a_row_says_which_functions_it_calls);
    RUN(test_each_instruction_set_calls_what_is_lent);
    RUN(test_the_zeta_function);
    return REPORT();
}

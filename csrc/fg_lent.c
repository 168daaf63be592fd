/* fg_lent.c -- keeping a table of functions, and calling them. */
#include "fg_lent.h"
#include "fg_atomic.h"
#include "fg_ops.h"
#include <ctype.h>
#include <math.h>
#include <stddef.h>
#include <string.h>

static const struct {
    const char *name;
    int arity;
} functions[FG_N_LENT] = {
#define FG_LENT1(name) {#name, 1},
#define FG_LENT2(name) {#name, 2},
#define FG_LENT3(name) {#name, 3},
#include "fg_lent.def"
};

const char *fg_lent_name(int k)
{
    return k >= 0 && k < FG_N_LENT ? functions[k].name : NULL;
}

int fg_lent_arity(int k)
{
    return k >= 0 && k < FG_N_LENT ? functions[k].arity : 0;
}

/* The number of the function that is called at an opening parenthesis of a text, FG_N_LENT if none is. */
static int called(const char *text, const char *parenthesis)
{
    const char *from = parenthesis;
    while (from != text && (isalnum((unsigned char)from[-1]) || from[-1] == '_')) {
        --from;
    }
    const size_t length = (size_t)(parenthesis - from);
    for (int k = 0; k < FG_N_LENT; ++k) {
        if (!strncmp(functions[k].name, from, length) && !functions[k].name[length]) {
            return k;
        }
    }
    return FG_N_LENT;
}

int fg_lent_next(int op, int k)
{
    const fg_op_row *row = fg_op_info(op);
    int next = FG_N_LENT;
    for (int text = 0; row && text <= row->arity; ++text) {
        const char *all = text ? row->partial[text - 1] : row->value;
        for (const char *c = all; (c = strchr(c, '(')) != NULL; ++c) {
            const int found = called(all, c);
            next = found >= k && found < next ? found : next;
        }
    }
    return next;
}

/* The table that is given, or with NULL the one that was. */
static const fg_lent *keep(const fg_lent *all)
{
    static const fg_lent *lent;
    if (all) {
        FG_STORE(&lent, all);
    }
    return FG_LOAD(&lent);
}

void fg_lent_set(const fg_lent *all)
{
    (void)keep(all);
}

#define LENT(name, numbers, type, ...)                                        \
    double fg__lent_##name numbers                                            \
    {                                                                         \
        const fg_lent *all = keep(NULL);                                      \
        const fg_function f = all ? FG_LOAD(&all->at[FG_LENT_##name]) : NULL; \
        return f ? ((double(*) type)f)(__VA_ARGS__, 0) : NAN;                 \
    }
#define FG_LENT1(name) LENT(name, (double x), (double, int), x)
#define FG_LENT2(name) LENT(name, (double x, double y), (double, double, int), x, y)
#define FG_LENT3(name) \
    LENT(name, (double x, double y, double z), (double, double, double, int), x, y, z)
#include "fg_lent.def"

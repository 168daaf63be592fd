/* fg_ops.c -- the table as data. Its values are in fg_isa.c: who only reads the table links no kernels. */
#include "fg_ops.h"
#include <ctype.h>
#include <stddef.h>

static const fg_op_row rows[] = {
#define FG_DOM(lo, hi) {lo, hi}
#define FG_OP1(name, value, dx, domx, doc) {#name, #value, {#dx}, doc, {domx}, 1, 0},
#define FG_OP2(name, value, dx, dy, domx, domy, doc) \
    {#name, #value, {#dx, #dy}, doc, {domx, domy}, 2, 0},
#define FG_OP3(name, value, dx, dy, dz, domx, domy, domz, doc) \
    {#name, #value, {#dx, #dy, #dz}, doc, {domx, domy, domz}, 3, 0},
#define FG_TEST1(name, value, domx, doc) {#name, #value, {"0.0"}, doc, {domx}, 1, 1},
#define FG_TEST2(name, value, domx, domy, doc) \
    {#name, #value, {"0.0", "0.0"}, doc, {domx, domy}, 2, 1},
#include "fg_ops.def"
#undef FG_DOM
};

const fg_op_row *fg_op_info(int op)
{
    return op >= 0 && op < FG_N_ROWS ? &rows[op] : NULL;
}

const unsigned char fg__op_operands[FG_N_OPS] = {
#define FG_OP1(name, value, dx, domx, doc) [FG_OP_##name] = 1,
#define FG_OP2(name, value, dx, dy, domx, domy, doc) [FG_OP_##name] = 2,
#define FG_OP3(name, value, dx, dy, dz, domx, domy, domz, doc) [FG_OP_##name] = 3,
#include "fg_ops.def"
    [FG_ITEM] = 1,
};

int fg_op_reads(int op, int k, char variable)
{
    const fg_op_row *row = fg_op_info(op);
    if (!row || k < 0 || k >= row->arity) {
        return 0;
    }
    /* A variable is a letter that stands alone, not one inside a longer name. */
    char before = ' ';
    for (const char *c = row->partial[k]; *c; before = *c++) {
        if (*c == variable && !isalnum((unsigned char)before) && before != '_' &&
            !isalnum((unsigned char)c[1]) && c[1] != '_') {
            return 1;
        }
    }
    return 0;
}

/* fg_ops.h -- op codes, and the table as data and text. */
#ifndef FG_OPS_H
#define FG_OPS_H

/* Rows of the table first, then the few kinds of node that are no arithmetic. */
typedef enum fg_op {
#define FG_OP1(name, value, dx, domx, doc) FG_OP_##name,
#define FG_OP2(name, value, dx, dy, domx, domy, doc) FG_OP_##name,
#define FG_OP3(name, value, dx, dy, dz, domx, domy, domz, doc) FG_OP_##name,
#include "fg_ops.def"
    FG_N_ROWS,           /* how many rows the table has */
    FG_LEAF = FG_N_ROWS, /* value of a Tensor that no op made: arg = {handle, unused} */
    FG_CONST,            /* a number or array met on the way */
    FG_FREED,            /* was an op; backward has gone through it and let its operands go */
    FG_ITEM,             /* scalar element of an array: arg = {array, flat index} */
    FG_PACK,             /* 1-D array of scalars: arg = {wide record, unused} */
    FG_CALL, /* structural op, whose rule the caller knows: arg = {wide record, unused} */
    FG_N_OPS
} fg_op;

/* One row. Strings are static; partial[k] is NULL beyond the arity. */
typedef struct fg_op_row {
    const char *name;
    const char *value;
    const char *partial[3];
    const char *doc;
    double domain[3][2]; /* where tests sample each operand */
    int arity;
    int is_test; /* the value is a bool and has no derivative */
} fg_op_row;

/* The row of an op code, or NULL if it is none. */
const fg_op_row *fg_op_info(int op);

/* [FG_N_OPS] number of operands of a row, 1 for FG_ITEM, else 0 */
extern const unsigned char fg__op_operands[];

/* Number of operands of a row; 0 if op is none. */
static inline int fg_op_arity(int op)
{
    return op >= 0 && op < FG_N_ROWS ? fg__op_operands[op] : 0;
}

/* Whether the local gradient number k of a row mentions the variable 'x', 'y', 'z' or 'v'. */
int fg_op_reads(int op, int k, char variable);

/* The value of a row at a point; operands beyond the arity are ignored; NaN if op is no row. */
double fg_op_value(int op, double x, double y, double z);

#endif

/* fg_diff.h -- graph to graph: adjoints and tangents as new nodes, by the rules of the table.
 *
 * A rule says what an operand of a row gets from the adjoint g of its value, or what the value's
 * tangent gets from the tangent g of an operand: g times the local gradient, as steps that are rows.
 * The caller reads them off the table's text. Like the numeric sweep, a pass stops at structural ops,
 * which are the caller's; it appends to the graph and changes no node that was there.
 */
#ifndef FG_DIFF_H
#define FG_DIFF_H
#include "fg_func.h"

/* What a step refers to: the result of an earlier step if >= 0, a variable, or a number. */
enum {
    FG_REF_X = -1,
    FG_REF_Y = -2,
    FG_REF_Z = -3,
    FG_REF_V = -4,
    FG_REF_G = -5,
    FG_REF_NONE = -6,
    FG_REF_NUMBER = -16 /* and below: number (FG_REF_NUMBER - ref) */
};
enum { FG_RULE_STEPS = 40 };

typedef struct fg_step {
    int32_t op, ref[3];
} fg_step;

typedef struct fg_rule {
    int32_t first, count; /* steps step[first .. first + count) */
    int32_t result;       /* a reference; FG_REF_NONE: the derivative is zero everywhere */
} fg_rule;

typedef struct fg_rules {
    fg_rule rule[FG_N_ROWS][3];
    size_t n_step, cap_step;
    fg_step *step;
    size_t n_number, cap_number;
    double *number;
} fg_rules;

void fg_rules_init(fg_rules *r);
void fg_rules_free(fg_rules *r);

/* Adds a number; returns the reference to it, or FG_REF_NONE without memory. */
int32_t fg_rules_number(fg_rules *r, double x);

/* Adds a rule of at most FG_RULE_STEPS steps. FG_OK, FG_E_MEMORY, FG_E_OPCODE or FG_E_OPERAND. */
fg_status fg_rules_add(fg_rules *r, int op, int k, const fg_step *step, int32_t count,
                       int32_t result);

/* One adjoint of an element, waiting for its array. */
typedef struct fg_part {
    int32_t index, adjoint, next;
} fg_part;

typedef struct fg_diff {
    fg_func *f;            /* borrowed */
    const fg_rules *rules; /* borrowed */
    size_t n;              /* nodes when the pass began */
    int32_t *with;         /* [n] the adjoint or tangent of a node, or -1 */
    uint8_t *active;       /* [n] depends on what is differentiated by */
    int32_t *parts;        /* [n] chain of element adjoints of an array, or -1 */
    size_t n_part, cap_part;
    fg_part *part;
    int32_t at;
} fg_diff;

/* Prepares for the nodes there are. FG_OK or FG_E_MEMORY. */
fg_status fg_diff_init(fg_diff *d, fg_func *f, const fg_rules *rules);
void fg_diff_free(fg_diff *d);

/* Marks what depends on the marked nodes; call after setting active of the inputs. */
void fg_diff_activate(fg_diff *d);

/* Adds to the adjoint of a node. FG_OK or a failure. */
fg_status fg_diff_add(fg_diff *d, int32_t node, int32_t adjoint);

/* Goes down from the last node; *at is the structural op it stopped at, whose adjoint is with[*at].
 * FG_OK (done), FG_STOP, or a failure. */
fg_status fg_diff_reverse(fg_diff *d, int32_t *at);

/* Goes up from the first node; at a structural op the caller sets with[*at]. Likewise. */
fg_status fg_diff_forward(fg_diff *d, int32_t *at);

#endif

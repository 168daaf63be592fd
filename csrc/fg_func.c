/* fg_func.c -- the arrays of a function graph: growing, sharing, copying, checking. */
#include "fg_func.h"
#include "fg_array.h"
#include "fg_mem.h"
#include "fg_ops.h"
#include <string.h>

enum { SLOTS = 1 << 16, LOOK = 8 };

fg_status fg_func_init(fg_func *f)
{
    memset(f, 0, sizeof *f);
    if (fg_func_type(f, FG_D_float64, 0, NULL) < 0 || fg_func_type(f, FG_D_bool, 0, NULL) < 0) {
        fg_func_free(f);
        return FG_E_MEMORY;
    }
    return FG_OK;
}

void fg_func_free(fg_func *f)
{
    fg_graph_free(&f->graph);
    fg_mem_free(f->type);
    fg_mem_free(f->line);
    fg_mem_free(f->number);
    fg_mem_free((void *)f->array);
    fg_mem_free(f->call);
    fg_mem_free(f->types);
    fg_mem_free(f->dim);
    fg_mem_free(f->rows.slot);
    fg_mem_free(f->numbers.slot);
    memset(f, 0, sizeof *f);
}

/* A block of n items, or NULL; never of size 0, so that NULL means failure. */
static void *copied(const void *from, size_t n, size_t size)
{
    void *to = fg_mem_resize(NULL, n ? n : 1, size);
    if (to && n) {
        memcpy(to, from, n * size);
    }
    return to;
}

fg_status fg_func_copy(const fg_func *from, fg_func *to)
{
    const fg_graph *g = &from->graph;
    *to = *from;
    fg_graph *h = &to->graph;
    h->cap = to->cap = g->n ? g->n : 1;
    h->cap_wide = g->n_wide ? g->n_wide : 1;
    h->cap_pool = g->n_pool ? g->n_pool : 1;
    to->cap_number = from->n_number ? from->n_number : 1;
    to->cap_array = from->n_array ? from->n_array : 1;
    to->cap_call = from->n_call ? from->n_call : 1;
    to->cap_type = from->n_type ? from->n_type : 1;
    to->cap_dim = from->n_dim ? from->n_dim : 1;
    h->op = copied(g->op, g->n, sizeof *g->op);
    h->arg = copied(g->arg, g->n, sizeof *g->arg);
    h->wide = copied(g->wide, g->n_wide, sizeof *g->wide);
    h->pool = copied(g->pool, g->n_pool, sizeof *g->pool);
    to->type = copied(from->type, g->n, sizeof *from->type);
    to->line = copied(from->line, g->n, sizeof *from->line);
    to->number = copied(from->number, from->n_number, sizeof *from->number);
    to->array = copied((const void *)from->array, from->n_array, sizeof *from->array);
    to->call = copied(from->call, from->n_call, sizeof *from->call);
    to->types = copied(from->types, from->n_type, sizeof *from->types);
    to->dim = copied(from->dim, from->n_dim, sizeof *from->dim);
    to->rows = to->numbers = (fg_table){NULL, 0, 0};
    if (h->op && h->arg && h->wide && h->pool && to->type && to->line && to->number && to->array &&
        to->call && to->types && to->dim) {
        return FG_OK;
    }
    fg_func_free(to);
    return FG_E_MEMORY;
}

void fg_func_settle(fg_func *f)
{
    fg_mem_free(f->rows.slot);
    fg_mem_free(f->numbers.slot);
    f->rows = f->numbers = (fg_table){NULL, 0, 0};
}

size_t fg_func_bytes(const fg_func *f)
{
    const fg_graph *g = &f->graph;
    return g->cap * (sizeof *g->op + sizeof *g->arg) + g->cap_wide * sizeof *g->wide +
           g->cap_pool * sizeof *g->pool + f->cap * (sizeof *f->type + sizeof *f->line) +
           f->cap_number * sizeof *f->number + f->cap_array * sizeof *f->array + f->cap_call +
           f->cap_type * sizeof *f->types + f->cap_dim * sizeof *f->dim +
           (f->rows.n + f->numbers.n) * sizeof *f->rows.slot;
}

/* ---- types ---- */

int32_t fg_func_type(fg_func *f, int dtype, int ndim, const ptrdiff_t *shape)
{
    size_t size = 1;
    if (ndim < 0 || ndim > FG_MAX_NDIM) {
        return FG_E_FULL;
    }
    for (int k = 0; k < ndim; ++k) {
        if (shape[k] < 0 || (shape[k] && size > FG_NODE_MAX / (size_t)shape[k])) {
            return FG_E_FULL;
        }
        size *= (size_t)shape[k];
    }
    for (size_t t = 0; t < f->n_type; ++t) {
        const fg_type *have = &f->types[t];
        if (have->dtype == dtype && have->ndim == ndim &&
            (!ndim || !memcmp(f->dim + have->first, shape, (size_t)ndim * sizeof *shape))) {
            return (int32_t)t;
        }
    }
    ptrdiff_t own[FG_MAX_NDIM]; /* the shape may stand in f->dim, which is about to move */
    if (ndim) {
        memcpy(own, shape, (size_t)ndim * sizeof *own);
    }
    fg_status status = fg__grow((void **)&f->types, &f->cap_type, f->n_type + 1, sizeof *f->types);
    if (status == FG_OK) {
        status = fg__grow((void **)&f->dim, &f->cap_dim, f->n_dim + (size_t)ndim, sizeof *f->dim);
    }
    if (status != FG_OK) {
        return status;
    }
    if (ndim) {
        memcpy(f->dim + f->n_dim, own, (size_t)ndim * sizeof *own);
    }
    f->types[f->n_type] = (fg_type){dtype, ndim, size, f->n_dim};
    f->n_dim += (size_t)ndim;
    return (int32_t)f->n_type++;
}

/* ---- sharing ---- */

static uint64_t mix(uint64_t h, uint64_t x)
{
    x ^= x >> 32; /* doubles differ at the top */
    h = (h ^ x) * 0x9E3779B97F4A7C15u;
    return h ^ (h >> 29);
}

static uint64_t hash_node(const fg_func *f, size_t i)
{
    const fg_graph *g = &f->graph;
    uint64_t h = mix((uint64_t)g->op[i], (uint64_t)(uint32_t)f->type[i]);
    if (g->op[i] == FG_CONST && !g->arg[i][1]) {
        uint64_t bits; /* the low ones of most numbers are 0 */
        memcpy(&bits, &f->number[g->arg[i][0]], sizeof bits);
        return mix(h, bits ^ bits >> 32);
    }
    if (g->op[i] == FG_PACK || fg_op_arity(g->op[i]) > 2) {
        int32_t count;
        const int32_t *operand = fg_graph_operands(g, i, &count);
        for (int32_t k = 0; k < count; ++k) {
            h = mix(h, (uint64_t)(uint32_t)operand[k]);
        }
        return h;
    }
    return mix(h, (uint64_t)(uint32_t)g->arg[i][0] << 32 | (uint32_t)g->arg[i][1]);
}

static int same_node(const fg_func *f, size_t i, size_t j)
{
    const fg_graph *g = &f->graph;
    if (g->op[i] != g->op[j] || f->type[i] != f->type[j]) {
        return 0;
    }
    if (g->op[i] == FG_CONST && !g->arg[i][1]) {
        return !g->arg[j][1] &&
               !memcmp(&f->number[g->arg[i][0]], &f->number[g->arg[j][0]], sizeof(double));
    }
    if (g->op[i] == FG_PACK || fg_op_arity(g->op[i]) > 2) {
        int32_t n, m;
        const int32_t *a = fg_graph_operands(g, i, &n), *b = fg_graph_operands(g, j, &m);
        return n == m && !memcmp(a, b, (size_t)n * sizeof *a);
    }
    return g->arg[i][0] == g->arg[j][0] && g->arg[i][1] == g->arg[j][1];
}

/* The slot of a node equal to node i, or the one where i belongs. Where LOOK slots are taken that is
 * the first of them: the node that has it is no longer found, which costs a repetition, no more.
 * Numbers are looked for in all slots. */
static fg_slot *find_slot(const fg_func *f, const fg_table *t, size_t i, uint32_t *tag)
{
    const size_t look = t == &f->rows ? LOOK : t->n;
    const uint64_t hash = hash_node(f, i);
    const size_t mask = t->n - 1, first = (size_t)hash & mask;
    *tag = (uint32_t)(hash >> 32);
    for (size_t step = 0; step < look; ++step) {
        fg_slot *s = &t->slot[(first + step) & mask];
        if (s->node < 0 || (s->tag == *tag && same_node(f, (size_t)s->node, i))) {
            return s;
        }
    }
    return &t->slot[first];
}

static int is_shared(const fg_func *f, size_t i)
{
    const int op = f->graph.op[i];
    return op != FG_LEAF && op != FG_CALL && !(op == FG_CONST && f->graph.arg[i][1]);
}

/* Numbers have a table of their own, so that they stay found. */
static fg_table *table_of(fg_func *f, size_t i)
{
    return f->graph.op[i] == FG_CONST ? &f->numbers : &f->rows;
}

/* Makes a table larger while it is smaller than the cache it has to stay in; numbers are few. Without
 * memory there is no sharing, only growth. */
static void grow_table(fg_func *f, fg_table *t)
{
    const int is_rows = t == &f->rows;
    if (2 * (t->used + 1) <= t->n || (is_rows && t->n >= SLOTS)) {
        return;
    }
    const size_t n = f->graph.n;
    size_t bigger = t->n ? 2 * t->n : 64;
    const size_t needed = 2 * (is_rows ? n : f->n_number + 1);
    while (!t->n && bigger < needed && !(is_rows && bigger >= SLOTS)) {
        bigger *= 2;
    }
    fg_slot *slot = fg_mem_resize(NULL, bigger, sizeof *slot);
    if (!slot) {
        return;
    }
    fg_mem_free(t->slot);
    memset(slot, 0xff, bigger * sizeof *slot);
    *t = (fg_table){slot, bigger, 0};
    for (size_t i = 0; i < n; ++i) {
        if (is_shared(f, i) && table_of(f, i) == t) {
            uint32_t tag;
            fg_slot *s = find_slot(f, t, i, &tag);
            t->used += s->node < 0;
            *s = (fg_slot){(int32_t)i, tag};
        }
    }
}

fg_status fg__func_reserve(fg_func *f, size_t wides, size_t operands)
{
    fg_graph *g = &f->graph;
    fg_status status = FG_OK;
    if (g->n + 1 > g->cap || g->n_wide + wides > g->cap_wide ||
        g->n_pool + operands > g->cap_pool) {
        status = fg_graph_reserve(g, 1, wides, operands);
    }
    if (status == FG_OK && g->cap > f->cap) {
        size_t cap_type = f->cap, cap_line = f->cap;
        status = fg__grow((void **)&f->type, &cap_type, g->cap, sizeof *f->type);
        if (status == FG_OK) {
            status = fg__grow((void **)&f->line, &cap_line, g->cap, sizeof *f->line);
        }
        f->cap = status == FG_OK ? g->cap : f->cap;
    }
    return status;
}

/* The last node: kept, or taken back if an equal one is there. */
static int32_t shared(fg_func *f, size_t n_wide, size_t n_pool)
{
    fg_graph *g = &f->graph;
    const size_t i = g->n - 1;
    fg_table *t = table_of(f, i);
    g->n = i; /* the table is for the nodes before it */
    grow_table(f, t);
    g->n = i + 1;
    if (!t->n) {
        return (int32_t)i;
    }
    uint32_t tag;
    fg_slot *s = find_slot(f, t, i, &tag);
    if (s->node >= 0 && s->tag == tag && same_node(f, (size_t)s->node, i)) {
        g->n = i;
        g->n_wide = n_wide;
        g->n_pool = n_pool;
        return s->node;
    }
    t->used += s->node < 0;
    *s = (fg_slot){(int32_t)i, tag};
    return (int32_t)i;
}

int32_t fg__func_append(fg_func *f, int op, int32_t a, int32_t b, int32_t type, int share)
{
    const size_t i = f->graph.n;
    f->type[i] = type;
    f->line[i] = f->here;
    fg_graph_append(&f->graph, op, a, b);
    return share ? shared(f, f->graph.n_wide, f->graph.n_pool) : (int32_t)i;
}

static int32_t append_wide(fg_func *f, int op, void *payload, const int32_t *operand, int32_t count,
                           int32_t type, int share)
{
    const fg_status status = fg__func_reserve(f, 1, (size_t)count);
    if (status != FG_OK) {
        return status;
    }
    const size_t i = f->graph.n, n_wide = f->graph.n_wide, n_pool = f->graph.n_pool;
    f->type[i] = type;
    f->line[i] = f->here;
    fg_graph_append_wide(&f->graph, op, payload, operand, count);
    return share ? shared(f, n_wide, n_pool) : (int32_t)i;
}

int32_t fg__func_append_wide(fg_func *f, int op, const int32_t *operand, int32_t count,
                             int32_t type)
{
    return append_wide(f, op, NULL, operand, count, type, 1);
}

int32_t fg_func_call(fg_func *f, int kind, const int32_t *operand, int32_t count, int32_t type)
{
    const fg_status status = fg__grow((void **)&f->call, &f->cap_call, f->n_call + 1, 1);
    if (status != FG_OK) {
        return status;
    }
    const int32_t node =
        append_wide(f, FG_CALL, (void *)(uintptr_t)f->n_call, operand, count, type, 0);
    if (node >= 0) {
        f->call[f->n_call++] = (uint8_t)kind;
    }
    return node;
}

size_t fg_func_call_of(const fg_func *f, int32_t node)
{
    return (size_t)(uintptr_t)f->graph.wide[f->graph.arg[node][0]].payload;
}

/* ---- leaves ---- */

int32_t fg_func_input(fg_func *f, int32_t type)
{
    const fg_status status = fg__func_reserve(f, 0, 0);
    return status != FG_OK ? (int32_t)status
                           : fg__func_append(f, FG_LEAF, (int32_t)f->n_input++, 0, type, 0);
}

int32_t fg_func_number(fg_func *f, double x, int32_t type)
{
    fg_status status = fg__func_reserve(f, 0, 0);
    if (status == FG_OK) {
        status = fg__grow((void **)&f->number, &f->cap_number, f->n_number + 1, sizeof *f->number);
    }
    if (status != FG_OK) {
        return status;
    }
    const size_t i = f->graph.n;
    f->number[f->n_number] = x;
    const int32_t node = fg__func_append(f, FG_CONST, (int32_t)f->n_number, 0, type, 1);
    f->n_number += (size_t)node == i;
    return node;
}

int32_t fg_func_array(fg_func *f, const double *dense, int32_t type)
{
    fg_status status = fg__func_reserve(f, 0, 0);
    if (status == FG_OK) {
        status = fg__grow((void **)&f->array, &f->cap_array, f->n_array + 1, sizeof *f->array);
    }
    if (status != FG_OK) {
        return status;
    }
    f->array[f->n_array] = dense;
    return fg__func_append(f, FG_CONST, (int32_t)f->n_array++, 1, type, 0);
}

int fg_func_is_number(const fg_func *f, int32_t node, double *x)
{
    if (f->graph.op[node] != FG_CONST || f->graph.arg[node][1]) {
        return 0;
    }
    *x = f->number[f->graph.arg[node][0]];
    return 1;
}

/* ---- looking at all of it ---- */

void fg_func_reach(const fg_func *f, uint8_t *live)
{
    for (size_t i = f->graph.n; i-- > 0;) {
        if (!live[i]) {
            continue;
        }
        int32_t count;
        const int32_t *operand = fg_graph_operands(&f->graph, i, &count);
        for (int32_t k = 0; k < count; ++k) {
            live[operand[k]] = 1;
        }
    }
}

void fg_func_uses(const fg_func *f, const uint8_t *live, int32_t *uses)
{
    for (size_t i = 0; i < f->graph.n; ++i) {
        uses[i] = 0; /* operands stand before their readers */
        int32_t count = 0;
        const int32_t *operand = live[i] ? fg_graph_operands(&f->graph, i, &count) : NULL;
        for (int32_t k = 0; k < count; ++k) {
            ++uses[operand[k]];
        }
    }
}

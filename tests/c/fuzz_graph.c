/* fuzz_graph.c -- bytes as a graph and the steps of its structural ops, as a file could have them: what
 * reads, plans and runs them refuses them or stays inside its memory.
 *
 * The core promises FG_OK or an error; sanitizers see the rest. With clang -DFG_LIBFUZZER this is a
 * target of libFuzzer (`make fuzz CC=clang`). Else main tries the inputs of fuzz_graph.txt, which
 * libFuzzer has found, and then changes of them for some seconds or until there were enough.
 */
#include "check.h"
#include "draw.h"
#include "fastgrad.h"
#include "fitting.h"
#include "lapack.h"
#include <stdlib.h>
#include <time.h>

enum { MOST_BYTES = 1024, MOST_NODES = 200, MOST_ITEMS = 20000, MOST_STEPS = 64, FEW_PARAMS = 16 };

static int read_well, planned; /* inputs that were graphs, and programs */
static long ran[FG_N_KERNELS]; /* steps of each kernel in those */

/* ----- bytes into what a file holds ----- */

static int32_t odd32(bytes *b)
{
    const int64_t x = odd(next(b));
    return x > INT32_MAX ? INT32_MAX : x < INT32_MIN ? INT32_MIN : (int32_t)x;
}

/* What the streams are copied from. */
typedef struct draft {
    size_t n, n_operand, n_item, n_value, n_count;
    uint8_t op[MOST_NODES];
    int32_t type[MOST_NODES], item[MOST_NODES], count[MOST_NODES];
    int32_t operand[16 * MOST_NODES];
    double value[16 * MOST_NODES];
} draft;

/* An operand: of some type from some place downwards, or if a byte says so any number. */
static void add_operand(bytes *b, draft *d, int32_t type)
{
    const uint8_t byte = next(b);
    int32_t x = d->n ? (int32_t)(byte % d->n) : 0;
    while (type >= 0 && x > 0 && d->type[x] != type) {
        --x;
    }
    d->operand[d->n_operand++] = byte < 250 ? x : odd32(b);
}

/* A node that fits, mostly. */
static void add_node(bytes *b, const fg_func *f, draft *d)
{
    static const uint8_t kinds[8] = {FG_LEAF, FG_CONST, FG_ITEM, FG_PACK, FG_CALL};
    static const double numbers[8] = {0.0, 1.0, -1.0, 2.0, 0.5, NAN, INFINITY, 1e300};
    const uint8_t kind = next(b) % 16;
    const int op = kind < 5 ? kinds[kind] : next(b) % FG_N_ROWS;
    const int32_t type = (int32_t)(next(b) % f->n_type);
    const size_t size = f->types[type].size < 16 ? f->types[type].size : 16;
    if (op == FG_CONST) {
        for (size_t k = 0; k < size; ++k) {
            d->value[d->n_value++] = numbers[next(b) % 8];
        }
    } else if (op == FG_ITEM) {
        add_operand(b, d, (int32_t)(next(b) % f->n_type));
        d->item[d->n_item++] = odd32(b) % 16;
    } else if (op == FG_PACK) {
        for (size_t k = 0; k < size; ++k) {
            add_operand(b, d, FG_SCALAR);
        }
    } else if (op == FG_CALL) {
        const int32_t count = d->count[d->n_count++] = next(b) % 4;
        for (int32_t k = 0; k < count; ++k) {
            add_operand(b, d, -1);
        }
    } else if (op < FG_N_ROWS) {
        for (int k = 0; k < fg_op_arity(op); ++k) {
            add_operand(b, d, type);
        }
    }
    d->op[d->n] = (uint8_t)op;
    d->type[d->n++] = type;
}

/* In memory of its own and of its size, so that a byte too far is seen. */
static void *copied(const void *from, size_t n, size_t size)
{
    void *to = malloc(n * size + !n);
    return n ? memcpy(to, from, n * size) : to;
}

static fg_flat streams(bytes *b, const fg_func *f)
{
    static draft d;
    memset(&d, 0, sizeof d);
    for (int left = next(b) % MOST_NODES; left && b->n; --left) {
        add_node(b, f, &d);
    }
    size_t *const lengths[] = {&d.n, &d.n_operand, &d.n_item, &d.n_value, &d.n_count};
    int32_t *const numbers[] = {d.type, d.operand, d.item, d.count};
    const size_t of_number[] = {d.n, d.n_operand, d.n_item, d.n_count};
    for (int left = next(b) % 4; left; --left) { /* damage */
        const uint8_t what = next(b), at = next(b);
        if (what < 8) {
            const size_t less = at % 4;
            *lengths[what % 5] -= *lengths[what % 5] < less ? 0 : less;
        } else if (of_number[what % 4]) {
            numbers[what % 4][at % of_number[what % 4]] = odd32(b);
        }
    }
    fg_flat flat = {d.n,  d.n_operand, d.n_item, d.n_value, d.n_count, NULL,
                    NULL, NULL,        NULL,     NULL,      NULL,      NULL};
    flat.op = copied(d.op, d.n, 1);
    flat.type = copied(d.type, d.n, sizeof *d.type);
    flat.line = calloc(d.n + 1, sizeof *flat.line);
    flat.operand = copied(d.operand, d.n_operand, sizeof *d.operand);
    flat.item = copied(d.item, d.n_item, sizeof *d.item);
    flat.value = copied(d.value, d.n_value, sizeof *d.value);
    flat.count = copied(d.count, d.n_count, sizeof *d.count);
    return flat;
}

static void drop(fg_flat *flat)
{
    void *const all[] = {flat->op,   flat->type,  flat->line, flat->operand,
                         flat->item, flat->value, flat->count};
    for (int k = 0; k < 7; ++k) {
        free(all[k]);
    }
}

static void add_types(bytes *b, fg_func *f)
{
    for (int left = next(b) % 8; left; --left) {
        ptrdiff_t shape[4];
        const int dtype = next(b) % FG_N_DTYPES, ndim = next(b) % 4;
        for (int k = 0; k < ndim; ++k) {
            shape[k] = next(b) % 10;
        }
        if (fg_struct_dtype(dtype)) {
            CHECK(fg_func_type(f, dtype, ndim, shape) >= 0);
        }
    }
}

/* ----- planning and running ----- */

typedef struct steps {
    fg_lowering c;
    fg_lowered call[MOST_NODES];
    fg_lowstep step[MOST_STEPS];
    int64_t param[MOST_STEPS * MOST_PARAMS];
} steps;

/* A step of whatever the bytes say. */
static void add_any_step(bytes *b, fg_lowstep *s, steps *to)
{
    s->kernel = next(b) % (FG_N_KERNELS + 1);
    s->n_operand = next(b) % 4;
    for (int m = 0; m < 3; ++m) {
        s->operand[m] = next(b) % 5 - 1;
    }
    s->first = to->c.n_param;
    s->n = next(b) % FEW_PARAMS;
    for (size_t m = 0; m < s->n; ++m) {
        to->param[to->c.n_param++] = odd(next(b));
    }
}

/* One that fits the op at a node, or does but for a number. */
static void add_fitting_step(bytes *b, const fg_func *f, size_t node, fg_lowered *low,
                             fg_lowstep *s, steps *to)
{
    static fitted x;
    int32_t count;
    const int32_t *operand = fg_graph_operands(&f->graph, node, &count);
    int64_t size[3] = {(int64_t)f->types[f->type[node]].size, 0, 0};
    const int kernel = s->kernel = next(b) % FG_N_KERNELS;
    s->n_operand = fg_struct_info(kernel)->n_operands;
    for (int k = 0; k < s->n_operand && count; ++k) {
        s->operand[k] = next(b) % count;
        size[1 + k] = (int64_t)f->types[f->type[operand[s->operand[k]]]].size;
    }
    fit(b, kernel, size, &x);
    if (kernel == FG_K_fft) {
        s->operand[1] = FG_WORK;
    }
    const uint8_t wrong = next(b);
    if (wrong % 4 == 1 && x.n) {
        x.number[wrong / 4 % x.n] = odd(next(b));
    }
    x.result -= wrong % 4 == 2;
    x.work -= wrong % 4 == 3;
    if (x.result > size[0]) {
        low->scratch += (size_t)(x.result - size[0]);
    }
    low->work += x.work > 0 ? (size_t)x.work : 0;
    s->first = to->c.n_param;
    s->n = x.n;
    memcpy(to->param + to->c.n_param, x.number, x.n * sizeof *x.number);
    to->c.n_param += x.n;
}

static void add_steps(bytes *b, const fg_func *f, steps *to)
{
    to->c = (fg_lowering){.call = to->call, .step = to->step, .param = to->param};
    for (size_t node = 0; node < f->graph.n; ++node) {
        if (f->graph.op[node] != FG_CALL) {
            continue;
        }
        fg_lowered *low = &to->call[to->c.n_call++];
        const uint8_t how = next(b);
        *low = (fg_lowered){.first = to->c.n_step};
        if (how % 4 == 0) {
            low->base = next(b) % 4;
            low->offset = odd(next(b));
        }
        for (int left = how / 4 % 4; left && to->c.n_step < MOST_STEPS; --left) {
            fg_lowstep *s = &to->step[to->c.n_step++];
            *s = (fg_lowstep){.kernel = 0};
            if (how % 4 < 2) {
                add_any_step(b, s, to);
            } else {
                add_fitting_step(b, f, node, low, s, to);
            }
        }
        low->n = to->c.n_step - low->first;
    }
}

/* Counts the steps of each kernel that are part of a program. */
static void count_steps(const fg_program *p)
{
    for (size_t k = 0; k < p->n_instr; ++k) {
        if (p->instr[k].op == FG_I_KERNEL) {
            ++ran[p->instr[k].c];
        }
    }
}

/* Runs a program twice; the numbers of the second run are those of the first. */
static void run(const fg_program *p)
{
    size_t at, item = fg_program_item(p), n = p->n_w * item;
    char *w = malloc(n + 1), *before = malloc(n + 1);
    fg_status status[2];
    for (int again = 0; again < 2; ++again) {
        memset(w, 0, n);
        fg_program_start(p, w);
        for (size_t k = 0; k < p->n_input; ++k) {
            for (size_t j = 0; j < p->input[k].size; ++j) {
                char *to = w + ((size_t)p->input[k].place + j) * item;
                const double x = 0.25 + (double)(j % 3);
                const float single = (float)x;
                memcpy(to, p->single ? (const void *)&single : (const void *)&x, item);
            }
        }
        status[again] = fg_program_run(p, w, &at);
        CHECK(again == 0 || status[0] != status[1] || memcmp(before, w, n) == 0);
        memcpy(before, w, n);
    }
    CHECK_COUNT(status[0], status[1]);
    free(w);
    free(before);
}

static void plan_and_run(bytes *b, const fg_func *f)
{
    static steps low;
    int32_t output[MOST_NODES];
    size_t n_output = 0, n_guard = 0, items = 0;
    fg_guard guard[4] = {{0, 0}};
    add_steps(b, f, &low);
    for (size_t i = 0; i < f->graph.n; ++i) {
        items += f->types[f->type[i]].size;
    }
    while (f->graph.n && n_guard < next(b) % 4u) {
        guard[n_guard].node = odd32(b) % (int32_t)f->graph.n;
        guard[n_guard].expected = odd32(b) % (int32_t)f->graph.n;
        if (guard[n_guard].node < 0 || guard[n_guard].expected < 0) {
            break; /* the caller sees to that */
        }
        ++n_guard;
    }
    for (size_t i = next(b) % 8; i < f->graph.n; i += 1 + next(b) % 4) {
        output[n_output++] = (int32_t)i;
    }
    fg_program p;
    if (items > MOST_ITEMS || !n_output) {
        return;
    }
    const fg_status status = fg_plan(f, n_output, output, n_guard, guard, &low.c, &p);
    CHECK(status == FG_OK || status == FG_E_FORMAT);
    if (status == FG_OK) {
        ++planned;
        p.blas = &touching;
        count_steps(&p);
        run(&p);
        fg_program_free(&p);
    }
}

/* ----- one input ----- */

static void try_bytes(const uint8_t *data, size_t size)
{
    bytes b = {data, size};
    fg_func f;
    size_t at;
    CHECK_COUNT(fg_func_init(&f), FG_OK);
    add_types(&b, &f);
    fg_flat flat = streams(&b, &f);
    const fg_status status = fg_flat_read(&flat, &f, &at);
    CHECK(status == FG_OK || status == FG_E_FORMAT);
    if (status == FG_OK) {
        fg_flat again;
        CHECK_COUNT(fg_graph_check(&f.graph, &at), FG_OK);
        fg_flat_measure(&f, &again);
        CHECK(again.n == flat.n && again.n_operand == flat.n_operand &&
              again.n_item == flat.n_item && again.n_value == flat.n_value &&
              again.n_count == flat.n_count);
        plan_and_run(&b, &f);
        ++read_well;
    }
    fg_func_free(&f);
    drop(&flat);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    try_bytes(data, size);
    if (check_wrong) {
        abort();
    }
    return 0;
}

#ifndef FG_LIBFUZZER

/* ----- without libFuzzer: inputs from files, and changes of them ----- */

enum { MOST_SEEDS = 2000 };

typedef struct seed {
    size_t n;
    uint8_t data[MOST_BYTES];
} seed;

static seed seeds[MOST_SEEDS];
static size_t n_seed;

/* One input a line, in hexadecimal digits. */
static void read_seeds(const char *path)
{
    FILE *file = fopen(path, "r");
    unsigned byte;
    CHECK(file != NULL);
    while (file && n_seed < MOST_SEEDS && !feof(file)) {
        seed *s = &seeds[n_seed];
        int c = 0;
        while (s->n < MOST_BYTES && (c = fgetc(file)) != EOF && c != '\n') {
            if (ungetc(c, file) == EOF || fscanf(file, "%2x", &byte) != 1) {
                break;
            }
            s->data[s->n++] = (uint8_t)byte;
        }
        n_seed += s->n > 0;
    }
    if (file) {
        fclose(file);
    }
}

static void change(seed *s)
{
    for (size_t left = 1 + draw_below(4); left; --left) {
        const size_t at = draw_below(s->n + 1);
        switch (draw_below(7)) {
        case 0: /* a bit */
            s->data[at] ^= (uint8_t)(1u << draw_below(8));
            break;
        case 1: /* a byte */
            s->data[at] = (uint8_t)draw_below(256);
            break;
        case 2: /* a byte that is odd */
            s->data[at] = (uint8_t)(248 + draw_below(8));
            break;
        case 3: /* cut */
            s->n = at;
            break;
        case 4: /* a byte more, or one less */
            if (s->n + 2 < MOST_BYTES) {
                memmove(s->data + at + 1, s->data + at, s->n - at);
                ++s->n;
            }
            break;
        case 5: /* more at the end, where the steps are */
            for (size_t more = 1 + draw_below(16); more && s->n < MOST_BYTES; --more) {
                s->data[s->n++] = (uint8_t)draw_below(256);
            }
            break;
        default: { /* a part of another */
            const seed *o = &seeds[draw_below(n_seed)];
            const size_t n = draw_below(o->n + 1), from = draw_below(o->n - n + 1);
            if (at + n < MOST_BYTES) {
                memcpy(s->data + at, o->data + from, n);
                s->n = s->n > at + n ? s->n : at + n;
            }
        }
        }
    }
}

int main(int argc, char **argv)
{
    const double seconds = argc > 2 ? atof(argv[2]) : 0.0;
    const clock_t start = clock();
    long tried = 0;
    read_seeds(argc > 1 ? argv[1] : "tests/c/fuzz_graph.txt");
    CHECK(n_seed > 10);
    for (size_t k = 0; k < n_seed; ++k, ++tried) {
        try_bytes(seeds[k].data, seeds[k].n);
    }
    while (seconds > 0.0 ? (double)(clock() - start) < seconds * CLOCKS_PER_SEC : tried < 20000) {
        static seed s;
        s = seeds[draw_below(n_seed)];
        change(&s);
        try_bytes(s.data, s.n);
        ++tried;
    }
    printf("%ld inputs, %d graphs, %d programs; steps:", tried, read_well, planned);
    for (int k = 0; k < FG_N_KERNELS; ++k) {
        printf(" %s %ld", fg_struct_info(k)->name, ran[k]);
        CHECK(ran[k] > 0); /* else the inputs reach too little */
    }
    printf("\n");
    return check_wrong != 0;
}

#endif

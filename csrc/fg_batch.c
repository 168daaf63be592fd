/* fg_batch.c -- points into tiles and back.
 *
 * A workspace for scalars: [ pointers to the slots | slots of `tile` points each, 64-byte aligned ].
 * A value a point that stands dense in the caller's memory is read and written there.
 */
#include "fg_batch.h"
#include "fg_runner.h"
#include "fg_tile.h"
#include <string.h>

size_t fg_batch_tile(const fg_program *p)
{
    return p->scalar ? fg__tile_points(p->n_w) : 1;
}

size_t fg_batch_size(const fg_program *p)
{
    return p->scalar ? fg__tile_size(p->n_w, fg_batch_tile(p)) : p->n_w;
}

void fg_batch_start(const fg_program *p, double *w)
{
    if (!p->scalar) {
        fg_program_start(p, w);
        return;
    }
    const fg_tile t = fg__tile_at(w, p->n_w, fg_batch_tile(p));
    for (size_t s = 0; s < p->n_init; ++s) {
        fg__tile_fill(&t, s, p->init[s]);
    }
}

/* ---- points into slots ---- */

/* to[c * to_step + r] = from[r * from_step + c]. Four by four: each line of memory is used up, and the
 * loads and stores of a block do not wait for each other. */
static void transpose(size_t rows, size_t columns, const double *restrict from, size_t from_step,
                      double *restrict to, size_t to_step)
{
    size_t c = 0;
    for (; c + 4 <= columns; c += 4) {
        size_t r = 0;
        for (; r + 4 <= rows; r += 4) {
            const double *x = from + r * from_step + c;
            double *y = to + c * to_step + r;
            for (size_t a = 0; a < 4; ++a) {
                for (size_t b = 0; b < 4; ++b) {
                    y[a * to_step + b] = x[b * from_step + a];
                }
            }
        }
        for (; r < rows; ++r) {
            for (size_t a = 0; a < 4; ++a) {
                to[(c + a) * to_step + r] = from[r * from_step + c + a];
            }
        }
    }
    for (; c < columns; ++c) {
        for (size_t r = 0; r < rows; ++r) {
            to[c * to_step + r] = from[r * from_step + c];
        }
    }
}

/* Rows of `size` values, `step` apart, into slots; lanes beyond n repeat the last point. */
static void rows_in(const fg_tile *t, size_t place, size_t size, size_t n, const double *x,
                    size_t step)
{
    double *to = t->base + place * t->points;
    transpose(n, size, x, step, to, t->points);
    for (size_t s = 0; s < size; ++s) {
        for (size_t k = n; k < fg__tile_lanes(n); ++k) {
            to[s * t->points + k] = to[s * t->points + n - 1];
        }
    }
}

/* Slots into rows; those of points that are not ok stay as they are. */
static void rows_out(const fg_tile *t, size_t place, size_t size, size_t n, const uint8_t *ok,
                     double *to)
{
    const double *x = t->slot[place]; /* which may be the caller's input, if it is one value */
    if (!memchr(ok, 0, n)) {
        transpose(size, n, x, t->points, to, size);
        return;
    }
    for (size_t k = 0; k < n; ++k) {
        for (size_t s = 0; ok[k] && s < size; ++s) {
            to[k * size + s] = x[s * t->points + k];
        }
    }
}

/* ---- a batch of scalars ---- */

typedef struct batch {
    const fg_program *p;
    fg_tile tile;
    const double *const *in;
    const size_t *in_step;
    double *const *out;
    size_t temporaries; /* where the slots begin that instructions write */
} batch;

static int is_direct_in(const batch *b, size_t j)
{
    return b->p->input[j].size == 1 && b->in_step[j] == 1;
}

/* What a guard may refuse, what is an input or constant, and a value that goes to two places are
 * copied. */
static int is_direct_out(const batch *b, size_t j)
{
    const fg_port *port = &b->p->output[j];
    if (port->size != 1 || b->p->n_guard || (size_t)port->place < b->temporaries) {
        return 0;
    }
    for (size_t k = 0; k < b->p->n_output; ++k) {
        const fg_port *other = &b->p->output[k];
        if (k != j && other->place <= port->place &&
            (size_t)(port->place - other->place) < other->size) {
            return 0;
        }
    }
    return 1;
}

static void run_tile(const batch *b, const uint8_t *direct_out, size_t from, size_t n,
                     int8_t *status)
{
    const fg_program *p = b->p;
    const fg_tile *t = &b->tile;
    const int whole = n == t->points;
    uint8_t ok[FG_TILE_MOST];
    for (size_t j = 0; j < p->n_input; ++j) {
        const size_t place = (size_t)p->input[j].place, step = b->in_step[j];
        if (whole && is_direct_in(b, j)) {
            t->slot[place] = (double *)(b->in[j] + from); /* which no instruction writes */
        } else if (step) {
            t->slot[place] = t->base + place * t->points;
            rows_in(t, place, p->input[j].size, n, b->in[j] + from * step, step);
        }
    }
    for (size_t j = 0; j < p->n_output; ++j) {
        if (direct_out[j]) {
            const size_t place = (size_t)p->output[j].place;
            t->slot[place] = whole ? b->out[j] + from : t->base + place * t->points;
        }
    }
    memset(ok, 1, sizeof ok);
    const fg_code code = {p->instr, p->n_instr, p->pool};
    fg__runner_now()->tile(&code, t->slot, fg__tile_lanes(n), ok);
    for (size_t k = 0; k < n; ++k) {
        status[from + k] = ok[k] ? FG_OK : FG_E_BRANCH;
    }
    for (size_t j = 0; j < p->n_output; ++j) {
        const fg_port *port = &p->output[j];
        if (!whole || !direct_out[j]) {
            rows_out(t, (size_t)port->place, port->size, n, ok, b->out[j] + from * port->size);
        }
    }
}

static void run_scalars(const fg_program *p, double *w, size_t from, size_t to,
                        const double *const *in, const size_t *in_step, double *const *out,
                        int8_t *status)
{
    batch b = {p, fg__tile_at(w, p->n_w, fg_batch_tile(p)), in, in_step, out, p->n_init};
    uint8_t direct_out[FG_BATCH_PORTS];
    for (size_t j = 0; j < p->n_input; ++j) {
        const size_t place = (size_t)p->input[j].place, size = p->input[j].size;
        for (size_t s = 0; !in_step[j] && s < size; ++s) {
            fg__tile_fill(&b.tile, place + s, in[j][s]);
        }
        b.temporaries += size;
    }
    for (size_t j = 0; j < p->n_output; ++j) {
        direct_out[j] = (uint8_t)is_direct_out(&b, j);
    }
    for (size_t n; from < to; from += n) {
        n = to - from < b.tile.points ? to - from : b.tile.points;
        run_tile(&b, direct_out, from, n, status);
    }
}

/* ---- points one by one ---- */

static void run_point(const fg_program *p, double *w, size_t k, const double *const *in,
                      const size_t *in_step, double *const *out, int8_t *status)
{
    size_t at;
    for (size_t j = 0; j < p->n_input; ++j) {
        memcpy(w + p->input[j].place, in[j] + k * in_step[j], p->input[j].size * sizeof *w);
    }
    status[k] = (int8_t)fg_program_run(p, w, &at);
    for (size_t j = 0; j < p->n_output && status[k] == FG_OK; ++j) {
        const fg_port *port = &p->output[j];
        memcpy(out[j] + k * port->size, w + port->place, port->size * sizeof *w);
    }
}

void fg_batch_run(const fg_program *p, double *w, size_t from, size_t to, const double *const *in,
                  const size_t *in_step, double *const *out, int8_t *status)
{
    if (p->scalar) {
        run_scalars(p, w, from, to, in, in_step, out, status);
        return;
    }
    for (; from < to; ++from) {
        run_point(p, w, from, in, in_step, out, status);
    }
}

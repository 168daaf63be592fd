/* fg_batch.c -- points into tiles and back.
 *
 * A workspace for scalars: [ pointers to the slots | slots of `tile` points each, 64-byte aligned ].
 * A value a point that stands dense in the caller's memory is read and written there.
 */
#include "fg_batch.h"
#include "fg_isa.h"
#include "fg_tile.h"
#include <string.h>

size_t fg_batch_tile(const fg_program *p)
{
    return p->scalar ? fg_tile_points(p->n_w) : 1;
}

size_t fg_batch_size(const fg_program *p)
{
    return p->scalar ? fg_tile_size(p->n_w, fg_batch_tile(p)) : p->n_w;
}

void fg_batch_start(const fg_program *p, double *w)
{
    if (!p->scalar) {
        fg_program_start(p, w);
        return;
    }
    const fg_tile t = fg_tile_at(w, p->n_w, fg_batch_tile(p));
    for (size_t s = 0; s < p->n_init; ++s) {
        fg_tile_fill(&t, s, p->init[s]);
    }
}

/* ---- points into slots ---- */

/* Rows of `size` values, `step` apart, into slots; a few points at a time, so that the lines of
 * memory that are read are used up. Points beyond n repeat the last one. */
static void rows_in(const fg_tile *t, size_t place, size_t size, size_t n, const double *x,
                    size_t step)
{
    const size_t lanes = fg_tile_lanes(n);
    for (size_t from = 0; from < lanes; from += FG_LANES) {
        for (size_t s = 0; s < size; ++s) {
            double *to = t->base + (place + s) * t->points + from;
            for (size_t k = 0; k < FG_LANES; ++k) {
                to[k] = x[(from + k < n ? from + k : n - 1) * step + s];
            }
        }
    }
}

static void rows_out(const fg_tile *t, size_t place, size_t size, size_t n, const uint8_t *ok,
                     double *to)
{
    for (size_t from = 0; from < n; from += FG_LANES) {
        const size_t end = n - from < FG_LANES ? n : from + FG_LANES;
        for (size_t k = from; k < end; ++k) {
            const double *x = t->base + place * t->points + k;
            for (size_t s = 0; ok[k] && s < size; ++s) {
                to[k * size + s] = x[s * t->points];
            }
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
    fg_isa_now()->tile(&code, t->slot, fg_tile_lanes(n), ok);
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
    batch b = {p, fg_tile_at(w, p->n_w, fg_batch_tile(p)), in, in_step, out, p->n_init};
    uint8_t direct_out[FG_BATCH_PORTS];
    for (size_t j = 0; j < p->n_input; ++j) {
        const size_t place = (size_t)p->input[j].place, size = p->input[j].size;
        for (size_t s = 0; !in_step[j] && s < size; ++s) {
            fg_tile_fill(&b.tile, place + s, in[j][s]);
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

/* fg_batch.c -- points into tiles and back.
 *
 * A workspace for scalars: [ pointers to the slots | slots of `tile` points each, 64-byte aligned ].
 * A value a point that stands dense in the caller's memory is read and written there.
 */
#include "fg_batch.h"
#include "fg_atomic.h"
#include "fg_run.h"
#include "fg_runner.h"
#include "fg_tile.h"
#include <string.h>

/* In doubles, and in floats. */
void fg__batch_start(const fg_program *p, void *w);
void fg__batch_start_single(const fg_program *p, void *w);
size_t fg__batch_run(const fg_batch *b, void *w, size_t from, size_t to);
size_t fg__batch_run_single(const fg_batch *b, void *w, size_t from, size_t to);

void fg__batch_start(const fg_program *p, void *w)
{
    if (!p->scalar) {
        fg__start(p, w);
        return;
    }
    const fg_tile t = fg__tile_at(w, p->n_w, fg_batch_tile(p));
    for (size_t s = 0; s < p->n_init; ++s) {
        fg__tile_fill(&t, s, (fg_real)p->init[s]);
    }
}

/* ---- points into slots ---- */

/* to[c * to_step + r] = from[r * from_step + c]. Four by four: each line of memory is used up, and the
 * loads and stores of a block do not wait for each other. */
static void transpose(size_t rows, size_t columns, const fg_real *restrict from, size_t from_step,
                      fg_real *restrict to, size_t to_step)
{
    size_t c = 0;
    for (; c + 4 <= columns; c += 4) {
        size_t r = 0;
        for (; r + 4 <= rows; r += 4) {
            const fg_real *x = from + r * from_step + c;
            fg_real *y = to + c * to_step + r;
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
static void rows_in(const fg_tile *t, size_t place, size_t size, size_t n, const fg_real *x,
                    size_t step)
{
    fg_real *to = t->base + place * t->points;
    transpose(n, size, x, step, to, t->points);
    for (size_t s = 0; s < size; ++s) {
        for (size_t k = n; k < fg__tile_lanes(n); ++k) {
            to[s * t->points + k] = to[s * t->points + n - 1];
        }
    }
}

/* Slots into rows; those of points that are not ok stay as they are. */
static void rows_out(const fg_tile *t, size_t place, size_t size, size_t n, const uint8_t *ok,
                     fg_real *to)
{
    const fg_real *x = t->slot[place]; /* which may be the caller's input, if it is one value */
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

static const fg_real *in_of(const fg_batch *b, size_t j)
{
    return b->in[j];
}

static fg_real *out_of(const fg_batch *b, size_t j)
{
    return b->out[j];
}

static int is_direct_in(const fg_batch *b, size_t j)
{
    return b->p->input[j].size == 1 && b->in_step[j] == 1;
}

/* What a guard may refuse, what is an input or constant, and a value that goes to two places are
 * copied. Instructions write the slots from `temporaries` on. */
static int is_direct_out(const fg_batch *b, size_t j, size_t temporaries)
{
    const fg_port *port = &b->p->output[j];
    if (port->size != 1 || b->p->n_guard || (size_t)port->place < temporaries) {
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

static size_t run_tile(const fg_batch *b, const fg_tile *t, const uint8_t *direct_out, size_t from,
                       size_t n)
{
    const fg_program *p = b->p;
    const int whole = n == t->points;
    size_t failed = 0;
    uint8_t ok[FG_TILE_MOST * (sizeof(double) / sizeof(fg_real))];
    for (size_t j = 0; j < p->n_input; ++j) {
        const size_t place = (size_t)p->input[j].place, step = b->in_step[j];
        if (whole && is_direct_in(b, j)) {
            t->slot[place] = (fg_real *)in_of(b, j) + from; /* which no instruction writes */
        } else if (step) {
            t->slot[place] = t->base + place * t->points;
            rows_in(t, place, p->input[j].size, n, in_of(b, j) + from * step, step);
        }
    }
    for (size_t j = 0; j < p->n_output; ++j) {
        if (direct_out[j]) {
            const size_t place = (size_t)p->output[j].place;
            t->slot[place] = whole ? out_of(b, j) + from : t->base + place * t->points;
        }
    }
    memset(ok, 1, sizeof ok);
    const fg_code code = {p->instr, p->n_instr, p->pool};
    fg__runner_now()->tile(&code, t->slot, fg__tile_lanes(n), ok);
    for (size_t k = 0; k < n; ++k) {
        b->status[from + k] = ok[k] ? FG_OK : FG_E_BRANCH;
        failed += !ok[k];
    }
    for (size_t j = 0; j < p->n_output; ++j) {
        const fg_port *port = &p->output[j];
        if (!whole || !direct_out[j]) {
            rows_out(t, (size_t)port->place, port->size, n, ok, out_of(b, j) + from * port->size);
        }
    }
    return failed;
}

static size_t run_scalars(const fg_batch *b, fg_real *w, size_t from, size_t to)
{
    const fg_program *p = b->p;
    const fg_tile t = fg__tile_at(w, p->n_w, fg_batch_tile(p));
    size_t temporaries = p->n_init, failed = 0;
    uint8_t direct_out[FG_BATCH_PORTS];
    for (size_t j = 0; j < p->n_input; ++j) {
        const size_t place = (size_t)p->input[j].place, size = p->input[j].size;
        for (size_t s = 0; !b->in_step[j] && s < size; ++s) {
            fg__tile_fill(&t, place + s, in_of(b, j)[s]);
        }
        temporaries += size;
    }
    for (size_t j = 0; j < p->n_output; ++j) {
        direct_out[j] = (uint8_t)is_direct_out(b, j, temporaries);
    }
    for (size_t n; from < to; from += n) {
        n = to - from < t.points ? to - from : t.points;
        failed += run_tile(b, &t, direct_out, from, n);
    }
    return failed;
}

/* ---- points one by one ---- */

static size_t run_points(const fg_batch *b, fg_real *w, size_t from, size_t to)
{
    const fg_program *p = b->p;
    size_t failed = 0, at;
    fg_status status = FG_OK;
    for (size_t k = from; k < to && status != FG_E_SIGNAL; ++k) {
        for (size_t j = 0; j < p->n_input; ++j) {
            memcpy(w + p->input[j].place, in_of(b, j) + k * b->in_step[j],
                   p->input[j].size * sizeof *w);
        }
        status = fg__run(p, w, &at);
        for (size_t j = 0; j < p->n_output && status == FG_OK; ++j) {
            const fg_port *port = &p->output[j];
            memcpy(out_of(b, j) + k * port->size, w + port->place, port->size * sizeof *w);
        }
        b->status[k] = (int8_t)status;
        failed += status != FG_OK;
    }
    return failed;
}

size_t fg__batch_run(const fg_batch *b, void *w, size_t from, size_t to)
{
    return b->p->scalar ? run_scalars(b, w, from, to) : run_points(b, w, from, to);
}

#if !defined(FG_SINGLE)
/* ---- of doubles or of floats ---- */

size_t fg_batch_tile(const fg_program *p)
{
    return p->scalar ? fg__tile_points(p->n_w, fg_program_item(p)) : 1;
}

size_t fg_batch_size(const fg_program *p)
{
    return p->scalar ? fg__tile_size(p->n_w, fg_batch_tile(p), fg_program_item(p)) : p->n_w;
}

void fg_batch_start(const fg_program *p, void *w)
{
    if (p->single) {
        fg__batch_start_single(p, w);
    } else {
        fg__batch_start(p, w);
    }
}

size_t fg_batch_run(const fg_batch *b, void *w, size_t from, size_t to)
{
    return b->p->single ? fg__batch_run_single(b, w, from, to) : fg__batch_run(b, w, from, to);
}

/* ---- threads ---- */

static const double CHUNK_WORK = 1e6; /* operations that a chunk is about: a millisecond */
enum { PARTS = 8 };                   /* at least so many chunks for each thread, if they last */

void fg_batch_open(fg_batch *b, size_t threads)
{
    const size_t tile = fg_batch_tile(b->p), share = b->n / threads / PARTS;
    size_t chunk = (size_t)(CHUNK_WORK / (b->p->work + 1.0));
    chunk = (chunk < share ? chunk : share) / tile * tile;
    b->chunk = chunk > tile ? chunk : tile;
    b->taken = b->done = b->failed = 0;
    b->stopped = 0;
}

int fg_batch_work(fg_batch *b, void *w, size_t most)
{
    for (; most && !FG_LOAD(&b->stopped) && FG_LOAD(&b->taken) < b->n; --most) {
        const size_t from = FG_ADD(&b->taken, b->chunk);
        if (from >= b->n) {
            return 0;
        }
        const size_t to = b->n - from < b->chunk ? b->n : from + b->chunk;
        const size_t failed = fg_batch_run(b, w, from, to);
        (void)FG_ADD(&b->failed, failed);
        (void)FG_ADD(&b->done, to - from);
    }
    return !FG_LOAD(&b->stopped) && FG_LOAD(&b->taken) < b->n;
}

void fg_batch_stop(fg_batch *b)
{
    FG_STORE(&b->stopped, 1);
}

size_t fg_batch_done(const fg_batch *b)
{
    return FG_LOAD(&b->done);
}
#endif

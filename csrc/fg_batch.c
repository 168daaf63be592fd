/* fg_batch.c -- points into lanes and back. */
#include "fg_batch.h"
#include <string.h>

size_t fg_batch_size(const fg_program *p)
{
    return p->n_w * (p->scalar ? FG_LANES : 1);
}

void fg_batch_start(const fg_program *p, double *w)
{
    if (p->scalar) {
        fg_program_start_lanes(p, w, FG_LANES);
    } else {
        fg_program_start(p, w);
    }
}

/* Points [from, from + n) as lanes; lanes beyond n repeat the last point, and nobody looks at them. */
static void run_tile(const fg_program *p, double *w, size_t from, size_t n, const double *const *in,
                     const size_t *in_step, double *const *out, int8_t *status)
{
    uint8_t ok[FG_LANES];
    for (size_t j = 0; j < p->n_input; ++j) {
        const fg_port *port = &p->input[j];
        for (size_t k = 0; k < FG_LANES; ++k) {
            const double *x = in[j] + (from + (k < n ? k : n - 1)) * in_step[j];
            double *to = w + (size_t)port->place * FG_LANES + k;
            for (size_t s = 0; s < port->size; ++s) {
                to[s * FG_LANES] = x[s];
            }
        }
    }
    fg_program_run_lanes(p, w, FG_LANES, ok);
    for (size_t k = 0; k < n; ++k) {
        status[from + k] = ok[k] ? FG_OK : FG_E_BRANCH;
    }
    for (size_t j = 0; j < p->n_output; ++j) {
        const fg_port *port = &p->output[j];
        for (size_t k = 0; k < n; ++k) {
            const double *x = w + (size_t)port->place * FG_LANES + k;
            double *to = out[j] + (from + k) * port->size;
            for (size_t s = 0; ok[k] && s < port->size; ++s) {
                to[s] = x[s * FG_LANES];
            }
        }
    }
}

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
    while (from < to) {
        const size_t n = !p->scalar ? 1 : to - from < FG_LANES ? to - from : FG_LANES;
        if (p->scalar) {
            run_tile(p, w, from, n, in, in_step, out, status);
        } else {
            run_point(p, w, from, in, in_step, out, status);
        }
        from += n;
    }
}

/* test_threads.c -- what threads share: programs, batches, the choice of code, nothing else.
 *
 * `make c-tsan` compiles it with ThreadSanitizer, which also finds what happened to go well.
 */
#include "random_graphs.h"
#include "stand_ins.h"
#include "tapes.h"
#include <pthread.h>

enum { THREADS = 4, POINTS = 203, PORTS = 7, WIDEST = 8 };

typedef struct job {
    const fg_program *p;
    fg_batch *batch;
    double *w; /* the thread's own */
    const double *const *in;
    const double *wanted; /* the whole workspace after a run */
    fg_status status;
    int wrong;
} job;

static void in_threads(void *(*work)(void *), job *jobs)
{
    pthread_t thread[THREADS];
    for (int k = 0; k < THREADS; ++k) {
        CHECK_COUNT(pthread_create(&thread[k], NULL, work, &jobs[k]), 0);
    }
    for (int k = 0; k < THREADS; ++k) {
        CHECK_COUNT(pthread_join(thread[k], NULL), 0);
        CHECK_COUNT(jobs[k].wrong, 0);
    }
}

/* ---- tapes, one a thread, of which two never meet ---- */

static void *record_and_sweep(void *data)
{
    job *j = data;
    fg_tape t;
    fg_tape_init(&t, release);
    for (int round = 0; round < 30; ++round) {
        const int32_t x = leaf(&t, 0.5);
        int32_t y = unary(&t, FG_OP_sin, x);
        for (int k = 0; k < 40; ++k) {
            const int32_t next = binary(&t, FG_OP_multiply, y, x);
            fg_tape_drop(&t, y);
            y = next;
        }
        fg_sweep s;
        int32_t at;
        fg_sweep_init(&s);
        j->wrong += sweep_from(&s, &t, y, &at) != FG_OK;
        j->wrong += !(adjoint(&s, x) > 0.0);
        swept(&s, 1);
        fg_sweep_free(&s);
        fg_tape_drop(&t, x);
        fg_tape_drop(&t, y);
        fg_tape_compact(&t);
    }
    fg_tape_free(&t);
    return NULL;
}

/* Runs first: nobody has asked which code there is. */
static void test_threads_have_tapes_of_their_own(void)
{
    job jobs[THREADS] = {{0}};
    in_threads(record_and_sweep, jobs);
}

/* ---- one program ---- */

static void *run_program(void *data)
{
    job *j = data;
    for (int round = 0; round < 30; ++round) {
        size_t at;
        for (size_t k = 0; k < j->p->n_input; ++k) {
            memcpy(j->w + j->p->input[k].place, j->in[k], j->p->input[k].size * sizeof *j->w);
        }
        j->wrong += fg_program_run(j->p, j->w, &at) != j->status;
        for (size_t k = 0; k < j->p->n_output && j->status == FG_OK; ++k) {
            const fg_port *port = &j->p->output[k];
            j->wrong +=
                memcmp(j->w + port->place, j->wanted + port->place, port->size * sizeof *j->w) != 0;
        }
    }
    return NULL;
}

static void check_program_in_threads(const fg_program *p)
{
    double buffer[16];
    const double *in[PORTS];
    size_t at;
    draw_point(buffer, in, 0);
    double *wanted = workspace(p, in);
    const fg_status status = fg_program_run(p, wanted, &at);
    job jobs[THREADS] = {{0}};
    for (int k = 0; k < THREADS; ++k) {
        jobs[k] = (job){p, NULL, workspace(p, in), in, wanted, status, 0};
    }
    in_threads(run_program, jobs);
    for (int k = 0; k < THREADS; ++k) {
        free(jobs[k].w);
    }
    free(wanted);
}

/* ---- one batch ---- */

typedef struct points {
    double in[PORTS][POINTS * WIDEST], out[4][POINTS * WIDEST], wanted[4][POINTS * WIDEST];
    const void *from[PORTS];
    size_t step[PORTS];
    void *to[4];
    int8_t status[POINTS], wanted_status[POINTS];
} points;

static void *work_at_batch(void *data)
{
    job *j = data;
    while (fg_batch_work(j->batch, j->w, 1)) {
        (void)fg_batch_done(j->batch);
    }
    return NULL;
}

static void check_batch_in_threads(const fg_program *p)
{
    static points at;
    memset(&at, 0, sizeof at);
    for (size_t j = 0; j < p->n_input; ++j) {
        for (size_t k = 0; k < POINTS * WIDEST; ++k) {
            at.in[j][k] = draw_between(-2.0, 2.0);
        }
        at.from[j] = at.in[j];
        at.step[j] = p->input[j].size;
    }
    for (size_t j = 0; j < 4; ++j) {
        at.to[j] = at.wanted[j];
    }
    fg_batch b = {0};
    b.p = p, b.n = POINTS, b.in = at.from, b.in_step = at.step, b.out = at.to;
    b.status = at.wanted_status;
    job jobs[THREADS] = {{0}};
    for (int k = 0; k < THREADS; ++k) {
        jobs[k].batch = &b;
        jobs[k].w = batch_workspace(p);
    }
    const size_t failed = fg_batch_run(&b, jobs[0].w, 0, POINTS);
    for (size_t j = 0; j < 4; ++j) {
        at.to[j] = at.out[j];
    }
    b.status = at.status;
    fg_batch_open(&b, THREADS);
    in_threads(work_at_batch, jobs);
    CHECK_COUNT(b.failed, failed);
    CHECK_COUNT(fg_batch_done(&b), POINTS);
    CHECK(!memcmp(at.out, at.wanted, sizeof at.out));
    CHECK(!memcmp(at.status, at.wanted_status, sizeof at.status));
    for (int k = 0; k < THREADS; ++k) {
        free(jobs[k].w);
    }
}

static void test_threads_share_a_program_and_its_batches(void)
{
    static drawn d;
    int scalars = 0;
    for (int round = 0; round < 40; ++round) {
        draw_seed(700 + (uint64_t)round);
        draw_graph(&d, 20 + (int)draw_below(120), round % 2);
        int32_t output[4];
        for (int k = 0; k < 4; ++k) {
            output[k] = (int32_t)(d.g.f.graph.n - 1 - draw_below(k ? d.g.f.graph.n : 1));
        }
        fg_program p;
        CHECK_COUNT(plan(&d.g, 4, output, 0, NULL, &p), FG_OK);
        check_program_in_threads(&p);
        check_batch_in_threads(&p);
        scalars += p.scalar;
        fg_program_free(&p);
        graph_free(&d.g);
    }
    CHECK(scalars > 10 && scalars < 30);
}

int main(void)
{
    RUN(test_threads_have_tapes_of_their_own);
    fg_lent_set(&stand_ins);
    RUN(test_threads_share_a_program_and_its_batches);
    return REPORT();
}

/* fg_plan_memory.c -- slots and blocks of a workspace. */
#include "fg_plan_memory.h"
#include "fg_graph.h"
#include "fg_mem.h"
#include <string.h>

enum { SLOTS_MAX = 1 << 30, LOOK = 256 /* blocks looked at for one that fits */ };

void fg__space_init(fg_space *s, size_t end)
{
    memset(s, 0, sizeof *s);
    s->end = end;
}

void fg__space_done(fg_space *s)
{
    fg_mem_free(s->slot);
    fg_mem_free(s->block);
    memset(s, 0, sizeof *s);
}

static fg_status grow(fg_space *s, size_t size, int32_t *place)
{
    if (size > SLOTS_MAX || s->end > SLOTS_MAX - size) {
        return FG_E_FULL;
    }
    *place = (int32_t)s->end;
    s->end += size;
    return FG_OK;
}

fg_status fg__space_take(fg_space *s, size_t size, int32_t *place)
{
    if (size == 1 && s->n_slot) {
        *place = s->slot[--s->n_slot];
        return FG_OK;
    }
    size_t best = s->n_block;
    const size_t from = s->n_block > LOOK ? s->n_block - LOOK : 0;
    for (size_t k = s->n_block; size > 1 && k-- > from;) {
        const size_t have = s->block[k].size;
        if (have >= size && have <= 4 * size &&
            (best == s->n_block || have < s->block[best].size)) {
            best = k;
        }
    }
    if (best == s->n_block) {
        return grow(s, size, place);
    }
    fg_block *b = &s->block[best];
    *place = b->place;
    if (b->size == size) {
        *b = s->block[--s->n_block];
    } else {
        b->place += (int32_t)size;
        b->size -= size;
    }
    return FG_OK;
}

void fg__space_free(fg_space *s, int32_t place, size_t size)
{
    if (size == 1) {
        if (fg__grow((void **)&s->slot, &s->cap_slot, s->n_slot + 1, sizeof *s->slot) == FG_OK) {
            s->slot[s->n_slot++] = place;
        }
        return;
    }
    if (!size) {
        return;
    }
    const size_t from = s->n_block > LOOK ? s->n_block - LOOK : 0;
    for (size_t k = s->n_block; k-- > from;) { /* a neighbour grows */
        fg_block *b = &s->block[k];
        if (b->place + (int32_t)b->size == place) {
            b->size += size;
            return;
        }
        if (place + (int32_t)size == b->place) {
            b->place = place;
            b->size += size;
            return;
        }
    }
    if (fg__grow((void **)&s->block, &s->cap_block, s->n_block + 1, sizeof *s->block) == FG_OK) {
        s->block[s->n_block++] = (fg_block){place, size};
    }
}

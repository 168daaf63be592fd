/* fg_plan_memory.h -- the space of a workspace while a program is planned: taking and giving back. */
#ifndef FG_PLAN_MEMORY_H
#define FG_PLAN_MEMORY_H
#include "fg_status.h"
#include <stddef.h>
#include <stdint.h>

typedef struct fg_block {
    int32_t place;
    size_t size;
} fg_block;

/* Single slots are taken from a stack, so that a slot that is still in cache comes first; arrays from
 * the smallest block that holds them. */
typedef struct fg_space {
    size_t end; /* the size of the workspace so far */
    size_t n_slot, cap_slot;
    int32_t *slot;
    size_t n_block, cap_block;
    fg_block *block;
} fg_space;

void fg__space_init(fg_space *s, size_t end);
void fg__space_done(fg_space *s);

/* *place [out] gets `size` doubles. FG_OK, FG_E_MEMORY or FG_E_FULL. */
fg_status fg__space_take(fg_space *s, size_t size, int32_t *place);

/* Gives them back; without memory for the note they are lost to the plan, which is no failure. */
void fg__space_free(fg_space *s, int32_t place, size_t size);

#endif

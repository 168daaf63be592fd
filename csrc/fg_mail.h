/* fg_mail.h -- handles of a tape that other threads have let go, for its own thread to give back.
 *
 * A bit for each handle, so that letting go needs no memory: room is made where handles are. Who calls
 * holds a lock of the caller's, which the core has none of.
 */
#ifndef FG_MAIL_H
#define FG_MAIL_H
#include "fg_status.h"
#include <stddef.h>
#include <stdint.h>

typedef struct fg_mail {
    uint64_t *word; /* [cap] of 64 handles each */
    size_t cap;
    size_t from; /* no word below holds one */
} fg_mail;

void fg_mail_init(fg_mail *m);
void fg_mail_free(fg_mail *m);

/* Makes room for so many handles. FG_OK or FG_E_MEMORY; on failure nothing is lost. */
fg_status fg_mail_reserve(fg_mail *m, size_t handles);

/* Whether there is room for so many. */
int fg_mail_has_room(const fg_mail *m, size_t handles);

/* Puts a handle in, for which there is room. */
void fg_mail_put(fg_mail *m, int32_t handle);

/* Whether a handle is in. */
int fg_mail_has(const fg_mail *m, int32_t handle);

/* Takes a handle out: the lowest, or -1 if there is none. */
int32_t fg_mail_take(fg_mail *m);

#endif

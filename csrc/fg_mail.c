/* fg_mail.c -- a set of handles, as bits. */
#include "fg_mail.h"
#include "fg_mem.h"
#include <string.h>

enum { BITS = 64 };

void fg_mail_init(fg_mail *m)
{
    memset(m, 0, sizeof *m);
}

void fg_mail_free(fg_mail *m)
{
    fg_mem_free(m->word);
    fg_mail_init(m);
}

int fg_mail_has_room(const fg_mail *m, size_t handles)
{
    return handles <= m->cap * BITS;
}

fg_status fg_mail_reserve(fg_mail *m, size_t handles)
{
    if (fg_mail_has_room(m, handles)) {
        return FG_OK;
    }
    const size_t cap = handles / BITS + 1;
    uint64_t *word = fg_mem_resize(m->word, cap, sizeof *word);
    if (!word) {
        return FG_E_MEMORY;
    }
    memset(word + m->cap, 0, (cap - m->cap) * sizeof *word);
    m->word = word;
    m->cap = cap;
    return FG_OK;
}

void fg_mail_put(fg_mail *m, int32_t handle)
{
    const size_t k = (size_t)handle / BITS;
    m->word[k] |= (uint64_t)1 << (handle % BITS);
    m->from = k < m->from ? k : m->from;
}

int fg_mail_has(const fg_mail *m, int32_t handle)
{
    const size_t k = (size_t)handle / BITS;
    return k < m->cap && (m->word[k] >> (handle % BITS) & 1) != 0;
}

int32_t fg_mail_take(fg_mail *m)
{
    for (; m->from < m->cap; ++m->from) {
        uint64_t *word = &m->word[m->from];
        for (int bit = 0; *word && bit < BITS; ++bit) {
            if (*word >> bit & 1) {
                *word &= ~((uint64_t)1 << bit);
                return (int32_t)(m->from * BITS) + bit;
            }
        }
    }
    return -1;
}

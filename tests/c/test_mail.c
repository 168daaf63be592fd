/* test_mail.c -- handles that other threads have let go, against a plain list. */
#include "check.h"
#include "draw.h"
#include "fg_mail.h"

enum { MOST = 1000 };

static void test_what_is_put_in_is_taken_out_once(void)
{
    static int in[MOST];
    fg_mail m;
    fg_mail_init(&m);
    CHECK_COUNT(fg_mail_take(&m), -1);
    CHECK(!fg_mail_has(&m, 0));
    draw_seed(5);
    size_t room = 0;
    for (int round = 0; round < 300; ++round) {
        const size_t wish = room + draw_below(20), more = wish < MOST ? wish : MOST;
        CHECK_COUNT(fg_mail_reserve(&m, more), FG_OK);
        room = more > room ? more : room;
        CHECK(fg_mail_has_room(&m, room));
        for (size_t k = draw_below(12); k-- && room;) {
            const size_t h = draw_below(room);
            in[h] = 1;
            fg_mail_put(&m, (int32_t)h);
        }
        for (size_t h = 0; h < room; ++h) {
            CHECK_COUNT(fg_mail_has(&m, (int32_t)h), in[h]);
        }
        for (size_t k = draw_below(20); k--;) {
            const int32_t h = fg_mail_take(&m);
            if (h < 0) {
                break;
            }
            CHECK(in[h]);
            in[h] = 0;
            for (int32_t below = 0; below < h; ++below) {
                CHECK(!in[below]);
            }
        }
    }
    for (int32_t h; (h = fg_mail_take(&m)) >= 0; in[h] = 0) {
        CHECK(in[h]);
    }
    for (int h = 0; h < MOST; ++h) {
        CHECK(!in[h]);
    }
    fg_mail_free(&m);
}

static void test_without_memory_it_is_as_it_was(void)
{
    fg_mail m;
    fg_mail_init(&m);
    CHECK_COUNT(fg_mail_reserve(&m, 10), FG_OK);
    fg_mail_put(&m, 7);
    fg_mem_fail_after(0, 0);
    CHECK_COUNT(fg_mail_reserve(&m, 5000), FG_E_MEMORY);
    CHECK(fg_mail_has_room(&m, 10) && !fg_mail_has_room(&m, 5000));
    CHECK_COUNT(fg_mail_take(&m), 7);
    CHECK_COUNT(fg_mail_take(&m), -1);
    fg_mail_free(&m);
}

int main(void)
{
    RUN(test_what_is_put_in_is_taken_out_once);
    RUN(test_without_memory_it_is_as_it_was);
    return REPORT();
}

/* fg_status.c -- the texts of fg_status.def. */
#include "fg_status.h"

const char *fg_status_message(fg_status status)
{
    switch (status) {
#define FG_STATUS(name, code, exception, message) \
    case FG_##name:                               \
        return message;
#include "fg_status.def"
    }
    return "unknown status";
}

const char *fg_status_exception(fg_status status)
{
    switch (status) {
#define FG_STATUS(name, code, exception, message) \
    case FG_##name:                               \
        return exception;
#include "fg_status.def"
    }
    return "RuntimeError";
}

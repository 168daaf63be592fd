/* fg_status.h -- what a call returns: FG_OK, or why not. */
#ifndef FG_STATUS_H
#define FG_STATUS_H

typedef enum fg_status {
#define FG_STATUS(name, code, exception, message) FG_##name = code,
#include "fg_status.def"
} fg_status;

/* The message of a status, and the name of the Python exception that carries it. Static strings. */
const char *fg_status_message(fg_status status);
const char *fg_status_exception(fg_status status);

#endif

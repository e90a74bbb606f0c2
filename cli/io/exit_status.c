#include "io/exit_status.h"

#include <mien/mien.h>
#include <stdbool.h>
#include <string.h>

#define INTERRUPTED 130 /* as shells report SIGINT: 128 + 2 */
#define INCOMPLETE 40
#define INTERNAL 1

static bool is_known(int error)
{
    return strcmp(mien_error_name(error), "MIEN_UNKNOWN") != 0;
}

/* The code without its sign. The program never ends with EAGAIN or EEOF, which are no failures. */
int mn_exit_status(int error)
{
    switch (error) {
    case MIEN_EINTERRUPTED:
        return INTERRUPTED;
    case MN_EINCOMPLETE:
        return INCOMPLETE;
    case MIEN_EAGAIN:
    case MIEN_EEOF:
        return INTERNAL;
    default:
        return is_known(error) ? -error : INTERNAL;
    }
}

void mn_exit_status_dump(FILE *file)
{
    for (int e = -1; is_known(e); e--)
        fprintf(file, "%s %d %d %s\n", mien_error_name(e), e, mn_exit_status(e), mien_strerror(e));
    fprintf(file, "MN_EINCOMPLETE %d %d done except for optional parts\n", MN_EINCOMPLETE,
            mn_exit_status(MN_EINCOMPLETE));
}

void mn_exit_status_explain(FILE *file)
{
    fprintf(file, "  %3d  success\n", 0);
    for (int status = INTERNAL; status <= INTERRUPTED; status++)
        for (int e = -1; is_known(e); e--)
            if (mn_exit_status(e) == status && e != MIEN_EAGAIN && e != MIEN_EEOF)
                fprintf(file, "  %3d  %s\n", status, mien_strerror(e));
}

#include "io/exit_status.h"

#include <mien/mien.h>
#include <stdbool.h>
#include <string.h>

#define INTERRUPTED 130 /* as shells report SIGINT: 128 + 2 */
#define INTERNAL 1

/* The codes of the program only. */
static const struct own {
    int error, status;
    const char *name, *text;
} own[] = {
    {MN_EINCOMPLETE, 40, "MN_EINCOMPLETE", "done except for optional parts"},
    {MN_ELIMIT, 41, "MN_ELIMIT", "an input exceeds a limit of the options"},
    {MN_ERESUBMIT, 42, "MN_ERESUBMIT", "the batch was stopped by a signal; submit it again"},
    {MN_EDIFFERENT, 43, "MN_EDIFFERENT", "two results differ by more than the tolerance"},
};
#define NUM_OWN (int)(sizeof(own) / sizeof(own[0]))

static const struct own *own_code(int error)
{
    for (int i = 0; i < NUM_OWN; i++)
        if (own[i].error == error)
            return &own[i];
    return NULL;
}

const char *mn_error_name(int error)
{
    const struct own *code = own_code(error);
    return code ? code->name : mien_error_name(error);
}

const char *mn_error_text(int error)
{
    const struct own *code = own_code(error);
    return code ? code->text : mien_strerror(error);
}

static bool is_known(int error)
{
    return strcmp(mien_error_name(error), "MIEN_UNKNOWN") != 0;
}

/* The code without its sign. The program never ends with EAGAIN or EEOF, which are no failures. */
int mn_exit_status(int error)
{
    const struct own *code = own_code(error);
    if (code)
        return code->status;
    switch (error) {
    case MIEN_EINTERRUPTED:
        return INTERRUPTED;
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
    for (int i = 0; i < NUM_OWN; i++)
        fprintf(file, "%s %d %d %s\n", own[i].name, own[i].error, own[i].status, own[i].text);
}

void mn_exit_status_explain(FILE *file)
{
    fprintf(file, "  %3d  success\n", 0);
    for (int status = INTERNAL; status <= INTERRUPTED; status++) {
        for (int e = -1; is_known(e); e--)
            if (mn_exit_status(e) == status && e != MIEN_EAGAIN && e != MIEN_EEOF)
                fprintf(file, "  %3d  %s\n", status, mien_strerror(e));
        for (int i = 0; i < NUM_OWN; i++)
            if (own[i].status == status)
                fprintf(file, "  %3d  %s\n", status, own[i].text);
    }
}

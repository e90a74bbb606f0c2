#include <mien/mien.h>

static const struct {
    int code, exit_status;
    const char *name, *text;
} errors[] = {
#define ROW(n, c, e, t) {c, e, "MIEN_" #n, t},
    MIEN_ERRORS(ROW)
#undef ROW
};

const char *mien_strerror(int error)
{
    if (error == 0)
        return "success";
    for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
        if (errors[i].code == error)
            return errors[i].text;
    return "unknown error";
}

const char *mien_error_name(int error)
{
    if (error == 0)
        return "MIEN_OK";
    for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
        if (errors[i].code == error)
            return errors[i].name;
    return "MIEN_UNKNOWN";
}

int mien_exit_status(int error)
{
    if (error == 0)
        return 0;
    for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
        if (errors[i].code == error)
            return errors[i].exit_status;
    return 1;
}

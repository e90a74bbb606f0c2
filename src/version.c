#include <mien/mien.h>

const char *mien_version(void)
{
    return MIEN_VERSION;
}

int mien_version_number(void)
{
    return MIEN_VERSION_NUMBER;
}

/* Exit statuses of the program: distinct for each failure that it can end with. */
#include <mien/mien.h>
#include <string.h>

#include "check.h"
#include "io/exit_status.h"

static void distinct(void)
{
    for (int e = -1; e >= MIEN_EWORKER; e--) {
        const int status = mn_exit_status(e);
        CHECK(status > 0 && status < 256);
        if (e == MIEN_EAGAIN || e == MIEN_EEOF) {
            CHECK_INT(status, mn_exit_status(MIEN_EINTERNAL));
            continue;
        }
        for (int other = e + 1; other < 0; other++)
            CHECK(status != mn_exit_status(other));
    }
    CHECK_INT(mn_exit_status(MIEN_EINTERRUPTED), 130);
    CHECK_INT(mn_exit_status(0), 0);
    CHECK_INT(mn_exit_status(MN_EINCOMPLETE), 40);
    CHECK_INT(mn_exit_status(MN_ELIMIT), 41);
    CHECK_INT(mn_exit_status(MN_EDIFFERENT), 43);
    CHECK_STR(mn_error_name(MN_ELIMIT), "MN_ELIMIT");
    CHECK_STR(mn_error_name(MIEN_EINVAL), "MIEN_EINVAL");
    const int foreign[] = {1, MIEN_EWORKER - 1, -1000, -2147483647 - 1, 2147483647};
    for (int i = 0; i < 5; i++)
        CHECK_INT(mn_exit_status(foreign[i]), 1);
}

static void dump(void)
{
    FILE *file = tmpfile();
    CHECK(file != NULL);
    mn_exit_status_dump(file);
    rewind(file);
    char line[200];
    int n = 0;
    for (; fgets(line, sizeof(line), file); n++)
        if (n == 1)
            CHECK_STR(line, "MIEN_EINVAL -2 2 bad argument or option\n");
    CHECK_INT(n, -MIEN_EWORKER + 4); /* and those of the program */
    fclose(file);
}

int main(void)
{
    distinct();
    dump();
    return check_done();
}

/* A recording is synced to the disk about once a second, and its writer never waits for that. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "check.h"
#include "io/durable.h"

static atomic_int calls, failing;
static atomic_bool held;

static void wait_for(double seconds)
{
    struct timespec t = {(time_t)seconds, (long)((seconds - (double)(time_t)seconds) * 1e9)};
    nanosleep(&t, NULL);
}

static int counted(int fd)
{
    (void)fd;
    atomic_fetch_add(&calls, 1);
    while (atomic_load(&held))
        wait_for(0.005);
    errno = atomic_load(&failing);
    return errno ? -1 : 0;
}

static bool reaches(int n)
{
    for (int i = 0; i < 1000 && atomic_load(&calls) < n; i++)
        wait_for(0.01);
    return atomic_load(&calls) >= n;
}

static void syncs_after_writes(void)
{
    atomic_store(&calls, 0);
    struct mn_durable *d = mn_durable_start(0, "none", counted);
    REQUIRE(d != NULL);
    wait_for(0.1);
    CHECK_INT(atomic_load(&calls), 0); /* nothing was written */
    CHECK_INT(mn_durable_note(d), 0);
    CHECK(reaches(1)); /* at once */
    double first = mn_now();
    for (int i = 0; i < 50; i++)
        CHECK_INT(mn_durable_note(d), 0);
    CHECK(reaches(2)); /* after the pause, once for all of them */
    CHECK(mn_now() - first > 0.8 * MN_DURABLE_PAUSE);
    wait_for(0.1);
    CHECK_INT(atomic_load(&calls), 2);
    CHECK_INT(mn_durable_stop(&d), 2);
    CHECK(d == NULL);
}

/* A sync that never ends does not stop the writer; the end of the run waits for it. */
static void never_waits(void)
{
    atomic_store(&calls, 0);
    atomic_store(&held, true);
    struct mn_durable *d = mn_durable_start(0, "none", counted);
    REQUIRE(d != NULL);
    mn_durable_note(d);
    CHECK(reaches(1));
    double began = mn_now();
    for (int i = 0; i < 1000; i++)
        mn_durable_note(d);
    CHECK(mn_now() - began < 1);
    CHECK_INT(atomic_load(&calls), 1);
    atomic_store(&held, false);
    CHECK_INT(mn_durable_stop(&d), 1);
}

static int note_until_error(struct mn_durable *d)
{
    int err = 0;
    for (int i = 0; i < 300 && !err; i++) {
        err = mn_durable_note(d);
        wait_for(0.01);
    }
    return err;
}

static void reports_a_broken_disk(void)
{
    struct mn_durable *d = mn_durable_start(0, "none", counted);
    REQUIRE(d != NULL);
    atomic_store(&failing, EIO);
    CHECK_INT(note_until_error(d), EIO);
    mn_durable_stop(&d);
    d = mn_durable_start(0, "none", counted);
    REQUIRE(d != NULL);
    atomic_store(&failing, EINVAL); /* not a file on a disk */
    atomic_store(&calls, 0);
    CHECK_INT(mn_durable_note(d), 0);
    CHECK(reaches(1));
    wait_for(0.05);
    CHECK_INT(mn_durable_note(d), 0);
    atomic_store(&failing, 0);
    mn_durable_stop(&d);
}

static void a_real_file(void)
{
    char name[] = "/tmp/mien-test-durable-XXXXXX";
    int fd = mkstemp(name);
    REQUIRE(fd >= 0);
    struct mn_durable *d = mn_durable_start(fd, name, NULL);
    REQUIRE(d != NULL);
    CHECK(write(fd, "abc", 3) == 3);
    CHECK_INT(mn_durable_note(d), 0);
    wait_for(0.3);
    CHECK_INT(mn_durable_note(d), 0);
    CHECK(mn_durable_stop(&d) >= 1);
    close(fd);
    unlink(name);
    CHECK_INT(mn_durable_note(NULL), 0);
    CHECK_INT(mn_durable_stop(&d), 0);
}

int main(void)
{
    syncs_after_writes();
    never_waits();
    reports_a_broken_disk();
    a_real_file();
    return check_done();
}

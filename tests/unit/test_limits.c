/* Limits of jobs: timeouts, cores and memory; times of the ledger. */
#include <unistd.h>

#include "batch/limits.h"
#include "batch/status.h"
#include "check.h"

static void test_timeout(void)
{
    struct mn_timeout t;
    CHECK(mn_timeout_parse(&t, "600") && t.seconds == 600 && t.factor == 0);
    CHECK(mn_timeout_for(&t, 0) == 600 && mn_timeout_for(&t, 1e6) == 600);
    CHECK(mn_timeout_parse(&t, "2.5x") && t.factor == 2.5 && t.seconds == 0);
    CHECK(mn_timeout_for(&t, 10) == 25 && mn_timeout_for(&t, 0) == 0);
    CHECK(mn_timeout_parse(&t, "20x,600") && mn_timeout_for(&t, 10) == 200);
    CHECK(mn_timeout_for(&t, 100) == 600 && mn_timeout_for(&t, 0) == 600);
    static const char *const bad[] = {"",   "x",      "0",   "-1",   "5y",
                                      "5,", "20x600", "nan", "1e10", " 5"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        CHECK(!mn_timeout_parse(&t, bad[i]));
}

static void test_jobs(void)
{
    const int64_t mb = 1 << 20;
    CHECK_INT(mn_jobs_allowed(0, 8, 64000 * mb, 100), 8);
    CHECK_INT(mn_jobs_allowed(0, 8, 1000 * mb, 100), 3);
    CHECK_INT(mn_jobs_allowed(0, 8, 10 * mb, 100), 1);
    CHECK_INT(mn_jobs_allowed(0, 8, 64000 * mb, 5), 5);
    CHECK_INT(mn_jobs_allowed(4, 8, 1000 * mb, 100), 3);
    CHECK_INT(mn_jobs_allowed(20, 8, 64000 * mb, 100), 8);
}

static void test_memory(void)
{
    CHECK(mn_memory_available() > 0);
    setenv("SLURM_MEM_PER_NODE", "16", 1);
    CHECK(mn_memory_available() <= 16 << 20);
    unsetenv("SLURM_MEM_PER_NODE");
#if defined(__linux__)
    const int64_t before = mn_memory_of_tree(getpid());
    enum { MORE = 32 << 20 };
    volatile char *block = malloc(MORE); /* volatile: the compiler must not remove it */
    REQUIRE(block);
    for (size_t i = 0; i < MORE; i += 1024)
        block[i] = 1;
    CHECK(before > 0 && mn_memory_of_tree(getpid()) - before > MORE / 2);
    free((void *)block);
    CHECK(mn_memory_of_tree(999999999) == 0);
#endif
}

static void test_times(void)
{
    CHECK_NEAR(mn_status_seconds("1970-01-01T00:00:00.000Z"), 0, 0);
    CHECK_NEAR(mn_status_seconds("2026-12-01T02:25:04.906Z"), 1796091904.906, 1e-3);
    CHECK_NEAR(mn_status_seconds("2024-02-29T23:59:59.000Z"), 1709251199, 1e-3);
    CHECK(mn_status_seconds("yesterday") == 0);
}

int main(void)
{
    test_timeout();
    test_jobs();
    test_memory();
    test_times();
    return check_done();
}

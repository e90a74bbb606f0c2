/* src/base: clock, histogram, rates, files, digests, cores, kernel builds, errors,
 * log, file names. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <mien/mien.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/cores.h"
#include "base/cpu.h"
#include "base/file.h"
#include "base/filename.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/sha256.h"
#include "check.h"

static uint32_t seed = 1;

static double uniform(void)
{
    seed = seed * 1664525u + 1013904223u;
    return (seed >> 8) / 16777216.0;
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

/* The histogram against the sorted samples themselves. */
static void quantiles_of(const double *sample, int n)
{
    struct mn_hist *h = mn_alloc(1, sizeof(*h));
    double *sorted = malloc((size_t)n * sizeof(*sorted)), total = 0;
    REQUIRE(h && sorted);
    for (int i = 0; i < n; i++) {
        mn_hist_add(h, sample[i]);
        sorted[i] = sample[i];
        total += sample[i];
    }
    qsort(sorted, (size_t)n, sizeof(*sorted), ascending);
    const double qs[] = {0, 0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 1};
    for (size_t k = 0; k < sizeof(qs) / sizeof(qs[0]); k++) {
        int rank = (int)ceil(qs[k] * n);
        double want = sorted[rank < 1 ? 0 : rank - 1];
        CHECK_NEAR(mn_hist_quantile(h, qs[k]), want, 0.03 * want);
        CHECK(mn_hist_quantile(h, qs[k]) <= sorted[n - 1]);
    }
    CHECK_INT(h->count, n);
    CHECK_NEAR(h->max, sorted[n - 1], 0);
    CHECK_NEAR(h->total, total, 1e-9 * total);
    free(sorted);
    free(h);
}

static void rates(void)
{
    struct mn_rate r = {0};
    CHECK(mn_rate_recent(&r) == 0);
    mn_rate_add(&r, 100);
    CHECK(mn_rate_recent(&r) == 0);
    CHECK(mn_rate_mean(&r) == 0);
    mn_rate_add(&r, 100); /* two events at the same time have no rate */
    CHECK(mn_rate_recent(&r) == 0);

    r = (struct mn_rate){0};
    double t = 5;
    for (int i = 0; i < 100; i++, t += 0.1)
        mn_rate_add(&r, t);
    CHECK_NEAR(mn_rate_recent(&r), 10, 1e-9);
    CHECK_NEAR(mn_rate_mean(&r), 10, 1e-9);
    for (int i = 0; i < MN_RATE_WINDOW; i++, t += 0.5) /* the window forgets, the mean does not */
        mn_rate_add(&r, t + 0.4);
    CHECK_NEAR(mn_rate_recent(&r), 2, 1e-9);
    CHECK_NEAR(mn_rate_mean(&r), 129 / (9.9 + 0.5 + 14.5), 1e-9);
    CHECK(r.count == 130);
}

static void hist(void)
{
    static double sample[20000];
    for (int i = 0; i < 20000; i++) /* 1 microsecond to 10 seconds */
        sample[i] = 1e-6 * pow(1e7, uniform());
    quantiles_of(sample, 20000);
    for (int i = 0; i < 20000; i++) /* around one value, as durations usually are */
        sample[i] = 0.0098 * (0.8 + 0.4 * uniform());
    quantiles_of(sample, 20000);
    const double slow[] = {0.3, 0.7, 1.1, 5, 42, 200};
    quantiles_of(slow, 6);
    const double one[] = {0.0123};
    quantiles_of(one, 1);

    static struct mn_hist all, a, b;
    CHECK_NEAR(mn_hist_quantile(&all, 0.5), 0, 0);
    for (int i = 0; i < 2000; i++) {
        mn_hist_add(&all, sample[i]);
        mn_hist_add(i % 3 ? &a : &b, sample[i]);
    }
    mn_hist_merge(&a, &b);
    CHECK_INT(a.count, all.count);
    CHECK_NEAR(a.max, all.max, 0);
    CHECK_NEAR(a.total, all.total, 1e-9);
    CHECK(!memcmp(a.bucket, all.bucket, sizeof(a.bucket)));

    static struct mn_hist edge; /* no index may leave the array */
    mn_hist_add(&edge, 0);
    mn_hist_add(&edge, -1);
    mn_hist_add(&edge, 1e-300);
    mn_hist_add(&edge, 1e6);
    CHECK_INT(edge.count, 4);
    CHECK_NEAR(edge.max, 1e6, 0);
    CHECK(mn_hist_quantile(&edge, 0.5) <= 1.1e-7);
}

static void clock_goes_on(void)
{
    double before = mn_now();
    for (int i = 0; i < 1000; i++) {
        double now = mn_now();
        CHECK(now >= before);
        before = now;
    }
}

static void digest(const char *text, size_t size, const char *want)
{
    char hex[MN_SHA256_HEX];
    memset(hex, 'x', sizeof(hex));
    mn_sha256_hex(text, size, hex);
    CHECK_STR(hex, want);
}

/* The examples of FIPS 180-4; digests of lengths around a block's end are from another
 * implementation. Run once with the processor's instructions, if it has them, and once without. */
static void sha256(void)
{
    digest("", 0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    digest(NULL, 0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    digest("abc", 3, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    digest("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 56,
           "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    static char a[1000000];
    memset(a, 'a', sizeof(a));
    digest(a, sizeof(a), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
    digest(a, 55, "9f4390f8d30c2dd92ec9f095b65e2b9ae9b0a925a5258e241c9f1e910f734318");
    digest(a, 56, "b35439a4ac6f0948b6d6f9e3c6af0f5f590ce20f1bde7090ef7970686ec6738a");
    digest(a, 63, "7d3e74a05d7db15bce4ad9ec0658ea98e3f06eeecf16b4c6fff2da457ddc2f34");
    digest(a, 64, "ffe054fe7ae0cb6dc65c3af9b61d5209f439851db43d0ba5997337df154668eb");
    digest(a, 65, "635361c48bb9eab14198e76ea8ab7f1a41685d6ad62aa9146d301d4f17eb0ae0");
}

static void cpu_max(void)
{
    static const struct {
        const char *line;
        int cores;
    } table[] = {
        {"max 100000", 0},
        {"max 100000\n", 0},
        {"100000 100000", 1},
        {"100000 100000\n", 1},
        {"150000 100000", 2},
        {"200000 100000", 2},
        {"200001 100000", 3},
        {"50000 100000", 1},
        {"1 100000", 1},
        {"1600000 50000", 32},
        {"-1 100000", 0}, /* cgroup v1 for no limit */
        {"0 100000", 0},
        {"100000 0", 0},
        {"100000 -5", 0},
        {"100000", 0},
        {"", 0},
        {"\n", 0},
        {"nonsense", 0},
        {"9223372036854775807 100000", 0},
        {"99999999999999999999 100000", 0},
        {"9223372036854775807 9223372036854775807", 1},
    };
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        int have = mn_cores_from_cpu_max(table[i].line);
        CHECK_INT(have, table[i].cores);
        if (have != table[i].cores)
            printf("  for \"%s\"\n", table[i].line);
    }
}

static void cores(void)
{
    unsetenv("SLURM_CPUS_PER_TASK");
    int all = mn_cores();
    CHECK(all >= 1);
    CHECK_INT(mien_cores(), all);
    setenv("SLURM_CPUS_PER_TASK", "1", 1);
    CHECK_INT(mn_cores(), 1);
    CHECK_INT(mien_cores(), 1);
    const char *no_limit[] = {"100000", "", "0", "-2", "many"};
    for (size_t i = 0; i < sizeof(no_limit) / sizeof(no_limit[0]); i++) {
        setenv("SLURM_CPUS_PER_TASK", no_limit[i], 1);
        CHECK_INT(mn_cores(), all);
    }
    unsetenv("SLURM_CPUS_PER_TASK");
}

static void refused(const char *path, size_t max, int want)
{
    struct mn_file f = {(const uint8_t *)"", 99};
    errno = 0;
    CHECK_INT(mn_file_map(&f, path, max), -1);
    CHECK_INT(errno, want);
    CHECK(f.data == NULL);
    CHECK_INT(f.size, 0);
    mn_file_unmap(&f); /* closing twice is harmless */
}

static void files(void)
{
    char folder[] = "/tmp/mien-base-XXXXXX", path[64];
    REQUIRE(mkdtemp(folder) != NULL);
    snprintf(path, sizeof(path), "%s/x", folder);

    refused(path, 1000, ENOENT);
    refused(folder, 1000, EISDIR);

    REQUIRE(mkfifo(path, 0600) == 0);
    alarm(5); /* a FIFO without a writer: opening it must not block */
    refused(path, 1000, EINVAL);
    alarm(0);
    unlink(path);

    int fd = open(path, O_CREAT | O_WRONLY, 0600);
    REQUIRE(fd >= 0);
    struct mn_file f;
    CHECK_INT(mn_file_map(&f, path, 1000), 0);
    CHECK(f.data == NULL);
    CHECK_INT(f.size, 0);
    mn_file_unmap(&f);

    REQUIRE(write(fd, "hello", 5) == 5);
    close(fd);
    refused(path, 4, EFBIG);
    for (size_t max = 5; max < 7; max++) {
        CHECK_INT(mn_file_map(&f, path, max), 0);
        CHECK_INT(f.size, 5);
        CHECK(f.data && !memcmp(f.data, "hello", 5));
        mn_file_unmap(&f);
        CHECK(f.data == NULL);
        CHECK_INT(f.size, 0);
    }
    if (geteuid() != 0) { /* root may read everything */
        chmod(path, 0);
        refused(path, 1000, EACCES);
    }
    unlink(path);
    rmdir(folder);
}

static void memory(void)
{
    for (size_t n = 0; n < 200; n += 7) {
        uint8_t *p = mn_alloc(n, 3);
        REQUIRE(p != NULL);
        CHECK_INT((uintptr_t)p % MN_ALIGN, 0);
        for (size_t i = 0; i < 3 * n; i++)
            CHECK_INT(p[i], 0);
        memset(p, 1, 3 * n);
        free(p);
    }
    volatile size_t many = SIZE_MAX / 2;
    CHECK(mn_alloc(many, 3) == NULL);
    CHECK(mn_alloc(many, 2) == NULL);
    CHECK(mn_alloc(SIZE_MAX, 1) == NULL);

    int room = 0, *array = NULL, n = 0;
    for (; n < 100; n++) {
        int *grown = mn_grow(array, n, &room, sizeof(*array));
        REQUIRE(grown != NULL);
        CHECK(room > n && room <= (n < 16 ? 16 : 2 * n));
        array = grown;
        array[n] = n * n;
    }
    for (int i = 0; i < n; i++)
        CHECK_INT(array[i], i * i);
    const int before = room;
    CHECK(mn_grow(array, room, &room, many) == NULL);
    CHECK_INT(room, before);
    room = INT_MAX / 2 + 1;
    CHECK(mn_grow(array, room, &room, 1) == NULL);
    free(array);
}

static void errors(void)
{
    int n = 0;
    while (strcmp(mien_error_name(-n), "MIEN_UNKNOWN") != 0)
        n++;
    CHECK_INT(n, 1 - MIEN_EWORKER); /* all codes and 0 */
    for (int i = 1; i < n; i++) {
        CHECK(strlen(mien_strerror(-i)) > 5);
        CHECK(!strncmp(mien_error_name(-i), "MIEN_E", 6));
        for (int j = 0; j < i; j++) {
            CHECK(strcmp(mien_error_name(-i), mien_error_name(-j)) != 0);
            CHECK(strcmp(mien_strerror(-i), mien_strerror(-j)) != 0);
        }
    }
    CHECK_STR(mien_error_name(MIEN_EINVAL), "MIEN_EINVAL");
    CHECK_STR(mien_strerror(MIEN_EINVAL), "bad argument or option");
    CHECK_STR(mien_error_name(0), "MIEN_OK");
    CHECK_STR(mien_strerror(0), "success");
    const int foreign[] = {1, -n, -1000, -2147483647 - 1, 2147483647};
    for (int i = 0; i < 5; i++) {
        CHECK_STR(mien_strerror(foreign[i]), "unknown error");
        CHECK_STR(mien_error_name(foreign[i]), "MIEN_UNKNOWN");
    }
}

static char said[4000];
static int said_level;

static void listen(void *ctx, enum mien_log_level level, const char *message)
{
    CHECK(ctx == &seed);
    said_level = (int)level;
    snprintf(said, sizeof(said), "%s", message);
}

static void logging(void)
{
    struct mn_log log;
    mn_log_init(&log, listen, &seed);
    mn_warn(&log, "%s has %d", "it", 3);
    CHECK_STR(said, "it has 3");
    CHECK_INT(said_level, MIEN_LOG_WARNING);
    mn_error(&log, "%3000d", 7); /* cut, not overflowing */
    CHECK(strlen(said) > 500 && strlen(said) < 3000);
    CHECK_INT(said_level, MIEN_LOG_ERROR);
    mn_log_finish(&log);
    mn_log_init(&log, NULL, NULL);
    mn_error(&log, "without a callback");
    mn_error(NULL, "without a callback");
    mn_log_finish(&log);
}

static void deferring(void)
{
    struct mn_log log;
    struct mn_log_deferred deferred;
    mn_log_init(&log, listen, &seed);
    mn_warn(&log, "before");
    mn_log_defer(&deferred);
    mn_error(&log, "first");
    CHECK_STR(said, "before");
    mn_log_defer(NULL);
    mn_warn(&log, "after");
    CHECK_STR(said, "after");
    mn_log_flush(&deferred);
    CHECK_STR(said, "first");
    CHECK_INT(said_level, MIEN_LOG_ERROR);
    *said = 0;
    mn_log_flush(&deferred); /* a second flush logs nothing */
    CHECK_STR(said, "");
    mn_log_defer(&deferred);
    for (int i = 0; i < MN_LOG_DEFERRED_MAX + 3; i++)
        mn_info(&log, "%d", i);
    mn_log_defer(NULL);
    mn_log_flush(&deferred);
    CHECK_INT(atoi(said), MN_LOG_DEFERRED_MAX - 1);
    mn_log_finish(&log);
}

static void file_names(void)
{
    char out[MN_FILENAME_MAX], longest[MN_FILENAME_MAX + 2];
    CHECK_INT(mn_filename_join(out, "a/b", "c.x", NULL), 0);
    CHECK_STR(out, "a/b/c.x");
    CHECK_INT(mn_filename_beside(out, "a/b", "c.x", NULL), 0);
    CHECK_STR(out, "a/c.x");
    CHECK_INT(mn_filename_beside(out, "b", "c.x", NULL), 0);
    CHECK_STR(out, "c.x");
    CHECK_INT(mn_filename_copy(out, "", NULL), 0);
    CHECK_STR(out, "");

    memset(longest, 'x', sizeof(longest));
    longest[MN_FILENAME_MAX - 1] = 0;
    CHECK_INT(mn_filename_copy(out, longest, NULL), 0);
    CHECK_STR(out, longest);
    CHECK_INT(mn_filename_join(out, longest + 2, "y", NULL), 0);
    CHECK_INT((int)strlen(out), MN_FILENAME_MAX - 1);

    /* One byte more is an error; names are never cut. */
    CHECK_INT(mn_filename_join(out, longest + 1, "y", NULL), MIEN_EINVAL);
    CHECK_STR(out, "");
    CHECK_INT(mn_filename_join(out, "y", longest + 1, NULL), MIEN_EINVAL);
    longest[MN_FILENAME_MAX - 1] = 'x';
    longest[MN_FILENAME_MAX] = 0;
    struct mn_log log;
    mn_log_init(&log, listen, &seed);
    CHECK_INT(mn_filename_copy(out, longest, &log), MIEN_EINVAL);
    CHECK(strstr(said, "is too long; at most 4095 bytes"));
    mn_log_finish(&log);
}

/* The number of builds that this CPU runs. */
static int runs(mn_cpu_builds builds)
{
    int n = 0;
    while (mn_cpu_build(builds, n))
        n++;
    return n;
}

static void cpu(void)
{
    static const int build[MN_CPU_LEVELS] = {0};
    const void *plain = &build[0], *avx2 = &build[1], *avx512 = &build[2];
    mn_cpu_builds all = {plain, avx2, avx512}, without_avx2 = {plain, NULL, avx512}, one = {plain};
    const int n = runs(all);
    CHECK(n >= 1 && n <= MN_CPU_LEVELS);
#if defined(__x86_64__)
    CHECK_INT(n >= 2, __builtin_cpu_supports("avx2") != 0);
#else
    CHECK_INT(n, 1);
#endif
    for (int i = 0; i < n; i++)
        CHECK(mn_cpu_build(all, i) == &build[i]);
    CHECK(mn_cpu_best(all) == &build[n - 1]);
    CHECK(mn_cpu_best(without_avx2) == (n == 3 ? avx512 : plain));
    CHECK(mn_cpu_build(without_avx2, 1) == (n == 3 ? avx512 : NULL));
    CHECK(mn_cpu_best(one) == plain);
    CHECK_INT(runs(one), 1);
    setenv("MIEN_PLAIN", "1", 1);
    CHECK(mn_cpu_best(all) == plain);
    CHECK(!mn_cpu_has_sha());
    CHECK_INT(runs(all), n);
    unsetenv("MIEN_PLAIN");
}

int main(void)
{
    hist();
    rates();
    clock_goes_on();
    unsetenv("MIEN_PLAIN");
    sha256();
    setenv("MIEN_PLAIN", "1", 1);
    sha256();
    unsetenv("MIEN_PLAIN");
    cpu();
    cpu_max();
    cores();
    files();
    memory();
    errors();
    logging();
    deferring();
    file_names();
    return check_done();
}

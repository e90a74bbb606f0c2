/* The reader of tables: numbers equal those of strtod, and damaged files are refused. */
#include <mien/mien.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "io/msg.h"
#include "table/measures.h"
#include "table/table.h"

static char name[] = "/tmp/mien_table_XXXXXX";

static void silent(enum mien_log_level level, const char *text)
{
    (void)level;
    (void)text;
}

static void put(const char *text, size_t n)
{
    FILE *f = fopen(name, "wb");
    REQUIRE(f);
    REQUIRE(fwrite(text, 1, n, f) == n);
    fclose(f);
}

static void put_text(const char *text)
{
    put(text, strlen(text));
}

static struct mn_table *open_text(const char *text)
{
    struct mn_table *t;
    put_text(text);
    return mn_table_open(&t, name) == 0 ? t : NULL;
}

static int error_of(const char *text, size_t n)
{
    struct mn_table *t;
    put(text, n);
    int err = mn_table_open(&t, name);
    mn_table_close(t);
    return err;
}

static double number(const char *s)
{
    return mn_table_number(s, s + strlen(s));
}

static void test_numbers(void)
{
    static const char *const good[] = {"0",
                                       "-0",
                                       "1",
                                       "-1.5",
                                       "0.05",
                                       ".5",
                                       "5.",
                                       "123456789",
                                       "1e3",
                                       "-2.5E-3",
                                       "  7 ",
                                       "0.1",
                                       "999999999999999",
                                       "9007199254740993",
                                       "3.141592653589793238",
                                       "0.000000000000001",
                                       "4.35"};
    static const char *const bad[] = {"",    " ",   "-",     ".",   "abc",  "1x",
                                      "nan", "inf", "1e999", "--1", "1.2.3"};
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
        CHECK(number(good[i]) == strtod(good[i], NULL));
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        CHECK(isnan(number(bad[i])));
    uint64_t seed = 1;
    for (int i = 0; i < 200000; i++) {
        char text[40];
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        snprintf(text, sizeof(text), "%.*f", i % 9, (double)(int64_t)seed / (1 << 30) / 1e3);
        CHECK(number(text) == strtod(text, NULL));
    }
}

static void test_rows(void)
{
    struct mn_table *t = open_text("a, b,\"c,\"\"d\",e\r\n1,2,\"x,\"\"y\",4\n,-1.5,,\n9,9");
    double v[3];
    REQUIRE(t);
    CHECK(mn_table_num_columns(t) == 4);
    CHECK_STR(mn_table_name(t, 1), "b");
    CHECK_STR(mn_table_name(t, 2), "c,\"d");
    CHECK(mn_table_want(t, "e") == 0 && mn_table_want(t, "b") == 1 && mn_table_want(t, "z") == -1);
    CHECK(mn_table_want(t, "e") == 0);
    CHECK(mn_table_next(t, v) == 1 && v[0] == 4 && v[1] == 2);
    CHECK_STR(mn_table_text(t, 2), "x,\"y");
    CHECK_STR(mn_table_text(t, 9), "");
    CHECK(mn_table_next(t, v) == 1 && isnan(v[0]) && v[1] == -1.5);
    CHECK_STR(mn_table_text(t, 0), "");
    CHECK(mn_table_next(t, v) == 0); /* the last line has no end */
    CHECK(mn_table_row(t) == 2);
    mn_table_close(t);
}

static void test_damage(void)
{
    struct mn_table *t = open_text("a,b,c\n1,2\n");
    double v[3];
    REQUIRE(t);
    mn_table_want(t, "c");
    CHECK(mn_table_next(t, v) == MIEN_EDAMAGED);
    mn_table_close(t);
    CHECK(error_of("", 0) == MIEN_EEMPTY);
    CHECK(error_of("no table\n", 9) == MIEN_EDAMAGED);
    CHECK(error_of("a,\0b\n", 5) == MIEN_EDAMAGED);
    CHECK(error_of("a,b", 3) == MIEN_EDAMAGED);
    CHECK(mn_table_open(&t, "/nonexistent/x.csv") == MIEN_ENOINPUT);
    CHECK(mn_table_open(&t, "/") == MIEN_EISDIR);
    char *long_line = malloc(9 << 20);
    REQUIRE(long_line);
    memset(long_line, ',', 9 << 20);
    CHECK(error_of(long_line, 9 << 20) == MIEN_EDAMAGED);
    long_line[20000] = '\n';
    CHECK(error_of(long_line, 30000) == MIEN_EDAMAGED); /* too many columns */
    free(long_line);
}

static void test_measures(void)
{
    struct mn_measures m;
    struct mn_observation o;
    put_text("frame, face_id, timestamp, confidence, success, gaze_angle_x, AU45_r\n"
             "1, 0, 0.000, 0.98, 1, 0.1, 2.5\n2, 0, 0.040, 0.10, 0, 0, 0\n"
             "1, 0, 0.080, 1, 1, 0, 0\n");
    REQUIRE(mn_measures_open(&m, name) == 0);
    CHECK(mn_measures_has(&m, MN_MEASURE_GAZE_YAW) && !mn_measures_has(&m, MN_MEASURE_SIZE));
    CHECK(mn_measures_next(&m, &o) == 1 && o.trusted && o.frame == 1 && o.person == 0);
    CHECK_NEAR(o.value[MN_MEASURE_GAZE_YAW], -5.7296, 1e-3);
    CHECK(o.value[mn_measure_of_unit(45)] == 2.5 && isnan(o.value[MN_MEASURE_SIZE]));
    CHECK(mn_measures_next(&m, &o) == 1 && !o.trusted && isnan(o.value[MN_MEASURE_GAZE_YAW]));
    CHECK(mn_measures_next(&m, &o) == MIEN_EDAMAGED); /* not in order */
    mn_measures_close(&m);
    put("frame,timestamp\n1,0\n", 20);
    CHECK(mn_measures_open(&m, name) == MIEN_EDAMAGED);
    mn_measures_close(&m);
    CHECK(mn_measure_of_unit(3) == -1 && mn_measure_unit(MN_MEASURE_SIZE) == 0);
}

int main(void)
{
    int fd = mkstemp(name);
    REQUIRE(fd >= 0);
    close(fd);
    mn_msg_redirect(silent);
    test_numbers();
    test_rows();
    test_damage();
    test_measures();
    unlink(name);
    return check_done();
}

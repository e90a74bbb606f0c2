/* A file is complete under its name or incomplete beside it: results, downloads, locks, errors, and
 * the names of paths. */
#include <errno.h>
#include <fcntl.h>
#include <mien/mien.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "check.h"
#include "io/atomic_file.h"
#include "io/msg.h"
#include "io/path.h"

static char message[300]; /* the first error since the last call of `expect` */

static void expect(int have, int want, const char *word)
{
    CHECK_INT(have, want);
    CHECK(strstr(message, word) != NULL);
    mn_msg_capture(message, sizeof(message));
}

static bool exists(const char *name)
{
    return access(name, F_OK) == 0;
}

static const char *content(const char *name)
{
    static char text[100];
    FILE *f = fopen(name, "r");
    size_t n = f ? fread(text, 1, sizeof(text) - 1, f) : 0;
    text[n] = 0;
    if (f)
        fclose(f);
    return text;
}

static void test_result(void)
{
    struct mn_atomic_file f;
    CHECK_INT(mn_atomic_file_open(&f, "a.csv", false), 0);
    fputs("one\n", f.file);
    CHECK_INT(mn_atomic_file_flush(&f), 0);
    CHECK(!exists("a.csv") && exists("a.csv.partial"));
    CHECK_INT(mn_atomic_file_finish(&f, false), 0);
    CHECK(!exists("a.csv") && exists("a.csv.partial"));

    CHECK_INT(mn_atomic_file_open(&f, "a.csv", false), 0);
    CHECK_STR(content("a.csv.partial"), ""); /* replaces the partial file of the run before */
    fputs("two\n", f.file);
    CHECK_INT(mn_atomic_file_finish(&f, true), 0);
    CHECK_STR(content("a.csv"), "two\n");
    CHECK(!exists("a.csv.partial"));

    expect(mn_atomic_file_open(&f, "a.csv", false), MIEN_EEXISTS, "--force");
    CHECK_INT(mn_atomic_file_finish(&f, true), 0); /* harmless for a file that did not open */
    struct mn_atomic_file zero = {0};
    CHECK_INT(mn_atomic_file_finish(&zero, true), 0);
    CHECK(fcntl(0, F_GETFD) >= 0); /* descriptor 0 is not ours */
    expect(mn_atomic_file_open(&f, "none/a.csv", false), MIEN_EOUTPUT, "none");
}

/* The partial file has its old content or the new one, never a torn one. */
static void test_replace(void)
{
    struct mn_atomic_file f;
    CHECK_INT(mn_atomic_file_open(&f, "d.json", true), 0);
    fputs("begun\n", f.file);
    CHECK_INT(mn_atomic_file_finish(&f, false), 0);
    for (int complete = 0; complete < 2; complete++) {
        CHECK_INT(mn_atomic_file_replace(&f, "d.json"), 0);
        fputs("complete\n", f.file);
        CHECK_INT(mn_atomic_file_flush(&f), 0);
        CHECK_STR(content("d.json.partial"), "begun\n");
        CHECK(!exists("d.json"));
        CHECK_INT(mn_atomic_file_finish(&f, complete), 0);
        CHECK(exists("d.json.partial.new") == !complete);
    }
    CHECK_STR(content("d.json"), "complete\n");
    CHECK(!exists("d.json.partial"));
    expect(mn_atomic_file_replace(&f, "none/d.json"), MIEN_EOUTPUT, "none");
}

/* A second process may neither empty the partial file of the first, nor its result. */
static void test_lock(void)
{
    struct mn_atomic_file first, second;
    CHECK_INT(mn_atomic_file_open(&first, "b.csv", false), 0);
    fputs("first\n", first.file);
    expect(mn_atomic_file_open(&second, "b.csv", false), MIEN_EEXISTS, "another mien");
    CHECK_INT(mn_atomic_file_finish(&first, true), 0);
    CHECK_STR(content("b.csv"), "first\n");
}

static int shout(void *ctx, char *text, FILE *out)
{
    (void)ctx;
    fprintf(out, "%c!\n", text[0]);
    return 0;
}

static void test_rewrite(void)
{
    struct mn_atomic_file f;
    CHECK_INT(mn_atomic_file_open(&f, "c.csv", false), 0);
    fputs("a\nb\n", f.file);
    CHECK_INT(mn_atomic_file_rewrite(&f, shout, NULL), 0);
    fputs("c\n", f.file);
    CHECK_INT(mn_atomic_file_finish(&f, true), 0);
    CHECK_STR(content("c.csv"), "a!\nb!\nc\n");
    CHECK(!exists("c.csv.partial.new"));
}

static void test_full(void)
{
    if (!exists("/dev/full"))
        return;
    struct mn_atomic_file f;
    CHECK_INT(mn_atomic_file_open(&f, "/dev/full", false), 0);
    CHECK(!f.partial);
    fputs("x", f.file);
    expect(mn_atomic_file_finish(&f, true), MIEN_EFULL, "no space left");
}

static int give_up(void *ctx)
{
    return ++*(int *)ctx < 3 ? 0 : MIEN_EINTERRUPTED;
}

static void test_download(void)
{
    struct mn_atomic_file f, other;
    int waits = 0;
    CHECK_INT(mn_atomic_file_continue(&f, "m.onnx", give_up, &waits), 0);
    CHECK_INT(mn_atomic_file_write(&f, "abc", 3, 0), 0);
    CHECK_INT(mn_atomic_file_continue(&other, "m.onnx", give_up, &waits), MIEN_EINTERRUPTED);
    CHECK_INT(waits, 3);
    CHECK(!mn_atomic_file_close(&f));
    CHECK(!exists("m.onnx"));

    CHECK_INT(mn_atomic_file_continue(&f, "m.onnx", give_up, &waits), 0);
    CHECK_INT(mn_atomic_file_size(&f), 3); /* continues */
    CHECK_INT(mn_atomic_file_write(&f, "def", 3, 3), 0);
    CHECK_INT(mn_atomic_file_commit(&f), 0);
    CHECK(!mn_atomic_file_close(&f));
    CHECK_STR(content("m.onnx"), "abcdef");
    CHECK(!exists("m.onnx.part"));

    CHECK_INT(mn_atomic_file_continue(&f, "m.onnx", give_up, &waits), 0);
    CHECK(mn_atomic_file_close(&f)); /* empty */
    CHECK(!exists("m.onnx.part"));
    expect(mn_atomic_file_continue(&f, "none/m.onnx", give_up, &waits), MIEN_EOUTPUT, "--models");
}

static void test_errors(void)
{
    expect(mn_atomic_file_error("x", ENOSPC, MN_CURE_OUTPUT), MIEN_EFULL, "-o");
    expect(mn_atomic_file_error("x", EACCES, MN_CURE_MODELS), MIEN_EOUTPUT, "--models");
    expect(mn_atomic_file_error("x", EPIPE, MN_CURE_OUTPUT), MIEN_EOUTPUT, "");
    CHECK_STR(message, "");
}

static void check_path(char *have, const char *want)
{
    CHECK_STR(have, want);
    free(have);
}

static void test_paths(void)
{
    check_path(mn_path_join("a//", "b"), "a/b");
    check_path(mn_path_join("/", "b"), "/b");
    check_path(mn_path_join("", "b"), "b");
    check_path(mn_path_in_folder("out/", "in/a.b.mp4", ".csv"), "out/a.b.csv");
    check_path(mn_path_in_folder("out", ".mp4", ".csv"), "out/.mp4.csv");
    check_path(mn_path_in_folder("out", "d/%04d.jpg", ".csv"), "out/_04d.csv");
    check_path(mn_path_folder("a"), ".");
    check_path(mn_path_folder("/a"), "/");
    check_path(mn_path_folder("a/b/c"), "a/b");
    CHECK_STR(mn_path_last_part("a/b"), "b");
    CHECK_STR(mn_path_last_part("a/"), "a/");
    CHECK(mn_path_is_folder("x/") && mn_path_is_folder(".") && !mn_path_is_folder("x"));
    CHECK(mn_path_is_stream("-") && mn_path_is_stream("/dev/null") && !mn_path_is_stream("x"));
}

int main(void)
{
    char folder[] = "/tmp/mien-test-atomic-XXXXXX";
    REQUIRE(mkdtemp(folder) && chdir(folder) == 0);
    mn_msg_capture(message, sizeof(message));
    test_result();
    test_replace();
    test_lock();
    test_rewrite();
    test_full();
    test_download();
    test_errors();
    test_paths();
    REQUIRE(unlink("a.csv") == 0 && unlink("b.csv") == 0 && unlink("c.csv") == 0);
    REQUIRE(unlink("d.json") == 0 && unlink("m.onnx") == 0 && chdir("/") == 0 &&
            rmdir(folder) == 0);
    return check_done();
}

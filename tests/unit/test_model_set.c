/* Sets of model files, with a made-up set whose addresses are files: several addresses, an optional
 * part, damage, names and parts. */
#include <ftw.h>
#include <mien/mien.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"
#include "io/exit_status.h"
#include "io/msg.h"
#include "models/import.h"
#include "models/model_set.h"
#include "models/pull_set.h"

/* sha256 of "one\n", "two\n" and "three\n" */
#define ONE "2c8b08da5ce60398e1f19af0e5dccc744df274b826abe585eaba68c525434806"
#define TWO "27dd8ed44a83ff94d557f9fd0412ed5a8cbca69ea04922d88c01184a07300a5a"
#define THREE "f6936912184481f5edd4c304ce27c5a1a827804fc7f329f43d273b8621870776"

enum { MAIN, EXTRA };
static char base[200], here[100] = "/tmp/mien_test_set_XXXXXX";
static char good_url[200], bad_url[200], lost_url[200];
static struct mn_model_set_part parts[] = {
    [MAIN] = {.name = "main", .about = "what is needed", .base = base},
    [EXTRA] = {.name = "extra", .about = "what is not", .base = base, .optional = true},
};
static struct mn_model_set_file files[] = {
    {.path = "a/one.txt", .sha256 = ONE, .size = 4, .part = MAIN},
    {.path = "b/one.txt", .sha256 = ONE, .size = 4, .part = MAIN},
    {.path = "two.txt", .sha256 = TWO, .size = 4, .part = MAIN, .url = {bad_url, good_url}},
    {.path = "three.txt", .sha256 = THREE, .size = 6, .part = EXTRA, .url = {lost_url, lost_url}},
};
static const struct mn_model_set set = {
    .name = "made-up",
    .folder = "set",
    .terms = "Anybody may use it",
    .licence_url = "https://example.org/licence",
    .parts = parts,
    .num_parts = 2,
    .files = files,
    .num_files = 4,
};

static void put(const char *name, const char *text)
{
    FILE *f = fopen(name, "w");
    REQUIRE(f != NULL);
    fputs(text, f);
    fclose(f);
}

static int drop(const char *path, const struct stat *st, int kind, struct FTW *where)
{
    return remove(path);
}

static struct mn_model_set_count count(const char *folder, unsigned which)
{
    enum mn_model_file_state state[4];
    CHECK_INT(mn_model_set_survey(&set, folder, state), 0);
    return mn_model_set_tally(&set, which, state);
}

static int pull(const char *folder, unsigned which, bool force)
{
    const struct mn_pull_set p = {
        .set = &set, .parts = which, .folder = folder, .accepted = "made-up", .force = force};
    return mn_pull_set(&p);
}

static void test_pull(void)
{
    int err = pull("p", 3, false);
    if (err == MIEN_ENOTBUILT)
        return;                     /* without libcurl only import can be tested */
    CHECK_INT(err, MN_EINCOMPLETE); /* the only host of three.txt fails */
    CHECK_INT(count("p", 3).there, 3);
    CHECK_INT(pull("p", 1, false), 0);
    CHECK_INT(pull("p", 2, false), MIEN_EDOWNLOAD); /* alone it is not optional */

    put("p/set/a/one.txt", "wrong");
    CHECK_INT(count("p", 1).damaged, 1);
    CHECK_INT(pull("p", 1, false), MIEN_EEXISTS);
    CHECK_INT(pull("p", 1, true), 0);
    CHECK_INT(count("p", 1).there, 3);

    unlink("src/two.txt");
    CHECK_INT(pull("q", 1, false), MIEN_EDOWNLOAD);
    CHECK_INT(count("q", 1).there, 2);
    put("src/two.txt", "two\n");
}

static void test_licence(void)
{
    const struct mn_pull_set p = {.set = &set, .parts = 1, .folder = "l", .accepted = "other"};
    char message[300];
    mn_msg_capture(message, sizeof(message));
    CHECK_INT(mn_pull_set(&p), MIEN_EINVAL);
    CHECK(strstr(message, set.terms) && strstr(message, set.licence_url));
    mn_msg_capture(NULL, 0);
    CHECK(access("l", F_OK) < 0);
}

static int import(const char *source, const char *folder, unsigned which, bool force)
{
    const struct mn_import im = {&set, which, folder, source, force};
    return mn_import(&im);
}

static void test_import(void)
{
    REQUIRE(!mkdir("any", 0700) && !mkdir("any/deep", 0700));
    put("any/deep/x", "two\n");
    CHECK_INT(import("any", "i", 3, false), MIEN_ENOMODEL);
    CHECK_INT(count("i", 3).there, 1);
    put("any/1", "one\n"); /* serves both places */
    put("any/deep/two.txt", "owt\n");
    CHECK_INT(import("any", "i", 3, false), MN_EINCOMPLETE);
    CHECK_INT(import("any", "i", 1, false), 0);
    CHECK_INT(count("i", 1).there, 3);
    REQUIRE(!symlink(".", "any/circle"));
    put("i/set/two.txt", "bad\n");
    CHECK_INT(import("any", "i", 1, false), MIEN_EEXISTS);
    CHECK_INT(import("any", "i", 1, true), 0);
    CHECK_INT(import("nowhere", "j", 1, false), MIEN_ENOMODEL);
    CHECK_INT(import("any/1", "j", 1, false), MIEN_ENOMODEL);
}

static void test_names(void)
{
    unsigned which = 0;
    const struct mn_model_set *s = mn_model_set_find("openface22", &which);
    REQUIRE(s != NULL);
    CHECK_INT(which, (1u << s->num_parts) - 1);
    CHECK(s->num_parts <= MN_MODEL_SET_PARTS);
    CHECK(mn_model_set_find("openface22-au", &which) == s && which == 1);
    CHECK(!mn_model_set_find("openface22-", &which) && !mn_model_set_find("openface2", &which));
    CHECK(!mn_model_set_find("openface22x", &which) && !mn_model_set_find("openface22-a", &which));
    which = 3;
    CHECK_INT(mn_model_set_exclude(&set, NULL, &which), 0);
    CHECK_INT(which, 3);
    CHECK_INT(mn_model_set_exclude(&set, "extra", &which), 0);
    CHECK_INT(which, 1);
    CHECK_INT(mn_model_set_exclude(&set, "main,extra", &which), 0);
    CHECK_INT(which, 0);
    CHECK_INT(mn_model_set_exclude(&set, "extras", &which), MIEN_EINVAL);
    CHECK_INT(mn_model_set_exclude(&set, "main,,extra", &which), MIEN_EINVAL);
    CHECK_INT(mn_model_set_required(&set), 1);
    CHECK_INT(mn_model_set_optional(&set), 2);
}

static void test_addresses(void)
{
    char buf[MN_PATH_SIZE], want[300];
    snprintf(want, sizeof(want), "%sa/one.txt", base);
    CHECK_STR(mn_model_set_address(&set, &files[0], 0, buf), want);
    CHECK(!mn_model_set_address(&set, &files[0], 1, buf));
    CHECK_STR(mn_model_set_address(&set, &files[2], 1, buf), good_url);
    CHECK(!mn_model_set_address(&set, &files[2], 2, buf));
}

int main(void)
{
    REQUIRE(mkdtemp(here) && !chdir(here));
    snprintf(base, sizeof(base), "file://%s/src/", here);
    snprintf(good_url, sizeof(good_url), "file://%s/src/two.txt", here);
    snprintf(bad_url, sizeof(bad_url), "file://%s/src/bad.txt", here);
    snprintf(lost_url, sizeof(lost_url), "file://%s/src/lost.txt", here);
    REQUIRE(!mkdir("src", 0700) && !mkdir("src/a", 0700) && !mkdir("src/b", 0700));
    put("src/a/one.txt", "one\n");
    put("src/b/one.txt", "one\n");
    put("src/two.txt", "two\n");
    put("src/bad.txt", "bad\n");
    test_names();
    test_addresses();
    test_licence();
    test_pull();
    test_import();
    REQUIRE(!chdir("/") && !nftw(here, drop, 16, FTW_DEPTH | FTW_PHYS));
    return check_done();
}

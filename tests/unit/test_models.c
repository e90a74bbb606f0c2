/* The registry of models, comparing files with it, and where the models folder is. */
#include <mien/mien.h>
#include <mien/models.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"

static void entry_is_sound(const mien_model_info *m)
{
    CHECK(m->name && *m->name);
    CHECK(m->role && *m->role);
    CHECK(m->licence && *m->licence);
    CHECK(m->origin && *m->origin);
    CHECK(m->size >= 0);
    CHECK(m->commercial == 0 || m->commercial == 1);

    /* users type names, and files lie in a folder */
    CHECK(!strpbrk(m->name, "/. "));
    CHECK(strlen(m->file) > 5 && m->file[0] != '/' && !strstr(m->file, ".."));
    if (strchr(m->file, '/')) /* the key file of a folder that is copied as a whole */
        CHECK(!m->url && !m->is_default);
    else
        CHECK_STR(m->file + strlen(m->file) - 5, ".onnx");

    if (!m->sha256[0]) { /* users make the file themselves */
        CHECK(!m->url && !m->is_default && !m->builtin && !m->size);
        return;
    }
    CHECK_INT(strlen(m->sha256), 64);
    CHECK_INT(strspn(m->sha256, "0123456789abcdef"), 64);

    CHECK(!m->url || !strncmp(m->url, "https://", 8));
    CHECK(m->url || !m->is_default); /* the standard set can be downloaded */
}

static void registry_is_sound(void)
{
    CHECK(mien_model_at(0) != NULL);
    CHECK(mien_model_at(-1) == NULL);
    int n = 0;
    for (const mien_model_info *m; (m = mien_model_at(n)); n++) {
        entry_is_sound(m);
        for (int k = 0; k < n; k++) {
            const mien_model_info *other = mien_model_at(k);
            CHECK(strcmp(m->name, other->name) != 0);
            CHECK(!m->sha256[0] || strcmp(m->sha256, other->sha256) != 0);
            /* a folder holds one file of a name, so that all entries of that name have one role */
            CHECK(strcmp(m->file, other->file) || !strcmp(m->role, other->role));
            /* at most one default for a file name */
            CHECK(strcmp(m->file, other->file) || !(m->is_default && other->is_default));
        }
    }
    CHECK(mien_model_at(n + 1) == NULL);
}

/* Both networks of the first job can be pulled without naming them. */
static void defaults_exist(void)
{
    int detectors = 0, gazes = 0;
    for (int i = 0; mien_model_at(i); i++) {
        const mien_model_info *m = mien_model_at(i);
        detectors += m->is_default && !strcmp(m->role, "detector");
        gazes += m->is_default && !strcmp(m->role, "gaze");
    }
    CHECK_INT(detectors, 1);
    CHECK_INT(gazes, 1);
}

static void finding(void)
{
    for (int i = 0; mien_model_at(i); i++) {
        const mien_model_info *m = mien_model_at(i);
        CHECK(mien_model_find(m->name) == m);
        CHECK(mien_model_by_digest(m->sha256) == (m->sha256[0] ? m : NULL));
        /* by file: the preferred one of those that share it */
        const mien_model_info *first = mien_model_find(m->file);
        REQUIRE(first != NULL);
        CHECK_STR(first->file, m->file);
        CHECK_STR(first->role, m->role);
    }
    CHECK(mien_model_find("") == NULL);
    CHECK(mien_model_find("no-such-model") == NULL);
    CHECK(mien_model_by_digest("") == NULL);
    char zeros[65];
    memset(zeros, '0', 64);
    zeros[64] = 0;
    CHECK(mien_model_by_digest(zeros) == NULL);
}

static void write_file(const char *path, const void *data, size_t size)
{
    FILE *f = fopen(path, "wb");
    REQUIRE(f != NULL);
    CHECK_INT(fwrite(data, 1, size, f), size);
    CHECK_INT(fclose(f), 0);
}

/* Digests of FIPS 180-4 and RFC 6234, through a made-up entry. */
static void verifying(const char *folder)
{
    char path[1200], hex[65];
    mien_model_info m = *mien_model_at(0);
    m.sha256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    snprintf(path, sizeof(path), "%s/abc", folder);

    CHECK_INT(mien_model_verify(&m, path, hex), MIEN_ENOMODEL);
    CHECK_STR(hex, "");
    CHECK_INT(mien_model_verify(&m, folder, hex), MIEN_ENOMODEL); /* a directory */

    write_file(path, "abc", 3);
    CHECK_INT(mien_model_verify(&m, path, hex), 0);
    CHECK_STR(hex, m.sha256);
    CHECK_INT(mien_model_verify(&m, path, NULL), 0);

    write_file(path, "ab", 2); /* truncated */
    CHECK_INT(mien_model_verify(&m, path, hex), MIEN_EBADMODEL);
    CHECK_STR(hex, "fb8e20fc2e4c3f248c60c39bd652f3c1347298bb977b8b4d5903b85055620603");
    write_file(path, "abd", 3); /* one bit */
    CHECK_INT(mien_model_verify(&m, path, NULL), MIEN_EBADMODEL);
    write_file(path, "", 0);
    CHECK_INT(mien_model_verify(&m, path, hex), MIEN_EBADMODEL);
    CHECK_STR(hex, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");

    static char million[1000000];
    memset(million, 'a', sizeof(million));
    write_file(path, million, sizeof(million));
    CHECK_INT(mien_model_verify(&m, path, hex), MIEN_EBADMODEL);
    CHECK_STR(hex, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
    unlink(path);

    snprintf(path, sizeof(path), "%s/fifo", folder);
    CHECK_INT(mkfifo(path, 0600), 0);
    CHECK_INT(mien_model_verify(&m, path, hex), MIEN_ENOMODEL); /* and does not wait for a writer */
    unlink(path);
}

static void default_folder(void)
{
    char buf[200], small[8];
    setenv("HOME", "/home/ann", 1);
    unsetenv("XDG_DATA_HOME");
    unsetenv("MIEN_MODELS");
    CHECK_STR(mien_default_models_dir(buf, sizeof(buf)), "/home/ann/.local/share/mien/models");
    setenv("XDG_DATA_HOME", "/data", 1);
    CHECK_STR(mien_default_models_dir(buf, sizeof(buf)), "/data/mien/models");
    setenv("MIEN_MODELS", "/here", 1);
    CHECK_STR(mien_default_models_dir(buf, sizeof(buf)), "/here");
    CHECK_STR(mien_default_models_dir(small, sizeof(small)), "/here");
    CHECK(mien_default_models_dir(small, 5) == NULL);

    /* set but empty counts as not set */
    setenv("MIEN_MODELS", "", 1);
    CHECK_STR(mien_default_models_dir(buf, sizeof(buf)), "/data/mien/models");
    setenv("XDG_DATA_HOME", "", 1);
    CHECK_STR(mien_default_models_dir(buf, sizeof(buf)), "/home/ann/.local/share/mien/models");
    unsetenv("HOME");
    CHECK_STR(mien_default_models_dir(buf, sizeof(buf)), "./.local/share/mien/models");
    CHECK(mien_default_models_dir(small, sizeof(small)) == NULL);
}

int main(void)
{
    registry_is_sound();
    defaults_exist();
    finding();

    const char *tmp = getenv("TMPDIR");
    char folder[1000];
    snprintf(folder, sizeof(folder), "%s/test_models.XXXXXX", tmp && *tmp ? tmp : "/tmp");
    if (!mkdtemp(folder))
        return check_skip("no folder for temporary files");
    verifying(folder);
    CHECK_INT(rmdir(folder), 0);

    default_folder();
    return check_done();
}

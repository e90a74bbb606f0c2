/* Shared by all targets. A target is an ordinary libFuzzer target. Built with replay.c instead, it
 * is a test that tries its seeds, variations of them, and noise. */
#ifndef MN_FUZZ_H
#define MN_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct fuzz_seed {
    const void *data;
    size_t size;
};
#define FUZZ_TEXT(s)     \
    {                    \
        s, sizeof(s) - 1 \
    }

/* Defined by the target: inputs to start from, ended by a NULL, and the number of inputs that the
 * replay tries. */
extern const struct fuzz_seed fuzz_seeds[];
extern const int fuzz_rounds;
extern const size_t fuzz_longest; /* bytes of an input */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* For conditions that must hold for every input. */
#define FUZZ_CHECK(cond)                                                         \
    do {                                                                         \
        if (!(cond)) {                                                           \
            fprintf(stderr, "%s:%d: not true: %s\n", __FILE__, __LINE__, #cond); \
            abort();                                                             \
        }                                                                        \
    } while (0)

/* For parsers that read files: a folder of this process, in memory where that is possible. It is
 * removed at the end of the process. */
static inline char *fuzz_folder_name(void)
{
    static char name[64];
    return name;
}

static inline void fuzz_remove(void)
{
    char command[128];
    snprintf(command, sizeof(command), "rm -rf '%s'", fuzz_folder_name());
    if (system(command))
        perror(command);
}

static inline const char *fuzz_folder(void)
{
    char *name = fuzz_folder_name();
    if (!*name) {
        snprintf(name, 64, "%s/mien_fuzz_XXXXXX",
                 access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
        FUZZ_CHECK(mkdtemp(name));
        atexit(fuzz_remove);
    }
    return name;
}

/* Writes a file in that folder and returns its path, which is valid until the next call. */
static inline const char *fuzz_file(const char *name, const void *data, size_t size)
{
    static char path[128];
    snprintf(path, sizeof(path), "%s/%s", fuzz_folder(), name);
    FILE *f = fopen(path, "wb");
    FUZZ_CHECK(f && fwrite(data, 1, size, f) == size);
    FUZZ_CHECK(fclose(f) == 0);
    return path;
}

/* Takes numbers from the front of the input; zeros once it is used up. */
struct fuzz_input {
    const uint8_t *data;
    size_t size;
};

static inline void fuzz_bytes(struct fuzz_input *in, void *out, size_t n)
{
    size_t have = n < in->size ? n : in->size;
    memset(out, 0, n);
    if (have) {
        memcpy(out, in->data, have);
        in->data += have;
        in->size -= have;
    }
}

static inline uint8_t fuzz_byte(struct fuzz_input *in)
{
    uint8_t v;
    fuzz_bytes(in, &v, sizeof(v));
    return v;
}

static inline int32_t fuzz_int(struct fuzz_input *in)
{
    int32_t v;
    fuzz_bytes(in, &v, sizeof(v));
    return v;
}

/* Any bits, including infinities and NANs. */
static inline float fuzz_float(struct fuzz_input *in)
{
    float v;
    fuzz_bytes(in, &v, sizeof(v));
    return v;
}

#endif

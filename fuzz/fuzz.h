/* Shared by all targets. A target is an ordinary libFuzzer target. Built with replay.c instead, it
 * is a test that tries its seeds, variations of them, and noise. */
#ifndef MN_FUZZ_H
#define MN_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

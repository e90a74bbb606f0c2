/* Network files of the face detector with any content: they are refused or they load, and what
 * loads runs. */
#include <math.h>
#include <mien/mien.h>
#include <unistd.h>

#include "clnf/mtcnn.h"
#include "fuzz.h"

/* The beginnings of the three networks up to the first weights; the replay damages them. */
static const uint8_t pnet[] = {8, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 10, 0, 0, 0, 0, 0, 0, 0};
static const uint8_t rnet[] = {11, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 28, 0, 0, 0, 0, 0, 0, 0};
static const uint8_t onet[] = {14, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 32, 0, 0, 0, 0, 0, 0, 0};
const struct fuzz_seed fuzz_seeds[] = {
    {pnet, sizeof(pnet)}, {rnet, sizeof(rnet)}, {onet, sizeof(onet)}, {NULL, 0}};
const int fuzz_rounds = 600;
const size_t fuzz_longest = 60000;

/* A complete PNet that loads. Its weights are the input's bytes, repeated. */
static size_t whole_pnet(const uint8_t *data, size_t size, uint8_t *out)
{
    static const int layer[][4] = {{0, 3, 10, 3}, {3, 10, 0, 0},  {1, 2, 0, 0},  {0, 10, 16, 3},
                                   {3, 16, 0, 0}, {0, 16, 32, 3}, {3, 32, 0, 0}, {2, 32, 6, 1}};
    uint8_t *p = out;
    size_t at = 0;
#define PUT(v)             \
    do {                   \
        int32_t v_ = (v);  \
        memcpy(p, &v_, 4); \
        p += 4;            \
    } while (0)
#define NUMBERS(n)                                             \
    for (int k_ = 0; k_ < (n); k_++) {                         \
        float f_ = (float)((int)data[at++ % size] - 128) / 64; \
        memcpy(p, &f_, 4);                                     \
        p += 4;                                                \
    }
    PUT(8);
    for (size_t i = 0; i < sizeof(layer) / sizeof(layer[0]); i++) {
        const int *l = layer[i];
        PUT(l[0]);
        if (l[0] == 0) {
            PUT(l[1]);
            PUT(l[2]);
            NUMBERS(l[2]);
            for (int k = 0; k < l[1] * l[2]; k++) {
                PUT(3);
                PUT(3);
                PUT(5);
                NUMBERS(9);
            }
        } else if (l[0] == 1) {
            for (int k = 0; k < 4; k++)
                PUT(2);
        } else {
            PUT(l[0] == 2 ? l[2] : l[1]);
            PUT(1);
            PUT(5);
            NUMBERS(l[0] == 2 ? l[2] : l[1]);
            if (l[0] == 2) {
                PUT(l[1]);
                PUT(l[2]);
                PUT(5);
                NUMBERS(l[1] * l[2]);
            }
        }
    }
#undef PUT
#undef NUMBERS
    return (size_t)(p - out);
}

static void load(const uint8_t *data, size_t size, int id, int wanted)
{
    struct mn_net net;
    int err = mn_net_load(&net, (enum mn_net_id)id, fuzz_file("net.dat", data, size), NULL);
    FUZZ_CHECK(err == 0 || err == MIEN_EBADMODEL);
    FUZZ_CHECK(wanted > 0 || err == wanted);
    if (err == 0) {
        int w, h, side = mn_net_info[id].input;
        size_t room = mn_net_room(&net, side, side);
        float *buffer[2] = {calloc(room, 4), calloc(room, 4)};
        FUZZ_CHECK(buffer[0] && buffer[1]);
        for (int i = 0; i < 3 * side * side; i++)
            buffer[0][i] = (float)(data[(size_t)i % size] - 128) / 128;
        const float *out = mn_net_run(&net, mn_clnf_kernels_best(), buffer, side, side, &w, &h);
        FUZZ_CHECK(w == 1 && h == 1 && out);
        free(buffer[0]);
        free(buffer[1]);
    }
    mn_net_free(&net);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t whole[40000];
    for (int id = 0; id < MN_NUM_NETS; id++)
        load(data, size, id, 1);
    if (size > 0 && data[0] % 8 == 0) {
        size_t n = whole_pnet(data, size, whole);
        FUZZ_CHECK(n == 35088);
        load(whole, n, MN_PNET, 0);
        whole[data[size / 2] * 100 % n] ^= data[size - 1]; /* close to a good file */
        load(whole, n - data[size / 3] % 2, MN_PNET, 1);
    }
    return 0;
}

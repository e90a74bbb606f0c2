#include "clnf/net.h"

#include <assert.h>
#include <string.h>

#include "base/mem.h"
#include "face/dat.h"

#define MAX_FILE (16u << 20)

const struct mn_net_info mn_net_info[MN_NUM_NETS] = {
    [MN_PNET] = {"PNet", 12},
    [MN_RNET] = {"RNet", 24},
    [MN_ONET] = {"ONet", 48},
};

/* The numbers that stand for these kinds in the files. */
enum kind { CONVOLUTION, POOLING, FULL, RECTIFIER };

/* The layers of each network. side: of a convolution's kernel; of a pooling's window; of the maps
 * that are the input of a fully connected layer. */
static const struct plan {
    enum kind kind;
    int inputs, outputs, side;
} pnet[] =
    {
        {CONVOLUTION, 3, 10, 3},  {RECTIFIER, 0, 10, 0}, {POOLING, 0, 0, 2},
        {CONVOLUTION, 10, 16, 3}, {RECTIFIER, 0, 16, 0}, {CONVOLUTION, 16, 32, 3},
        {RECTIFIER, 0, 32, 0},    {FULL, 32, 6, 1},
},
  rnet[] =
      {
          {CONVOLUTION, 3, 28, 3},  {RECTIFIER, 0, 28, 0}, {POOLING, 0, 0, 3},
          {CONVOLUTION, 28, 48, 3}, {RECTIFIER, 0, 48, 0}, {POOLING, 0, 0, 3},
          {CONVOLUTION, 48, 64, 2}, {RECTIFIER, 0, 64, 0}, {FULL, 64, 128, 3},
          {RECTIFIER, 0, 128, 0},   {FULL, 128, 6, 1},
},
  onet[] = {
      {CONVOLUTION, 3, 32, 3},   {RECTIFIER, 0, 32, 0},  {POOLING, 0, 0, 3},
      {CONVOLUTION, 32, 64, 3},  {RECTIFIER, 0, 64, 0},  {POOLING, 0, 0, 3},
      {CONVOLUTION, 64, 64, 3},  {RECTIFIER, 0, 64, 0},  {POOLING, 0, 0, 2},
      {CONVOLUTION, 64, 128, 2}, {RECTIFIER, 0, 128, 0}, {FULL, 128, 256, 3},
      {RECTIFIER, 0, 256, 0},    {FULL, 256, 16, 1},
};

static const struct {
    const struct plan *plan;
    int steps;
} plans[MN_NUM_NETS] = {
    [MN_PNET] = {pnet, sizeof(pnet) / sizeof(pnet[0])},
    [MN_RNET] = {rnet, sizeof(rnet) / sizeof(rnet[0])},
    [MN_ONET] = {onet, sizeof(onet) / sizeof(onet[0])},
};

static_assert(sizeof(pnet) / sizeof(pnet[0]) <= MN_NET_MAX_LAYERS, "PNet has too many layers");
static_assert(sizeof(rnet) / sizeof(rnet[0]) <= MN_NET_MAX_LAYERS, "RNet has too many layers");
static_assert(sizeof(onet) / sizeof(onet[0]) <= MN_NET_MAX_LAYERS, "ONet has too many layers");

static int padded(int n)
{
    return (n + 7) / 8 * 8;
}

static size_t kernel_size(const struct plan *p)
{
    return (size_t)(p->side * p->side * p->inputs) * (size_t)padded(p->outputs);
}

/* ----------------------------------------------------------------------------- loading ---- */

static void read_convolution(struct mn_dat *d, const struct plan *p, struct mn_clnf_layer *l)
{
    const int cells = p->side * p->side;
    mn_dat_expect_i32(d, p->inputs, "a layer has the wrong number of inputs");
    mn_dat_expect_i32(d, p->outputs, "a layer has the wrong number of kernels");
    for (int k = 0; k < p->outputs; k++)
        l->bias[k] = mn_dat_f32(d);
    for (int i = 0; i < p->inputs; i++)
        for (int k = 0; k < p->outputs && !d->error; k++) {
            mn_dat_matrix(d, p->side, p->side, MN_DAT_F32);
            for (int c = 0; c < cells; c++)
                l->kernel[(c * p->inputs + i) * l->outputs + k] = mn_dat_f32(d);
        }
}

/* The maps are stored one after the other, each column by column. */
static void read_full(struct mn_dat *d, const struct plan *p, struct mn_clnf_layer *l)
{
    mn_dat_matrix(d, p->outputs, 1, MN_DAT_F32);
    for (int k = 0; k < p->outputs; k++)
        l->bias[k] = mn_dat_f32(d);
    mn_dat_matrix(d, p->side * p->side * p->inputs, p->outputs, MN_DAT_F32);
    for (int i = 0; i < p->inputs; i++)
        for (int x = 0; x < p->side; x++)
            for (int y = 0; y < p->side && !d->error; y++)
                for (int k = 0; k < p->outputs; k++)
                    l->kernel[((y * p->side + x) * p->inputs + i) * l->outputs + k] = mn_dat_f32(d);
}

static void read_layers(struct mn_net *net, struct mn_dat *d, enum mn_net_id id)
{
    static const char *const wanted[] = {"expected a convolution", "expected a max pooling",
                                         "expected a fully connected layer",
                                         "expected a rectifier"};
    float *free_store = net->store;
    int pitch = 3; /* R, G, B */
    mn_dat_expect_i32(d, plans[id].steps, "the network has the wrong number of layers");
    for (int i = 0; i < plans[id].steps && !d->error; i++) {
        const struct plan *p = &plans[id].plan[i];
        struct mn_net_layer *l = &net->layer[net->num_layers];
        mn_dat_expect_i32(d, (int)p->kind, wanted[p->kind]);
        if (p->kind == POOLING) {
            for (int k = 0; k < 4; k++)
                mn_dat_expect_i32(d, k < 2 ? p->side : 2, "a pooling has the wrong size");
            l->pool = p->side;
            net->num_layers++;
        } else if (p->kind == RECTIFIER) {
            mn_dat_matrix(d, p->outputs, 1, MN_DAT_F32);
            for (int k = 0; k < p->outputs; k++)
                l[-1].conv.slope[k] = mn_dat_f32(d);
        } else {
            const int outputs = padded(p->outputs);
            l->conv = (struct mn_clnf_layer){.size = p->side,
                                             .inputs = p->inputs,
                                             .outputs = outputs,
                                             .pitch = pitch,
                                             .kernel = free_store,
                                             .bias = free_store + kernel_size(p),
                                             .slope = free_store + kernel_size(p) + outputs};
            free_store = l->conv.slope + outputs;
            for (int k = 0; k < outputs; k++)
                l->conv.slope[k] = 1;
            if (p->kind == FULL)
                read_full(d, p, &l->conv);
            else
                read_convolution(d, p, &l->conv);
            pitch = outputs;
            net->num_layers++;
        }
    }
    if (!d->error && d->at != d->file.size)
        mn_dat_refuse(d, d->at, "data follows where the file should end");
}

int mn_net_load(struct mn_net *net, enum mn_net_id id, const char *path, struct mn_log *log)
{
    struct mn_dat d;
    *net = (struct mn_net){0};
    int err = mn_dat_open(&d, path, MAX_FILE, log);
    if (err < 0)
        return err;
    size_t total = 0;
    for (int i = 0; i < plans[id].steps; i++) {
        const struct plan *p = &plans[id].plan[i];
        if (p->kind == CONVOLUTION || p->kind == FULL)
            total += kernel_size(p) + 2 * (size_t)padded(p->outputs);
    }
    net->store = mn_alloc(total, sizeof(float));
    if (net->store)
        read_layers(net, &d, id);
    err = net->store ? d.error : MIEN_ENOMEM;
    mn_dat_close(&d);
    if (err < 0)
        mn_net_free(net);
    return err;
}

void mn_net_free(struct mn_net *net)
{
    free(net->store);
    *net = (struct mn_net){0};
}

/* ----------------------------------------------------------------------------- running ---- */

/* The side of max pooling's result with a step of 2. Windows that reach over the edge use the part
 * inside. The last one may begin half a step after n - size, because the original rounds. */
static int pooled(int n, int size)
{
    return (n - size + 1) / 2 + 1;
}

static void pool(const float *restrict in, int width, int height, int channels, int size,
                 float *restrict out)
{
    const int w = pooled(width, size), h = pooled(height, size);
    for (int y = 0; y < h; y++)
        for (int x = 0; x < w; x++, out += channels) {
            const int across = 2 * x + size <= width ? size : width - 2 * x;
            const int down = 2 * y + size <= height ? size : height - 2 * y;
            const float *first = in + ((ptrdiff_t)2 * y * width + 2 * x) * channels;
            memcpy(out, first, (size_t)channels * sizeof(*out));
            for (int dy = 0; dy < down; dy++)
                for (int dx = dy == 0; dx < across; dx++) {
                    const float *p = first + ((ptrdiff_t)dy * width + dx) * channels;
                    for (int c = 0; c < channels; c++)
                        out[c] = p[c] > out[c] ? p[c] : out[c];
                }
        }
}

size_t mn_net_room(const struct mn_net *net, int width, int height)
{
    int channels = 3;
    size_t most = (size_t)width * (size_t)height * 3;
    for (int i = 0; i < net->num_layers; i++) {
        const struct mn_net_layer *l = &net->layer[i];
        width = l->pool ? pooled(width, l->pool) : width - l->conv.size + 1;
        height = l->pool ? pooled(height, l->pool) : height - l->conv.size + 1;
        channels = l->pool ? channels : l->conv.outputs;
        size_t n = (size_t)width * (size_t)height * (size_t)channels;
        most = n > most ? n : most;
    }
    return most;
}

const float *mn_net_run(const struct mn_net *net, const struct mn_clnf_kernels *kernels,
                        float *const buffer[2], int width, int height, int *out_width,
                        int *out_height)
{
    int at = 0, channels = 3;
    for (int i = 0; i < net->num_layers; i++, at = !at) {
        const struct mn_net_layer *l = &net->layer[i];
        if (l->pool) {
            pool(buffer[at], width, height, channels, l->pool, buffer[!at]);
            width = pooled(width, l->pool);
            height = pooled(height, l->pool);
        } else {
            kernels->layer(&l->conv, buffer[at], width, height, buffer[!at]);
            width -= l->conv.size - 1;
            height -= l->conv.size - 1;
            channels = l->conv.outputs;
        }
    }
    *out_width = width;
    *out_height = height;
    return buffer[at];
}

/* The three small networks of the face detector MTCNN: convolutions, maxima, fully connected
 * layers. What they look like is fixed; their files must agree. A fully connected layer is a
 * convolution as large as its input, so PNet, whose last layer is one, can look at a picture of
 * any size. */
#ifndef MN_CLNF_NET_H
#define MN_CLNF_NET_H

#include "base/log.h"
#include "clnf/kernels.h"

#define MN_NET_MAX_LAYERS 10

enum mn_net_id { MN_PNET, MN_RNET, MN_ONET, MN_NUM_NETS };

extern const struct mn_net_info {
    const char *name;
    int input; /* side of the smallest picture, R, G, B from -1 to 1 */
} mn_net_info[MN_NUM_NETS];

/* Read-only once loaded; threads share it. */
struct mn_net {
    int num_layers;
    struct mn_net_layer {
        int pool; /* side of the square whose maximum is taken at every second place; 0: see conv */
        struct mn_clnf_layer conv;
    } layer[MN_NET_MAX_LAYERS];
    float *store;
};

/* 0, or MIEN_ENOMODEL, MIEN_EBADMODEL (logged with file and byte), MIEN_ENOMEM; net is empty then.
 * mn_net_free it in either case. */
int mn_net_load(struct mn_net *net, enum mn_net_id id, const char *path, struct mn_log *log);
void mn_net_free(struct mn_net *net);

/* Numbers that each of the two buffers of mn_net_run must have room for. */
size_t mn_net_room(const struct mn_net *net, int width, int height);

/* buffer[0] holds width x height pixels R, G, B. Returns the outputs of one place after the other,
 * 8 (ONet: 16) numbers each: no face, face, four shifts. They lie in one of the buffers. */
const float *mn_net_run(const struct mn_net *net, const struct mn_clnf_kernels *kernels,
                        float *const buffer[2], int width, int height, int *out_width,
                        int *out_height);

#endif

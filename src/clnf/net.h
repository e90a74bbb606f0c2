/* The three small networks of the face detector MTCNN, made of convolutions, max poolings and fully
 * connected layers. Their structure is fixed; the files must agree with it. A fully connected layer
 * is a convolution as large as its input. PNet ends in one, so it runs on pictures of any size. */
#ifndef MN_CLNF_NET_H
#define MN_CLNF_NET_H

#include "base/log.h"
#include "clnf/kernels.h"

#define MN_NET_MAX_LAYERS 16

enum mn_net_id { MN_PNET, MN_RNET, MN_ONET, MN_NUM_NETS };

extern const struct mn_net_info {
    const char *name;
    int input; /* side of the smallest input in pixels; R, G, B from -1 to 1 */
} mn_net_info[MN_NUM_NETS];

/* Read-only once loaded; threads may share it. */
struct mn_net {
    int num_layers;
    struct mn_net_layer {
        int pool; /* side of a max pooling's window, which moves by two; 0: the layer is conv */
        struct mn_clnf_layer conv;
    } layer[MN_NET_MAX_LAYERS];
    float *store;
};

/* 0, or MIEN_ENOMODEL, MIEN_EBADMODEL (logged with file and byte) or MIEN_ENOMEM; net is empty
 * then. Release it with mn_net_free in either case. */
int mn_net_load(struct mn_net *net, enum mn_net_id id, const char *path, struct mn_log *log);
void mn_net_free(struct mn_net *net);

/* The number of floats that each of the two buffers of mn_net_run must hold. */
size_t mn_net_room(const struct mn_net *net, int width, int height);

/* Runs the network on width x height pixels R, G, B in buffer[0]. Returns the outputs, position
 * after position in rows of *out_width, 8 (ONet: 16) numbers each: no face, face, four shifts,
 * rest. They lie in one of the two buffers. */
const float *mn_net_run(const struct mn_net *net, const struct mn_clnf_kernels *kernels,
                        float *const buffer[2], int width, int height, int *out_width,
                        int *out_height);

#endif

#include "stage/detectors.h"

#include "stage/blazeface.h"

static int decode_retinaface(const struct mn_detector_run *r, struct mn_candidate *scratch,
                             struct mn_detection *out, int max)
{
    const struct mn_retinaface outputs = {
        .loc = r->output[0],
        .conf = r->output[1],
        .points = r->output[2],
        .anchors = r->anchors,
        .count = r->count,
        .width = r->width,
        .height = r->height,
        .factor = r->factor,
        .threshold = r->threshold,
        .min_side = r->min_side,
    };
    return mn_retinaface_decode(&outputs, scratch, out, max);
}

static int decode_blazeface(const struct mn_detector_run *r, struct mn_candidate *scratch,
                            struct mn_detection *out, int max)
{
    const struct mn_blazeface outputs = {
        .values = r->output[0],
        .score = r->output[1],
        .width = r->width,
        .height = r->height,
        .left = r->left,
        .top = r->top,
        .factor = r->factor,
        .threshold = r->threshold,
        .min_side = r->min_side,
    };
    return mn_blazeface_decode(&outputs, scratch, out, max);
}

static const struct mn_detector_kind kinds[] = {
    {
        .name = "RetinaFace (boxes, scores, five points)",
        .side = 640,
        .small_first = true,
        .norm = {.scale = {1, 1, 1}, .bias = {-104, -117, -123}},
        .num_outputs = 3,
        .values = {4, 2, 10},
        .anchor_count = mn_retinaface_anchor_count,
        .anchors = mn_retinaface_anchors,
        .decode = decode_retinaface,
    },
    {
        .name = "MediaPipe's full-range detector (16 values, scores)",
        .side = 192,
        .centred = true,
        .rgb = true,
        .norm = {.scale = {1 / 127.5f, 1 / 127.5f, 1 / 127.5f}, .bias = {-1, -1, -1}},
        .num_outputs = 2,
        .values = {MN_BLAZEFACE_VALUES, 1},
        .anchor_count = mn_blazeface_anchor_count,
        .decode = decode_blazeface,
    },
};

/* Names of outputs differ between exports of the same network, so their widths decide. */
static bool bind(const struct mn_detector_kind *k, const struct mn_model *m, int *output)
{
    const size_t anchors = k->anchor_count((int)m->input.dim[3], (int)m->input.dim[2]);
    for (int i = 0; i < k->num_outputs; i++) {
        output[i] = -1;
        for (int j = 0; j < m->num_outputs; j++) {
            const struct mn_shape *s = &m->output[j];
            if (s->num_dims == 3 && s->dim[2] == k->values[i] &&
                (s->dim[1] == -1 || s->dim[1] == (int64_t)anchors))
                output[i] = j;
        }
        if (output[i] < 0)
            return false;
    }
    return true;
}

const struct mn_detector_kind *mn_detectors_bind(const struct mn_model *m,
                                                 int output[MN_DETECTOR_OUTPUTS])
{
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (m->input.num_dims == 4 && bind(&kinds[i], m, output))
            return &kinds[i];
    return NULL;
}

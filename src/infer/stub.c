/* An engine without networks, for tests. Its outputs depend on the pixels alone, and pass through
 * the same tensors and decoding as those of networks. A face is a bright rectangle on a dark
 * background. Its gaze turns with the difference of brightness between the halves of the crop. Its
 * landmarks span the bright part of the crop; without one they are not numbers. */
#include <math.h>

#include "base/mem.h"
#include "infer/engine.h"

#define GRID 8        /* pixels a side of a cell: the step of the finest anchors */
#define BRIGHT 60.0f  /* mean of the three mean-subtracted planes */
#define BINS 90       /* of each angle, 4 degrees each */
#define LEAST_CELLS 4 /* of a face */
#define MAX_CELLS (160 * 160)

struct stub_model {
    struct mn_model base;
    int (*run)(struct mn_runner *r);
};

struct stub_runner {
    struct mn_runner base;
    uint8_t bright[MAX_CELLS];
    int stack[MAX_CELLS]; /* each cell is pushed once */
};

static const char stub_name[] = MIEN_PROVIDER_STUB; /* of the engine and of its only provider */

static bool knows(const char *provider)
{
    return !strcmp(provider, stub_name);
}

static int engine_open(struct mn_engine **out, const char *provider, const char *role, int intra_op,
                       struct mn_log *log)
{
    (void)role;
    (void)provider;
    (void)intra_op;
    struct mn_engine *e = mn_alloc(1, sizeof(*e));
    if (!e)
        return MIEN_ENOMEM;
    e->log = log;
    e->provider = stub_name;
    *out = e;
    return 0;
}

static void engine_close(struct mn_engine *e)
{
    free(e);
}

static void model_close(struct mn_model *m)
{
    free(m);
}

static void runner_close(struct mn_runner *r)
{
    free(r->input);
    for (int i = 0; i < MN_MAX_OUTPUTS; i++)
        free(r->output[i]);
    free(r);
}

static int runner_open(struct mn_runner **out, struct mn_model *m)
{
    struct stub_runner *r = mn_alloc(1, sizeof(*r));
    if (!r)
        return MIEN_ENOMEM;
    r->base.model = m;
    r->base.input_count = mn_shape_count(&m->input);
    r->base.input = mn_alloc(r->base.input_count, sizeof(float));
    bool ok = r->base.input != NULL;
    for (int i = 0; i < m->num_outputs; i++) {
        r->base.output_count[i] = mn_shape_count(&m->output[i]);
        r->base.output[i] = mn_alloc(r->base.output_count[i], sizeof(float));
        ok = ok && r->base.output[i];
    }
    if (!ok) {
        runner_close(&r->base);
        return MIEN_ENOMEM;
    }
    *out = &r->base;
    return 0;
}

static float value(const struct mn_runner *r, int64_t x, int64_t y)
{
    const int64_t h = r->model->input.dim[2], w = r->model->input.dim[3];
    const float *p = r->input + y * w + x;
    return (p[0] + p[h * w] + p[2 * h * w]) / 3;
}

/* Writes one detection with exactly this box at the anchor of the cell (column, row). */
static void put_face(struct mn_runner *r, int columns, int column, int row, const float box[4])
{
    const float step = GRID, size = 16;
    int64_t i = 2 * ((int64_t)row * columns + column);
    float *loc = r->output[0] + 4 * i, *conf = r->output[1] + 2 * i, *lm = r->output[2] + 10 * i;
    float cx = ((float)column + 0.5f) * step, cy = ((float)row + 0.5f) * step;
    float w = box[2] - box[0], h = box[3] - box[1];
    loc[0] = ((box[0] + box[2]) / 2 - cx) / (0.1f * size);
    loc[1] = ((box[1] + box[3]) / 2 - cy) / (0.1f * size);
    loc[2] = logf(w / size) / 0.2f;
    loc[3] = logf(h / size) / 0.2f;
    conf[1] = 0.75f + 0.2f * w / (w + h);
    conf[0] = 1 - conf[1];
    static const float at[5][2] = {{.3f, .35f}, {.7f, .35f}, {.5f, .55f}, {.35f, .8f}, {.65f, .8f}};
    for (int k = 0; k < 5; k++) {
        lm[2 * k] = (box[0] + at[k][0] * w - cx) / (0.1f * size);
        lm[2 * k + 1] = (box[1] + at[k][1] * h - cy) / (0.1f * size);
    }
}

/* Bright cells that touch each other. */
struct blob {
    int x1, y1, x2, y2; /* first and last column and row */
    int cells;
};

/* Marks the cell as dark and remembers it, if it was bright. */
static void visit(struct stub_runner *r, int cell, int *depth)
{
    if (!r->bright[cell])
        return;
    r->bright[cell] = 0;
    r->stack[(*depth)++] = cell;
}

/* The blob that the bright cell `start` belongs to; its cells are dark afterwards. */
static struct blob take_blob(struct stub_runner *r, int columns, int rows, int start)
{
    struct blob b = {columns, rows, 0, 0, 0};
    int depth = 0;
    visit(r, start, &depth);
    while (depth) {
        const int c = r->stack[--depth], x = c % columns, y = c / columns;
        b.cells++;
        b.x1 = x < b.x1 ? x : b.x1;
        b.y1 = y < b.y1 ? y : b.y1;
        b.x2 = x > b.x2 ? x : b.x2;
        b.y2 = y > b.y2 ? y : b.y2;
        if (x > 0)
            visit(r, c - 1, &depth);
        if (x < columns - 1)
            visit(r, c + 1, &depth);
        if (y > 0)
            visit(r, c - columns, &depth);
        if (y < rows - 1)
            visit(r, c + columns, &depth);
    }
    return b;
}

/* The edges of what is bright around (x, y), pixel by pixel along its row and its column. */
static void find_edges(const struct mn_runner *r, int x, int y, float box[4])
{
    const int w = (int)r->model->input.dim[3], h = (int)r->model->input.dim[2];
    int left = x, right = x, top = y, bottom = y;
    while (left > 0 && value(r, left - 1, y) > BRIGHT)
        left--;
    while (right < w - 1 && value(r, right + 1, y) > BRIGHT)
        right++;
    while (top > 0 && value(r, x, top - 1) > BRIGHT)
        top--;
    while (bottom < h - 1 && value(r, x, bottom + 1) > BRIGHT)
        bottom++;
    box[0] = (float)left;
    box[1] = (float)top;
    box[2] = (float)right + 1;
    box[3] = (float)bottom + 1;
}

static int detect(struct mn_runner *base)
{
    struct stub_runner *r = (struct stub_runner *)base;
    const int columns = (int)base->model->input.dim[3] / GRID,
              rows = (int)base->model->input.dim[2] / GRID;
    for (int i = 0; i < 3; i++)
        memset(base->output[i], 0, base->output_count[i] * sizeof(float));
    if (columns * rows > MAX_CELLS)
        return 0;
    for (int j = 0; j < rows; j++)
        for (int i = 0; i < columns; i++)
            r->bright[j * columns + i] =
                value(base, i * GRID + GRID / 2, j * GRID + GRID / 2) > BRIGHT;
    for (int start = 0; start < columns * rows; start++) {
        if (!r->bright[start])
            continue;
        const struct blob b = take_blob(r, columns, rows, start);
        if (b.cells < LEAST_CELLS)
            continue;
        const int x = (b.x1 + b.x2 + 1) * GRID / 2, y = (b.y1 + b.y2 + 1) * GRID / 2;
        float box[4];
        find_edges(base, x, y, box);
        put_face(base, columns, x / GRID, y / GRID, box);
    }
    return 0;
}

static float mean(const struct mn_runner *r, int64_t x1, int64_t y1, int64_t x2, int64_t y2)
{
    double sum = 0;
    int n = 0;
    for (int64_t y = y1; y < y2; y += 4)
        for (int64_t x = x1; x < x2; x += 4, n++)
            sum += (double)value(r, x, y);
    return n ? (float)(sum / n) : 0;
}

static int gaze(struct mn_runner *r)
{
    const int64_t w = r->model->input.dim[3], h = r->model->input.dim[2];
    const float centre[2] = {45 + 4 * (mean(r, 0, 0, w / 2, h) - mean(r, w / 2, 0, w, h)),
                             45 + 4 * (mean(r, 0, 0, w, h / 2) - mean(r, 0, h / 2, w, h))};
    for (int k = 0; k < 2; k++)
        for (int i = 0; i < BINS; i++) {
            float d = ((float)i - centre[k]) / 3;
            r->output[k][i] = -d * d;
        }
    return 0;
}

/* Eight points on each edge of what is bright, 36 inside. */
static int landmarks(struct mn_runner *r)
{
    const int side = (int)r->model->input.dim[3];
    int low[2] = {side, side}, high[2] = {0, 0};
    for (int y = 0; y < side; y++)
        for (int x = 0; x < side; x++) {
            if (value(r, x, y) < 0.4f)
                continue;
            const int at[2] = {x, y};
            for (int c = 0; c < 2; c++) {
                low[c] = at[c] < low[c] ? at[c] : low[c];
                high[c] = at[c] + 1 > high[c] ? at[c] + 1 : high[c];
            }
        }
    for (int k = 0; k < MIEN_FACE_LANDMARKS; k++) {
        const float along = (float)(k % 8) / 7,
                    inside[2] = {(float)(k % 6 + 1) / 7, (float)(k / 6 % 6 + 1) / 7};
        const float at[2] = {k < 16   ? along
                             : k < 32 ? (float)(k / 8 - 2)
                                      : inside[0],
                             k < 16   ? (float)(k / 8)
                             : k < 32 ? along
                                      : inside[1]};
        for (int c = 0; c < 2; c++)
            r->output[0][2 * k + c] =
                high[c] > low[c] ? ((float)low[c] + at[c] * (float)(high[c] - low[c])) / (float)side
                                 : NAN;
    }
    return 0;
}

/* A grid over the whole square, and whether its middle is bright. */
static int mesh(struct mn_runner *r)
{
    const int side = (int)r->model->input.dim[3], columns = 26, rows = 18;
    for (int k = 0; k < columns * rows; k++) {
        float *p = r->output[0] + 3 * k;
        p[0] = (float)side * (0.25f + 0.5f * (float)(k % columns) / (float)(columns - 1));
        p[1] = (float)side * (0.25f + 0.5f * (float)(k / columns % rows) / (float)(rows - 1));
        p[2] = 0;
    }
    r->output[1][0] = value(r, side / 2, side / 2) > 0.4f ? 8 : -8;
    return 0;
}

static void shape_mesh(struct mn_model *m)
{
    m->output[0] = (struct mn_shape){2, {1, 3 * MIEN_MESH_POINTS}};
    m->output[1] = (struct mn_shape){2, {1, 1}};
}

/* The brighter, the happier; gaze as above; scores from dark to bright. */
static int mtl(struct mn_runner *r)
{
    const int64_t w = r->model->input.dim[3], h = r->model->input.dim[2];
    const float all = mean(r, 0, 0, w, h);
    for (int i = 0; i < MIEN_EMOTIONS; i++)
        r->output[0][i] = all * (float)(i == 1);
    r->output[1][0] = 0.1f * (mean(r, 0, 0, w / 2, h) - mean(r, w / 2, 0, w, h));
    r->output[1][1] = 0.1f * (mean(r, 0, 0, w, h / 2) - mean(r, 0, h / 2, w, h));
    for (int i = 0; i < MIEN_MTL_UNITS; i++)
        r->output[2][i] = 1 / (1 + expf((float)i - 2 - all));
    return 0;
}

static void shape_mtl(struct mn_model *m)
{
    m->output[0] = (struct mn_shape){2, {1, MIEN_EMOTIONS}};
    m->output[1] = (struct mn_shape){2, {1, 2}};
    m->output[2] = (struct mn_shape){2, {1, MIEN_MTL_UNITS}};
}

static void shape_detector(struct mn_model *m)
{
    const int64_t width[3] = {4, 2, 10};
    int64_t anchors = 0;
    for (int step = 8; step <= 32; step *= 2)
        anchors +=
            2 * ((m->input.dim[2] + step - 1) / step) * ((m->input.dim[3] + step - 1) / step);
    for (int i = 0; i < 3; i++)
        m->output[i] = (struct mn_shape){3, {1, anchors, width[i]}};
}

static void shape_gaze(struct mn_model *m)
{
    m->output[0] = m->output[1] = (struct mn_shape){2, {1, BINS}};
}

static void shape_landmarks(struct mn_model *m)
{
    m->output[0] = (struct mn_shape){2, {1, 2 * MIEN_FACE_LANDMARKS}};
}

/* What stands in for the network of each role. */
static const struct answer {
    const char *role;
    int num_outputs;
    void (*shape)(struct mn_model *m); /* sets the shapes of the outputs, by that of the input */
    int (*run)(struct mn_runner *r);
} answers[] = {
    {.role = "detector", .num_outputs = 3, .shape = shape_detector, .run = detect},
    {.role = "gaze", .num_outputs = 2, .shape = shape_gaze, .run = gaze},
    {.role = "mesh", .num_outputs = 2, .shape = shape_mesh, .run = mesh},
    {.role = "mtl", .num_outputs = 3, .shape = shape_mtl, .run = mtl},
    {.role = "landmarks", .num_outputs = 1, .shape = shape_landmarks, .run = landmarks},
};

static const struct answer *answer_of(const char *role)
{
    for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++)
        if (!strcmp(answers[i].role, role))
            return &answers[i];
    return NULL;
}

static int model_open(struct mn_model **out, struct mn_engine *e, const struct mn_model_source *s)
{
    const struct answer *answer = answer_of(s->role);
    if (!answer) {
        mn_error(e->log, "the stub engine has no answers for the role %s; use another provider",
                 s->role);
        return MIEN_EMODELROLE;
    }
    struct stub_model *m = mn_alloc(1, sizeof(*m));
    if (!m)
        return MIEN_ENOMEM;
    m->base.engine = e;
    m->base.input = s->input;
    for (int i = 0; i < m->base.input.num_dims; i++)
        m->base.input.dim[i] = llabs(m->base.input.dim[i]);
    m->base.num_outputs = answer->num_outputs;
    answer->shape(&m->base);
    m->run = answer->run;
    *out = &m->base;
    return 0;
}

static int run(struct mn_runner *r)
{
    return ((struct stub_model *)r->model)->run(r);
}

const struct mn_engine_info mn_engine_stub = {
    .name = stub_name,
    .runs_here = true,
    .knows = knows,
    .open = engine_open,
    .close = engine_close,
    .model_open = model_open,
    .model_close = model_close,
    .runner_open = runner_open,
    .run = run,
    .runner_close = runner_close,
};

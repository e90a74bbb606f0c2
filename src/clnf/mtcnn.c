#include "clnf/mtcnn.h"

#include <math.h>

#include "base/mem.h"
#include "face/dat.h"
#include "face/patch.h"

#define MAX_TEXT (64u << 10)
#define LEAST_FACE 60.0 /* pixels */
#define FACTOR 0.709    /* between successive sizes of the picture */
#define SUPPORT 12      /* pixels: side of the square that PNet sees for one position */
#define PNET_SCORE 0.6f
#define RNET_SCORE 0.7f
#define ONET_SCORE 0.7f

/* PNet's map is computed in tiles, so that scratch memory does not depend on the picture. */
#define TILE_W 128
#define TILE_H 32
#define TILE_IN_W (2 * TILE_W + 10)
#define TILE_IN_H (2 * TILE_H + 10)

/* The most boxes under consideration: many more than faces produce. If noise produces more, the
 * best are kept. */
#define LEVEL_ROOM 8192
#define ROOM 8192

struct mn_mtcnn {
    struct mn_net net[MN_NUM_NETS];
};

/* Where a column or row of the resized picture is taken from: between `at` and `next`. */
struct place {
    int at, next;
    float part; /* weight of next */
};

struct mn_mtcnn_worker {
    const struct mn_mtcnn *model;
    const struct mn_clnf_kernels *kernels;
    struct mn_patch patch;
    float *buffer[2];
    struct place column[TILE_IN_W];
    float row[2][3 * TILE_IN_W]; /* two rows of the source, resized horizontally */
    int row_number[2];
    struct mn_mtcnn_box level[LEVEL_ROOM], boxes[ROOM];
    mn_mtcnn_watch_fn *watch;
    void *watch_ctx;
};

/* ----------------------------------------------------------------------------- loading ---- */

static int load_net(struct mn_mtcnn *m, struct mn_dat *d, const char *folder)
{
    char line[1024];
    size_t at = d->at;
    if (!mn_dat_line(d, line, sizeof(line)))
        return mn_dat_refuse(d, at, "a network is missing");
    char *name = line + strcspn(line, " \t");
    if (*name)
        *name++ = 0;
    name += strspn(name, " \t");
    int id = 0;
    while (id < MN_NUM_NETS && strcmp(line, mn_net_info[id].name) != 0)
        id++;
    if (id == MN_NUM_NETS || m->net[id].store)
        return mn_dat_refuse(d, at, "expected PNet, RNet and ONet, each once");
    if (!*name || !mn_dat_is_inside(name))
        return mn_dat_refuse(d, at, "expected a file inside the detector's folder");
    char *path = mn_dat_join(folder, name);
    int err = path ? mn_net_load(&m->net[id], (enum mn_net_id)id, path, d->log) : MIEN_ENOMEM;
    free(path);
    return err;
}

int mn_mtcnn_open(struct mn_mtcnn **out, const char *path, struct mn_log *log)
{
    struct mn_dat d;
    *out = NULL;
    int err = mn_dat_open(&d, path, MAX_TEXT, log);
    if (err < 0)
        return err;
    const char *slash = strrchr(path, '/');
    char *folder = slash ? strndup(path, (size_t)(slash - path)) : strdup(".");
    struct mn_mtcnn *m = mn_alloc(1, sizeof(*m));
    err = m && folder ? 0 : MIEN_ENOMEM;
    for (int k = 0; k < MN_NUM_NETS && err == 0; k++)
        err = load_net(m, &d, *folder ? folder : "/");
    if (err == 0)
        mn_dat_expect_end(&d);
    err = err < 0 ? err : d.error;
    free(folder);
    mn_dat_close(&d);
    if (err < 0)
        mn_mtcnn_close(&m);
    *out = m;
    return err;
}

void mn_mtcnn_close(struct mn_mtcnn **model)
{
    struct mn_mtcnn *m = *model;
    for (int k = 0; m && k < MN_NUM_NETS; k++)
        mn_net_free(&m->net[k]);
    free(m);
    *model = NULL;
}

int mn_mtcnn_worker_open(struct mn_mtcnn_worker **out, const struct mn_mtcnn *m,
                         const struct mn_clnf_kernels *kernels,
                         const struct mn_face_kernels *face_kernels)
{
    struct mn_mtcnn_worker *w = *out = mn_alloc_sparse(1, sizeof(*w));
    if (!w)
        return MIEN_ENOMEM;
    w->model = m;
    w->kernels = kernels ? kernels : mn_clnf_kernels_best();
    size_t room = mn_net_room(&m->net[MN_PNET], TILE_IN_W, TILE_IN_H);
    for (int k = MN_RNET; k < MN_NUM_NETS; k++) {
        size_t n = mn_net_room(&m->net[k], mn_net_info[k].input, mn_net_info[k].input);
        room = n > room ? n : room;
    }
    for (int k = 0; k < 2; k++)
        w->buffer[k] = mn_alloc(room, sizeof(float));
    int err = w->buffer[0] && w->buffer[1] ? 0 : MIEN_ENOMEM;
    if (err == 0)
        err = mn_patch_open(&w->patch, MIEN_MAX_SIDE + 2,
                            face_kernels ? face_kernels : mn_face_kernels_best());
    if (err < 0)
        mn_mtcnn_worker_close(out);
    return err;
}

void mn_mtcnn_worker_close(struct mn_mtcnn_worker **worker)
{
    struct mn_mtcnn_worker *w = *worker;
    if (!w)
        return;
    mn_patch_close(&w->patch);
    free(w->buffer[0]);
    free(w->buffer[1]);
    free(w);
    *worker = NULL;
}

void mn_mtcnn_watch(struct mn_mtcnn_worker *w, mn_mtcnn_watch_fn *watch, void *ctx)
{
    w->watch = watch;
    w->watch_ctx = ctx;
}

static void show(const struct mn_mtcnn_worker *w, enum mn_mtcnn_stage stage,
                 const struct mn_mtcnn_box *boxes, int n)
{
    if (w->watch)
        w->watch(w->watch_ctx, stage, boxes, n);
}

/* ------------------------------------------------------------------------------ pixels ---- */

/* A rectangle of the picture, which may reach beyond it, resized to width x height pixels. */
struct view {
    const mien_picture *pic;
    int x, y, w, h;
    int width, height;
};

/* OpenCV's bilinear rule: half-pixel centres, edges repeated, positions in float. */
static struct place place_of(int i, int from, int to)
{
    const double ratio = 1 / ((double)to / (double)from);
    float v = (float)((i + 0.5) * ratio - 0.5);
    int at = (int)floorf(v);
    float part = v - (float)at;
    if (at < 0)
        return (struct place){0, 0, 0};
    if (at >= from - 1)
        return (struct place){from - 1, from - 1, 0};
    return (struct place){at, at + 1, part};
}

/* Returns row y of the rectangle, resized to n columns; the last two rows are cached. */
static const float *resized_row(struct mn_mtcnn_worker *w, const struct view *v, int y, int n)
{
    const int slot = y & 1, first = w->column[0].at, last = w->column[n - 1].next;
    float *out = w->row[slot];
    if (w->row_number[slot] == y)
        return out;
    w->row_number[slot] = y;
    mn_patch_fill(&w->patch, v->pic, v->x + first, v->y + y, last - first + 1, 1);
    for (int i = 0; i < n; i++) {
        const struct place *c = &w->column[i];
        uint32_t p = w->patch.pixels[c->at - first], q = w->patch.pixels[c->next - first];
        for (int k = 0; k < 3; k++) /* B, G, R becomes R, G, B */
            out[3 * i + k] = (float)(p >> (16 - 8 * k) & 255) * (1 - c->part) +
                             (float)(q >> (16 - 8 * k) & 255) * c->part;
    }
    return out;
}

/* Writes columns x0 .. x0 + n - 1 and rows y0 .. y0 + rows - 1 of the resized view, in -1 .. 1, to
 * the first buffer. */
static void fill(struct mn_mtcnn_worker *w, const struct view *v, int x0, int y0, int n, int rows)
{
    float *out = w->buffer[0];
    for (int i = 0; i < n; i++)
        w->column[i] = place_of(x0 + i, v->w, v->width);
    w->row_number[0] = w->row_number[1] = -1;
    for (int y = 0; y < rows; y++, out += 3 * n) {
        struct place r = place_of(y0 + y, v->h, v->height);
        const float *a = resized_row(w, v, r.at, n), *b = resized_row(w, v, r.next, n);
        for (int i = 0; i < 3 * n; i++)
            out[i] = (a[i] * (1 - r.part) + b[i] * r.part - 127.5f) * 0.0078125f;
    }
}

/* ------------------------------------------------------------------------------- boxes ---- */

static int by_score(const void *a, const void *b)
{
    const struct mn_mtcnn_box *p = a, *q = b;
    if (p->score != q->score)
        return p->score > q->score ? -1 : 1;
    return p->order > q->order ? -1 : p->order < q->order;
}

static float overlap(const struct mn_mtcnn_box *p, const struct mn_mtcnn_box *q, bool of_smaller)
{
    const float px = rintf(p->x), py = rintf(p->y), pw = rintf(p->w), ph = rintf(p->h);
    const float qx = rintf(q->x), qy = rintf(q->y), qw = rintf(q->w), qh = rintf(q->h);
    float w = fminf(px + pw, qx + qw) - fmaxf(px, qx), h = fminf(py + ph, qy + qh) - fmaxf(py, qy);
    float both = w > 0 && h > 0 ? w * h : 0, a = pw * ph, b = qw * qh;
    return both / (of_smaller ? fminf(a, b) : a + b - both);
}

/* Non-maximum suppression: sorts by score and drops boxes that overlap a better one by more than
 * limit. Returns how many remain. */
static int suppress(struct mn_mtcnn_box *boxes, int n, float limit, bool of_smaller)
{
    int kept = 0;
    qsort(boxes, (size_t)n, sizeof(*boxes), by_score);
    for (int i = 0; i < n; i++) {
        bool free = true;
        for (int k = 0; k < kept && free; k++)
            free = !(overlap(&boxes[k], &boxes[i], of_smaller) > limit);
        if (free)
            boxes[kept++] = boxes[i];
    }
    for (int i = 0; i < kept; i++)
        boxes[i].order = i;
    return kept;
}

/* Applies the network's correction. grow: the original adds a pixel to the sides before the last
 * correction. */
static void correct(struct mn_mtcnn_box *b, float grow)
{
    const float x = rintf(b->x), y = rintf(b->y), w = rintf(b->w) + grow, h = rintf(b->h) + grow;
    const float x0 = x + b->shift[0] * w, y0 = y + b->shift[1] * h;
    b->w = x + w + w * b->shift[2] - x0;
    b->h = y + h + h * b->shift[3] - y0;
    b->x = x0;
    b->y = y0;
}

static void square(struct mn_mtcnn_box *b)
{
    float side = b->w > b->h ? b->w : b->h;
    b->x = truncf(b->x + 0.5f * (b->w - side));
    b->y = truncf(b->y + 0.5f * (b->h - side));
    b->w = b->h = truncf(side);
}

static float probability(const float *out)
{
    return 1 / (1 + expf(out[0] - out[1]));
}

/* ---------------------------------------------------------------------------- the nets ---- */

/* Makes room for one more box: if the list is full, keeps the best half. Returns the new length. */
static int make_room(struct mn_mtcnn_box *boxes, int n, int room)
{
    if (n < room)
        return n;
    n = suppress(boxes, n, 0.5f, false);
    return n < room / 2 ? n : room / 2;
}

/* Side of the map that PNet makes from a side of n pixels. */
static int map_side(int n)
{
    return (n - 3) / 2 - 3;
}

/* Runs PNet on one tile of a level's map, which begins at cell (x0, y0). Appends proposals to
 * w->level and returns their number. */
static int propose_in_tile(struct mn_mtcnn_worker *w, const struct view *v, float scale, int x0,
                           int y0, int n)
{
    const int map_w = map_side(v->width), map_h = map_side(v->height);
    bool last_x = x0 + TILE_W >= map_w, last_y = y0 + TILE_H >= map_h;
    int width = last_x ? v->width - 2 * x0 : TILE_IN_W;
    int height = last_y ? v->height - 2 * y0 : TILE_IN_H;
    fill(w, v, 2 * x0, 2 * y0, width, height);
    const float *out =
        mn_net_run(&w->model->net[MN_PNET], w->kernels, w->buffer, width, height, &width, &height);
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++, out += 8) {
            float score =
                out[1] - out[0] > 0.4f ? probability(out) : 0; /* 0.405 is the exact limit */
            if (!(score >= PNET_SCORE))
                continue;
            n = make_room(w->level, n, LEVEL_ROOM);
            const int cx = 2 * (x0 + x), cy = 2 * (y0 + y);
            const float left = truncf((float)(cx + 1) / scale);
            const float top = truncf((float)(cy + 1) / scale);
            w->level[n++] = (struct mn_mtcnn_box){
                .score = score,
                .x = left,
                .y = top,
                .w = truncf((float)(cx + SUPPORT) / scale) - left,
                .h = truncf((float)(cy + SUPPORT) / scale) - top,
                .shift = {out[2], out[3], out[4], out[5]},
                .order = (x0 + x) * map_h + y0 + y,
            };
        }
    return n;
}

/* Proposes boxes at all sizes, in w->boxes. Returns how many. */
static int propose(struct mn_mtcnn_worker *w, const mien_picture *pic)
{
    const int least = pic->width < pic->height ? pic->width : pic->height;
    const int levels = (int)floor(log(LEAST_FACE / least) / log(FACTOR)) + 1;
    double scale = SUPPORT / LEAST_FACE;
    int total = 0;
    for (int i = 0; i < levels; i++, scale *= FACTOR) {
        const struct view v = {pic,
                               0,
                               0,
                               pic->width,
                               pic->height,
                               (int)ceil(pic->width * scale),
                               (int)ceil(pic->height * scale)};
        const int map_w = map_side(v.width), map_h = map_side(v.height);
        int n = 0;
        for (int y = 0; y < map_h; y += TILE_H)
            for (int x = 0; x < map_w; x += TILE_W)
                n = propose_in_tile(w, &v, (float)scale, x, y, n);
        n = suppress(w->level, n, 0.5f, false);
        show(w, MN_MTCNN_LEVEL, w->level, n);
        for (int k = 0; k < n; k++) {
            total = make_room(w->boxes, total, ROOM);
            w->boxes[total] = w->level[k];
            w->boxes[total].order = total;
            total++;
        }
    }
    return suppress(w->boxes, total, 0.7f, false);
}

static bool is_inside(const struct mn_mtcnn_box *b, const mien_picture *pic)
{
    return b->w >= 1 && b->h >= 1 && b->w < MIEN_MAX_SIDE && b->h < MIEN_MAX_SIDE &&
           b->x < (float)pic->width && b->y < (float)pic->height && b->x + b->w > 1 &&
           b->y + b->h > 1;
}

/* Runs a network on each of n boxes and keeps those with a score of at least threshold. Returns how
 * many. */
static int score_boxes(struct mn_mtcnn_worker *w, const mien_picture *pic, enum mn_net_id id,
                       float threshold, int n)
{
    const int side = mn_net_info[id].input;
    int kept = 0, across, down;
    for (int i = 0; i < n; i++) {
        struct mn_mtcnn_box b = w->boxes[i];
        if (!is_inside(&b, pic))
            continue;
        const struct view v = {pic,          (int)b.x - 1, (int)b.y - 1, (int)b.w + 1,
                               (int)b.h + 1, side,         side};
        fill(w, &v, 0, 0, side, side);
        const float *out =
            mn_net_run(&w->model->net[id], w->kernels, w->buffer, side, side, &across, &down);
        b.score = probability(out);
        if (!(b.score >= threshold))
            continue;
        memcpy(b.shift, out + 2, sizeof(b.shift));
        b.order = kept;
        w->boxes[kept++] = b;
    }
    return kept;
}

int mn_mtcnn_run(struct mn_mtcnn_worker *w, const mien_picture *pic, struct mn_mtcnn_box *out,
                 int max)
{
    int n = propose(w, pic);
    for (int i = 0; i < n; i++) {
        correct(&w->boxes[i], 0);
        square(&w->boxes[i]);
    }
    show(w, MN_MTCNN_RNET_IN, w->boxes, n);
    n = score_boxes(w, pic, MN_RNET, RNET_SCORE, n);
    n = suppress(w->boxes, n, 0.7f, false);
    for (int i = 0; i < n; i++) {
        correct(&w->boxes[i], 0);
        square(&w->boxes[i]);
    }
    show(w, MN_MTCNN_ONET_IN, w->boxes, n);
    n = score_boxes(w, pic, MN_ONET, ONET_SCORE, n);
    show(w, MN_MTCNN_ONET_KEPT, w->boxes, n);
    for (int i = 0; i < n; i++)
        correct(&w->boxes[i], 1);
    n = suppress(w->boxes, n, 0.7f, true);
    n = n < max ? n : max;
    for (int i = 0; i < n;
         i++) { /* from the boxes that the networks were trained with to boxes around landmarks */
        struct mn_mtcnn_box b = w->boxes[i];
        b.x += -0.0075f * b.w;
        b.y += 0.2459f * b.h;
        b.w *= 1.0323f;
        b.h *= 0.7751f;
        out[i] = b;
    }
    return n;
}

int mn_mtcnn_choose(const struct mn_mtcnn_box *boxes, int n, const float *near)
{
    int best = -1;
    float most = 0;
    for (int i = 0; i < n; i++) {
        const struct mn_mtcnn_box *b = &boxes[i];
        float merit = b->w;
        if (near)
            merit = -hypotf(b->x + b->w / 2 - near[0], b->y + b->h / 2 - near[1]);
        if (best < 0 || merit > most) {
            best = i;
            most = merit;
        }
    }
    return best;
}

/* What the subcommands are given, and share. */
#ifndef SY_COMMANDS_H
#define SY_COMMANDS_H

#include <stdbool.h>
#include <stdint.h>

#include "label.h"

#define SY_MOST_JOBS 256

enum sy_format { SY_PNG, SY_PPM, SY_RAW };

struct sy_given {
    const char *assets, *output;
    uint64_t seed;
    int count, first, width, height, faces, rate, jobs, modes, format, same;
    float face;
    bool clean, marks, time, help;
};

/* Says one sentence and returns the code. */
int sy_fail(int error, const char *format, ...) __attribute__((format(printf, 2, 3)));

int sy_cmd_still(const struct sy_given *g);
int sy_cmd_clip(const struct sy_given *g);
int sy_cmd_units(const struct sy_given *g);
int sy_cmd_pdm(const struct sy_given *g);

/* Renders pictures 0..count-1 on g->jobs threads and hands them over in order. draw fills
 * r->scene and r->person for picture i; take gets the finished one with its labels. Both get ctx;
 * draw is called from any thread, take from one at a time. What is written depends on i alone. */
struct sy_work {
    int count;
    void *ctx;
    void (*draw)(void *ctx, struct sy_render *r, int i, uint64_t *noise);
    int (*take)(void *ctx, struct sy_render *r, const struct sy_label *label, int i);
};
int sy_work_run(const struct sy_given *g, const struct sy_assets *a, const struct sy_work *w);

/* Opens the assets. Reports its errors. */
int sy_open_assets(struct sy_assets *a, const struct sy_given *g);

/* One picture into the folder, by format; name without extension. */
int sy_write_picture(const struct sy_given *g, const char *name, const struct sy_render *r);

/* Line of labels.jsonl. */
void sy_write_line(FILE *out, const char *file, const struct sy_render *r, const struct sy_label *l,
                   int i, double time);

#endif

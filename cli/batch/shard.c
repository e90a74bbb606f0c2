#include "batch/shard.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "io/msg.h"

enum { MOST = 100000 };

/* A whole number from 0 to MOST that ends the text; -1: another text. */
static int whole(const char *text)
{
    char *end;
    const long v = text && isdigit((unsigned char)*text) ? strtol(text, &end, 10) : -1;
    return v >= 0 && v <= MOST && !*end ? (int)v : -1;
}

static int from_slurm(struct mn_shard *s)
{
    const char *first = getenv("SLURM_ARRAY_TASK_MIN");
    const int id = whole(getenv("SLURM_ARRAY_TASK_ID")), min = first ? whole(first) : 0;
    s->count = whole(getenv("SLURM_ARRAY_TASK_COUNT"));
    s->number = id - min + 1;
    if (id < 0 || min < 0 || s->count < 1 || s->number < 1 || s->number > s->count)
        return mn_fail(MIEN_EINVAL,
                       "--shard auto needs SLURM_ARRAY_TASK_ID, _COUNT and _MIN of a job array "
                       "without gaps; give --shard I/N");
    return 0;
}

int mn_shard_parse(struct mn_shard *s, const char *text)
{
    const char *slash = strchr(text, '/');
    char number[16] = "";
    if (!strcmp(text, "auto"))
        return from_slurm(s);
    if (slash && slash - text < (long)sizeof(number))
        memcpy(number, text, (size_t)(slash - text));
    s->number = whole(number);
    s->count = slash ? whole(slash + 1) : -1;
    if (s->number < 1 || s->count < s->number)
        return mn_fail(MIEN_EINVAL, "--shard %s: give I/N with I from 1 to N, or auto", text);
    return 0;
}

static int by_size(const void *a, const void *b)
{
    const struct mn_job *x = *(struct mn_job *const *)a, *y = *(struct mn_job *const *)b;
    if (x->bytes != y->bytes)
        return x->bytes > y->bytes ? -1 : 1;
    const int order = strcmp(x->place, y->place);
    return order ? order : strcmp(x->input, y->input);
}

/* Marks the jobs of the other shards: their rows become NULL. */
static int deal(struct mn_plan *p, const struct mn_shard *s)
{
    struct mn_job **by = malloc((size_t)p->n * sizeof(*by));
    int64_t *load = calloc((size_t)s->count, sizeof(*load));
    for (int i = 0; by && load && i < p->n; i++)
        by[i] = &p->job[i];
    if (by && load)
        qsort(by, (size_t)p->n, sizeof(*by), by_size);
    for (int i = 0; by && load && i < p->n; i++) {
        int least = 0;
        for (int k = 1; k < s->count; k++)
            least = load[k] < load[least] ? k : least;
        load[least] += by[i]->bytes + 1; /* inputs without bytes are dealt as well */
        if (least != s->number - 1) {
            free(by[i]->rows);
            by[i]->rows = NULL;
        }
    }
    const bool memory = by && load;
    free(by);
    free(load);
    return memory ? 0 : mn_fail(MIEN_ENOMEM, "out of memory for %d shards", s->count);
}

int mn_shard_apply(struct mn_plan *p, const struct mn_shard *s)
{
    int err = deal(p, s), n = 0;
    for (int i = 0; i < p->n && err == 0; i++) {
        if (p->job[i].rows) {
            p->job[n++] = p->job[i];
            continue;
        }
        free(p->job[i].input);
        free(p->job[i].video);
    }
    p->n = err ? p->n : n;
    return err;
}

#include "evaluate/compare_print.h"

#include <inttypes.h>
#include <math.h>
#include <stddef.h>

#include "io/csv.h"
#include "io/json.h"

enum { DECIMALS = 6 };

/* The counts of faces and frames, in the order in which they are shown. */
static const struct count {
    const char *name, *text;
    size_t offset;
} counts[] = {
#define COUNT(member, words)                                       \
    {                                                              \
#member, words, offsetof(struct mn_compare_counts, member) \
    }
    COUNT(frames, "frames in both"),
    COUNT(frames_only_a, "frames only in A"),
    COUNT(frames_only_b, "frames only in B"),
    COUNT(frames_without_face, "frames without a face in both"),
    COUNT(compared, "faces compared"),
    COUNT(only_a, "faces only in A"),
    COUNT(only_b, "faces only in B"),
    COUNT(untrusted_a, "faces not trusted in A only"),
    COUNT(untrusted_b, "faces not trusted in B only"),
    COUNT(untrusted_both, "faces not trusted in both"),
#undef COUNT
};
enum { NUM_COUNTS = sizeof(counts) / sizeof(counts[0]) };

static int64_t count_of(const struct mn_comparison *c, int i)
{
    return *(const int64_t *)(const void *)((const char *)&c->counts + counts[i].offset);
}

/* What is shown of a row. */
struct figures {
    double mean, p95, max, bias, r;
};

static struct figures figures_of(struct mn_compared *row)
{
    struct mn_pairs *p = &row->pairs;
    return (struct figures){.mean = mn_pairs_mean(p),
                            .p95 = mn_percentile_at(&p->size, 95),
                            .max = p->n ? p->max : NAN,
                            .bias = row->derived ? NAN : mn_pairs_bias(p),
                            .r = row->least_r};
}

/* ---------------------------------------------------------------------------------- text ---- */

static void cell(FILE *file, double v)
{
    if (isnan(v))
        fprintf(file, " %9s", "-");
    else
        fprintf(file, " %9.4g", v);
}

static void text_row(FILE *file, struct mn_compared *row)
{
    const struct figures f = figures_of(row);
    fprintf(file, "%-20s %-5s %9" PRId64, row->name, *row->unit ? row->unit : "-", row->pairs.n);
    cell(file, f.mean);
    cell(file, f.p95);
    cell(file, f.max);
    cell(file, f.bias);
    cell(file, f.r);
    fprintf(file, " %7" PRId64 " %7" PRId64 "%s\n", row->missing_a, row->missing_b,
            row->exceeded ? "  exceeds the tolerance" : "");
}

static void text_counts(FILE *file, const struct mn_comparison *c)
{
    fprintf(file, "A: %s\nB: %s\n\n", c->path_a, c->path_b);
    for (int i = 0; i < NUM_COUNTS; i++)
        if (count_of(c, i))
            fprintf(file, "%9" PRId64 "  %s\n", count_of(c, i), counts[i].text);
    if (c->only_a || c->only_b)
        fprintf(file, "%9d  columns only in A\n%9d  columns only in B\n", c->only_a, c->only_b);
}

static void text(FILE *file, struct mn_comparison *c, bool all)
{
    text_counts(file, c);
    fprintf(file, "\n%-20s %-5s %9s %9s %9s %9s %9s %9s %7s %7s\n", "column", "unit", "n", "mean",
            "p95", "max", "bias", "r", "no A", "no B");
    for (int i = 0; i < c->n; i++) {
        struct mn_compared *row = &c->row[i];
        if (!row->absent && (all || row->part_of < 0 || row->exceeded))
            text_row(file, row);
    }
    fputs("\nmean, p95, max: of |B - A|; bias: mean of B - A; r: of a family (#) the lowest of its "
          "columns.\n",
          file);
}

/* ----------------------------------------------------------------------------------- csv ---- */

static void csv(FILE *file, struct mn_comparison *c)
{
    fputs("column,kind,unit,n,mean,p95,max,bias,r,missing_a,missing_b,exceeded\n", file);
    for (int i = 0; i < c->n; i++) {
        struct mn_compared *row = &c->row[i];
        const struct figures f = figures_of(row);
        if (row->absent)
            continue;
        mn_csv_text(file, row->name);
        fprintf(file, ",%s,%s,%" PRId64,
                row->derived  ? "measure"
                : row->family ? "family"
                              : "column",
                row->unit, row->pairs.n);
        mn_csv_number(file, f.mean, DECIMALS);
        mn_csv_number(file, f.p95, DECIMALS);
        mn_csv_number(file, f.max, DECIMALS);
        mn_csv_number(file, f.bias, DECIMALS);
        mn_csv_number(file, f.r, DECIMALS);
        fprintf(file, ",%" PRId64 ",%" PRId64 ",%s\n", row->missing_a, row->missing_b,
                !row->limited   ? ""
                : row->exceeded ? "1"
                                : "0");
    }
    for (int i = 0; i < NUM_COUNTS; i++)
        fprintf(file, "%s,count,,%" PRId64 ",,,,,,,,\n", counts[i].name, count_of(c, i));
}

/* ---------------------------------------------------------------------------------- json ---- */

static void json_row(struct mn_json *j, struct mn_compared *row)
{
    const struct figures f = figures_of(row);
    mn_json_begin(j, NULL, '{');
    mn_json_str(j, "column", row->name);
    mn_json_str(j, "kind", row->derived ? "measure" : row->family ? "family" : "column");
    mn_json_str(j, "unit", row->unit);
    if (row->meaning)
        mn_json_str(j, "meaning", row->meaning);
    mn_json_int(j, "n", row->pairs.n);
    mn_json_num(j, "mean", f.mean, DECIMALS);
    mn_json_num(j, "p95", f.p95, DECIMALS);
    mn_json_num(j, "max", f.max, DECIMALS);
    mn_json_num(j, "bias", f.bias, DECIMALS);
    mn_json_num(j, "r", f.r, DECIMALS);
    mn_json_int(j, "missing_a", row->missing_a);
    mn_json_int(j, "missing_b", row->missing_b);
    if (row->limited)
        mn_json_bool(j, "exceeded", row->exceeded);
    mn_json_end(j, '}');
}

static void json(FILE *file, struct mn_comparison *c)
{
    struct mn_json j;
    mn_json_init(&j, file, true);
    mn_json_begin(&j, NULL, '{');
    mn_json_str(&j, "a", c->path_a);
    mn_json_str(&j, "b", c->path_b);
    for (int i = 0; i < NUM_COUNTS; i++)
        mn_json_int(&j, counts[i].name, count_of(c, i));
    mn_json_int(&j, "columns_only_a", c->only_a);
    mn_json_int(&j, "columns_only_b", c->only_b);
    mn_json_begin(&j, "columns", '[');
    for (int i = 0; i < c->n; i++)
        if (!c->row[i].absent)
            json_row(&j, &c->row[i]);
    mn_json_end(&j, ']');
    mn_json_end(&j, '}');
}

void mn_compare_print(FILE *file, struct mn_comparison *c, enum mn_compare_format format, bool all)
{
    if (format == MN_COMPARE_JSON)
        json(file, c);
    else if (format == MN_COMPARE_CSV)
        csv(file, c);
    else
        text(file, c, all);
}

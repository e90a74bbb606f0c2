/* mien models list: the registry, and which of its files are there. */
#include <mien/mien.h>
#include <mien/models.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "io/json.h"
#include "io/msg.h"
#include "models/model_file.h"
#include "models/model_folder.h"
#include "models/model_set.h"
#include "options.h"
#include "optparse.h"

/* The file name without its folder, to keep the table narrow. */
static const char *shown(const mien_model_info *m)
{
    const char *slash = strrchr(m->file, '/');
    return slash ? slash + 1 : m->file;
}

static int count_models(void)
{
    int n = 0;
    while (mien_model_at(n))
        n++;
    return n;
}

/* Word of the JSON output. */
static const char *state_word(const struct mn_model_file *f, const mien_model_info *m)
{
    switch (f->state) {
    case MN_MODEL_MISSING:
        return "missing";
    case MN_MODEL_UNREADABLE:
        return "unreadable";
    case MN_MODEL_UNKNOWN:
        return "unknown";
    case MN_MODEL_KNOWN:
        break;
    }
    return strcmp(f->sha256, m->sha256) ? "different" : "verified";
}

/* ---------------------------------------------------------------------------------- sets ---- */

/* The files of the sets, as they are in the folder. */
struct survey {
    const struct mn_model_set *set;
    enum mn_model_file_state *state; /* one for each file */
};

static const char *set_word(enum mn_model_file_state state)
{
    static const char *const words[] = {[MN_MODEL_MISSING] = "missing",
                                        [MN_MODEL_UNREADABLE] = "unreadable",
                                        [MN_MODEL_UNKNOWN] = "damaged",
                                        [MN_MODEL_KNOWN] = "verified"};
    return words[state];
}

/* The word of an entry. The file of a set's part may be correct and others of the part not. */
static const char *entry_word(const struct mn_model_file *f, const mien_model_info *m,
                              const struct survey *surveys, int num_sets)
{
    int part;
    const char *word = state_word(f, m);
    const struct mn_model_set *set = mn_model_set_of(m, &part);
    for (int i = 0; i < num_sets && !strcmp(word, "verified"); i++) {
        if (surveys[i].set != set)
            continue;
        const struct mn_model_set_count c = mn_model_set_tally(set, 1u << part, surveys[i].state);
        if (c.there < c.total)
            word = "incomplete";
    }
    return word;
}

static void json_parts(struct mn_json *j, const struct survey *s)
{
    mn_json_begin(j, "parts", '[');
    for (int i = 0; i < s->set->num_parts; i++) {
        const struct mn_model_set_count c = mn_model_set_tally(s->set, 1u << i, s->state);
        mn_json_begin(j, NULL, '{');
        mn_json_str(j, "name", s->set->parts[i].name);
        mn_json_bool(j, "optional", s->set->parts[i].optional);
        mn_json_int(j, "files", c.total);
        mn_json_int(j, "verified", c.there);
        mn_json_int(j, "size", c.bytes);
        mn_json_end(j, '}');
    }
    mn_json_end(j, ']');
}

static void json_files(struct mn_json *j, const struct survey *s)
{
    char buf[MN_PATH_SIZE];
    mn_json_begin(j, "files", '[');
    for (int i = 0; i < s->set->num_files; i++) {
        const struct mn_model_set_file *f = &s->set->files[i];
        mn_json_begin(j, NULL, '{');
        mn_json_str(j, "file", f->path);
        mn_json_str(j, "part", s->set->parts[f->part].name);
        mn_json_int(j, "size", f->size);
        mn_json_str(j, "sha256", f->sha256);
        mn_json_begin(j, "urls", '[');
        for (int k = 0; mn_model_set_address(s->set, f, k, buf); k++)
            mn_json_str(j, NULL, mn_model_set_address(s->set, f, k, buf));
        mn_json_end(j, ']');
        mn_json_str(j, "state", set_word(s->state[i]));
        mn_json_end(j, '}');
    }
    mn_json_end(j, ']');
}

static void json_set(struct mn_json *j, const struct survey *s)
{
    const struct mn_model_set *set = s->set;
    const struct mn_model_set_count c =
        mn_model_set_tally(set, mn_model_set_required(set), s->state);
    mn_json_begin(j, NULL, '{');
    mn_json_str(j, "name", set->name);
    mn_json_str(j, "folder", set->folder);
    mn_json_str(j, "terms", set->terms);
    mn_json_str(j, "licence_url", set->licence_url);
    mn_json_bool(j, "complete", c.there == c.total);
    json_parts(j, s);
    json_files(j, s);
    mn_json_end(j, '}');
}

static void print_set(const struct survey *s)
{
    const struct mn_model_set *set = s->set;
    const struct mn_model_set_count all = mn_model_set_tally(set, ~0u, s->state);
    printf("  %s, in %s: %d of %d files, %.0f MB\n", set->name, set->folder, all.there, all.total,
           (double)all.bytes * 1e-6);
    for (int i = 0; i < set->num_parts; i++) {
        const struct mn_model_set_part *p = &set->parts[i];
        const struct mn_model_set_count c = mn_model_set_tally(set, 1u << i, s->state);
        printf("    %-8s %3d of %3d files %6.1f MB  %s%s\n", p->name, c.there, c.total,
               (double)c.bytes * 1e-6, p->about, p->optional ? "; optional" : "");
    }
    for (int i = 0; i < set->num_files; i++)
        if (s->state[i] == MN_MODEL_UNKNOWN || s->state[i] == MN_MODEL_UNREADABLE)
            printf("    %s: %s/%s\n", set_word(s->state[i]), set->folder, set->files[i].path);
    fputs("    ", stdout);
    mn_optparse_wrap(stdout, 4, 4, set->terms);
    printf("    %s\n", set->licence_url);
}

/* ------------------------------------------------------------------------------ registry ---- */

static void list_json(const char *folder, const struct mn_model_file *found, int n,
                      const struct survey *surveys, int num_sets)
{
    struct mn_json j;
    mn_json_init(&j, stdout, true);
    mn_json_begin(&j, NULL, '{');
    char builtin[MN_PATH_SIZE];
    mn_json_str(&j, "builtin", mien_builtin_models_dir(builtin, sizeof(builtin)));
    mn_json_str(&j, "folder", folder);
    mn_json_begin(&j, "models", '[');
    for (int i = 0; i < n; i++) {
        const mien_model_info *m = mien_model_at(i);
        const struct mn_model_file *f = &found[mn_model_file_first_row(i)];
        mn_json_begin(&j, NULL, '{');
        mn_json_str(&j, "name", m->name);
        mn_json_str(&j, "role", m->role);
        mn_json_str(&j, "file", m->file);
        if (m->size)
            mn_json_int(&j, "size", m->size);
        else
            mn_json_str(&j, "size", NULL);
        mn_json_str(&j, "sha256", m->sha256[0] ? m->sha256 : NULL);
        mn_json_str(&j, "licence", m->licence);
        mn_json_bool(&j, "commercial", m->commercial);
        mn_json_str(&j, "origin", m->origin);
        mn_json_str(&j, "url", m->url);
        mn_json_bool(&j, "default", m->is_default);
        mn_json_bool(&j, "builtin", m->builtin);
        mn_json_str(&j, "state", entry_word(f, m, surveys, num_sets));
        mn_json_str(&j, "found", f->entry ? f->entry->name : NULL);
        mn_json_str(&j, "found_sha256", f->sha256[0] ? f->sha256 : NULL);
        mn_json_end(&j, '}');
    }
    mn_json_end(&j, ']');
    mn_json_begin(&j, "sets", '[');
    for (int i = 0; i < num_sets; i++)
        json_set(&j, &surveys[i]);
    mn_json_end(&j, ']');
    mn_json_end(&j, '}');
}

static int first_with_licence(int i)
{
    int k = 0;
    while (strcmp(mien_model_at(k)->licence, mien_model_at(i)->licence))
        k++;
    return k;
}

/* The number of the licence in the order of first use, from 1. */
static int licence_number(int i)
{
    int number = 0;
    for (int k = 0; k <= first_with_licence(i); k++)
        number += first_with_licence(k) == k;
    return number;
}

static int first_with_origin(int i)
{
    int k = 0;
    while (strcmp(mien_model_at(k)->origin, mien_model_at(i)->origin))
        k++;
    return k;
}

static void print_origin(int first, int n)
{
    fputs("  ", stdout);
    mn_optparse_wrap(stdout, 2, 2, mien_model_at(first)->origin);
    for (int i = first; i < n; i++) {
        const mien_model_info *m = mien_model_at(i);
        if (first_with_origin(i) != first)
            continue;
        int part;
        const struct mn_model_set *set = mn_model_set_of(m, &part);
        if (m->url)
            printf("    %s\n", m->url);
        else if (set)
            printf("    %s: mien models pull %s\n", m->name, set->name);
        else
            printf("    %s: no download\n", m->name);
    }
}

static int widest(int width, const char *text)
{
    int n = (int)strlen(text);
    return n > width ? n : width;
}

/* Bytes of the file, or of all files of the built-in folder that the list of action-unit models
 * stands for. */
static int64_t size_of(const mien_model_info *m)
{
    const char *slash = strchr(m->file, '/');
    int64_t all = 0;
    if (!m->builtin || !slash || strcmp(m->role, "au") != 0)
        return m->size;
    for (int i = 0; mien_builtin_file_at(i); i++)
        if (!strncmp(mien_builtin_file_at(i)->name, m->file, (size_t)(slash + 1 - m->file)))
            all += mien_builtin_file_at(i)->size;
    return all;
}

static void print_rows(const struct mn_model_file *found, int n, const struct survey *surveys,
                       int num_sets)
{
    int name = 4, role = 4, file = 4;
    for (int i = 0; i < n; i++) {
        name = widest(name, mien_model_at(i)->name);
        role = widest(role, mien_model_at(i)->role);
        file = widest(file, shown(mien_model_at(i)));
    }
    printf("  %-*s  %-*s  %-*s  %5s  %-10s  %-10s  %s\n", name, "NAME", role, "ROLE", file, "FILE",
           "MB", "STATE", "COMMERCIAL", "LICENCE");
    for (int i = 0; i < n; i++) {
        const mien_model_info *m = mien_model_at(i);
        char size[16] = "-";
        if (m->size)
            snprintf(size, sizeof(size), "%.1f", (double)size_of(m) / 1e6);
        printf("%c %-*s  %-*s  %-*s  %5s  %-10s  %-10s  [%d]\n",
               m->builtin      ? '+'
               : m->is_default ? '*'
                               : ' ',
               name, m->name, role, m->role, file, shown(m), size,
               entry_word(&found[mn_model_file_first_row(i)], m, surveys, num_sets),
               m->commercial ? "yes" : "no", licence_number(i));
    }
}

static void list_table(const char *folder, const struct mn_model_file *found, int n,
                       const struct survey *surveys, int num_sets)
{
    char builtin[MN_PATH_SIZE];
    bool there = mien_builtin_models_dir(builtin, sizeof(builtin)) != NULL;
    printf("Built-in models: %s\nModels folder: %s\n\n", there ? builtin : "not found", folder);
    print_rows(found, n, surveys, num_sets);
    printf("\n+ built in; the default of every command\n"
           "* what mien models pull fetches by default; used with --models standard\n");
    for (int i = 0; i < n; i++) { /* only the first entry of a file has found[i] */
        const mien_model_info *m = mien_model_at(i);
        if (found[i].entry && found[i].entry != m)
            printf("different: %s in %s is %s\n", m->file, m->builtin ? builtin : "this folder",
                   found[i].entry->name);
        else if (found[i].state == MN_MODEL_UNKNOWN)
            printf("unknown: %s in %s is damaged or not in the registry\n", m->file,
                   m->builtin ? builtin : "this folder");
    }

    printf("\nSets (mien models pull NAME fetches all of one, NAME-PART a part)\n");
    for (int i = 0; i < num_sets; i++)
        print_set(&surveys[i]);

    printf("\nLicences (commercial: whether file and weights may be used commercially)\n");
    for (int i = 0, printed = 0; i < n; i++)
        if (licence_number(i) > printed)
            printf("  [%d] %s\n", ++printed, mien_model_at(i)->licence);
    printf("\nOrigins\n");
    for (int i = 0; i < n; i++)
        if (first_with_origin(i) == i)
            print_origin(i, n);
}

/* found[i] for the first entry of each file. */
static int probe_entries(const char *folder, struct mn_model_file *found, int n)
{
    int err = 0;
    for (int i = 0; i < n && err == 0; i++) {
        char path[MN_PATH_SIZE];
        if (mn_model_file_first_row(i) != i)
            continue;
        err = mn_model_file_path(path, folder, mien_model_at(i));
        if (err == 0)
            found[i] = mn_model_file_probe(path);
    }
    return err;
}

#define SETS 4 /* at most */

static int survey_sets(const char *folder, struct survey surveys[SETS], int *n)
{
    int err = 0;
    for (*n = 0; *n < SETS && mn_model_set_at(*n) && err == 0; ++*n) {
        const struct mn_model_set *set = mn_model_set_at(*n);
        surveys[*n].set = set;
        surveys[*n].state = calloc((size_t)set->num_files, sizeof(*surveys[*n].state));
        err = surveys[*n].state ? mn_model_set_survey(set, folder, surveys[*n].state)
                                : mn_fail(MIEN_ENOMEM, "out of memory");
    }
    return err;
}

int mn_cmd_models_list(struct mn_options *o)
{
    struct mn_model_folder folder;
    struct survey surveys[SETS];
    if (o->num_inputs)
        return mn_fail(MIEN_EINVAL, "mien models list takes no operand, but got '%s'",
                       o->inputs[0]);
    int err = mn_model_folder_resolve(&folder, o->settings.models);
    if (err < 0)
        return err;
    int n = count_models(), num_sets = 0;
    struct mn_model_file *found = calloc((size_t)n, sizeof(*found));
    if (!found)
        return mn_fail(MIEN_ENOMEM, "out of memory");
    err = probe_entries(folder.path, found, n);
    if (err == 0)
        err = survey_sets(folder.path, surveys, &num_sets);
    if (err == 0 && o->json)
        list_json(folder.path, found, n, surveys, num_sets);
    else if (err == 0)
        list_table(folder.path, found, n, surveys, num_sets);
    for (int i = 0; i < num_sets; i++)
        free(surveys[i].state);
    free(found);
    return err;
}

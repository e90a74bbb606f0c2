#include "evaluate/pairing.h"

#include <ctype.h>
#include <mien/mien.h>
#include <stdlib.h>
#include <string.h>

#include "evaluate/label_format.h"
#include "io/msg.h"
#include "io/path.h"
#include "table/results.h"

enum { WORDS_MOST = 4096 }; /* results that are searched one by one */

static const char *extension_of(const char *path)
{
    static const char *const extensions[] = {".csv", ".jsonl", ".ndjson"};
    for (int i = 0; i < 3; i++)
        if (mn_label_ending(path, extensions[i]))
            return mn_label_ending(path, extensions[i]);
    return NULL;
}

static int by_last(const void *a, const void *b)
{
    const struct mn_candidate *x = a, *y = b;
    const int c = strcmp(x->last, y->last);
    return c ? c : strcmp(x->name, y->name);
}

static int add(struct mn_pairing *p, const char *path, const char *folder)
{
    const char *end = extension_of(path);
    const size_t skip = !strncmp(path, folder, strlen(folder)) ? strlen(folder) : 0;
    const char *name = path + skip + strspn(path + skip, "/");
    if (!end || end <= name)
        return 0;
    struct mn_candidate *r = &p->result[p->n];
    *r = (struct mn_candidate){.path = strdup(path), .name = strndup(name, (size_t)(end - name))};
    p->n++;
    if (!r->path || !r->name)
        return mn_fail(MIEN_ENOMEM, "%s: out of memory", path);
    r->last = mn_path_last_part(r->name);
    return 0;
}

static int add_all(struct mn_pairing *p, const struct mn_results *files, const char *folder)
{
    p->result = calloc((size_t)files->n + 1, sizeof(*p->result));
    int err = p->result ? 0 : mn_fail(MIEN_ENOMEM, "%s: out of memory", folder);
    for (int i = 0; i < files->n && err == 0; i++)
        err = add(p, files->path[i], folder);
    if (err == 0 && p->n == 0)
        err = mn_fail(MIEN_ENOINPUT, "%s has no result; give a folder of .csv or .jsonl files",
                      *folder ? folder : files->path[0]);
    if (err == 0)
        qsort(p->result, (size_t)p->n, sizeof(*p->result), by_last);
    return err;
}

int mn_pairing_open(struct mn_pairing *p, const char *results)
{
    struct mn_results files = {0};
    char *path = (char *)results;
    memset(p, 0, sizeof(*p));
    if (!mn_path_is_folder(results)) {
        files.path = &path;
        files.n = 1;
        return add_all(p, &files, "");
    }
    int err = mn_results_list_files(&files, results);
    if (err == 0)
        err = add_all(p, &files, results);
    mn_results_free(&files);
    return err;
}

void mn_pairing_free(struct mn_pairing *p)
{
    for (int i = 0; i < p->n; i++) {
        free(p->result[i].path);
        free(p->result[i].name);
    }
    free(p->result);
    memset(p, 0, sizeof(*p));
}

/* Parts that two paths have in common, counted from the end. */
static int common_parts(const char *a, const char *b)
{
    const char *x = a + strlen(a), *y = b + strlen(b);
    int parts = 0;
    while (x > a && y > b && x[-1] == y[-1]) {
        x--;
        y--;
        parts += *x == '/';
    }
    const bool whole = (x == a || x[-1] == '/') && (y == b || y[-1] == '/');
    return parts + whole;
}

/* Does `part`, of this length, stand in text as a word? Digits must not go on before or after it.
 * Returns what follows; NULL: no. */
static const char *word_in(const char *text, const char *part, size_t length)
{
    for (const char *s = text; *s; s++) {
        if (strncmp(s, part, length))
            continue;
        const bool digits_before =
            s > text && isdigit((unsigned char)s[-1]) && isdigit((unsigned char)part[0]);
        const bool digits_after =
            isdigit((unsigned char)part[length - 1]) && isdigit((unsigned char)s[length]);
        if (!digits_before && !digits_after)
            return s + length;
    }
    return NULL;
}

/* All parts, between slashes and underscores, in their order. */
static bool contains_parts(const char *text, const char *name)
{
    for (const char *part = name; *part && text;) {
        const size_t n = strcspn(part, "/_");
        if (n > 0)
            text = word_in(text, part, n);
        part += n + (part[n] != 0);
    }
    return text != NULL;
}

static struct mn_candidate *by_name(struct mn_pairing *p, const char *recording,
                                    const struct mn_candidate **rival)
{
    const struct mn_candidate key = {.name = (char *)"", .last = mn_path_last_part(recording)};
    int low = 0, high = p->n, best = 0;
    struct mn_candidate *found = NULL;
    while (low < high) {
        const int middle = low + (high - low) / 2;
        if (by_last(&p->result[middle], &key) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    for (int i = low; i < p->n && !strcmp(p->result[i].last, key.last); i++) {
        const int parts = common_parts(p->result[i].name, recording);
        *rival = parts == best ? &p->result[i] : parts > best ? NULL : *rival;
        if (parts > best) {
            best = parts;
            found = &p->result[i];
        }
    }
    return found;
}

bool mn_pairing_has(struct mn_pairing *p, const char *recording)
{
    const struct mn_candidate *rival = NULL;
    return by_name(p, recording, &rival) != NULL;
}

struct mn_candidate *mn_pairing_find(struct mn_pairing *p, const char *recording,
                                     const struct mn_candidate **rival)
{
    *rival = NULL;
    struct mn_candidate *found = by_name(p, recording, rival);
    for (int i = 0; i < p->n && p->n <= WORDS_MOST && !found; i++)
        if (contains_parts(p->result[i].name, recording)) {
            found = &p->result[i];
            for (int k = i + 1; k < p->n && !*rival; k++)
                if (contains_parts(p->result[k].name, recording))
                    *rival = &p->result[k];
        }
    return found;
}

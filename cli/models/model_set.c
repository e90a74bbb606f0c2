#include "models/model_set.h"

#include <assert.h>
#include <errno.h>
#include <mien/mien.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "io/msg.h"
#include "models/openface22.h"

static const struct mn_model_set *const sets[] = {&mn_openface22};
#define NUM_SETS (int)(sizeof(sets) / sizeof(sets[0]))

static_assert(MN_MODEL_SET_PARTS <= 8 * sizeof(unsigned), "parts are bits");

const struct mn_model_set *mn_model_set_at(int i)
{
    return i >= 0 && i < NUM_SETS ? sets[i] : NULL;
}

static int part_index(const struct mn_model_set *set, const char *name, size_t length)
{
    for (int i = 0; i < set->num_parts; i++)
        if (!strncmp(set->parts[i].name, name, length) && !set->parts[i].name[length])
            return i;
    return -1;
}

const struct mn_model_set *mn_model_set_find(const char *name, unsigned *parts)
{
    for (int i = 0; i < NUM_SETS; i++) {
        const struct mn_model_set *s = sets[i];
        const size_t n = strlen(s->name);
        if (strncmp(name, s->name, n))
            continue;
        int part = name[n] == '-' ? part_index(s, name + n + 1, strlen(name + n + 1)) : -1;
        if (name[n] && part < 0)
            continue;
        *parts = name[n] ? 1u << part : (1u << s->num_parts) - 1;
        return s;
    }
    return NULL;
}

const struct mn_model_set *mn_model_set_of(const mien_model_info *entry, int *part)
{
    unsigned parts = 0;
    const struct mn_model_set *set = mn_model_set_find(entry->name, &parts);
    *part = 0;
    while (set && !(parts >> *part & 1))
        ++*part;
    return set;
}

int mn_model_set_exclude(const struct mn_model_set *set, const char *list, unsigned *parts)
{
    for (const char *word = list; word && *word;) {
        size_t n = strcspn(word, ",");
        int part = part_index(set, word, n);
        if (part < 0)
            return mn_fail(MIEN_EINVAL,
                           "%s has no part '%.*s'; mien models list shows the parts of each set",
                           set->name, (int)n, word);
        *parts &= ~(1u << part);
        word += n + (word[n] == ',');
    }
    return 0;
}

const char *mn_model_set_address(const struct mn_model_set *set, const struct mn_model_set_file *f,
                                 int i, char buf[MN_PATH_SIZE])
{
    if (f->url[0])
        return i < MN_MODEL_SET_ADDRESSES ? f->url[i] : NULL;
    if (i > 0)
        return NULL;
    int n = snprintf(buf, MN_PATH_SIZE, "%s%s", set->parts[f->part].base, f->path);
    return n > 0 && n < MN_PATH_SIZE ? buf : NULL;
}

int mn_model_set_path(char path[MN_PATH_SIZE], const struct mn_model_set *set,
                      const struct mn_model_set_file *f, const char *folder)
{
    char own[MN_PATH_SIZE];
    int err = mn_path_join_into(own, folder, set->folder);
    return err < 0 ? err : mn_path_join_into(path, own, f->path);
}

enum mn_model_file_state mn_model_set_probe(const struct mn_model_set_file *f, const char *path)
{
    struct stat st;
    if (stat(path, &st) < 0)
        return errno == ENOENT || errno == ENOTDIR ? MN_MODEL_MISSING : MN_MODEL_UNREADABLE;
    if (!S_ISREG(st.st_mode))
        return MN_MODEL_UNREADABLE;
    if (st.st_size != f->size)
        return MN_MODEL_UNKNOWN;
    const mien_model_info as = {.name = f->path, .sha256 = f->sha256};
    switch (mien_model_verify(&as, path, NULL)) {
    case 0:
        return MN_MODEL_KNOWN;
    case MIEN_ENOMODEL:
        return MN_MODEL_UNREADABLE;
    default:
        return MN_MODEL_UNKNOWN;
    }
}

int mn_model_set_survey(const struct mn_model_set *set, const char *folder,
                        enum mn_model_file_state *state)
{
    char path[MN_PATH_SIZE];
    for (int i = 0; i < set->num_files; i++) {
        int err = mn_model_set_path(path, set, &set->files[i], folder);
        if (err < 0)
            return err;
        state[i] = mn_model_set_probe(&set->files[i], path);
    }
    return 0;
}

struct mn_model_set_count mn_model_set_tally(const struct mn_model_set *set, unsigned parts,
                                             const enum mn_model_file_state *state)
{
    struct mn_model_set_count c = {0};
    for (int i = 0; i < set->num_files; i++) {
        if (!(parts >> set->files[i].part & 1))
            continue;
        c.total++;
        c.bytes += set->files[i].size;
        c.there += state[i] == MN_MODEL_KNOWN;
        c.damaged += state[i] == MN_MODEL_UNKNOWN || state[i] == MN_MODEL_UNREADABLE;
    }
    return c;
}

unsigned mn_model_set_optional(const struct mn_model_set *set)
{
    unsigned parts = 0;
    for (int i = 0; i < set->num_parts; i++)
        parts |= set->parts[i].optional ? 1u << i : 0;
    return parts;
}

unsigned mn_model_set_required(const struct mn_model_set *set)
{
    return ((1u << set->num_parts) - 1) & ~mn_model_set_optional(set);
}

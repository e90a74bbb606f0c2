/* mien models: what the registry names, what of it a folder holds, and fetching the rest. */
#include "command.h"

#include <errno.h>
#include <getopt.h>
#include <mien/mien.h>
#include <mien/models.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "models/model_file.h"
#include "io/json.h"
#include "models/pull.h"
#include "io/msg.h"

struct options {
    const char *folder; /* of the models; never NULL */
    bool builtin;       /* the built-in ones alone are meant */
    bool named;         /* the folder was given */
    const char *from;   /* NULL: each entry's own address */
    bool json, force, help;
    char **names;
    int num_names;
    char own_folder[MN_PATH_SIZE];
};

/* File name without the folder that some come in: the table has to fit. */
static const char *shown(const mien_model_info *m)
{
    const char *slash = strrchr(m->file, '/');
    return slash ? slash + 1 : m->file;
}

/* First entry with the same file name: one look serves all of them. */
static int first_with_file(int i)
{
    for (int k = 0; k < i; k++)
        if (!strcmp(mien_model_at(k)->file, mien_model_at(i)->file))
            return k;
    return i;
}

static int count_models(void)
{
    int n = 0;
    while (mien_model_at(n))
        n++;
    return n;
}

/* ----------------------------------------------------------------------------------- list ---- */

/* Word of the JSON output. */
static const char *state_word(const struct mn_found *f, const mien_model_info *m)
{
    switch (f->what) {
    case MN_MISSING:
        return "missing";
    case MN_UNREADABLE:
        return "unreadable";
    case MN_UNKNOWN:
        return "unknown";
    case MN_KNOWN:
        break;
    }
    return strcmp(f->sha256, m->sha256) ? "different" : "verified";
}

static void list_json(const char *folder, const struct mn_found *found, int n)
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
        const struct mn_found *f = &found[first_with_file(i)];
        mn_json_begin(&j, NULL, '{');
        mn_json_str(&j, "name", m->name);
        mn_json_str(&j, "role", m->role);
        mn_json_str(&j, "file", m->file);
        if (m->size)
            mn_json_int(&j, "size", m->size);
        else
            mn_json_str(&j, "size", NULL);
        mn_json_str(&j, "sha256", m->sha256);
        mn_json_str(&j, "licence", m->licence);
        mn_json_bool(&j, "commercial", m->commercial);
        mn_json_str(&j, "origin", m->origin);
        mn_json_str(&j, "url", m->url);
        mn_json_bool(&j, "default", m->is_default);
        mn_json_bool(&j, "builtin", m->builtin);
        mn_json_str(&j, "state", state_word(f, m));
        mn_json_str(&j, "found", f->is ? f->is->name : NULL);
        mn_json_str(&j, "found_sha256", f->sha256[0] ? f->sha256 : NULL);
        mn_json_end(&j, '}');
    }
    mn_json_end(&j, ']');
    mn_json_end(&j, '}');
}

/* Words, broken before column 98. */
static void print_wrapped(const char *indent, const char *text)
{
    int column = printf("%s", indent);
    for (bool first = true; *text; first = false) {
        int word = (int)strcspn(text, " ");
        if (!first && column + 1 + word > 98)
            column = printf("\n%s", indent) - 1;
        else if (!first)
            column += printf(" ");
        column += printf("%.*s", word, text);
        text += word;
        text += strspn(text, " ");
    }
    putchar('\n');
}

static int first_with_licence(int i)
{
    int k = 0;
    while (strcmp(mien_model_at(k)->licence, mien_model_at(i)->licence))
        k++;
    return k;
}

/* Its number in the order of first use, from 1. */
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
    print_wrapped("  ", mien_model_at(first)->origin);
    for (int i = first; i < n; i++) {
        const mien_model_info *m = mien_model_at(i);
        if (first_with_origin(i) != first)
            continue;
        if (m->url)
            printf("    %s\n", m->url);
        else
            printf("    %s: no download\n", m->name);
    }
}

static int widest(int width, const char *text)
{
    int n = (int)strlen(text);
    return n > width ? n : width;
}

/* Of the file, or of the built-in folder that it is the key of. */
static int64_t size_of(const mien_model_info *m)
{
    const char *slash = strchr(m->file, '/');
    int64_t all = 0;
    if (!m->builtin || !slash)
        return m->size;
    for (int i = 0; mien_builtin_file_at(i); i++)
        if (!strncmp(mien_builtin_file_at(i)->name, m->file, (size_t)(slash + 1 - m->file)))
            all += mien_builtin_file_at(i)->size;
    return all;
}

static void print_rows(const struct mn_found *found, int n)
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
               state_word(&found[first_with_file(i)], m), m->commercial ? "yes" : "no",
               licence_number(i));
    }
}

static void list_table(const char *folder, const struct mn_found *found, int n)
{
    char builtin[MN_PATH_SIZE];
    bool there = mien_builtin_models_dir(builtin, sizeof(builtin)) != NULL;
    printf("Built-in models: %s\nModels folder: %s\n\n", there ? builtin : "not found", folder);
    print_rows(found, n);
    printf("\n+ built in, used unless told otherwise\n"
           "* pulled unless others are named; used with --models standard\n");
    for (int i = 0; i < n; i++) { /* only the first entry of a file has found[i] */
        const mien_model_info *m = mien_model_at(i);
        if (found[i].is && found[i].is != m)
            printf("different: %s in %s is %s\n", m->file, m->builtin ? builtin : "this folder",
                   found[i].is->name);
        else if (found[i].what == MN_UNKNOWN)
            printf("unknown: %s in %s is damaged or not of the registry\n", m->file,
                   m->builtin ? builtin : "this folder");
    }

    printf("\nLicences (commercial: whether file and weights may be used commercially)\n");
    for (int i = 0, printed = 0; i < n; i++)
        if (licence_number(i) > printed)
            printf("  [%d] %s\n", ++printed, mien_model_at(i)->licence);
    printf("\nOrigins\n");
    for (int i = 0; i < n; i++)
        if (first_with_origin(i) == i)
            print_origin(i, n);
}

static int list(const struct options *o)
{
    if (o->num_names)
        return mn_fail(MIEN_EINVAL, "mien models list takes no '%s'", o->names[0]);
    int n = count_models();
    struct mn_found *found = calloc((size_t)n, sizeof(*found));
    if (!found)
        return mn_fail(MIEN_ENOMEM, "out of memory");
    int err = 0;
    for (int i = 0; i < n && err == 0; i++) {
        char path[MN_PATH_SIZE];
        if (first_with_file(i) != i)
            continue;
        err = mn_place(path, o->folder, mien_model_at(i));
        if (err == 0)
            found[i] = mn_look(path);
    }
    if (err == 0 && o->json)
        list_json(o->folder, found, n);
    else if (err == 0)
        list_table(o->folder, found, n);
    free(found);
    return err;
}

/* --------------------------------------------------------------------------------- verify ---- */

/* named: the entry that the name promises; NULL if it promises none. */
static int verify_file(const char *path, const mien_model_info *named, const struct options *o)
{
    struct mn_found f = mn_look(path);
    size_t length = strlen(path), own = f.is ? strlen(f.is->file) : 0;
    bool ends = own && length >= own && !strcmp(path + length - own, f.is->file) &&
                (length == own || path[length - own - 1] == '/');
    switch (f.what) {
    case MN_KNOWN:
        printf("%s: good, %s%s%s\n", path, f.is->name, ends ? "" : " under another name",
               named && strcmp(f.is->role, named->role) ? " and of another role" : "");
        return 0;
    case MN_MISSING:
        if (!named || named->builtin)
            return mn_fail(MIEN_ENOMODEL, "%s: no such file", path);
        return mn_fail(MIEN_ENOMODEL, "%s: no such model file; run mien models pull %s --models %s",
                       path, named->name, o->folder);
    case MN_UNREADABLE:
        return mn_fail(MIEN_ENOMODEL, "%s cannot be read; it has to be a file with read permission",
                       path);
    case MN_UNKNOWN:
        break;
    }
    if (named && named->builtin)
        return mn_fail(MIEN_EBADMODEL,
                       "%s is damaged: its SHA-256 is %s, not that of mien's own %s; install "
                       "mien again",
                       path, mn_digest(&f), named->name);
    if (named)
        return mn_fail(MIEN_EBADMODEL,
                       "%s is damaged: its SHA-256 is %s, none the registry knows "
                       "for %s; run mien models pull --force %s --models %s",
                       path, mn_digest(&f), named->file, named->name, o->folder);
    return mn_fail(MIEN_EUNKNOWNMODEL,
                   "%s is not in the registry (SHA-256 %s); mien models list "
                   "names what is",
                   path, mn_digest(&f));
}

/* The built-in models, every file. only: NULL, or the one entry that is meant. */
static int verify_builtin(const mien_model_info *only)
{
    char folder[MN_PATH_SIZE], path[MN_PATH_SIZE], hex[65];
    if (!mien_builtin_models_dir(folder, sizeof(folder)))
        return mn_fail(MIEN_ENOMODEL,
                       "the built-in models are not beside mien; install it again, or name "
                       "their folder with MIEN_BUILTIN");
    int err = 0, parts = 0;
    for (int i = 0; mien_builtin_file_at(i); i++) {
        const mien_builtin_file *f = mien_builtin_file_at(i);
        const mien_model_info *m = mien_model_find(f->name), as = {.sha256 = f->sha256};
        bool part = !m || !strcmp(m->role, "au"); /* of the folder of action units */
        if (only && (part ? strcmp(only->role, "au") != 0 : m != only))
            continue;
        int e = mn_join(path, folder, f->name);
        if (e == 0)
            e = mien_model_verify(&as, path, hex);
        if (e == MIEN_EBADMODEL)
            mn_fail(e,
                    "%s is damaged: its SHA-256 is %s, not that of mien's own models; install mien "
                    "again",
                    path, hex[0] ? hex : "not computed, it is too large");
        else if (e == MIEN_ENOMODEL)
            mn_fail(e, "%s is missing or cannot be read; install mien again", path);
        else if (e == 0 && !part)
            printf("%s: good, %s, built in\n", path, m->name);
        parts += e == 0 && part;
        err = e < 0 && err != MIEN_EBADMODEL ? e : err;
    }
    if (parts && err == 0)
        printf("%s/au: good, %d files, built in\n", folder, parts);
    return err;
}

/* A registry name, a file of the folder, or a path. */
static int verify_argument(const char *name, const struct options *o)
{
    const mien_model_info *m = mien_model_find(name);
    if (m && m->builtin && (o->builtin || !o->named))
        return verify_builtin(m);
    char path[MN_PATH_SIZE];
    int err = mn_join(path, o->folder, m ? m->file : name);
    if (err < 0)
        return err;
    if (access(path, F_OK) == 0 || (m && access(name, F_OK) < 0))
        return verify_file(path, m, o);
    if (access(name, F_OK) < 0 && !strchr(name, '/') && !strstr(name, ".onnx"))
        return mn_fail(MIEN_EUNKNOWNMODEL,
                       "%s is neither a registered model nor a file; mien "
                       "models list names the models",
                       name);
    const char *slash = strrchr(name, '/');
    return verify_file(name, mien_model_find(slash ? slash + 1 : name), o);
}

/* Damage is what a script must not miss; otherwise the first error counts. */
static int worse(int err, int new_err)
{
    return err == 0 || new_err == MIEN_EBADMODEL ? new_err : err;
}

static int verify(const struct options *o)
{
    int err = 0, checked = 0;
    for (int i = 0; i < o->num_names; i++) {
        int e = verify_argument(o->names[i], o);
        err = e < 0 ? worse(err, e) : err;
    }
    if (o->num_names == 0 && (o->builtin || !o->named)) {
        err = verify_builtin(NULL);
        checked++;
    }
    for (int i = 0; o->num_names == 0 && !o->builtin && mien_model_at(i); i++) {
        const mien_model_info *m = mien_model_at(i);
        char path[MN_PATH_SIZE];
        if (first_with_file(i) != i)
            continue;
        int e = mn_join(path, o->folder, m->file);
        if (e < 0)
            return e;
        if (access(path, F_OK) < 0 && errno != EACCES)
            continue;
        checked++;
        e = verify_file(path, m, o);
        err = e < 0 ? worse(err, e) : err;
    }
    if (o->num_names == 0 && checked == 0)
        err = mn_fail(MIEN_ENOMODEL,
                      "%s holds no model of the registry; run mien models pull "
                      "--models %s",
                      o->folder, o->folder);
    return err;
}

/* ----------------------------------------------------------------------------------- pull ---- */

static int pull(const struct options *o)
{
    if (o->builtin)
        return mn_fail(MIEN_EINVAL,
                       "the built-in models came with mien; name another folder with --models, "
                       "or leave that out");
    return mn_pull(&(struct mn_pull){o->folder, o->from, o->force, o->names, o->num_names});
}

/* ---------------------------------------------------------------------- the command line ---- */

enum { OPT_MODELS = 256, OPT_FROM, OPT_FORCE, OPT_JSON, OPT_HELP };

#define COMMON_OPTIONS                               \
    {"models", required_argument, NULL, OPT_MODELS}, \
    {                                                \
        "help", no_argument, NULL, OPT_HELP          \
    }

static const struct option list_options[] = {
    COMMON_OPTIONS, {"json", no_argument, NULL, OPT_JSON}, {NULL, 0, NULL, 0}};
static const struct option verify_options[] = {COMMON_OPTIONS, {NULL, 0, NULL, 0}};
static const struct option pull_options[] = {COMMON_OPTIONS,
                                             {"from", required_argument, NULL, OPT_FROM},
                                             {"force", no_argument, NULL, OPT_FORCE},
                                             {NULL, 0, NULL, 0}};

#define HELP_MODELS                                                                    \
    "  --models DIR   folder of the models (default $MIEN_MODELS, else\n"              \
    "                 $XDG_DATA_HOME/mien/models, else ~/.local/share/mien/models);\n" \
    "                 builtin: those that came with mien; standard: the default\n"
#define HELP_HELP "  --help         show this and exit\n"

static const struct action {
    const char *name;
    int (*run)(const struct options *o);
    const struct option *options;
    const char *help;
} actions[] = {
    {"list", list, list_options,
     "usage: mien models list [--models DIR] [--json]\n\n"
     "Shows every model of the registry: role, file, licence, whether commercial use\n"
     "is allowed, origin, and whether the folder holds it.\n\n" HELP_MODELS
     "  --json         everything, with digests and addresses, as one JSON object\n" HELP_HELP},
    {"verify", verify, verify_options,
     "usage: mien models verify [--models DIR] [NAME|FILE...]\n\n"
     "Compares files with the SHA-256 of the registry: those named, or the built-in ones\n"
     "and every file of the folder that bears a name of the registry.\n\n" HELP_MODELS HELP_HELP},
    {"pull", pull, pull_options,
     "usage: mien models pull [--models DIR] [--from DIR|URL] [--force] [NAME...]\n\n"
     "Fetches the models named, or the default ones, into the folder. A file takes its\n"
     "name only when it is whole and its SHA-256 right; what was interrupted goes on\n"
     "where it stopped.\n\n" HELP_MODELS "  --from DIR     copy from a folder\n"
     "  --from URL     download URL/FILE (http, https, file), for example from a mirror\n"
     "  --force        fetch again and replace what is there\n" HELP_HELP},
};
#define NUM_ACTIONS (sizeof(actions) / sizeof(actions[0]))

static const char help_all[] =
    "usage: mien models list   [--models DIR] [--json]\n"
    "       mien models verify [--models DIR] [NAME|FILE...]\n"
    "       mien models pull   [--models DIR] [--from DIR|URL] [--force] [NAME...]\n\n"
    "The registry of model files: what there is, checking what is here, fetching what\n"
    "is not. mien models list --help and so on tell more.\n";

static int print_help(const char *text)
{
    fputs(text, stdout);
    return 0;
}

/* argv[0] is the action's name. */
static int parse(const struct action *a, int argc, char **argv, struct options *o)
{
    optind = 0; /* start over: the program's own options were parsed before */
    opterr = 0;
    for (int c; (c = getopt_long(argc, argv, ":h", a->options, NULL)) != -1;) {
        switch (c) {
        case OPT_MODELS:
            o->folder = optarg;
            break;
        case OPT_FROM:
            o->from = optarg;
            break;
        case OPT_FORCE:
            o->force = true;
            break;
        case OPT_JSON:
            o->json = true;
            break;
        case OPT_HELP:
        case 'h':
            o->help = true;
            break;
        case ':':
            return mn_fail(MIEN_EINVAL, "%s needs a value; mien models %s --help tells which",
                           argv[optind - 1], a->name);
        default:
            if (optopt > 0 && optopt < OPT_MODELS) /* a letter, perhaps one of several */
                return mn_fail(MIEN_EINVAL,
                               "there is no option -%c here; mien models %s --help "
                               "lists them",
                               optopt, a->name);
            return mn_fail(MIEN_EINVAL,
                           "there is no option %s here; mien models %s --help lists "
                           "them",
                           argv[optind - 1], a->name);
        }
    }
    o->names = argv + optind;
    o->num_names = argc - optind;
    o->named = o->folder && strcmp(o->folder, "standard") && strcmp(o->folder, "builtin");
    o->builtin = o->folder && !strcmp(o->folder, "builtin");
    if (!o->named)
        o->folder = NULL;
    if (!o->folder)
        o->folder = mien_default_models_dir(o->own_folder, sizeof(o->own_folder));
    if (!o->folder || !*o->folder)
        return mn_fail(MIEN_EINVAL, "the folder of the models has %s name; give one with --models",
                       o->folder ? "an empty" : "too long a");
    return 0;
}

int mn_cmd_models(int argc, char **argv)
{
    if (argc < 2)
        return mn_fail(MIEN_EINVAL, "mien models needs list, verify or pull; mien models --help "
                                    "tells more");
    if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h"))
        return print_help(help_all);
    for (size_t i = 0; i < NUM_ACTIONS; i++) {
        if (strcmp(argv[1], actions[i].name))
            continue;
        struct options o = {0};
        int err = parse(&actions[i], argc - 1, argv + 1, &o);
        if (err < 0)
            return err;
        return o.help ? print_help(actions[i].help) : actions[i].run(&o);
    }
    return mn_fail(MIEN_EINVAL, "mien models takes list, verify or pull, not '%s'", argv[1]);
}

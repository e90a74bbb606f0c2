/* Explains the output columns: by group, or each of them. */
#include <mien/columns.h>
#include <mien/models.h>
#include <string.h>

#include "command.h"
#include "io/json.h"
#include "io/msg.h"
#include "options.h"

/* Each group ends before the first column of the next one. The analysis that a group needs is that
 * of its columns. */
static const struct {
    const char *first, *meaning;
    const char *also; /* a condition besides the analysis, or NULL */
} groups[] = {
    {"frame", "frame, person, time, detector's score", NULL},
    {"gaze_yaw", "gaze direction, by a network", NULL},
    {"box_x", "box of the face", NULL},
    {"lm5_x_0", "five points: eyes, nose, mouth corners", NULL},
    {"gaze_0_x", "gaze of each eye, by geometry", "OpenFace's models"},
    {"eye_lmk_x_0", "28 landmarks of each eye, 2-D and 3-D", "OpenFace's models"},
    {"pose_Tx", "position and rotation of the head", NULL},
    {"landmark_confidence", "68 landmarks in the picture", NULL},
    {"X_0", "the same landmarks in space", NULL},
    {"mesh_x_0", "468 points of the face mesh, in space", NULL},
    {"lm98_x_0", "98 landmarks in the picture", "a network"},
    {"eye_open_0", "how far open the eyes are", NULL},
    {"face_sharpness", "picture quality of the face", NULL},
    {"emotion_neutral", "emotions, gaze, action units", "--mtl-model"},
    {"p_scale", "parameters of the fitted face shape", NULL},
    {"AU01_r", "action units, intensity", NULL},
    {"AU01_c", "action units, presence", NULL},
    {"au_final", "whether the action units are calibrated", NULL},
};
#define NUM_GROUPS (int)(sizeof(groups) / sizeof(groups[0]))

struct group {
    const mien_column *first, *last;
    const char *meaning, *also;
    int count;
};

/* Columns of OpenFace's table alone are not listed: their names have another meaning there. */
static bool is_listed(const mien_column *c)
{
    return c->decimals >= 0;
}

static bool starts_group(const mien_column *c, int group)
{
    return group < NUM_GROUPS && !strcmp(c->name, groups[group].first);
}

/* Group i; false past the end. A group whose first column does not exist would end the list early,
 * which the tests notice. */
static bool group_at(int i, struct group *out)
{
    const mien_column *c;
    int group = -1;
    memset(out, 0, sizeof(*out));
    if (i < 0 || i >= NUM_GROUPS)
        return false;
    for (int k = 0; (c = mien_column_at(k)) && group <= i; k++) {
        if (!is_listed(c))
            continue;
        group += starts_group(c, group + 1);
        if (group != i)
            continue;
        out->first = out->count ? out->first : c;
        out->last = c;
        out->count++;
    }
    out->meaning = groups[i].meaning;
    out->also = groups[i].also;
    return out->count > 0;
}

/* ------------------------------------------------------------------------------ by group ---- */

static void print_group(const struct group *g)
{
    char names[60], condition[60] = "always";
    if (g->count > 1)
        snprintf(names, sizeof(names), "%s ... %s", g->first->name, g->last->name);
    else
        snprintf(names, sizeof(names), "%s", g->first->name);
    if (g->first->analysis)
        snprintf(condition, sizeof(condition), "%s%s%s%s", mien_analysis_name(g->first->analysis),
                 g->also ? " (" : "", g->also ? g->also : "", g->also ? ")" : "");
    printf("%5d  %-28s %-24s %s\n", g->count, names, condition, g->meaning);
}

static int print_groups(void)
{
    struct group g;
    int total = 0;
    printf("%5s  %-28s %-24s %s\n", "count", "columns", "written with", "meaning");
    for (int i = 0; group_at(i, &g); i++) {
        print_group(&g);
        total += g.count;
    }
    return total;
}

static int count_openface(void)
{
    int n = 0;
    for (int i = 0; mien_column_at(i); i++)
        n += mien_column_used(i, MIEN_ALL, 1);
    return n;
}

/* Three to a line, without blanks at its end. */
static void print_units(void)
{
    int unit;
    for (int i = 0; (unit = mien_au_presence_unit(i)); i++) {
        const bool last = i % 3 == 2 || !mien_au_presence_unit(i + 1);
        printf("  AU%02d%c %-*s%s", unit, mien_builtin_au_experimental(unit) ? '*' : ' ',
               last ? 0 : 22, mien_au_name(unit), last ? "\n" : "");
    }
}

static const char experimental[] =
    "* Experimental with the built-in models, which learned action units from rendered faces only. "
    "A unit is not experimental if its intensity agrees well with OpenFace's on videos of real "
    "people, also on some that no choice was based on; the model card au_mesh.md in the folder of "
    "the built-in models has the numbers. Compare experimental units with the video before you "
    "rely on them. AU28 has no built-in model: its presence is always 0.";

static int explain_groups(void)
{
    const int total = print_groups();
    printf("\n");
    char text[400];
    snprintf(text, sizeof(text),
             "%d columns. A result has the groups marked \"always\" and those of the analyses in "
             "--analysis; the default is every analysis that the models allow. --columns openface "
             "writes the %d columns of OpenFace 2.2 instead. mien columns --all explains each "
             "column.",
             total, count_openface());
    mn_optparse_wrap(stdout, 0, 0, text);
    printf("\nAction units (_r: intensity from 0 to 5, _c: presence, 0 or 1):\n\n");
    print_units();
    printf("\n");
    mn_optparse_wrap(stdout, 0, 0, experimental);
    return 0;
}

/* ------------------------------------------------------------------------ each of them ---- */

static void print_column(const mien_column *c)
{
    const char *name = c->action_unit ? mien_au_name(c->action_unit) : NULL;
    printf("%-19s %-5s %-10s %s%s%s%s%s%s%s\n", c->name, c->unit[0] ? c->unit : "-",
           c->range[0] ? c->range : "-", c->meaning, name ? ": " : "", name ? name : "",
           c->coordinates[0] ? " [" : "", c->coordinates, c->coordinates[0] ? "]" : "",
           mien_builtin_au_experimental(c->action_unit) ? " (experimental with the built-in models)"
                                                        : "");
}

static int explain_all(void)
{
    const mien_column *c;
    printf("%-19s %-5s %-10s %s\n", "column", "unit", "range", "meaning");
    for (int i = 0; (c = mien_column_at(i)); i++)
        if (is_listed(c))
            print_column(c);
    return 0;
}

static int write_json(void)
{
    const mien_column *c;
    struct mn_json j;
    mn_json_init(&j, stdout, true);
    mn_json_begin(&j, NULL, '[');
    for (int i = 0; (c = mien_column_at(i)); i++) {
        if (!is_listed(c))
            continue;
        mn_json_begin(&j, NULL, '{');
        mn_json_str(&j, "name", c->name);
        mn_json_str(&j, "unit", c->unit);
        mn_json_str(&j, "range", c->range);
        mn_json_str(&j, "coordinates", c->coordinates);
        mn_json_str(&j, "meaning", c->meaning);
        mn_json_bool(&j, "experimental", mien_builtin_au_experimental(c->action_unit));
        mn_json_end(&j, '}');
    }
    mn_json_end(&j, ']');
    return 0;
}

int mn_cmd_columns(struct mn_options *o)
{
    if (o->num_inputs)
        return mn_fail(MIEN_EINVAL, "mien columns takes no operand, but got '%s'", o->inputs[0]);
    if (o->json)
        return write_json();
    return o->all ? explain_all() : explain_groups();
}

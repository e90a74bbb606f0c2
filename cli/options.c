#include "options.h"

#include <string.h>

#include "io/msg.h"

/* The parser of a command's options; the values go to *o. */
static struct mn_optparse parser(struct mn_options *o, const char *command, const char *program)
{
    return (struct mn_optparse){.table = mn_option_table,
                                .n = mn_num_option_rows,
                                .more = mn_option_results,
                                .num_more = mn_num_option_results,
                                .command = command,
                                .program = program,
                                .fields = o,
                                .fail = mn_fail};
}

const struct mn_opt *mn_options_row(int i)
{
    if (i < mn_num_option_rows)
        return &mn_option_table[i];
    i -= mn_num_option_rows;
    return i < mn_num_option_results ? &mn_option_results[i] : NULL;
}

const struct mn_opt *mn_options_at(const char *command, int i)
{
    const struct mn_optparse p = parser(NULL, command, NULL);
    return mn_optparse_at(&p, i);
}

void mn_options_help(FILE *file, const char *command)
{
    const struct mn_optparse p = parser(NULL, command, NULL);
    mn_optparse_help(&p, file);
}

void mn_options_init(struct mn_options *o)
{
    memset(o, 0, sizeof(*o));
    mien_settings_init(&o->settings);
    o->settings.log = mn_msg_callback;
    o->person = -1;
    const struct mn_optparse p = parser(o, NULL, NULL);
    mn_optparse_init(&p);
}

/* Options that exclude each other. */
static int check(const struct mn_options *o)
{
    if (o->landmarks_from && o->settings.max_faces)
        return mn_fail(MIEN_EINVAL,
                       "--max-faces has no effect with --landmarks-from, which takes the faces of "
                       "its table; give one of them");
    if (o->anonymise && !o->video && !o->thumbnails)
        return mn_fail(MIEN_EINVAL,
                       "--anonymise needs pictures to change: use it with --video, for "
                       "mien run with --output, for mien report with --thumbnails");
    if (o->anonymise && (o->settings.max_faces || o->landmarks_from))
        return mn_fail(MIEN_EINVAL, "--anonymise hides the faces that are found; remove "
                                    "--max-faces and --landmarks-from, which limit them");
    if (o->force && o->resume)
        return mn_fail(MIEN_EINVAL,
                       "--resume keeps results and --force replaces them; give one of them");
    return 0;
}

/* Settings that follow from several options. */
static void resolve(struct mn_options *o)
{
    mien_settings *s = &o->settings;
    if (o->anonymise && s->detect_every == 0)
        s->detect_every = 1; /* interpolated boxes miss what is seen in few frames only */
    if (s->fx > 0 && s->fy == 0)
        s->fy = s->fx;
    if (s->fy > 0 && s->fx == 0)
        s->fx = s->fy;
    s->external_landmarks = o->landmarks_from != NULL;
    const bool own_detector = !s->detector || !strcmp(s->detector, "mtcnn");
    s->landmark_method = mien_landmark_method_of(s);
    if (o->openface && s->landmark_method != MIEN_LANDMARK_NETWORK && own_detector) {
        s->keep_lost = 1; /* as OpenFace's FeatureExtraction does; FaceLandmarkImg has all faces */
        if (!s->independent_frames && !s->max_faces)
            s->max_faces = 1;
    }
    o->sink[MN_SINK_VIEW] = o->view ? "--view" : NULL;
}

int mn_options_parse(struct mn_options *o, const char *command, int argc, char **argv)
{
    char program[40];
    mn_options_init(o);
    o->inputs = argv;
    snprintf(program, sizeof(program), "mien %s", command);
    const struct mn_optparse p = parser(o, command, program);
    int err = mn_optparse(&p, argc, argv, &o->num_inputs);
    if (err == 0 && !o->help)
        err = check(o);
    if (err < 0)
        return err;
    resolve(o);
    mn_msg_set_level((enum mien_log_level)o->log_level);
    return 0;
}

unsigned mn_options_unwritten(const struct mn_options *o)
{
    return o->openface && !o->video ? MIEN_GAZE : 0;
}

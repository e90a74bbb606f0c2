/* Batch: files to rows, as fast as the machine allows. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "analyse.h"
#include "commands.h"
#include "output.h"
#include "say.h"
#include "sink/sink.h"
#include "stop.h"

static void help(void)
{
    puts("usage: mien extract [options] INPUT... -o OUT\n"
         "\n"
         "Finds the faces in each INPUT, a video, a picture or a numbered sequence (dir/%04d.jpg),\n"
         "and writes a row for each face and frame, and one for each frame without a face. OUT is\n"
         "a file, or a folder that gets one file for each INPUT. Beside each result NAME.csv lies\n"
         "NAME.meta.json, which tells how it was made.\n");
    mn_options_help(stdout, MN_EXTRACT);
}

static bool is_folder(const char *path)
{
    struct stat st;
    size_t n = strlen(path);
    return (n && path[n - 1] == '/') || (stat(path, &st) == 0 && S_ISDIR(st.st_mode));
}

struct job {
    const char *input;
    char *rows, *video;
};

static void free_jobs(struct job *jobs, int n)
{
    for (int i = 0; jobs && i < n; i++) {
        free(jobs[i].rows);
        free(jobs[i].video);
    }
    free(jobs);
}

static int make_folder(const char *path)
{
    if (mkdir(path, 0777) == 0 || errno == EEXIST)
        return 0;
    return mn_output_error(path, errno);
}

/* Which files each input gets. Everything that can be wrong about them is found before the first
 * frame is decoded. */
static int plan(const struct mn_options *o, struct job **out)
{
    bool folder = is_folder(o->output);
    if (!folder && o->num_inputs > 1)
        return mn_fail(MIEN_EINVAL, "%d inputs need a folder: -o FOLDER/", o->num_inputs);
    if (o->video && o->num_inputs > 1 && !is_folder(o->video))
        return mn_fail(MIEN_EINVAL, "%d inputs need a folder for the videos: --video FOLDER/",
                       o->num_inputs);
    const char *extension = o->format && !strcmp(o->format, "jsonl") ? ".jsonl" : ".csv";
    if (!folder && !o->format && strcmp(o->output, "-") && !mn_sink_for(NULL, o->output))
        return mn_fail(MIEN_EINVAL, "%s: the extension does not tell the format; use .csv, .jsonl, or "
                                    "--format", o->output);
    int err = folder ? make_folder(o->output) : 0;
    if (err == 0 && o->video && is_folder(o->video))
        err = make_folder(o->video);
    if (err < 0)
        return err;

    struct job *jobs = *out = calloc((size_t)o->num_inputs, sizeof(*jobs));
    if (!jobs)
        return MIEN_ENOMEM;
    for (int i = 0; i < o->num_inputs && err == 0; i++) {
        jobs[i].input = o->inputs[i];
        jobs[i].rows = folder ? mn_name_in(o->output, o->inputs[i], extension) : strdup(o->output);
        if (o->video)
            jobs[i].video = is_folder(o->video) ? mn_name_in(o->video, o->inputs[i], ".mp4")
                                                : strdup(o->video);
        if (!jobs[i].rows || (o->video && !jobs[i].video))
            return MIEN_ENOMEM;
        for (int k = 0; k < i; k++)
            if (!strcmp(jobs[k].rows, jobs[i].rows))
                return mn_fail(MIEN_EINVAL, "%s and %s would both be written to %s; run them apart",
                               jobs[k].input, jobs[i].input, jobs[i].rows);
        err = mn_check_outputs(o, jobs[i].input, jobs[i].rows, jobs[i].video);
    }
    return err;
}

/* A single picture has no neutral face to compare with: the models for unrelated images serve it,
 * unless the user asked for them anyway. */
static int models_for(mien_pipeline **p, struct mn_options *o, struct mn_source *source, int statics)
{
    const struct mn_source_facts *f = mn_source_facts(source);
    int want = statics || (f->still && f->frames_expected == 1);
    if (want == o->settings.au_static || (*p && !(mien_analysis_of(*p) & MIEN_AU)))
        return *p ? 0 : mien_open(p, &o->settings);
    o->settings.au_static = want;
    mien_close(p);
    return mien_open(p, &o->settings);
}

/* OpenFace's table has no column for what the gaze network sees, so that it need not run unless it
 * was asked for, or is to be drawn. */
static unsigned unwritten(const struct mn_options *o)
{
    bool lines = mn_sink_for(o->format, o->output) == &mn_sink_jsonl;
    return o->openface && !lines && !o->video ? MIEN_GAZE : 0;
}

int mn_cmd_extract(int argc, char **argv)
{
    struct mn_options o;
    int err = mn_options_parse(&o, MN_EXTRACT, argc, argv);
    if (err < 0)
        return err;
    if (o.help) {
        help();
        return 0;
    }
    if (o.num_inputs == 0)
        return mn_fail(MIEN_EINVAL, "no input; for example: mien extract video.mp4 -o video.csv");
    if (!o.output)
        return mn_fail(MIEN_EINVAL, "no output; say where with -o FILE.csv or -o FOLDER/");

    struct job *jobs = NULL;
    mien_pipeline *p = NULL;
    err = plan(&o, &jobs);
    const int statics = o.settings.au_static;
    o.settings.leave_out = unwritten(&o);
    if (err == 0)
        err = mien_open(&p, &o.settings);
    int result = err, failed = 0;
    for (int i = 0; err == 0 && i < o.num_inputs && !mn_stop; i++) {
        struct mn_source *source = NULL;
        int e = mn_open_source(&source, &o, jobs[i].input, false, p);
        if (e == 0)
            e = models_for(&p, &o, source, statics);
        if (e == 0)
            e = mn_analyse(p, source, &o, jobs[i].rows, jobs[i].video, NULL);
        mn_source_close(&source);
        failed += e < 0;
        if (e < 0 && result == 0)
            result = e;
        if (e == MIEN_EINTERRUPTED) /* the user's word counts more than a bad file */
            result = e;
    }
    if (failed && o.num_inputs > 1)
        mn_say(MIEN_LOG_ERROR, "%d of %d inputs did not end well; the sentences above say why",
               failed, o.num_inputs);
    mien_close(&p);
    free_jobs(jobs, o.num_inputs);
    return result;
}

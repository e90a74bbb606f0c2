/* Live: a camera, stream, graph or file, until its end or Ctrl-C. */
#include <stdio.h>

#include "analyse.h"
#include "commands.h"
#include "output.h"
#include "say.h"

int mn_cmd_run(int argc, char **argv)
{
    struct mn_options o;
    int err = mn_options_parse(&o, MN_RUN, argc, argv);
    if (err < 0)
        return err;
    if (o.help) {
        puts("usage: mien run --source SOURCE [--csv FILE] [--output VIDEO] [options]\n"
             "\n"
             "Analyses a camera (its number, 0 for the first), a stream (rtsp://, http://), a filter\n"
             "graph (lavfi:testsrc) or a file until its end or Ctrl-C. Cameras and streams are never\n"
             "made to wait: the newest picture is taken, and how many were dropped is told.\n");
        mn_options_help(stdout, MN_RUN);
        return 0;
    }
    if (!o.source && o.num_inputs == 1)
        o.source = o.inputs[0];
    else if (o.num_inputs)
        return mn_fail(MIEN_EINVAL, "'%s' is not understood here; name one source with --source",
                       o.inputs[0]);
    if (!o.source)
        return mn_fail(MIEN_EINVAL, "no source; for example: mien run --source 0 --csv gaze.csv");
    if (!o.csv && !o.video)
        return mn_fail(MIEN_EINVAL, "nothing to write; use --csv FILE (- is standard output) or "
                                    "--output VIDEO.mp4");
    err = mn_check_outputs(&o, o.source, o.csv, o.video);
    mien_pipeline *p = NULL;
    struct mn_source *source = NULL;
    if (err == 0)
        err = mn_open_source(&source, &o, o.source, true);
    if (err == 0) {
        o.settings.live = mn_source_facts(source)->live;
        err = mien_open(&p, &o.settings);
    }
    if (err == 0)
        err = mn_analyse(p, source, &o, o.csv, o.video);
    mien_close(&p);
    mn_source_close(&source);
    return err;
}

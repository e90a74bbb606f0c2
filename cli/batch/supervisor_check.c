/* Which options ask for job slots, and which need them. */
#include "batch/limits.h"
#include "batch/supervisor.h"
#include "io/msg.h"
#include "io/path.h"

bool mn_supervisor_wanted(const struct mn_options *o)
{
    return o->jobs != 0 || o->claim || o->grace > 0;
}

int mn_supervisor_check(const struct mn_options *o)
{
    struct mn_timeout t;
    if (o->job_timeout && !mn_timeout_parse(&t, o->job_timeout))
        return mn_fail(MIEN_EINVAL,
                       "--timeout %s: give seconds (600), a multiple of the duration (20x), or "
                       "both (20x,600)",
                       o->job_timeout);
    if (!mn_supervisor_wanted(o) && (o->job_timeout || o->max_memory > 0))
        return mn_fail(MIEN_EINVAL, "%s needs job processes; use it with --jobs N",
                       o->job_timeout ? "--timeout" : "--max-memory");
    if (o->claim && (!o->output || !mn_path_is_folder(o->output)))
        return mn_fail(MIEN_EINVAL, "--claim needs a folder for the results; use -o FOLDER/");
    if (o->claim && !o->resume)
        return mn_fail(MIEN_EINVAL,
                       "--claim needs --resume: results of others must count; give both");
    if (mn_supervisor_wanted(o) && o->output && mn_path_is_stream(o->output))
        return mn_fail(MIEN_EINVAL, "--jobs needs a file or a folder for the rows; use -o FOLDER/");
    return 0;
}

/* mien slurm: scripts that analyse a folder as a job array. */
#include <errno.h>
#include <mien/mien.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "batch/slurm_script.h"
#include "command.h"
#include "io/atomic_file.h"
#include "io/msg.h"
#include "io/path.h"
#include "options.h"

typedef void write_fn(FILE *f, const struct mn_slurm_job *j);

static int write_script(const char *path, write_fn *write, const struct mn_slurm_job *j, bool force)
{
    struct mn_atomic_file out;
    int err = mn_atomic_file_open(&out, path, force);
    if (err < 0)
        return err;
    write(out.file, j);
    err = mn_atomic_file_finish(&out, true);
    if (err == 0 && chmod(path, 0755) < 0)
        err = mn_atomic_file_error(path, errno, MN_CURE_OUTPUT);
    return err;
}

/* Runs `sbatch --parsable [--dependency=afterany:AFTER] SCRIPT`. The number of the job goes to id.
 */
static int submit(char *id, size_t size, const char *script, const char *after)
{
    char *command = NULL;
    size_t length = 0;
    FILE *f = open_memstream(&command, &length), *pipe = NULL;
    if (!f)
        return MIEN_ENOMEM;
    fprintf(f, "sbatch --parsable %s%s ", after ? "--dependency=afterany:" : "",
            after ? after : "");
    mn_slurm_quote(f, script);
    if (fclose(f) == 0)
        pipe = popen(command, "r");
    free(command);
    const bool read = pipe && fgets(id, (int)size, pipe);
    const int status = pipe ? pclose(pipe) : -1;
    if (!read || status != 0)
        return mn_fail(MIEN_EOUTPUT, "sbatch did not accept %s; run sbatch %s to find out why",
                       script, script);
    id[strspn(id, "0123456789")] = 0; /* "ID;CLUSTER" */
    return 0;
}

static int submit_both(const char *array, const char *merge)
{
    char id[64], merge_id[64];
    int err = submit(id, sizeof(id), array, NULL);
    if (err == 0)
        err = submit(merge_id, sizeof(merge_id), merge, id);
    if (err == 0)
        printf("submitted the array as job %s and the merge as job %s\n", id, merge_id);
    return err;
}

/* A value becomes part of a line that sbatch reads; a space or line feed would end it. */
static int check_directive(const char *option, const char *value)
{
    for (const char *p = value; p && *p; p++)
        if ((unsigned char)*p <= ' ' || *p == 0x7f)
            return mn_fail(MIEN_EINVAL, "--%s takes a value without spaces and line feeds", option);
    return 0;
}

static int check_directives(const struct mn_options *o)
{
    int err = check_directive("time", o->slurm_time);
    if (err == 0)
        err = check_directive("mem", o->slurm_mem);
    if (err == 0)
        err = check_directive("partition", o->slurm_partition);
    return err ? err : check_directive("account", o->slurm_account);
}

static int check(const struct mn_options *o)
{
    int err = check_directives(o);
    if (err < 0)
        return err;
    if (o->num_inputs == 0 || !o->output)
        return mn_fail(MIEN_EINVAL, "mien slurm needs a folder of videos and -o OUT; see mien "
                                    "slurm --help");
    if (!mn_path_is_folder(o->inputs[0]))
        return mn_fail(MIEN_EISDIR, "%s is not a folder; give a folder of videos", o->inputs[0]);
    if (mkdir(o->output, 0777) < 0 && errno != EEXIST)
        return mn_atomic_file_error(o->output, errno, MN_CURE_OUTPUT);
    return 0;
}

/* Absolute paths: tasks may start elsewhere. malloced; NULL on failure, reported. */
static char *absolute(const char *path)
{
    char *real = realpath(path, NULL);
    if (!real)
        mn_fail(MIEN_ENOINPUT, "%s: %s; check the path", path, strerror(errno));
    return real;
}

static int write_scripts(const struct mn_options *o, const struct mn_slurm_job *j)
{
    char *array = mn_path_join(j->output, "mien-array.sh"),
         *merge = mn_path_join(j->output, "mien-merge.sh");
    int err = array && merge ? 0 : MIEN_ENOMEM;
    if (err == 0)
        err = write_script(array, mn_slurm_write_array, j, o->force);
    if (err == 0)
        err = write_script(merge, mn_slurm_write_merge, j, o->force);
    if (err == 0 && o->submit)
        err = submit_both(array, merge);
    else if (err == 0)
        printf("wrote %s and %s; read them, then run:\n  job=$(sbatch --parsable %s)\n"
               "  sbatch --dependency=afterany:$job %s\n",
               array, merge, array, merge);
    free(array);
    free(merge);
    return err;
}

int mn_cmd_slurm(struct mn_options *o)
{
    int err = check(o);
    if (err < 0)
        return err;
    char *program = absolute("/proc/self/exe"), *folder = absolute(o->inputs[0]),
         *output = absolute(o->output);
    const struct mn_slurm_job j = {.program = program,
                                   .folder = folder,
                                   .output = output,
                                   .array = o->array,
                                   .cpus = o->cpus,
                                   .time = o->slurm_time,
                                   .mem = o->slurm_mem,
                                   .partition = o->slurm_partition,
                                   .account = o->slurm_account,
                                   .num_options = o->num_inputs - 1,
                                   .options = o->inputs + 1};
    err = program && folder && output ? write_scripts(o, &j) : MIEN_ENOINPUT;
    free(program);
    free(folder);
    free(output);
    return err;
}

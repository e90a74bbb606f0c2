#include "batch/slurm_script.h"

void mn_slurm_quote(FILE *f, const char *word)
{
    fputc('\'', f);
    for (; *word; word++)
        if (*word == '\'')
            fputs("'\\''", f);
        else
            fputc(*word, f);
    fputc('\'', f);
}

static void directive(FILE *f, const char *name, const char *value)
{
    if (value)
        fprintf(f, "#SBATCH --%s=%s\n", name, value);
}

static void directives(FILE *f, const struct mn_slurm_job *j, const char *name)
{
    fprintf(f, "#!/bin/bash\n#SBATCH --job-name=%s\n", name);
    directive(f, "partition", j->partition);
    directive(f, "account", j->account);
}

static void variable(FILE *f, const char *name, const char *value)
{
    fprintf(f, "%s=", name);
    mn_slurm_quote(f, value);
    fputc('\n', f);
}

void mn_slurm_write_array(FILE *f, const struct mn_slurm_job *j)
{
    directives(f, j, "mien");
    fprintf(f, "#SBATCH --array=1-%d\n#SBATCH --cpus-per-task=%d\n", j->array, j->cpus);
    directive(f, "time", j->time);
    directive(f, "mem", j->mem);
    fputs("#SBATCH --requeue\n"
          "#SBATCH --open-mode=append\n"
          "# Slurm signals this script two minutes before the time limit.\n"
          "#SBATCH --signal=B:USR1@120\n\n",
          f);
    variable(f, "mien", j->program);
    variable(f, "videos", j->folder);
    variable(f, "out", j->output);
    fputs("options=(", f);
    for (int i = 0; i < j->num_options; i++) {
        fputs(i ? " " : "", f);
        mn_slurm_quote(f, j->options[i]);
    }
    fputs(
        ")\n"
        "most_requeues=50 # then the task is given up\n\n"
        "task= signalled=\n"
        "pass_on() { sleep 1; kill -USR1 \"$task\"; } # later than the start of the task\n"
        "trap 'signalled=1; [ -z \"$task\" ] || pass_on' USR1 TERM\n"
        "mkdir -p \"$out/.mien\"\n"
        "# Results that exist are kept, so a task that is submitted again continues its part.\n"
        "\"$mien\" extract \"$videos\" -o \"$out/\" --shard auto --jobs auto --resume --grace 90 \\\n"
        "    --summary \"$out/.mien/summary-${SLURM_ARRAY_TASK_ID:?}.csv\" --progress none "
        "\"${options[@]}\" &\n"
        "task=$!\n"
        "[ -z \"$signalled\" ] || pass_on\n"
        "wait \"$task\"\n"
        "status=$?\n"
        "while kill -0 \"$task\" 2>/dev/null; do # a signal ended the wait, not the task\n"
        "    wait \"$task\"\n"
        "    status=$?\n"
        "done\n\n"
        "# Work is left: status 42, or a signal before mien could handle it.\n"
        "if [ \"$status\" -eq 42 ] || { [ -n \"$signalled\" ] && [ \"$status\" -gt 128 ]; }; then\n"
        "    if [ \"${SLURM_RESTART_COUNT:-0}\" -ge \"$most_requeues\" ]; then\n"
        "        echo \"mien: requeued $most_requeues times; use a longer --time or a larger --array\" >&2\n"
        "        exit 42\n"
        "    fi\n"
        "    scontrol requeue \"${SLURM_ARRAY_JOB_ID}_${SLURM_ARRAY_TASK_ID}\"\n"
        "    exit 0\n"
        "fi\n"
        "exit \"$status\"\n",
        f);
}

void mn_slurm_write_merge(FILE *f, const struct mn_slurm_job *j)
{
    directives(f, j, "mien-merge");
    fputs("#SBATCH --cpus-per-task=1\n\n", f);
    variable(f, "mien", j->program);
    variable(f, "out", j->output);
    fputs("\n\"$mien\" status \"$out\"\n"
          "\"$mien\" merge \"$out\" -o \"$out/all.csv\" --force &&\n"
          "    \"$mien\" merge \"$out\" -o \"$out/people.csv\" --summary-by person --force\n",
          f);
}

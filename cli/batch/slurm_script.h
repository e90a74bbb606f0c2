/* Scripts for Slurm: a job array that analyses a folder, and a job that merges the results. */
#ifndef MN_CLI_SLURM_SCRIPT_H
#define MN_CLI_SLURM_SCRIPT_H

#include <stdio.h>

struct mn_slurm_job {
    const char *program;                          /* path of mien */
    const char *folder;                           /* of the inputs */
    const char *output;                           /* folder for the results */
    int array;                                    /* tasks */
    int cpus;                                     /* of a task */
    const char *time, *mem, *partition, *account; /* as sbatch takes them, or NULL */
    int num_options;
    char *const *options; /* more options for mien extract */
};

/* Writes the script of the array. Its tasks take their parts by --shard auto, get a signal two
 * minutes before the time limit, and submit themselves again if work is left. */
void mn_slurm_write_array(FILE *f, const struct mn_slurm_job *j);

/* Writes the script of the job that merges the results. */
void mn_slurm_write_merge(FILE *f, const struct mn_slurm_job *j);

/* Writes a word in single quotes, as a shell reads it. */
void mn_slurm_quote(FILE *f, const char *word);

#endif

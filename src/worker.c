/* mien-worker: a worker process. It loads the models, then runs stages on the frames that its
 * parent names. libmien starts it (src/exec/processes.c); users do not. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#if defined(__GLIBC__)
#include <malloc.h>
#endif

#include "base/child.h"
#include "exec/serve.h"
#include "pipeline.h"
#include "providers.h"

/* The parent reads errors from the wire; these are for people who start the program by hand. */
enum { STATUS_FAILED = 1, STATUS_USAGE = 2 };

static mien_pipeline *pipeline;

static int open(void *ctx, const mien_settings *s, const struct mn_context **out,
                const char **provider)
{
    (void)ctx;
    return mn_pipeline_for_worker(&pipeline, s, out, provider);
}

int main(int argc, char **argv)
{
    struct stat st;
    if (argc != 2 || fstat(MN_CHILD_SOCKET, &st) < 0 || !S_ISSOCK(st.st_mode)) {
        fputs("mien-worker is a part of mien, which starts it for --exec processes; use mien\n",
              stderr);
        return STATUS_USAGE;
    }
    mn_child_harden((pid_t)atol(argv[1]));
#if defined(__GLIBC__)
    mallopt(M_MMAP_THRESHOLD, 128 << 10); /* fixed: what loading frees goes back to the system */
#endif
    int err = mn_serve_run(open, NULL);
    mien_close(&pipeline);
    return err < 0 ? STATUS_FAILED : 0;
}

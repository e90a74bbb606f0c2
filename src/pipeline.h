/* A pipeline from the inside. Opening it (src/opening.c) settles what the user left open and loads
 * the models; running it (src/pipeline.c) is the library's interface. */
#ifndef MN_PIPELINE_H
#define MN_PIPELINE_H

#include <mien/mien.h>

#include "exec/exec.h"
#include "image/region.h"
#include "providers.h"

#define MN_MTCNN_NAME "openface22-mtcnn" /* in the registry */

/* Worker processes share the stages with their parent; each side opens what its own need. */
enum mn_part { MN_WHOLE, MN_PARENT, MN_WORKER };

struct mien_pipeline {
    struct mn_log log;
    struct mn_context ctx;
    enum mn_part part;
    struct mn_providers providers;
    struct mn_engine *engine[MN_NUM_ROLES]; /* those in use; roles of one provider share one */
    struct mn_providers running; /* of a worker: as it runs them; of its parent: as it was told */
    char running_text[MN_PROVIDERS_TEXT];
    struct mn_pool pool;
    struct mn_region *region; /* processes: where frames lie */
    struct mn_exec *exec;
    bool ended;
    int64_t frames;    /* sent since the statistics were cleared */
    int64_t in_stream; /* sent since the stream began */
    struct mn_places places;
    char au_folder[1200];
    bool au_builtin; /* our own models, file by file */
    char mtcnn_path[1240];
    char refiner_path[1200];
    char au_sha256[MN_SHA256_HEX], mtcnn_sha256[MN_SHA256_HEX],
        refiner_sha256[MN_SHA256_HEX]; /* mn_dat_note */
};

/* All but frames and executor. *out is set on errors, too, if there was memory: close it. */
int mn_pipeline_open_parts(mien_pipeline **out, const mien_settings *settings, enum mn_part part);

/* Worker processes shall not look for models again, but open these: their program may lie
 * elsewhere. The strings live as long as the pipeline. */
void mn_pipeline_name_models(mien_pipeline *p);

/* Models and engines. */
void mn_pipeline_close_parts(mien_pipeline *p);

/* Does the network run in this process, so that what it is can be checked here? */
bool mn_runs_here(const struct mn_loaded *m);

#endif

/* The state of a pipeline. src/pipeline_open.c opens its models, src/pipeline.c is the library's
 * interface. */
#ifndef MN_PIPELINE_STATE_H
#define MN_PIPELINE_STATE_H

#include <mien/mien.h>

#include "exec/exec.h"
#include "image/region.h"
#include "providers.h"

#define MN_MTCNN_NAME "openface22-mtcnn" /* in the registry */

/* Worker processes share the stages with their parent; each side opens the models of its own. */
enum mn_process_role { MN_PROCESS_WHOLE, MN_PROCESS_PARENT, MN_PROCESS_WORKER };

struct mien_pipeline {
    struct mn_log log;
    struct mn_context ctx;
    enum mn_process_role role;
    struct mn_providers providers;          /* as the settings name them */
    struct mn_engine *engine[MN_NUM_ROLES]; /* those in use; roles of one provider share one */
    struct mn_providers running;            /* a worker: what it runs; the parent of workers: what
                                               they reported, "" before that */
    char running_text[MN_PROVIDERS_TEXT];
    struct mn_pool pool;
    struct mn_region *region; /* processes: holds the frames */
    struct mn_exec *exec;
    bool ended;
    int64_t frames;    /* sent since the statistics were cleared */
    int64_t in_stream; /* sent since the stream began */
    struct mn_model_places places;
    char au_folder[MN_FILENAME_MAX];
    const mien_model_info *au_builtin; /* each file in it is one of this built-in set; NULL: not */
    char mtcnn_path[MN_FILENAME_MAX];
    char refiner_path[MN_FILENAME_MAX];
    char au_sha256[MN_SHA256_HEX], mtcnn_sha256[MN_SHA256_HEX],
        refiner_sha256[MN_SHA256_HEX]; /* of all files of the set (mn_dat_note) */
};

#endif

#include "landmark_method.h"

#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "networks.h"
#include "settings.h"

#define MODEL "openface22/model/"
#define DETECTOR MODEL "mtcnn_detector/MTCNN_detector.txt"
#define CEN MODEL "patch_experts/cen_patches_"

static const struct mn_landmark_method methods[] = {
    [MIEN_LANDMARK_CLNF] = {.name = "clnf",
                            .kind = "CLNF",
                            .registry = "openface22-clnf",
                            .control = MODEL "main_clnf_general.txt",
                            .needs = {DETECTOR},
                            .cure = "mien models pull openface22-clnf fetches it"},
    [MIEN_LANDMARK_CECLM] = {.name = "ceclm",
                             .kind = "CE-CLM",
                             .registry = "openface22-cen",
                             .control = MODEL "main_ceclm_general.txt",
                             .needs = {DETECTOR, MODEL "early_term_cen_of.txt", CEN "0.25_of.dat",
                                       CEN "0.35_of.dat", CEN "0.50_of.dat", CEN "1.00_of.dat"},
                             .cure = "mien models pull openface22-cen fetches it"},
};
#define NUM_METHODS (sizeof(methods) / sizeof(methods[0]))

const struct mn_landmark_method *mn_landmark_method(enum mien_landmark_method method)
{
    return (size_t)method < NUM_METHODS && methods[method].name ? &methods[method] : NULL;
}

bool mn_landmark_tracks(const mien_settings *s)
{
    return mn_landmark_method(s->landmark_method) != NULL;
}

static bool is_there(const char *folder, const char *name)
{
    char path[MN_FILENAME_MAX];
    return mn_filename_join(path, folder, name, NULL) == 0 && access(path, R_OK) == 0;
}

static bool is_complete(const struct mn_landmark_method *m, const char *folder)
{
    bool complete = is_there(folder, m->control);
    for (int i = 0; complete && m->needs[i]; i++)
        complete = is_there(folder, m->needs[i]);
    return complete;
}

enum mien_landmark_method mn_landmark_method_choose(const mien_settings *s,
                                                    const struct mn_model_places *places,
                                                    bool networks_exist)
{
    static const enum mien_landmark_method order[] = {MIEN_LANDMARK_CECLM, MIEN_LANDMARK_CLNF};
    if (s->landmark_method != MIEN_LANDMARK_AUTO)
        return s->landmark_method;
    const bool measured = s->analysis == 0 || (s->analysis & MN_FROM_LANDMARKS);
    if (places->use_builtin || !networks_exist || !measured || s->external_landmarks ||
        s->landmark_model || s->refiner)
        return MIEN_LANDMARK_NETWORK;
    for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++)
        if (is_complete(&methods[order[i]], places->folder))
            return order[i];
    return MIEN_LANDMARK_NETWORK;
}

enum mien_landmark_method mien_landmark_method_of(const mien_settings *settings)
{
    mien_settings own;
    struct mn_model_places places;
    struct mn_providers providers;
    struct mn_log log;
    if (!settings || mn_settings_copy(&own, settings) < 0)
        return MIEN_LANDMARK_NETWORK;
    mn_log_init(&log, NULL, NULL);
    if (mn_model_places_resolve(&places, own.models, &log) < 0 ||
        mn_providers_parse(&providers, own.provider, &log) < 0)
        return MIEN_LANDMARK_NETWORK; /* mien_open reports it */
    return mn_landmark_method_choose(&own, &places, mn_providers_need_files(&providers));
}

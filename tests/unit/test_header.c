/* The public headers by themselves: they compile twice, every function can be linked, and what a
 * caller may rely on at compile time holds. Built with -pedantic, as C11 and (.cpp) C++. */
#include <mien/mien.h>
#include <mien/columns.h>
#include <mien/models.h>
#include <mien/stats.h>
#include <mien/mien.h>

#ifdef __cplusplus
#define STATIC_ASSERT static_assert
#else
#define STATIC_ASSERT _Static_assert
#endif

STATIC_ASSERT(MIEN_VERSION_MAJOR >= 0 && MIEN_VERSION_MINOR >= 0 && MIEN_VERSION_PATCH >= 0, "");
STATIC_ASSERT(sizeof(MIEN_VERSION) >= sizeof("0.0.0"), "");
STATIC_ASSERT((int64_t)MIEN_MAX_SIDE *MIEN_MAX_SIDE >= MIEN_MAX_AREA, "");
STATIC_ASSERT(MIEN_EINVAL < 0 && MIEN_EAGAIN != MIEN_EEOF, "");
STATIC_ASSERT(MIEN_FACES_LIMIT >= 1, "");

/* Rows of plain numbers, in the order of the declaration. */
STATIC_ASSERT(offsetof(mien_face, id) == 0, "");
STATIC_ASSERT(sizeof(((mien_face *)0)->box) == 4 * sizeof(float), "");
STATIC_ASSERT(sizeof(((mien_face *)0)->point) == 10 * sizeof(float), "");
STATIC_ASSERT(offsetof(mien_face, point) ==
                  offsetof(mien_face, box) + sizeof(((mien_face *)0)->box),
              "");

/* All codes are different: two equal ones would not compile here. */
static int is_code(int error)
{
    switch (error) {
    case MIEN_EINTERNAL:
    case MIEN_EINVAL:
    case MIEN_ENOINPUT:
    case MIEN_EISDIR:
    case MIEN_EEMPTY:
    case MIEN_ENOTMEDIA:
    case MIEN_ENOVIDEO:
    case MIEN_EDAMAGED:
    case MIEN_EDIMENSIONS:
    case MIEN_ESIZECHANGE:
    case MIEN_ETIMESTAMPS:
    case MIEN_ENOMODEL:
    case MIEN_EUNKNOWNMODEL:
    case MIEN_EBADMODEL:
    case MIEN_EMODELROLE:
    case MIEN_ENORUNTIME:
    case MIEN_EPROVIDER:
    case MIEN_EENGINE:
    case MIEN_EEXISTS:
    case MIEN_EOUTPUT:
    case MIEN_EFULL:
    case MIEN_ENOMEM:
    case MIEN_EDOWNLOAD:
    case MIEN_ENOTBUILT:
    case MIEN_EINTERRUPTED:
    case MIEN_EAGAIN:
    case MIEN_EEOF:
    case MIEN_EWORKER:
        return 1;
    default:
        return 0;
    }
}

typedef void (*any_function)(void);
#define FUNCTION(name) (any_function) name

int main(void)
{
    const any_function all[] = {
        FUNCTION(mien_strerror),
        FUNCTION(mien_error_name),
        FUNCTION(mien_settings_init_sized),
        FUNCTION(mien_setting_at),
        FUNCTION(mien_setting_find),
        FUNCTION(mien_settings_set),
        FUNCTION(mien_settings_get),
        FUNCTION(mien_last_message),
        FUNCTION(mien_analysis_name),
        FUNCTION(mien_mtl_unit),
        FUNCTION(mien_emotion_name),
        FUNCTION(mien_analysis_parse),
        FUNCTION(mien_au_intensity_unit),
        FUNCTION(mien_au_presence_unit),
        FUNCTION(mien_au_name),
        FUNCTION(mien_landmark_name),
        FUNCTION(mien_version),
        FUNCTION(mien_version_number),
        FUNCTION(mien_frame_face),
        FUNCTION(mien_analyse_picture),
        FUNCTION(mien_buffer_get),
        FUNCTION(mien_buffer_put),
        FUNCTION(mien_column_at),
        FUNCTION(mien_column_value),
        FUNCTION(mien_column_used),
        FUNCTION(mien_open),
        FUNCTION(mien_close),
        FUNCTION(mien_acquire),
        FUNCTION(mien_frame_wrap),
        FUNCTION(mien_send),
        FUNCTION(mien_receive),
        FUNCTION(mien_release),
        FUNCTION(mien_reset),
        FUNCTION(mien_interrupt),
        FUNCTION(mien_get_stats),
        FUNCTION(mien_clear_stats),
        FUNCTION(mien_measure_networks),
        FUNCTION(mien_models_used),
        FUNCTION(mien_model_at),
        FUNCTION(mien_model_find),
        FUNCTION(mien_model_verify),
        FUNCTION(mien_model_by_digest),
        FUNCTION(mien_default_models_dir),
        FUNCTION(mien_runtime_version),
        FUNCTION(mien_runtime_providers),
        FUNCTION(mien_cores),
        FUNCTION(mien_picture_to_bgr),
        FUNCTION(mien_frame_set_faces),
        FUNCTION(mien_final_au),
        FUNCTION(mien_analysis_of),
        FUNCTION(mien_builtin_models_dir),
        FUNCTION(mien_builtin_file_at),
        FUNCTION(mien_au_experimental),
        FUNCTION(mien_builtin_au_experimental),
    };
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        if (!all[i])
            return 1;

    mien_settings s;
    mien_settings_init(&s);
    mien_pipeline *p = NULL;
    mien_close(&p);
    if (!is_code(MIEN_EINTERRUPTED) || is_code(0) || is_code(1))
        return 1;
    return s.exec == MIEN_SEQUENTIAL && mien_cores() >= 1 ? 0 : 1;
}

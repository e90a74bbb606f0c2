/* Models: the registry of known files, where they are kept, which ones a pipeline uses, and the
 * inference runtime.
 *
 * All strings are static unless a description states otherwise. Any thread, except
 * mien_models_used.
 */
#ifndef MIEN_MODELS_H
#define MIEN_MODELS_H

#include <mien/mien.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ------------------------------------------------------------------------------- registry ---- */

/* An entry of the registry. Only url may be NULL. */
typedef struct mien_model_info {
    const char *name;   /* unique */
    const char *role;   /* "detector", "gaze", ... */
    const char *file;   /* its file name inside a models folder */
    const char *sha256; /* 64 lower-case hex digits; "" = none is known, because users make the file
                           themselves: it counts as a file that the registry does not know */
    int64_t size;       /* bytes; 0 = not recorded */
    const char *licence;
    int commercial;     /* 1: the licence of file and weights allows commercial use */
    const char *origin; /* where it comes from, a sentence for users */
    const char *url;    /* where `mien models pull` downloads it; NULL: no download */
    int is_default;     /* of the standard set: pulled unless others are named */
    int builtin;        /* comes with mien, in mien_builtin_models_dir */
    int rendered;       /* learned from rendered faces alone: part of MIEN_MODELS_RENDERED */
} mien_model_info;

/* Entry i of the registry, in order of preference; NULL past the end. */
MIEN_API const mien_model_info *mien_model_at(int i);

/* The entry with this name or file name; NULL if there is none. */
MIEN_API const mien_model_info *mien_model_find(const char *name);

/* The entry with this SHA-256, 64 lower-case hex digits; NULL if there is none. */
MIEN_API const mien_model_info *mien_model_by_digest(const char *hex);

/* Reads a file and compares it with an entry. 0: it is that file; MIEN_ENOMODEL: it cannot be read;
 * MIEN_EBADMODEL: it is another or damaged. hex: 65 bytes for the digest found, or NULL. */
MIEN_API int mien_model_verify(const mien_model_info *info, const char *path, char *hex);

/* -------------------------------------------------------------------------------- folders ---- */

/* The folder of the standard models: $MIEN_MODELS if it names a folder, else
 * $XDG_DATA_HOME/mien/models, else ~/.local/share/mien/models. Written to buf of `size` bytes.
 * Returns buf, or NULL if it does not fit. */
MIEN_API const char *mien_default_models_dir(char *buf, size_t size);

/* The folder of the models that come with mien: $MIEN_BUILTIN, else beside libmien or the program:
 * PREFIX/share/mien/builtin, or models/builtin of the source tree of the build. Written to buf of
 * `size` bytes. Returns buf, or NULL if there is no such folder or it does not fit. */
MIEN_API const char *mien_builtin_models_dir(char *buf, size_t size);

/* A file below that folder, as it must be. */
typedef struct mien_builtin_file {
    const char *name, *sha256;
    int64_t size; /* bytes */
} mien_builtin_file;

/* File i of the built-in models; NULL past the end. */
MIEN_API const mien_builtin_file *mien_builtin_file_at(int i);

/* 1: these models measure this action unit only roughly; 0 otherwise, also for models that are not
 * built in; MIEN_EINVAL for NULL. model: mien_model_use.name of the role "au". unit: FACS number.
 */
MIEN_API int mien_au_experimental(const char *model, int unit);

/* The same of the default models. */
MIEN_API int mien_builtin_au_experimental(int unit);

/* -------------------------------------------------------------------------- models in use ---- */

/* A model that a pipeline uses. The strings live as long as the pipeline and are never NULL; a file
 * that the registry does not know has the name "unregistered" and the licence "unknown". */
typedef struct mien_model_use {
    const char *role, *name, *path, *sha256, *licence;
    const char *provider; /* the execution provider that runs it; "mien" for models without one */
} mien_model_use;

#define MIEN_MODELS_MAX 8

/* Returns the number of models in use, at most MIEN_MODELS_MAX, and fills up to `max` entries of
 * out (the caller's; NULL if max is 0); or MIEN_EINVAL. */
MIEN_API int mien_models_used(mien_pipeline *p, mien_model_use *out, int max);

/* -------------------------------------------------------------------------------- runtime ---- */

/* One line about the inference runtime: "ONNX Runtime 1.30.0 (path)". Written to buf of `size`
 * bytes. 0, or MIEN_ENORUNTIME: buf has the reason. */
MIEN_API int mien_runtime_version(char *buf, size_t size);

/* Names of the execution providers that load, comma separated, "cpu" first. Written to buf of
 * `size` bytes. 0, or an error: there is no runtime. */
MIEN_API int mien_runtime_providers(char *buf, size_t size);

#ifdef __cplusplus
}
#endif

#endif

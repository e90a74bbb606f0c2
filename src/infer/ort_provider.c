#include "infer/ort_provider.h"

#include <stdio.h>
#include <string.h>

#define MOST_OPTIONS 16
#define OPTIONS_SIZE 200

/* Options as the runtime takes them. */
struct pairs {
    char text[OPTIONS_SIZE];
    const char *key[MOST_OPTIONS], *value[MOST_OPTIONS];
    size_t n;
};

/* Appends "key=value,key=value"; what does not fit is left out, which the parser of names prevents.
 */
static void split(struct pairs *out, const char *options)
{
    snprintf(out->text, sizeof(out->text), "%s", options);
    for (char *p = out->text, *next; *p && out->n < MOST_OPTIONS; p = next) {
        char *sign = strchr(p, '=');
        next = p + strcspn(p, ",");
        if (*next)
            *next++ = 0;
        if (!sign)
            continue;
        *sign = 0;
        out->key[out->n] = p;
        out->value[out->n++] = sign + 1;
    }
}

static bool append_cuda(ort_options *o, const struct mn_ort_provider *p, const char *options,
                        char why[MN_ORT_WHY])
{
    (void)p;
    ort_cuda_options *cuda = NULL;
    if (mn_ort_failed(mn_ort.create_cuda_options(&cuda), why))
        return false;
    /* an exhaustive search per shape would cost seconds at every start */
    struct pairs pairs = {.key = {"cudnn_conv_algo_search"}, .value = {"HEURISTIC"}, .n = 1};
    split(&pairs, options);
    bool ok =
        !mn_ort_failed(mn_ort.update_cuda_options(cuda, pairs.key, pairs.value, pairs.n), why) &&
        !mn_ort_failed(mn_ort.append_cuda(o, cuda), why);
    mn_ort.release_cuda_options(cuda);
    return ok;
}

static bool append(ort_options *o, const struct mn_ort_provider *p, const char *options,
                   char why[MN_ORT_WHY])
{
    struct pairs pairs = {.n = 0};
    split(&pairs, options);
    return !mn_ort_failed(mn_ort.append_provider(o, p->generic, pairs.key, pairs.value, pairs.n),
                          why);
}

static const struct mn_ort_provider providers[] = {
    {.name = "cpu", .listed = "CPUExecutionProvider", .source = "ONNX Runtime"},
    {.name = "cuda",
     .listed = "CUDAExecutionProvider",
     .source = "the package onnxruntime-gpu",
     .append = append_cuda},
    {.name = "coreml",
     .listed = "CoreMLExecutionProvider",
     .generic = "CoreML",
     .source = "ONNX Runtime for macOS",
     .append = append},
    {.name = "openvino",
     .listed = "OpenVINOExecutionProvider",
     .generic = "OpenVINO",
     .source = "the package onnxruntime-openvino",
     .append = append},
    {.name = "xnnpack",
     .listed = "XnnpackExecutionProvider",
     .generic = "XNNPACK",
     .source = "an ONNX Runtime that was built with XNNPACK",
     .append = append},
    {.name = "dml",
     .listed = "DmlExecutionProvider",
     .generic = "DML",
     .source = "the package onnxruntime-directml",
     .append = append},
    {.name = "qnn",
     .listed = "QNNExecutionProvider",
     .generic = "QNN",
     .source = "the package onnxruntime-qnn",
     .append = append},
    {.name = "webgpu",
     .listed = "WebGpuExecutionProvider",
     .generic = "WebGPU",
     .source = "an ONNX Runtime that was built with WebGPU",
     .append = append},
};
#define NUM_PROVIDERS (sizeof(providers) / sizeof(providers[0]))

const struct mn_ort_provider *mn_ort_provider_find(const char *name)
{
    const size_t length = strcspn(name, ":");
    for (size_t i = 0; i < NUM_PROVIDERS; i++)
        if (strlen(providers[i].name) == length && !strncmp(providers[i].name, name, length))
            return name[length] && !providers[i].append ? NULL : &providers[i];
    return NULL;
}

const char *mn_ort_provider_tail(const char *name)
{
    const char *colon = strchr(name, ':');
    return colon ? colon + 1 : "";
}

static void trim(char *text)
{
    size_t n = strlen(text);
    while (n > 0 && (text[n - 1] == ' ' || text[n - 1] == '.' || text[n - 1] == '\n'))
        text[--n] = 0;
}

/* "...: Failed to load library DIR/LIB.so with error: ...: cannot open shared object file: ..." */
static bool missing_library(char why[MN_ORT_WHY])
{
    char *end = strstr(why, ": cannot open shared object file");
    if (!end)
        return false;
    *end = 0;
    char *name = end;
    while (name > why && name[-1] != '/' && name[-1] != ' ')
        name--;
    memmove(why, name, strlen(name) + 1);
    snprintf(why + strlen(why), MN_ORT_WHY - strlen(why), " is missing");
    return true;
}

const char *mn_ort_provider_cause(char why[MN_ORT_WHY])
{
    static const char status[] = "[ONNXRuntimeError] : ";
    if (missing_library(why))
        return why;
    if (strstr(why, "not supported in this build") || strstr(why, "not enabled in this build")) {
        snprintf(why, MN_ORT_WHY, "this ONNX Runtime was built without it");
        return why;
    }
    char *cause = why;
    for (char *p = why; (p = strstr(p, status));) /* ... : 1 : FAIL : the words */
        cause = p += sizeof(status) - 1;
    for (int i = 0; cause != why && i < 2; i++) {
        char *next = strstr(cause, " : ");
        cause = next ? next + 3 : cause;
    }
    char *line = *cause == '/' ? strchr(cause, ' ') : NULL; /* FILE:LINE, then the function */
    memmove(why, line ? line + 1 : cause, strlen(line ? line + 1 : cause) + 1);
    trim(why);
    return why;
}

/* No spinning: idle workers leave their core to the decoder. No memory patterns: a planned block
 * for each concurrent run would double the arena and gains nothing measurable. */
static bool set_options(ort_options *o, int intra_op, int optimisation, char why[MN_ORT_WHY])
{
    static const char *const config[][2] = {
        {"session.intra_op.allow_spinning", "0"},
        {"session.inter_op.allow_spinning", "0"},
        {"session.set_denormal_as_zero", "1"}, /* in its threads */
        {"session.use_env_allocators", "1"},
    };
    if (mn_ort_failed(mn_ort.set_log_level(o, MN_ORT_LOG_FATAL), why) ||
        mn_ort_failed(mn_ort.set_optimisation(o, optimisation), why) ||
        mn_ort_failed(mn_ort.set_intra_op(o, intra_op), why) ||
        mn_ort_failed(mn_ort.set_inter_op(o, 1), why) ||
        mn_ort_failed(mn_ort.no_memory_pattern(o), why))
        return false;
    for (size_t i = 0; i < sizeof(config) / sizeof(config[0]); i++)
        if (mn_ort_failed(mn_ort.config(o, config[i][0], config[i][1]), why))
            return false;
    return true;
}

bool mn_ort_provider_options(ort_options **out, const struct mn_ort_provider *p,
                             const char *options, int intra_op, int optimisation,
                             char why[MN_ORT_WHY])
{
    *out = NULL;
    ort_options *o = NULL;
    if (mn_ort_failed(mn_ort.create_options(&o), why))
        return false;
    if (!set_options(o, intra_op, optimisation, why) ||
        (p->append && !p->append(o, p, options, why))) {
        mn_ort.release_options(o);
        return false;
    }
    *out = o;
    return true;
}

/* The smallest model there is (y = Identity(x), one float), as an ONNX file: ir_version 8, one
 * node, opset 13. Used to see whether a provider really makes sessions. */
static const uint8_t identity_model[] = {
    0x08, 0x08, 0x3a, 0x33, 0x0a, 0x10, 0x0a, 0x01, 'x',  0x12, 0x01, 'y',  0x22, 0x08, 'I',
    'd',  'e',  'n',  't',  'i',  't',  'y',  0x12, 0x01, 'g',  0x5a, 0x0d, 0x0a, 0x01, 'x',
    0x12, 0x08, 0x0a, 0x06, 0x08, 0x01, 0x12, 0x02, 0x0a, 0x00, 0x62, 0x0d, 0x0a, 0x01, 'y',
    0x12, 0x08, 0x0a, 0x06, 0x08, 0x01, 0x12, 0x02, 0x0a, 0x00, 0x42, 0x02, 0x10, 0x0d,
};

static bool loads(const ort_env *env, const struct mn_ort_provider *p)
{
    char why[MN_ORT_WHY];
    ort_options *o;
    if (!mn_ort_provider_options(&o, p, "", 1, MN_ORT_OPTIMISE_ALL, why))
        return false;
    ort_session *s = NULL;
    bool ok = !mn_ort_failed(
        mn_ort.create_session(env, identity_model, sizeof(identity_model), o, &s), why);
    if (s)
        mn_ort.release_session(s);
    mn_ort.release_options(o);
    return ok;
}

static bool contains(char **list, int count, const char *name)
{
    for (int i = 0; i < count; i++)
        if (!strcmp(list[i], name))
            return true;
    return false;
}

int mn_ort_provider_list(char *buf, size_t size)
{
    buf[0] = 0;
    int err = mn_ort_load(NULL);
    if (err < 0)
        return err;
    char why[MN_ORT_WHY];
    ort_env *env = NULL;
    char **list = NULL;
    int count = 0;
    if (mn_ort_failed(mn_ort.create_env(MN_ORT_LOG_FATAL, "mien", &env), why))
        return MIEN_ENORUNTIME;
    if (mn_ort_failed(mn_ort.providers(&list, &count), why))
        count = 0;
    size_t used = 0;
    for (size_t i = 0; i < NUM_PROVIDERS && used < size; i++)
        if (contains(list, count, providers[i].listed) && loads(env, &providers[i]))
            used += (size_t)snprintf(buf + used, size - used, "%s%s", used ? ", " : "",
                                     providers[i].name);
    if (list)
        mn_ort_failed(mn_ort.free_providers(list, count), why);
    mn_ort.release_env(env);
    return 0;
}

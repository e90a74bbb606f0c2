/* The table of engines: which one runs on a provider, what each must have, what the stub refuses.
 */
#include <stdio.h>
#include <string.h>

#include "check.h"
#include "infer/engine.h"

static void engines_are_complete(void)
{
    int n = 0;
    for (; mn_engines[n]; n++) {
        const struct mn_engine_info *e = mn_engines[n];
        CHECK(e->name && e->knows && e->open && e->close && e->model_open && e->model_close);
        CHECK(e->runner_open && e->run && e->runner_close && e->runs_here);
        for (int k = 0; k < n; k++)
            CHECK(strcmp(e->name, mn_engines[k]->name) != 0);
    }
    CHECK(n >= 2);
}

static void engines_by_provider(void)
{
    static const char *const known[] = {"cpu",     "cuda", "coreml", "openvino",
                                        "xnnpack", "dml",  "qnn",    "webgpu"};
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        const struct mn_engine_info *e = mn_engine_for(known[i]);
        CHECK(e && e->needs_files && !strcmp(e->name, "onnxruntime"));
    }
    const struct mn_engine_info *stub = mn_engine_for("stub");
    CHECK(stub && !stub->needs_files && !stub->providers && !stub->version);
    CHECK(!mn_engine_for("") && !mn_engine_for("CPU") && !mn_engine_for("onnxruntime"));
    CHECK(!mn_engine_for(mn_engine_remote.name)); /* only the library chooses it */
}

/* Texts are cut at the end of the buffer. */
static void texts_fit(void)
{
    char whole[8192] = {0}, cut[12];
    int err = mn_engine_version(whole, sizeof(whole));
    CHECK(whole[0] && (err == 0 || err == MIEN_ENORUNTIME));
    memset(cut, 'x', sizeof(cut));
    mn_engine_version(cut, 8);
    CHECK(memchr(cut, 0, 8) && cut[8] == 'x' && !strncmp(whole, cut, strlen(cut)));
    mn_engine_providers(cut, 3);
    CHECK(strlen(cut) < 3);
}

static char last[1024];

static void note(void *ctx, enum mien_log_level level, const char *message)
{
    (void)ctx;
    (void)level;
    snprintf(last, sizeof(last), "%s", message);
}

static void stub_by_role(void)
{
    static const struct {
        const char *role;
        int outputs;
    } table[] = {{"detector", 3}, {"gaze", 2}, {"landmarks", 1}};
    struct mn_log log;
    mn_log_init(&log, note, NULL);
    struct mn_engine *e;
    REQUIRE(mn_engine_open(&e, mn_engine_for("stub"), "stub", NULL, 1, &log) == 0);
    CHECK_STR(e->provider, "stub");
    struct mn_model_source source = {.label = "x", .input = {4, {1, 3, 64, 64}}};
    struct mn_model *m;
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        source.role = table[i].role;
        REQUIRE(mn_model_open(&m, e, &source) == 0);
        CHECK_INT(m->num_outputs, table[i].outputs);
        mn_model_close(&m);
    }
    static const char *const unknown[] = {"mouth", "detect", ""};
    for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++) {
        source.role = unknown[i];
        last[0] = 0;
        CHECK_INT(mn_model_open(&m, e, &source), MIEN_EMODELROLE);
        CHECK(m == NULL && strstr(last, "no answers for the role"));
    }
    mn_engine_close(&e);
    mn_log_finish(&log);
}

/* The engine for models of another process reads the input's shape from the file, and runs nothing.
 */
static void remote(void)
{
    static const uint8_t file[] = {
        /* graph { input { type { tensor_type { shape { dim { dim_value: 3 } dim { } } } } } } */
        0x3a, 14, 0x5a, 12, 0x12, 10, 0x0a, 8, 0x12, 6, 0x0a, 2, 0x08, 3, 0x0a, 0};
    struct mn_engine *e;
    struct mn_model *m;
    struct mn_runner *r;
    REQUIRE(mn_engine_open(&e, &mn_engine_remote, "cpu", NULL, 1, NULL) == 0);
    struct mn_model_source source = {
        .label = "x", .role = "gaze", .data = file, .size = sizeof(file)};
    REQUIRE(mn_model_open(&m, e, &source) == 0);
    CHECK_INT(m->input.num_dims, 2);
    CHECK(m->input.dim[0] == 3 && m->input.dim[1] == -1);
    CHECK(mn_runner_open(&r, m) < 0 && !r);
    mn_model_close(&m);
    source.size = 3; /* no model: the worker will report it */
    REQUIRE(mn_model_open(&m, e, &source) == 0);
    CHECK_INT(m->input.num_dims, 0);
    mn_model_close(&m);
    mn_engine_close(&e);
}

int main(void)
{
    remote();
    engines_are_complete();
    engines_by_provider();
    texts_fit();
    stub_by_role();
    return check_done();
}

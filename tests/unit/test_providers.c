/* Which provider runs which network: texts of users, refused ones with their messages, and the
 * conversion back to text. */
#include <stdio.h>
#include <string.h>

#include "check.h"
#include "infer/ort_provider.h"
#include "providers.h"

static char last[1100];

static void note(void *ctx, enum mien_log_level level, const char *message)
{
    (void)ctx;
    (void)level;
    snprintf(last, sizeof(last), "%s", message);
}

static void for_all(void)
{
    struct mn_providers p;
    static const char *const texts[] = {NULL, "cpu", "cuda", "stub"};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        REQUIRE(mn_providers_parse(&p, texts[i], NULL) == 0);
        CHECK(!p.apart);
        for (int k = 0; k < MN_NUM_ROLES; k++)
            CHECK_STR(p.of[k], texts[i] ? texts[i] : MN_PROVIDER_DEFAULT);
    }
}

static void by_role(void)
{
    struct mn_providers p;
    REQUIRE(mn_providers_parse(&p, "gaze=cuda,detector=stub", NULL) == 0);
    CHECK(p.apart);
    CHECK_STR(p.of[MN_ROLE_GAZE], "cuda");
    CHECK_STR(p.of[MN_ROLE_DETECTOR], "stub");
    CHECK_STR(p.of[MN_ROLE_LANDMARKS], MN_PROVIDER_DEFAULT);
    REQUIRE(mn_providers_parse(&p, "detect=coreml", NULL) == 0); /* the stage's name */
    CHECK_STR(p.of[MN_ROLE_DETECTOR], "coreml");
}

/* Options belong to the provider before them, up to the next role. */
static void options(void)
{
    struct mn_providers p, back;
    char text[MN_PROVIDERS_TEXT];
    REQUIRE(mn_providers_parse(&p, "openvino:num_streams=1,num_of_threads=2", NULL) == 0);
    CHECK(!p.apart);
    CHECK_STR(p.of[MN_ROLE_GAZE], "openvino:num_streams=1,num_of_threads=2");
    REQUIRE(mn_providers_parse(&p, "gaze=openvino:a=1,b=c:d,detector=cuda:device_id=0,mesh=cpu",
                               NULL) == 0);
    CHECK(p.apart);
    CHECK_STR(p.of[MN_ROLE_GAZE], "openvino:a=1,b=c:d");
    CHECK_STR(p.of[MN_ROLE_DETECTOR], "cuda:device_id=0");
    CHECK_STR(p.of[MN_ROLE_LANDMARKS], MN_PROVIDER_DEFAULT);
    mn_providers_print(&p, text);
    REQUIRE(mn_providers_parse(&back, text, NULL) == 0);
    for (int k = 0; k < MN_NUM_ROLES; k++)
        CHECK_STR(back.of[k], p.of[k]);
}

/* The runtime's sentences, recorded, and what is left of them. */
static void causes(void)
{
    static const struct {
        const char *why, *cause;
    } table[] = {
        {"/onnxruntime_src/onnxruntime/core/session/provider_bridge_ort.cc:1988 "
         "onnxruntime::Provider& onnxruntime::ProviderLibrary::Get() [ONNXRuntimeError] : 1 : FAIL "
         ": Failed to load library /a b/lib_shared.so with error: /a b/lib_shared.so: cannot open "
         "shared object file: No such file or directory ",
         "lib_shared.so is missing"},
        {"OpenVINO execution provider is not supported in this build. ",
         "this ONNX Runtime was built without it"},
        {"/x/y.cc:12 void f() [ONNXRuntimeError] : 1 : FAIL : no such device. ", "no such device"},
        {"plain words", "plain words"},
        {"", ""},
    };
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        char why[MN_ORT_WHY];
        snprintf(why, sizeof(why), "%s", table[i].why);
        CHECK_STR(mn_ort_provider_cause(why), table[i].cause);
    }
}

static void refused(void)
{
    static const struct {
        const char *text, *why;
    } table[] = {
        {"", "unknown execution provider ''"},
        {"CPU", "'CPU'"},
        {"remote", "'remote'"},
        {"gaze=", "unknown execution provider ''"},
        {"gaze=cpu,", "does not assign a provider to a role"},
        {"=cpu", "does not assign"},
        {"gaze=cpu,gaze=cpu", "'gaze=cpu' does not assign"},
        {"detect=cpu,detector=cpu", "'detector=cpu' does not assign"},
        {"gaz=cpu", "does not assign"},
        {"cpu:a=1", "unknown execution provider 'cpu:a=1'"},
        {"openvino:", "'openvino:' has an option without name or value"},
        {"openvino:a", "write openvino:name=value"},
        {"openvino:a=1,=2", "has an option without"},
        {"gaze=openvino:a=,detector=cpu", "has an option without"},
        {"abcdefghijklmnopqrstuvwxyz", "'abcdefghijklmnopqrstuvwxyz'"}, /* longer than any */
    };
    struct mn_log log;
    mn_log_init(&log, note, NULL);
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        struct mn_providers p;
        last[0] = 0;
        CHECK_INT(mn_providers_parse(&p, table[i].text, &log), MIEN_EINVAL);
        CHECK(strstr(last, table[i].why));
        if (strstr(last, "does not assign"))
            for (int k = 0; k < MN_NUM_ROLES; k++) /* the message comes from the table */
                CHECK(strstr(last, mn_roles[k]->name));
    }
    mn_log_finish(&log);
}

static void printed(void)
{
    struct mn_providers p, back;
    char text[MN_PROVIDERS_TEXT];
    REQUIRE(mn_providers_parse(&p, "gaze=openvino,detector=webgpu", NULL) == 0);
    mn_providers_print(&p, text);
    CHECK_STR(text, "detector=webgpu,mesh=cpu,gaze=openvino,landmarks=cpu,mtl=cpu");
    REQUIRE(mn_providers_parse(&back, text, NULL) == 0);
    for (int k = 0; k < MN_NUM_ROLES; k++)
        CHECK_STR(back.of[k], p.of[k]);
    for (int k = 0; k < MN_NUM_ROLES; k++) { /* the longest names there can be */
        memset(p.of[k], 'x', MN_PROVIDER_NAME - 2);
        memcpy(p.of[k] + MN_PROVIDER_NAME - 2, "y", 2);
    }
    mn_providers_print(&p, text);
    CHECK(strlen(text) < sizeof(text) - 1);
    CHECK(text[strlen(text) - 1] == 'y'); /* nothing was cut */
}

int main(void)
{
    for_all();
    by_role();
    options();
    causes();
    refused();
    printed();
    return check_done();
}

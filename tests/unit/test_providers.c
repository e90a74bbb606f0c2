/* Which provider runs which network: texts of users, refused ones with their messages, and the
 * conversion back to text. */
#include <stdio.h>
#include <string.h>

#include "check.h"
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
    for (int k = 0; k < MN_NUM_ROLES; k++) /* the longest names there can be */
        snprintf(p.of[k], sizeof(p.of[k]), "%.*s", MN_PROVIDER_NAME - 1, "abcdefghijklmnopqrst");
    mn_providers_print(&p, text);
    CHECK(strlen(text) < sizeof(text) - 1);
    CHECK(!strcmp(text + strlen(text) - 15, "abcdefghijklmno")); /* nothing was cut */
}

int main(void)
{
    for_all();
    by_role();
    refused();
    printed();
    return check_done();
}

/* The table of sinks: each row is complete, names decide as documented, and a run that asks for
 * everything opens no more sinks than there is room for. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "sink/sink.h"

static int same_role_and_extension(const struct mn_sink_info *a, const struct mn_sink_info *b)
{
    for (int i = 0; i < 4 && a->extensions[i]; i++)
        for (int k = 0; k < 4 && b->extensions[k]; k++)
            if (a->role == b->role && !strcmp(a->extensions[i], b->extensions[k]))
                return 1;
    return 0;
}

static void test_rows(void)
{
    int of_role[MN_SINK_ROLES] = {0};
    for (int i = 0; i < MN_MAX_SINKS; i++) {
        const struct mn_sink_info *s = mn_sinks[i];
        CHECK(s && s->name && s->name[0]);
        CHECK((int)s->role >= 0 && s->role < MN_SINK_ROLES);
        of_role[s->role]++;
        CHECK(s->missing || (s->open && s->begin && s->frame && s->finish));
        CHECK(s->streams || s->extensions[0]); /* a file needs a name that mien can make up */
        for (int k = 0; k < i; k++) {
            CHECK(strcmp(s->name, mn_sinks[k]->name) != 0);
            CHECK(!same_role_and_extension(s, mn_sinks[k]));
        }
    }
    for (int r = 0; r < MN_SINK_ROLES; r++)
        CHECK(r == MN_SINK_ROWS ? of_role[r] >= 1 : of_role[r] == 1);
}

static void test_names(void)
{
    CHECK(mn_sink_for("jsonl", "a.csv") == &mn_sink_jsonl);
    CHECK(mn_sink_for(NULL, "a.csv") == &mn_sink_csv);
    CHECK(mn_sink_for(NULL, "a.b/x.NDJSON") == &mn_sink_jsonl);
    CHECK(mn_sink_for(NULL, "csv") == NULL);
    CHECK(mn_sink_for(NULL, "a.mp4") == NULL);
    CHECK(mn_sink_for("video", NULL) == NULL);
    CHECK(mn_sink_for(NULL, NULL) == NULL);
    CHECK(mn_sink_rows(NULL, "-") == &mn_sink_csv);
    CHECK(mn_sink_rows("jsonl", NULL) == &mn_sink_jsonl);
    CHECK(mn_sink_matches(&mn_sink_video, "a.MKV") && !mn_sink_matches(&mn_sink_video, "mkv"));
    char formats[40];
    CHECK(!strncmp(mn_sink_formats(formats, sizeof(formats), "|"), "csv|jsonl", 9));
    char small[6];
    CHECK(!strcmp(mn_sink_formats(small, sizeof(small), "|"), "csv|j"));
}

/* Everything at once, a window included where SDL is built in, with a guard behind the array. */
static void test_open_all(void)
{
    char folder[] = "/tmp/mien-sinks-XXXXXX", rows[80], video[80];
    CHECK(mkdtemp(folder) != NULL);
    snprintf(rows, sizeof(rows), "%s/a.csv", folder);
    snprintf(video, sizeof(video), "%s/a.mkv", folder);
    struct {
        struct mn_sink *open[MN_MAX_SINKS], *guard;
    } here = {.guard = NULL};
    int n = 0;
    const struct mn_sink_request all = {
        .name = {[MN_SINK_ROWS] = rows,
                 [MN_SINK_SEND] = "udp://127.0.0.1:9",
                 [MN_SINK_VIEW] = mn_sink_display.missing ? NULL : "--view",
                 [MN_SINK_VIDEO] = video}};
    CHECK_INT(mn_sink_open_all(here.open, &n, &all), 0);
    CHECK_INT(n, mn_sink_display.missing ? 3 : 4);
    CHECK(n <= MN_MAX_SINKS && here.guard == NULL);
    for (int i = 0, row = -1; i < n; i++) { /* in the order of the table */
        int k = 0;
        while (mn_sinks[k] != here.open[i]->info)
            k++;
        CHECK(k > row);
        row = k;
        if (here.open[i]->info->counts)
            CHECK_INT(here.open[i]->info->counts(here.open[i]).sent, 0);
        here.open[i]->info->finish(here.open[i], false);
    }

    n = 0; /* an error keeps what was opened before it */
    const struct mn_sink_request bad = {
        .name = {[MN_SINK_ROWS] = rows, [MN_SINK_SEND] = "carrier pigeon"}, .force = true};
    CHECK_INT(mn_sink_open_all(here.open, &n, &bad), MIEN_EINVAL);
    CHECK_INT(n, 1);
    here.open[0]->info->finish(here.open[0], false);
    unlink(strcat(rows, ".partial"));
    unlink(strcat(video, ".partial"));
    CHECK_INT(rmdir(folder), 0);
}

int main(void)
{
    test_rows();
    test_names();
    test_open_all();
    return check_done();
}

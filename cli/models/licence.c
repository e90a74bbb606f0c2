#include "models/licence.h"

#include <mien/mien.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "io/msg.h"
#include "io/signal.h"

static int ask(const struct mn_model_set *set)
{
    char answer[16];
    fprintf(stderr,
            "%s.\nThe licence: %s\nDo you accept it? Type yes to fetch the files: ", set->terms,
            set->licence_url);
    if (!fgets(answer, sizeof(answer), stdin))
        answer[0] = 0;
    if (mn_signal_received)
        return MIEN_EINTERRUPTED;
    answer[strcspn(answer, "\r\n")] = 0;
    if (!strcmp(answer, "yes"))
        return 0;
    return mn_fail(MIEN_EINVAL, "the licence of %s was not accepted; nothing was fetched",
                   set->name);
}

int mn_licence_accept(const struct mn_model_set *set, const char *accepted)
{
    if (accepted && !strcmp(accepted, set->name))
        return 0;
    if (isatty(STDIN_FILENO) && isatty(STDERR_FILENO))
        return ask(set);
    return mn_fail(MIEN_EINVAL,
                   "%s; read the licence at %s, and accept it with --accept-licence %s", set->terms,
                   set->licence_url, set->name);
}

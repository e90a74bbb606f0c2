#include "evaluate/sequences.h"

#include <ctype.h>
#include <mien/mien.h>
#include <stdlib.h>
#include <string.h>

#include "io/msg.h"
#include "io/path.h"

enum { NUMBER_DIGITS = 9 };

/* The number that is the last part of a name; -1: it is none. */
static int number_of(const char *name)
{
    const char *last = mn_path_last_part(name);
    const size_t n = strlen(last);
    if (last == name || n == 0 || n > NUMBER_DIGITS)
        return -1;
    for (size_t i = 0; i < n; i++)
        if (!isdigit((unsigned char)last[i]))
            return -1;
    return atoi(last);
}

/* Cuts the last part off. False: there is only one. */
static bool cut(char *name)
{
    char *slash = strrchr(name, '/');
    if (slash && slash > name)
        *slash = 0;
    return slash && slash > name;
}

/* The name of the result whose frame this picture is. malloced; NULL: there is none. */
static char *sequence_of(struct mn_pairing *results, const char *picture)
{
    char *name = strdup(picture);
    for (int level = 0; name && level < 2 && cut(name); level++)
        if (mn_pairing_has(results, name))
            return name;
    free(name);
    return NULL;
}

/* Sets frame[i] to the number of the picture, if recording i became a sequence. */
static int rename_recordings(struct mn_labels *l, struct mn_pairing *results, int *frame)
{
    int joined = 0;
    for (int i = 0; i < l->num_recordings; i++) {
        struct mn_recording *r = &l->recording[i];
        const int number = number_of(r->name);
        frame[i] = -1;
        if (number < 0 || mn_pairing_has(results, r->name))
            continue;
        char *name = sequence_of(results, r->name);
        if (!name)
            continue;
        free(r->name);
        r->name = name;
        frame[i] = number;
        joined++;
    }
    return joined;
}

int mn_sequences_join(struct mn_labels *l, struct mn_pairing *results)
{
    int *frame = calloc((size_t)l->num_recordings + 1, sizeof(*frame)), first = 1;
    if (!frame)
        return mn_fail(MIEN_ENOMEM, "out of memory for the labels");
    const int joined = rename_recordings(l, results, frame);
    for (int i = 0; i < l->num_recordings; i++)
        first = frame[i] == 0 ? 0 : first;
    for (int64_t i = 0; joined && i < l->n; i++) {
        struct mn_label *label = &l->label[i];
        if (frame[label->recording] >= 0)
            label->frame = frame[label->recording] + 1 - first;
    }
    free(frame);
    return joined;
}

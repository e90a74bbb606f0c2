#include "base/testing.h"

#include <pthread.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

static struct mn_testing testing;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static const struct {
    const char *name;
    size_t offset;
} fields[] = {
    {"jitter=", offsetof(struct mn_testing, jitter)},
    {"slow=", offsetof(struct mn_testing, slow)},
    {"poison=", offsetof(struct mn_testing, poison)},
    {"hang=", offsetof(struct mn_testing, hang)},
};

struct mn_testing mn_testing_parse(const char *text)
{
    struct mn_testing t = {0};
    for (; text && *text; text += strcspn(text, ","), text += *text == ',')
        for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
            const size_t length = strlen(fields[i].name);
            if (strncmp(text, fields[i].name, length) != 0)
                continue;
            const long value = strtol(text + length, NULL, 10);
            if (value > 0 && value <= 1000000000)
                *(int *)(void *)((char *)&t + fields[i].offset) = (int)value;
        }
    return t;
}

static void read_environment(void)
{
    testing = mn_testing_parse(getenv("MIEN_TEST"));
}

const struct mn_testing *mn_testing(void)
{
    pthread_once(&once, read_environment);
    return &testing;
}

void mn_testing_set(struct mn_testing t)
{
    pthread_once(&once, read_environment);
    testing = t;
}

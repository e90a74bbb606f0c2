#include "web/access.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "io/msg.h"

#define SHORTEST 16

static bool is_token(const char *s)
{
    const size_t n = strlen(s);
    return n >= SHORTEST && n < MN_WEB_TOKEN &&
           strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") == n;
}

int mn_web_token(char token[MN_WEB_TOKEN])
{
    const char *given = getenv("MIEN_WEB_TOKEN");
    if (given && !is_token(given))
        return mn_fail(
            MIEN_EINVAL,
            "MIEN_WEB_TOKEN takes %d to %d letters, digits, - and _; unset it for a random "
            "one",
            SHORTEST, MN_WEB_TOKEN - 1);
    if (given) {
        strcpy(token, given);
        return 0;
    }
    unsigned char random[16];
    FILE *f = fopen("/dev/urandom", "rb");
    const size_t n = f ? fread(random, 1, sizeof(random), f) : 0;
    if (f)
        fclose(f);
    if (n != sizeof(random))
        return mn_fail(MIEN_EINTERNAL,
                       "--web: /dev/urandom gives no random numbers; set MIEN_WEB_TOKEN");
    for (size_t i = 0; i < n; i++)
        snprintf(token + 2 * i, 3, "%02x", random[i]);
    return 0;
}

/* The time does not depend on where they differ. */
static bool equal(const char *given, const char *token, size_t n)
{
    unsigned char different = 0;
    for (size_t i = 0; i < n; i++)
        different |= (unsigned char)(given[i] ^ token[i]);
    return !different;
}

/* Any port: the address may lead through a tunnel. */
static bool is_loopback(const char *host)
{
    static const char *const names[] = {"127.0.0.1", "localhost", "[::1]"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        const size_t n = strlen(names[i]);
        const char *rest = host + n;
        if (!strncasecmp(host, names[i], n) &&
            (!*rest || (*rest == ':' && rest[1] && !rest[1 + strspn(rest + 1, "0123456789")])))
            return true;
    }
    return false;
}

static bool is_same_origin(const struct mn_web_request *r)
{
    static const char scheme[] = "http://";
    const size_t n = sizeof(scheme) - 1;
    if (r->origin && (strncmp(r->origin, scheme, n) || strcasecmp(r->origin + n, r->host)))
        return false;
    return !r->fetch_site || !strcmp(r->fetch_site, "same-origin") ||
           !strcmp(r->fetch_site, "none");
}

const char *mn_web_access(const struct mn_web_request *r, const char *token, const char **why)
{
    const size_t n = strlen(token);
    if (!r->host || !is_loopback(r->host)) {
        *why = "The host of this address is not this machine.\n";
        return NULL;
    }
    if (!is_same_origin(r)) {
        *why = "Pages of other origins have no access.\n";
        return NULL;
    }
    if (r->path[0] != '/' || strlen(r->path) < n + 2 || r->path[n + 1] != '/' ||
        !equal(r->path + 1, token, n)) {
        *why = "The token of this address is wrong; use the address that mien prints.\n";
        return NULL;
    }
    return r->path + n + 2;
}

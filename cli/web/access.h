/* Who may read the live page: the holder of its token, from a page of this server or from a
 * program. */
#ifndef MN_CLI_ACCESS_H
#define MN_CLI_ACCESS_H

#include <stdbool.h>
#include <stddef.h>

#define MN_WEB_TOKEN 65 /* bytes, with the zero */

/* $MIEN_WEB_TOKEN if it is set: 16 to 64 letters, digits, - and _; else 32 random hexadecimal
 * digits. 0, or an error, reported. */
int mn_web_token(char token[MN_WEB_TOKEN]);

/* Headers of a request; NULL: absent. */
struct mn_web_request {
    const char *path, *host, *origin, *fetch_site;
};

/* The part of the path after "/TOKEN/"; NULL: refused, and *why is one line for the client. The
 * host must be a name of this machine (a page elsewhere may have a name that resolves to loopback),
 * and a request that a page makes must come from a page of the same host. */
const char *mn_web_access(const struct mn_web_request *r, const char *token, const char **why);

#endif

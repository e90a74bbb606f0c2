/* Downloads over http and https, and file addresses. libcurl stays behind http.c; without it
 * mn_http_fetch reports that mien was built without it. */
#ifndef MN_CLI_HTTP_H
#define MN_CLI_HTTP_H

#include "models/download.h"

/* A client that keeps its connections open from file to file. Each thread needs its own; opening
 * and closing are for one thread at a time. */
struct mn_http;

/* 0, MIEN_EINTERNAL or MIEN_ENOMEM, reported. */
int mn_http_open(struct mn_http **http);

/* NULL is allowed. */
void mn_http_close(struct mn_http *http);

/* Fills the part file from an http, https or file address. Requests only the missing bytes; a
 * server that has another version by now, or does not support ranges, sends all. Temporary errors
 * are tried again three times. *resumed: the part file comes from several responses, so if its
 * content is wrong, a new start (mn_download_drop, then mn_http_fetch) may help.
 *
 * Errors, after reporting them: MIEN_EDOWNLOAD; MIEN_EBADMODEL if the file is longer than
 * max_bytes; MIEN_EINVAL for a bad MIEN_FETCH_TIMEOUT (seconds without connection or data, default
 * 30); MIEN_ENOTBUILT; MIEN_EINTERRUPTED; those of writing. */
int mn_http_fetch(struct mn_http *http, struct mn_download *d, const char *url, int64_t max_bytes,
                  const struct mn_watch *watch, bool *resumed);

#endif

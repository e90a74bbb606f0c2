#include "models/http.h"

#include <mien/mien.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io/msg.h"

#ifndef MN_HAVE_CURL

int mn_http_open(struct mn_http **http)
{
    *http = NULL;
    return 0;
}

void mn_http_close(struct mn_http *http)
{
}

int mn_http_fetch(struct mn_http *http, struct mn_download *d, const char *url, int64_t max_bytes,
                  const struct mn_watch *watch, bool *resumed)
{
    *resumed = false;
    return mn_fail(MIEN_ENOTBUILT,
                   "%s: this mien was built without libcurl and cannot download; "
                   "copy the file here another way and name its folder with --from",
                   url);
}

#else

#include <curl/curl.h>
#include <strings.h>

#define RETRIES 3
#define REDIRECTS 8
#define USUAL_TIMEOUT 30.0 /* seconds */
#define WORD 256           /* longest ETag or date that is stored */

struct mn_http {
    CURL *curl; /* with its open connections */
};

struct transfer {
    struct mn_download *part;
    const struct mn_watch *watch;
    const char *url;
    CURL *curl;
    int64_t max, have, total; /* bytes: allowed, in the part file, of the whole (0 = not known) */
    bool local;               /* a file: address, always read from the start */

    /* of one response; a redirect or a proxy causes several in a request */
    char etag[WORD], modified[WORD];
    int64_t first, length; /* of Content-Range, -1: none */

    /* of one request */
    bool begun;  /* the body goes to the part file */
    bool misfit; /* the server cannot continue the part file */
    bool joined; /* the part file comes from more than one response */
    int error;   /* why a callback stopped the transfer; reported */
    char reason[CURL_ERROR_SIZE];
};

/* Copies the value of a header line if the line has this name and its value is short and
 * printable. */
static void header(const char *line, size_t size, const char *name, char out[WORD])
{
    size_t skip = strlen(name);
    if (size < skip || strncasecmp(line, name, skip))
        return;
    const char *p = line + skip, *end = line + size;
    while (p < end && (*p == ' ' || *p == '\t'))
        p++;
    while (end > p && (end[-1] == '\r' || end[-1] == '\n' || end[-1] == ' '))
        end--;
    if (end - p >= WORD)
        return;
    for (const char *c = p; c < end; c++)
        if (*c < 0x20 || *c > 0x7e)
            return;
    memcpy(out, p, (size_t)(end - p));
    out[end - p] = 0;
}

static size_t on_header(char *line, size_t unit, size_t size, void *ctx)
{
    struct transfer *t = ctx;
    if (size >= 5 && !strncasecmp(line, "HTTP/", 5)) {
        t->etag[0] = t->modified[0] = 0;
        t->first = t->length = -1;
    }
    header(line, size, "ETag:", t->etag);
    header(line, size, "Last-Modified:", t->modified);
    char range[WORD] = "";
    header(line, size, "Content-Range:", range);
    long long first, last, length;
    int n = sscanf(range, "bytes %lld-%lld/%lld", &first, &last, &length);
    if (n >= 2 && first >= 0 && last >= first) {
        t->first = first;
        t->length = n == 3 && length > last ? length : -1;
    }
    return size;
}

/* Stores the validator for If-Range, to continue later: a strong ETag, else the date. */
static void remember(const struct transfer *t)
{
    const char *word = t->etag[0] == '"' ? t->etag : t->modified;
    FILE *f = *word ? fopen(t->part->meta, "w") : NULL;
    bool good = f && fprintf(f, "%s\n", word) > 0;
    if (f && fclose(f) != 0)
        good = false;
    if (!good)
        unlink(t->part->meta); /* then the digest alone decides */
}

static bool recall(const struct transfer *t, char word[WORD])
{
    char line[WORD + 2] = "";
    FILE *f = fopen(t->part->meta, "r");
    if (f) {
        if (!fgets(line, sizeof(line), f))
            line[0] = 0;
        fclose(f);
    }
    word[0] = 0;
    header(line, strlen(line), "", word);
    return word[0] != 0;
}

static int too_long(const struct transfer *t)
{
    return mn_fail(MIEN_EBADMODEL,
                   "%s is longer than the %lld bytes of the model, so it is another file; "
                   "name another place with --from",
                   t->url, (long long)t->max);
}

/* The first bytes of the final response have arrived: they continue the part file, or replace it.
 */
static int begin(struct transfer *t)
{
    t->begun = true;
    long status = 0;
    curl_off_t body = -1;
    curl_easy_getinfo(t->curl, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(t->curl, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &body);
    if (status == 206) {
        t->misfit = t->have == 0 || t->first != t->have;
        if (t->misfit)
            return -1;
        t->joined = true;
        t->total = t->length > 0 ? t->length : 0;
    } else {
        t->error = mn_download_drop(t->part);
        t->have = 0;
        t->joined = false;
        t->total = 0;
    }
    /* the server's number may be any; the sum must not overflow */
    if (t->total == 0 && body > 0)
        t->total = body > t->max - t->have ? INT64_MAX : t->have + body;
    if (t->error == 0 && t->total > t->max)
        t->error = too_long(t);
    if (t->error == 0)
        remember(t);
    return t->error;
}

static size_t on_body(char *data, size_t unit, size_t size, void *ctx)
{
    struct transfer *t = ctx;
    if (!t->begun && begin(t) < 0)
        return 0;
    if ((int64_t)size > t->max - t->have)
        t->error = too_long(t);
    else
        t->error = mn_atomic_file_write(&t->part->file, data, size, t->have);
    if (t->error < 0)
        return 0;
    t->have += (int64_t)size;
    return size;
}

static int on_progress(void *ctx, curl_off_t dltotal, curl_off_t dlnow, curl_off_t ultotal,
                       curl_off_t ulnow)
{
    struct transfer *t = ctx;
    return t->watch->go_on(t->watch->ctx, t->have, t->total) ? 0 : 1;
}

static int prepare(struct transfer *t, double timeout)
{
    CURL *c = t->curl;
    CURLcode code;
#if LIBCURL_VERSION_NUM >= 0x075500
    code = curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, t->local ? "file" : "http,https");
    if (code == CURLE_OK)
        code = curl_easy_setopt(c, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
#else
    const long web = CURLPROTO_HTTP | CURLPROTO_HTTPS;
    code = curl_easy_setopt(c, CURLOPT_PROTOCOLS, t->local ? (long)CURLPROTO_FILE : web);
    if (code == CURLE_OK)
        code = curl_easy_setopt(c, CURLOPT_REDIR_PROTOCOLS, web);
#endif
    if (code != CURLE_OK)
        return mn_fail(MIEN_ENOTBUILT,
                       "%s: libcurl was built without this kind of address; copy the file here "
                       "another way and name its folder with --from",
                       t->url);
    /* a transfer that stays slower than this for the whole timeout counts as stalled */
    const long slowest = 100; /* bytes per second */
    bool bad =
        curl_easy_setopt(c, CURLOPT_URL, t->url) ||
        curl_easy_setopt(c, CURLOPT_USERAGENT, "mien/" MIEN_VERSION) ||
        curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L) || curl_easy_setopt(c, CURLOPT_FAILONERROR, 1L) ||
        curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 1L) ||
        curl_easy_setopt(c, CURLOPT_MAXREDIRS, (long)REDIRECTS) ||
        curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS, (long)(timeout * 1000) + 1) ||
        curl_easy_setopt(c, CURLOPT_LOW_SPEED_LIMIT, slowest) ||
        curl_easy_setopt(c, CURLOPT_LOW_SPEED_TIME, (long)(timeout + 0.999)) ||
        curl_easy_setopt(c, CURLOPT_ERRORBUFFER, t->reason) ||
        curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, on_header) ||
        curl_easy_setopt(c, CURLOPT_HEADERDATA, t) ||
        curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, on_body) ||
        curl_easy_setopt(c, CURLOPT_WRITEDATA, t) || curl_easy_setopt(c, CURLOPT_NOPROGRESS, 0L) ||
        curl_easy_setopt(c, CURLOPT_XFERINFOFUNCTION, on_progress) ||
        curl_easy_setopt(c, CURLOPT_XFERINFODATA, t);
    return bad ? MIEN_ENOMEM : 0;
}

/* One request, for the bytes that are missing. */
static CURLcode request(struct transfer *t)
{
    t->begun = t->misfit = false;
    t->etag[0] = t->modified[0] = t->reason[0] = 0;
    t->first = t->length = -1;
    if (t->local)
        t->have = 0;
    char range[32] = "", word[WORD], line[WORD + 16];
    struct curl_slist *headers = NULL;
    if (t->have > 0) {
        snprintf(range, sizeof(range), "%lld-", (long long)t->have);
        if (recall(t, word)) {
            snprintf(line, sizeof(line), "If-Range: %s", word);
            headers = curl_slist_append(NULL, line);
        }
    }
    curl_easy_setopt(t->curl, CURLOPT_RANGE, *range ? range : NULL);
    curl_easy_setopt(t->curl, CURLOPT_HTTPHEADER, headers);
    CURLcode code = curl_easy_perform(t->curl);
    curl_easy_setopt(t->curl, CURLOPT_HTTPHEADER, NULL);
    curl_slist_free_all(headers);
    if (code == CURLE_OK && !t->begun && begin(t) < 0) /* an empty file */
        code = CURLE_WRITE_ERROR;
    if (code == CURLE_OK && t->have < t->total)
        code = CURLE_PARTIAL_FILE; /* the server cut the range short */
    return code;
}

static bool is_temporary(CURLcode code, long status)
{
    switch (code) {
    case CURLE_HTTP_RETURNED_ERROR:
        return status == 408 || status == 425 || status == 429 || status == 500 || status == 502 ||
               status == 503 || status == 504;
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_CONNECT:
    case CURLE_OPERATION_TIMEDOUT:
    case CURLE_PARTIAL_FILE:
    case CURLE_GOT_NOTHING:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
        return true;
    default:
        return false;
    }
}

static const char *why(struct transfer *t, CURLcode code, long status)
{
    if (code == CURLE_HTTP_RETURNED_ERROR)
        snprintf(t->reason, sizeof(t->reason), "the server responds with status %ld%s", status,
                 status == 404 ? " (not found)" : "");
    else if (code == CURLE_PARTIAL_FILE)
        snprintf(t->reason, sizeof(t->reason), "the connection ended early");
    else if (!t->reason[0])
        snprintf(t->reason, sizeof(t->reason), "%s", curl_easy_strerror(code));
    return t->reason;
}

/* Waits 1, 2, 4 seconds with the usual timeout, or as long as the server requests, up to the
 * timeout. */
static int wait_for_retry(struct transfer *t, int retry, double timeout, const char *reason)
{
    double seconds = timeout / USUAL_TIMEOUT * (1 << retry);
    curl_off_t asked = 0;
    if (curl_easy_getinfo(t->curl, CURLINFO_RETRY_AFTER, &asked) == CURLE_OK &&
        (double)asked > seconds)
        seconds = (double)asked < timeout ? (double)asked : timeout;
    mn_msg(MIEN_LOG_WARNING, "%s: %s; trying again in %.3g s", t->url, reason, seconds);
    return mn_download_pause(seconds, t->watch, t->have, t->total);
}

static int transfer(struct transfer *t, double timeout)
{
    bool fresh = false;
    for (int retry = 0;;) {
        CURLcode code = request(t);
        long status = 0;
        curl_easy_getinfo(t->curl, CURLINFO_RESPONSE_CODE, &status);
        if (t->error < 0)
            return t->error;
        if (code == CURLE_OK)
            return 0;
        if (code == CURLE_ABORTED_BY_CALLBACK)
            return MIEN_EINTERRUPTED;
        if (code == CURLE_OUT_OF_MEMORY)
            return mn_fail(MIEN_ENOMEM, "%s: out of memory", t->url);

        /* 416: the file of the server ends before the part file does */
        if ((t->misfit || (status == 416 && t->have > 0)) && !fresh) {
            fresh = true;
            t->have = 0;
            int err = mn_download_drop(t->part);
            if (err < 0)
                return err;
            continue;
        }
        const char *reason =
            t->misfit ? "the server sends another range than requested" : why(t, code, status);
        if (!is_temporary(code, status))
            return mn_fail(
                MIEN_EDOWNLOAD,
                "%s cannot be downloaded: %s; copy the file here another way and name its "
                "folder with --from",
                t->url, reason);
        if (retry == RETRIES)
            return mn_fail(MIEN_EDOWNLOAD,
                           "%s cannot be downloaded: %s; run it again later to continue where it "
                           "stopped",
                           t->url, reason);
        int err = wait_for_retry(t, retry++, timeout, reason);
        if (err < 0)
            return err;
    }
}

static int read_timeout(double *seconds)
{
    *seconds = USUAL_TIMEOUT;
    const char *text = getenv("MIEN_FETCH_TIMEOUT");
    if (!text || !*text)
        return 0;
    char *end;
    *seconds = strtod(text, &end);
    if (*end || !(*seconds > 0 && *seconds <= 3600))
        return mn_fail(MIEN_EINVAL, "MIEN_FETCH_TIMEOUT is \"%s\"; it takes seconds, up to 3600",
                       text);
    return 0;
}

int mn_http_open(struct mn_http **http)
{
    *http = NULL;
    if (curl_global_init(CURL_GLOBAL_DEFAULT))
        return mn_fail(MIEN_EINTERNAL, "libcurl cannot be initialised; check its installation");
    struct mn_http *h = calloc(1, sizeof(*h));
    if (h)
        h->curl = curl_easy_init();
    if (h && h->curl) {
        *http = h;
        return 0;
    }
    free(h);
    curl_global_cleanup();
    return mn_fail(MIEN_ENOMEM, "out of memory");
}

void mn_http_close(struct mn_http *http)
{
    if (!http)
        return;
    curl_easy_cleanup(http->curl);
    free(http);
    curl_global_cleanup();
}

int mn_http_fetch(struct mn_http *http, struct mn_download *d, const char *url, int64_t max_bytes,
                  const struct mn_watch *watch, bool *resumed)
{
    *resumed = false;
    struct transfer t = {
        .part = d, .watch = watch, .url = url, .curl = http->curl, .max = max_bytes};
    t.local = !strncasecmp(url, "file:", 5);
    t.have = mn_atomic_file_size(&d->file);
    double timeout;
    int err = read_timeout(&timeout);
    if (err == 0 && t.have > max_bytes) {
        t.have = 0;
        err = mn_download_drop(d);
    }
    if (err < 0)
        return err;
    curl_easy_reset(t.curl); /* keeps the connections */
    err = prepare(&t, timeout);
    if (err == 0)
        err = transfer(&t, timeout);
    *resumed = t.joined;
    return err;
}

#endif

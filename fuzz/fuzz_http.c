/* Replies of a server to a download, and the metadata of a part file. This file takes the place of
 * libcurl: each request plays a piece of the input through the callbacks of http.c, with any
 * status, any headers, any body and any outcome. */
#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>
#include <mien/mien.h>
#include <stdarg.h>
#include <sys/stat.h>

#include "fuzz.h"
#include "io/msg.h"
#include "models/http.h"

#undef curl_easy_setopt
#undef curl_easy_getinfo

enum { MOST = 2000 }; /* bytes that a file may have */

/* bytes of an old part file, its metadata; then for each request: outcome, status, length, headers
 * with their lengths, body pieces with their lengths */
#define REPLY(outcome, status, length) outcome status length
#define OK200 "\xc8\x00"
#define PART206 "\xce\x00"
const struct fuzz_seed fuzz_seeds[] = {
    FUZZ_TEXT("\x00\x00" REPLY("\x00", OK200, "\x05\x00\x00\x00") "\x02"
                                                                  "\x11HTTP/1.1 200 OK\r\n"
                                                                  "\x0d"
                                                                  "ETag: \"abc\"\r\n"
                                                                  "\x01"
                                                                  "\x05hello"),
    FUZZ_TEXT("\x03\x05\"abc\"" REPLY("\x00", PART206,
                                      "\x02\x00\x00\x00") "\x02"
                                                          "\x1eHTTP/1.1 206 Partial Content\r\n"
                                                          "\x1b"
                                                          "Content-Range: bytes 3-4/5\n"
                                                          "\x01"
                                                          "\x02lo"),
    FUZZ_TEXT("\x03\x05\"abc\"" REPLY(
        "\x00", PART206,
        "\x02\x00\x00\x00") "\x01"
                            "\x1b"
                            "Content-Range: bytes 2-4/5\n"
                            "\x01"
                            "\x02lo" REPLY("\x00", OK200,
                                           "\xff\xff\xff\xff") "\x01"
                                                               "\x18"
                                                               "Last-Modified: yesterday"
                                                               "\x01"
                                                               "\x05hello"),
    FUZZ_TEXT("\x09\x00" REPLY("\x01", "\xa0\x01", "\x00\x00\x00\x00") "\x00\x00" REPLY(
        "\x01", "\xf7\x01",
        "\x00\x00\x00\x00") "\x00\x00" REPLY("\x04", OK200,
                                             "\x09\x00\x00\x00") "\x00\x01\x01x" REPLY("\x01",
                                                                                       "\x94\x01",
                                                                                       "\x00\x00\x00\x00") "\x00\x00"),
    FUZZ_TEXT("\x00\x00" REPLY("\x00", OK200, "\xff\xff\xff\x7f") "\x00\x01\x01x"),
    FUZZ_TEXT(
        "\x03\x05\"abc\"" REPLY("\x00", PART206, "\xff\xff\xff\x7f") "\x01"
                                                                     "\x1a"
                                                                     "Content-Range: bytes 3-4/*"
                                                                     "\x01"
                                                                     "\x02lo"),
    {NULL, 0},
};
const int fuzz_rounds = 6000;
const size_t fuzz_longest = 400;

static struct fuzz_input in;

/* ------------------------------------------------------------------- what libcurl would do ---- */

static struct {
    size_t (*header)(char *, size_t, size_t, void *);
    size_t (*body)(char *, size_t, size_t, void *);
    int (*progress)(void *, curl_off_t, curl_off_t, curl_off_t, curl_off_t);
    void *header_ctx, *body_ctx, *progress_ctx;
    long status;
    curl_off_t length, retry_after;
} curl;

CURLcode curl_global_init(long flags)
{
    (void)flags;
    return CURLE_OK;
}

void curl_global_cleanup(void)
{
}

CURL *curl_easy_init(void)
{
    memset(&curl, 0, sizeof(curl));
    return &curl;
}

void curl_easy_reset(CURL *c)
{
    FUZZ_CHECK(c == &curl);
    memset(&curl, 0, sizeof(curl));
}

void curl_easy_cleanup(CURL *c)
{
    FUZZ_CHECK(c == &curl);
}

CURLcode curl_easy_setopt(CURL *c, CURLoption option, ...)
{
    va_list args;
    va_start(args, option);
    (void)c;
    switch (option) {
    case CURLOPT_HEADERFUNCTION:
        curl.header = va_arg(args, size_t(*)(char *, size_t, size_t, void *));
        break;
    case CURLOPT_WRITEFUNCTION:
        curl.body = va_arg(args, size_t(*)(char *, size_t, size_t, void *));
        break;
    case CURLOPT_XFERINFOFUNCTION:
        curl.progress =
            va_arg(args, int (*)(void *, curl_off_t, curl_off_t, curl_off_t, curl_off_t));
        break;
    case CURLOPT_HEADERDATA:
        curl.header_ctx = va_arg(args, void *);
        break;
    case CURLOPT_WRITEDATA:
        curl.body_ctx = va_arg(args, void *);
        break;
    case CURLOPT_XFERINFODATA:
        curl.progress_ctx = va_arg(args, void *);
        break;
    default:
        break;
    }
    va_end(args);
    return CURLE_OK;
}

CURLcode curl_easy_getinfo(CURL *c, CURLINFO info, ...)
{
    va_list args;
    va_start(args, info);
    (void)c;
    if (info == CURLINFO_RESPONSE_CODE)
        *va_arg(args, long *) = curl.status;
    else if (info == CURLINFO_CONTENT_LENGTH_DOWNLOAD_T)
        *va_arg(args, curl_off_t *) = curl.length;
    else if (info == CURLINFO_RETRY_AFTER)
        *va_arg(args, curl_off_t *) = curl.retry_after;
    va_end(args);
    return CURLE_OK;
}

struct curl_slist *curl_slist_append(struct curl_slist *list, const char *line)
{
    FUZZ_CHECK(!list && !strncmp(line, "If-Range: ", 10) && strlen(line) < 300);
    for (; *line; line++)
        FUZZ_CHECK(*line >= 0x20 && *line < 0x7f); /* no second header can be smuggled in */
    return NULL;
}

void curl_slist_free_all(struct curl_slist *list)
{
    FUZZ_CHECK(!list);
}

const char *curl_easy_strerror(CURLcode code)
{
    (void)code;
    return "a failure";
}

/* A piece whose length is its first byte; a copy of exactly that size. */
static char *piece(size_t *size)
{
    size_t n = fuzz_byte(&in);
    n = n < in.size ? n : in.size;
    char *out = malloc(n ? n : 1);
    FUZZ_CHECK(out);
    fuzz_bytes(&in, out, n);
    *size = n;
    return out;
}

CURLcode curl_easy_perform(CURL *c)
{
    static const CURLcode outcomes[] = {
        CURLE_OK,           CURLE_HTTP_RETURNED_ERROR, CURLE_COULDNT_CONNECT, CURLE_OUT_OF_MEMORY,
        CURLE_PARTIAL_FILE, CURLE_SSL_CONNECT_ERROR,   CURLE_RECV_ERROR};
    FUZZ_CHECK(c == &curl && curl.header && curl.body && curl.progress);
    const uint8_t outcome = fuzz_byte(&in);
    uint16_t status;
    size_t n;
    fuzz_bytes(&in, &status, sizeof(status));
    curl.status = status;
    curl.length = fuzz_int(&in);
    if (curl.length == INT32_MAX) /* the largest that libcurl reports */
        curl.length = INT64_MAX;
    curl.retry_after = outcome / 16;
    for (int headers = fuzz_byte(&in); headers > 0 && in.size; headers--) {
        char *line = piece(&n);
        FUZZ_CHECK(curl.header(line, 1, n, curl.header_ctx) == n);
        free(line);
    }
    bool refused = false;
    for (int pieces = fuzz_byte(&in); pieces > 0 && in.size && !refused; pieces--) {
        char *data = piece(&n);
        refused = n && curl.body(data, 1, n, curl.body_ctx) != n;
        free(data);
    }
    if (refused)
        return CURLE_WRITE_ERROR;
    if (curl.progress(curl.progress_ctx, 0, 0, 0, 0))
        return CURLE_ABORTED_BY_CALLBACK;
    return outcomes[outcome % 16 % 7];
}

/* ----------------------------------------------------------------------------- the target ---- */

static int errors, turns;

static void count(enum mien_log_level level, const char *text)
{
    FUZZ_CHECK(*text);
    errors += level == MIEN_LOG_ERROR;
}

static bool go_on(void *ctx, int64_t have, int64_t total)
{
    (void)ctx;
    FUZZ_CHECK(have >= 0 && have <= MOST && total >= 0 && total <= MOST);
    return turns++ < 40;
}

static void write_part(void)
{
    uint8_t content[255] = {1};
    size_t n;
    fuzz_file("model.part", content, fuzz_byte(&in));
    char *meta = piece(&n);
    fuzz_file("model.part.meta", meta, n);
    free(meta);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct mn_watch watch = {.go_on = go_on};
    struct mn_download d;
    struct stat st;
    char target[128], part[160];
    bool resumed;
    in = (struct fuzz_input){data, size};
    setenv("MIEN_FETCH_TIMEOUT", "0.00001", 1); /* waiting for a retry takes no time */
    mn_msg_redirect(count);
    errors = turns = 0;
    write_part();
    snprintf(target, sizeof(target), "%s/model", fuzz_folder());
    snprintf(part, sizeof(part), "%s.part", target);
    FUZZ_CHECK(mn_download_open(&d, target, &watch) == 0);
    const char *url = size % 8 ? "https://example.org/model" : "file:///model";
    struct mn_http *http;
    FUZZ_CHECK(mn_http_open(&http) == 0);
    int err = mn_http_fetch(http, &d, url, MOST, &watch, &resumed);
    mn_http_close(http);
    FUZZ_CHECK(err == 0 || err == MIEN_EDOWNLOAD || err == MIEN_EBADMODEL || err == MIEN_ENOMEM ||
               err == MIEN_EINTERRUPTED);
    FUZZ_CHECK(errors == (err < 0 && err != MIEN_EINTERRUPTED));
    FUZZ_CHECK(stat(part, &st) == 0 && st.st_size <= MOST);
    mn_download_drop(&d);
    mn_download_close(&d);
    return 0;
}

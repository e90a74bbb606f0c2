#include "batch/claim.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <mien/mien.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "batch/ledger.h"
#include "io/msg.h"
#include "io/path.h"

char *mn_claim_folder(const char *results)
{
    char *place = mn_path_join(results, ".mien"), *claims = mn_path_join(results, ".mien/claims");
    if (place && claims && (mkdir(place, 0777) == 0 || errno == EEXIST) &&
        (mkdir(claims, 0777) == 0 || errno == EEXIST)) {
        free(place);
        return claims;
    }
    mn_msg(MIEN_LOG_ERROR,
           "%s: the folder for claims cannot be made: %s; choose another place "
           "with -o",
           results, strerror(errno));
    free(place);
    free(claims);
    return NULL;
}

/* FNV-1a of the name of the result below the folder of results: machines may see that folder under
 * other names. */
static char *claim_of(const char *claims, const char *rows, const char *ending)
{
    uint64_t hash = 14695981039346656037u;
    char name[64];
    const size_t n = strlen(claims) - strlen(".mien/claims");
    rows = !strncmp(claims, rows, n) ? rows + n : rows;
    for (const char *p = rows; *p; p++)
        hash = (hash ^ (unsigned char)*p) * 1099511628211u;
    snprintf(name, sizeof(name), "%016" PRIx64 "%s", hash, ending);
    return mn_path_join(claims, name);
}

#define OWNER 160

static void owner_here(char text[OWNER])
{
    char host[MN_LEDGER_HOST];
    mn_ledger_host(host);
    snprintf(text, OWNER, "%s %ld\n", host, (long)getpid());
}

static bool create(const char *path)
{
    char text[OWNER];
    const int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd < 0)
        return false;
    owner_here(text);
    const ssize_t n =
        write(fd, text, strlen(text)); /* on a full disk it has no owner, and expires */
    (void)n;
    close(fd);
    return true;
}

/* Another process takes a claim over if this one was suspended for long. */
static bool is_ours(const char *path)
{
    char here[OWNER], owner[OWNER] = "";
    FILE *file = fopen(path, "re");
    if (!file)
        return false;
    owner_here(here);
    const bool named = fgets(owner, sizeof(owner), file) != NULL;
    fclose(file);
    return named && !strcmp(owner, here);
}

static bool is_expired(const char *path)
{
    struct stat st;
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return stat(path, &st) == 0 && (double)(now.tv_sec - st.st_mtime) > MN_CLAIM_EXPIRY;
}

/* Several processes may see an expired claim; one of them succeeds in renaming it. One that comes
 * late may have renamed the fresh claim of another process, and gives it back. */
static void remove_expired(const char *path)
{
    char mine[64];
    snprintf(mine, sizeof(mine), ".%ld.expired", (long)getpid());
    char *away = mn_path_with_suffix(path, mine);
    if (away && rename(path, away) == 0) {
        if (!is_expired(away) && link(away, path) < 0)
            mn_msg(MIEN_LOG_DEBUG, "%s: %s", path, strerror(errno));
        unlink(away);
    }
    free(away);
}

/* Without a claim an input may be analysed twice, but it is not lost. */
static bool report_failure(const char *path, const char *rows)
{
    mn_msg(MIEN_LOG_WARNING, "%s cannot be written: %s; %s is analysed without a claim", path,
           strerror(errno), rows);
    return true;
}

bool mn_claim_take(const char *claims, const char *rows)
{
    char *path = claim_of(claims, rows, ""), *given_up = claim_of(claims, rows, ".failed");
    bool taken = false;
    if (path && given_up && access(given_up, F_OK) < 0) {
        taken = create(path);
        if (!taken && errno != EEXIST)
            taken = report_failure(path, rows);
        if (!taken && is_expired(path)) {
            remove_expired(path);
            taken = create(path);
        }
    }
    free(path);
    free(given_up);
    return taken;
}

void mn_claim_touch(const char *claims, const char *rows)
{
    char *path = claim_of(claims, rows, "");
    if (path && is_ours(path))
        utimensat(AT_FDCWD, path, NULL, 0);
    free(path);
}

void mn_claim_end(const char *claims, const char *rows, bool failed)
{
    char *path = claim_of(claims, rows, ""), *given_up = claim_of(claims, rows, ".failed");
    const bool ours = path && is_ours(path);
    if (ours && given_up && failed)
        rename(path, given_up);
    else if (ours)
        unlink(path);
    free(path);
    free(given_up);
}

/* Runs a target without a fuzzer: its seeds, then seeds with random damage, and plain noise. The
 * inputs are the same in every run.
 * Usage: replay_X [-v] [--corpus FOLDER] [ROUND | FIRST-LAST | FILE]...
 *        replay_X --write FOLDER
 *   -v                prints each round and file before it runs
 *   --corpus FOLDER   runs the files in FOLDER as well; a missing folder has none
 *   --write FOLDER    writes the seeds as files instead, for a fuzzer to start from */
#include <dirent.h>
#include <stdbool.h>

#include "fuzz.h"

static uint64_t state;
static bool verbose;

static uint32_t any(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (uint32_t)(state >> 24);
}

static size_t below(size_t n)
{
    return n ? any() % n : 0;
}

/* Runs on a copy of exactly that size, so that a read past its end is noticed. */
static void run(const void *data, size_t size)
{
    uint8_t *exact = malloc(size ? size : 1);
    if (!exact)
        abort();
    if (size)
        memcpy(exact, data, size);
    LLVMFuzzerTestOneInput(exact, size);
    free(exact);
}

static const uint8_t odd[] = {0x00, 0x01, 0x7f, 0x80, 0xff, '-', '=', ' ', '\n', '9'};

static size_t damage(uint8_t *b, size_t size, size_t most)
{
    for (size_t k = 1 + below(8); k; k--) {
        size_t at = below(size);
        switch (any() % 6) {
        case 0: /* a different byte */
            if (size)
                b[at] = (uint8_t)any();
            break;
        case 1: /* a different bit */
            if (size)
                b[at] ^= (uint8_t)(1u << any() % 8);
            break;
        case 2: /* cut off */
            size = at;
            break;
        case 3: /* one more byte */
            if (size < most) {
                memmove(b + at + 1, b + at, size - at);
                b[at] = odd[below(sizeof(odd))];
                size++;
            }
            break;
        case 4: /* a piece repeated */
            if (size > 1) {
                size_t from = below(size), n = 1 + below(size - (from > at ? from : at));
                memmove(b + at, b + from, n);
            }
            break;
        default: /* an extreme value, several times */
            for (size_t n = 1 + below(4); n && at < size; n--, at++)
                b[at] = odd[below(sizeof(odd))];
        }
    }
    return size;
}

static void round_of(int number, uint8_t *b)
{
    size_t num_seeds = 0, size;
    while (fuzz_seeds[num_seeds].data)
        num_seeds++;
    if (verbose) {
        printf("%d\n", number);
        fflush(stdout);
    }
    if ((size_t)number < num_seeds) {
        run(fuzz_seeds[number].data, fuzz_seeds[number].size);
        return;
    }
    state = 0x9E3779B97F4A7C15u * (uint64_t)(number + 1);
    for (int i = 0; i < 4; i++)
        any();
    if (num_seeds && number % 3) {
        const struct fuzz_seed *s = &fuzz_seeds[below(num_seeds)];
        size = s->size < fuzz_longest ? s->size : fuzz_longest;
        memcpy(b, s->data, size);
        size = damage(b, size, fuzz_longest);
    } else {
        size = below(number % 2 ? 64 : fuzz_longest + 1);
        size = size < fuzz_longest ? size : fuzz_longest;
        for (size_t i = 0; i < size; i++)
            b[i] = (uint8_t)any();
    }
    run(b, size);
}

static int run_file(const char *path)
{
    FILE *f = fopen(path, "rb");
    uint8_t *b = malloc(1 << 20);
    if (!f || !b) {
        fprintf(stderr, "%s cannot be read\n", path);
        return 1;
    }
    if (verbose) {
        printf("%s\n", path);
        fflush(stdout);
    }
    size_t size = fread(b, 1, 1 << 20, f);
    fclose(f);
    run(b, size);
    free(b);
    return 0;
}

static int run_folder(const char *path)
{
    DIR *d = opendir(path);
    struct dirent *e;
    int err = 0;
    while (d && (e = readdir(d))) {
        char name[1000];
        if (e->d_name[0] == '.')
            continue;
        snprintf(name, sizeof(name), "%s/%s", path, e->d_name);
        err |= run_file(name);
    }
    if (d)
        closedir(d);
    return err;
}

static int write_seeds(const char *folder)
{
    for (int i = 0; fuzz_seeds[i].data; i++) {
        char name[1000];
        snprintf(name, sizeof(name), "%s/seed_%02d", folder, i);
        FILE *f = fopen(name, "wb");
        bool good = f && fwrite(fuzz_seeds[i].data, 1, fuzz_seeds[i].size, f) == fuzz_seeds[i].size;
        if (f && fclose(f) != 0)
            good = false;
        if (!good) {
            fprintf(stderr, "%s cannot be written\n", name);
            return 1;
        }
    }
    return 0;
}

/* A round, several rounds, or a file. */
static int run_named(const char *what, uint8_t *b)
{
    char *end;
    long number = strtol(what, &end, 10), last = number;
    if (end == what || number < 0)
        return run_file(what);
    if (*end == '-')
        last = strtol(end + 1, &end, 10);
    if (*end)
        return run_file(what);
    for (; number <= last && number < 1 << 30; number++)
        round_of((int)number, b);
    return 0;
}

int main(int argc, char **argv)
{
    bool all = true;
    int err = 0;
    uint8_t *b = malloc(fuzz_longest + 1);
    if (!b)
        return 1;
    for (int i = 1; i < argc; i++) {
        if (!strcmp(argv[i], "-v"))
            verbose = true;
        else if (!strcmp(argv[i], "--corpus") && i + 1 < argc)
            err |= run_folder(argv[++i]);
        else {
            all = false;
            if (!strcmp(argv[i], "--write") && i + 1 < argc)
                err |= write_seeds(argv[++i]);
            else
                err |= run_named(argv[i], b);
        }
    }
    for (int i = 0; all && i < fuzz_rounds; i++)
        round_of(i, b);
    free(b);
    return err;
}

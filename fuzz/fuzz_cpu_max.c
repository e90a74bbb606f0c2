/* Text of a cgroup's cpu.max. */
#include "base/cores.h"
#include "fuzz.h"

const struct fuzz_seed fuzz_seeds[] = {
    FUZZ_TEXT("max 100000\n"),
    FUZZ_TEXT("150000 100000\n"),
    FUZZ_TEXT("9223372036854775807 1"),
    FUZZ_TEXT("99999999999999999999 99999999999999999999"),
    FUZZ_TEXT("-9223372036854775808 -1"),
    {NULL, 0},
};
const int fuzz_rounds = 100000;
const size_t fuzz_longest = 80;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *line = malloc(size + 1);
    if (!line)
        return 0;
    if (size)
        memcpy(line, data, size);
    line[size] = 0;
    int cores = mn_cores_from_cpu_max(line);
    FUZZ_CHECK(cores >= 0 && cores <= 1 << 20);
    free(line);
    return 0;
}

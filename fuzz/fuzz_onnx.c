/* The header of an ONNX file: the bytes are the file. */
#include "fuzz.h"
#include "infer/onnx.h"

/* graph { input { type { tensor { shape { dims } } } } }; each length is that of what follows. */
#define PATH(all, input, type, tensor, shape) \
    "\x3a" all "\x5a" input "\x0a\x01x\x12" type "\x0a" tensor "\x08\x01\x12" shape
const struct fuzz_seed fuzz_seeds[] = {
    FUZZ_TEXT("\x08\x08" PATH("\x18", "\x16", "\x11", "\x0f", "\x0b") "\x0a\x03\x12\x01n"
                                                                      "\x0a\x04\x08\xe0\x84\x01"),
    FUZZ_TEXT(PATH("\x12", "\x10", "\x0b", "\x09", "\x05") "\x0a\x03\x12\x01n"),
    FUZZ_TEXT("\x08\x07\x12\x02pt\x39"
              "12345678\x3d"
              "1234"),
    FUZZ_TEXT("\x3a\xff\xff\xff\xff\xff\xff\xff\xff\x7f"),
    {NULL, 0},
};
const int fuzz_rounds = 60000;
const size_t fuzz_longest = 300;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct mn_onnx_input in;
    if (!mn_onnx_input(data, size, &in))
        return 0;
    FUZZ_CHECK(in.shape.num_dims >= 1 && in.shape.num_dims <= MN_MAX_DIMS);
    for (int i = 0; i < in.shape.num_dims; i++) {
        FUZZ_CHECK(in.shape.dim[i] == -1 || (in.shape.dim[i] >= 1 && in.shape.dim[i] <= INT32_MAX));
        FUZZ_CHECK(memchr(in.name[i], 0, MN_ONNX_NAME));
    }
    return 0;
}

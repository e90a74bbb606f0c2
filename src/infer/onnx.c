/* An ONNX file is a protocol buffer: a sequence of fields, each a key (number and kind) and a
 * value. Kind 0 is a number of variable length; kind 2 is bytes, which may be fields again. The
 * path to the input's shape is ModelProto.graph (7), GraphProto.input (11), ValueInfoProto.type
 * (2), TypeProto.tensor_type (1), its shape (2). Each dim (1) of it is a dim_value (1) or a
 * dim_param (2). */
#include "infer/onnx.h"

#include <string.h>

struct bytes {
    const uint8_t *at, *end;
};

struct field {
    uint64_t number, value; /* value of kind 0 */
    struct bytes bytes;     /* of kind 2 */
    int kind;
};

static bool number(struct bytes *b, uint64_t *out)
{
    *out = 0;
    for (int shift = 0; shift < 64 && b->at < b->end; shift += 7) {
        uint8_t byte = *b->at++;
        *out |= (uint64_t)(byte & 0x7f) << shift;
        if (!(byte & 0x80))
            return true;
    }
    return false;
}

/* False at the end, and for a malformed field. */
static bool next(struct bytes *b, struct field *f)
{
    uint64_t key, size = 0;
    if (!number(b, &key))
        return false;
    f->number = key >> 3;
    f->kind = (int)(key & 7);
    switch (f->kind) {
    case 0:
        return number(b, &f->value);
    case 1:
        size = 8;
        break;
    case 2:
        if (!number(b, &size))
            return false;
        break;
    case 5:
        size = 4;
        break;
    default:
        return false;
    }
    if (size > (uint64_t)(b->end - b->at))
        return false;
    f->bytes = (struct bytes){b->at, b->at + size};
    b->at += size;
    return true;
}

/* The first field of that number and of kind 2. */
static bool find(struct bytes b, uint64_t which, struct bytes *out)
{
    struct field f;
    while (next(&b, &f))
        if (f.kind == 2 && f.number == which) {
            *out = f.bytes;
            return true;
        }
    return false;
}

/* One dimension: its size or -1, and its name. False: malformed or out of range. */
static bool dimension(struct bytes b, int64_t *dim, char name[MN_ONNX_NAME])
{
    struct field f;
    *dim = -1;
    name[0] = 0;
    while (next(&b, &f)) {
        size_t length = f.kind == 2 ? (size_t)(f.bytes.end - f.bytes.at) : 0;
        if (f.kind == 0 && f.number == 1) {
            if (f.value < 1 || f.value > INT32_MAX)
                return false;
            *dim = (int64_t)f.value;
        } else if (f.kind == 2 && f.number == 2) {
            if (length >= MN_ONNX_NAME || memchr(f.bytes.at, 0, length))
                return false;
            memcpy(name, f.bytes.at, length);
            name[length] = 0;
        }
    }
    return b.at == b.end;
}

bool mn_onnx_input(const void *data, size_t size, struct mn_onnx_input *in)
{
    static const uint64_t path[] = {7, 11, 2, 1, 2};
    struct bytes b = {data, (const uint8_t *)data + size};
    for (size_t i = 0; i < sizeof(path) / sizeof(path[0]); i++)
        if (!find(b, path[i], &b))
            return false;
    struct field f;
    int n = 0;
    while (next(&b, &f)) {
        if (f.kind != 2 || f.number != 1)
            continue;
        if (n == MN_MAX_DIMS || !dimension(f.bytes, &in->shape.dim[n], in->name[n]))
            return false;
        n++;
    }
    in->shape.num_dims = n;
    return n > 0 && b.at == b.end;
}

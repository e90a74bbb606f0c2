/* The input that a model file describes: hand-made files, whole and cut at any byte. */
#include "check.h"
#include "infer/onnx.h"

struct bytes {
    uint8_t data[512];
    size_t size;
};

static void put(struct bytes *b, int key, const void *data, size_t size)
{
    REQUIRE(b->size + size + 3 < sizeof(b->data) && size < 1 << 14);
    b->data[b->size++] = (uint8_t)(key << 3 | 2);
    b->data[b->size++] = (uint8_t)(0x80 | (size & 0x7f)); /* two bytes even where one suffices */
    b->data[b->size++] = (uint8_t)(size >> 7);
    memcpy(b->data + b->size, data, size);
    b->size += size;
}

static void put_in(struct bytes *b, int key, const struct bytes *inner)
{
    put(b, key, inner->data, inner->size);
}

/* A dimension: its name, or its value if name is NULL; 0: neither. */
static void put_dim(struct bytes *shape, const char *name, int value)
{
    struct bytes dim = {{0}, 0};
    if (name) {
        put(&dim, 2, name, strlen(name));
    } else if (value) {
        dim.data[dim.size++] = 1 << 3;
        for (; value > 127; value >>= 7)
            dim.data[dim.size++] = (uint8_t)(0x80 | (value & 0x7f));
        dim.data[dim.size++] = (uint8_t)value;
    }
    put_in(shape, 1, &dim);
}

static struct bytes model_of(const struct bytes *shape)
{
    struct bytes tensor = {{1 << 3, 1}, 2}, type = {{0}, 0}, value = {{0}, 0}, graph = {{0}, 0};
    struct bytes model = {{1 << 3, 8}, 2}; /* ir_version */
    put_in(&tensor, 2, shape);
    put_in(&type, 1, &tensor);
    put(&value, 1, "input", 5);
    put_in(&value, 2, &type);
    put(&graph, 5, "\x2a\x01x", 3); /* an initialiser: skipped */
    put_in(&graph, 11, &value);
    put(&graph, 11, "\x0a\x01y", 3); /* another input: skipped */
    put(&model, 2, "maker", 5);
    put_in(&model, 7, &graph);
    return model;
}

static void whole(void)
{
    struct bytes shape = {{0}, 0};
    put_dim(&shape, "batch", 0);
    put_dim(&shape, NULL, 3);
    put_dim(&shape, NULL, 0);
    put_dim(&shape, NULL, 640);
    struct bytes model = model_of(&shape);
    struct mn_onnx_input in;
    REQUIRE(mn_onnx_input(model.data, model.size, &in));
    CHECK_INT(in.shape.num_dims, 4);
    CHECK(in.shape.dim[0] == -1 && !strcmp(in.name[0], "batch"));
    CHECK(in.shape.dim[1] == 3 && !in.name[1][0]);
    CHECK(in.shape.dim[2] == -1 && !in.name[2][0]);
    CHECK(in.shape.dim[3] == 640);

    size_t graph_end = model.size;
    for (size_t n = 0; n < graph_end; n++) { /* at an address of its own, so that sanitizers see */
        uint8_t *part = malloc(n + 1);
        REQUIRE(part);
        memcpy(part, model.data, n);
        CHECK(!mn_onnx_input(part, n, &in));
        free(part);
    }
    srand(1);
    for (int round = 0; round < 20000; round++) {
        struct bytes other = model;
        for (int k = rand() % 4; k >= 0; k--)
            other.data[(size_t)rand() % other.size] = (uint8_t)rand();
        if (mn_onnx_input(other.data, other.size, &in)) {
            CHECK(in.shape.num_dims > 0 && in.shape.num_dims <= MN_MAX_DIMS);
            for (int i = 0; i < in.shape.num_dims; i++)
                CHECK(memchr(in.name[i], 0, MN_ONNX_NAME) &&
                      (in.shape.dim[i] == -1 || in.shape.dim[i] > 0));
        }
    }
}

static void unusable(void)
{
    struct mn_onnx_input in;
    struct bytes shape = {{0}, 0};
    struct bytes model = model_of(&shape);
    CHECK(!mn_onnx_input(model.data, model.size, &in)); /* no dimension */
    for (int i = 0; i < MN_MAX_DIMS + 1; i++)
        put_dim(&shape, NULL, 7);
    model = model_of(&shape);
    CHECK(!mn_onnx_input(model.data, model.size, &in)); /* too many */
    char name[MN_ONNX_NAME + 1] = {0};
    memset(name, 'n', MN_ONNX_NAME);
    shape.size = 0;
    put_dim(&shape, name, 0);
    model = model_of(&shape);
    CHECK(!mn_onnx_input(model.data, model.size, &in)); /* the name is too long */
    name[MN_ONNX_NAME - 1] = 0;
    shape.size = 0;
    put_dim(&shape, name, 0);
    model = model_of(&shape);
    CHECK(mn_onnx_input(model.data, model.size, &in));
    CHECK_STR(in.name[0], name);
    CHECK(!mn_onnx_input(NULL, 0, &in));
}

int main(void)
{
    whole();
    unusable();
    return check_done();
}

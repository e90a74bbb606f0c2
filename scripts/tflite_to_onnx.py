"""Converts one of MediaPipe's face networks from TFLite to ONNX, with Python's standard library only.

It supports only the operators of the full-range face detector and of the face mesh, and refuses all
others. Weights stay in half precision: a Cast to float32 follows each, and runtimes fold it. The layout
becomes N, C, H, W. PRELU becomes a*x + (1-a)*relu(x) with two depthwise 1 x 1 convolutions, because
ONNX Runtime's PRelu operator leaves the blocked layout, which makes the mesh four times slower.
The same input produces the same bytes.

Formats: a TFLite file is a flatbuffer (tables of offsets, little endian), an ONNX file is a protocol
buffers message.
"""
import array
import struct

FLOAT, FLOAT16, INT32 = 0, 1, 2  # tensor types of TFLite
ADD, CONV, DEPTHWISE, DEQUANTIZE, MAX_POOL, RELU, RESHAPE, RESIZE, PAD, PRELU = \
    0, 3, 4, 6, 17, 19, 22, 23, 34, 54
SIZE = {FLOAT: 4, FLOAT16: 2, INT32: 4}


# ------------------------------------------------------------------------------- flatbuffer ----

class Table:
    """A table of a flatbuffer: fields by number, each with a default."""

    def __init__(self, data, at):
        self.data, self.at = data, at
        self.fields = at - struct.unpack_from("<i", data, at)[0]
        self.count = (struct.unpack_from("<H", data, self.fields)[0] - 4) // 2

    def place(self, i):
        offset = struct.unpack_from("<H", self.data, self.fields + 4 + 2 * i)[0] if i < self.count else 0
        return self.at + offset if offset else 0

    def number(self, i, kind="i", default=0):
        at = self.place(i)
        return struct.unpack_from("<" + kind, self.data, at)[0] if at else default

    def follow(self, i):
        at = self.place(i)
        return at + struct.unpack_from("<I", self.data, at)[0] if at else 0

    def table(self, i):
        at = self.follow(i)
        return Table(self.data, at) if at else None

    def vector(self, i, kind="i"):
        at = self.follow(i)
        if not at:
            return []
        n = struct.unpack_from("<I", self.data, at)[0]
        return list(struct.unpack_from(f"<{n}{kind}", self.data, at + 4))

    def raw(self, i):
        at = self.follow(i)
        return self.data[at + 4:at + 4 + struct.unpack_from("<I", self.data, at)[0]] if at else b""

    def tables(self, i):
        at = self.follow(i)
        n = struct.unpack_from("<I", self.data, at)[0] if at else 0
        places = [at + 4 + 4 * k for k in range(n)]
        return [Table(self.data, p + struct.unpack_from("<I", self.data, p)[0]) for p in places]


class Tensor:
    """A constant: shape, type and bytes."""

    def __init__(self, shape, kind, data):
        self.shape, self.kind, self.data = shape, kind, data

    def transposed(self, order):
        size = SIZE[self.kind]
        steps = [size] * len(self.shape)
        for i in range(len(self.shape) - 2, -1, -1):
            steps[i] = steps[i + 1] * self.shape[i + 1]
        places = [0]
        for axis in order:
            places = [p + k * steps[axis] for p in places for k in range(self.shape[axis])]
        return Tensor([self.shape[a] for a in order], self.kind,
                      b"".join(self.data[p:p + size] for p in places))

    def floats(self):
        kind = "e" if self.kind == FLOAT16 else "f"
        return struct.unpack(f"<{len(self.data) // SIZE[self.kind]}{kind}", self.data)


# -------------------------------------------------------------------------- protocol buffers ----

def varint(n):
    out, n = bytearray(), n & (1 << 64) - 1
    while n > 127:
        out.append(n & 127 | 128)
        n >>= 7
    return bytes(out) + bytes([n])


def field(number, value):
    """One field: an integer, or bytes, text or an embedded message."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    value = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(value)) + value


def attribute(name, value):
    if isinstance(value, int):
        return field(1, name) + field(3, value) + field(20, 2)
    if isinstance(value, str):
        return field(1, name) + field(4, value) + field(20, 3)
    return field(1, name) + b"".join(field(8, v) for v in value) + field(20, 7)


def value_info(name, shape):
    dims = b"".join(field(1, field(2 if isinstance(n, str) else 1, n)) for n in shape)
    return field(1, name) + field(2, field(1, field(1, 1) + field(2, dims)))


class Graph:
    """An ONNX graph as it grows."""

    def __init__(self):
        self.nodes, self.constants, self.count = [], [], 0

    def name(self, kind):
        self.count += 1
        return f"{kind}{self.count}"

    def add(self, kind, inputs, output=None, **attributes):
        output = output or self.name(kind.lower())
        self.nodes.append(b"".join(field(1, i) for i in inputs) + field(2, output) + field(3, output) +
                          field(4, kind) + b"".join(field(5, attribute(k, v))
                                                    for k, v in sorted(attributes.items())))
        return output

    def constant(self, shape, kind, data):  # kind: of ONNX; 1 float, 7 int64, 10 half
        name = self.name("w")
        self.constants.append(b"".join(field(1, n) for n in shape) + field(2, kind) + field(8, name) +
                              field(9, data))
        return name

    def weights(self, t):
        if t.kind == FLOAT:
            return self.constant(t.shape, 1, t.data)
        return self.add("Cast", [self.constant(t.shape, 10, t.data)], to=1)

    def floats(self, shape, values):
        return self.constant(shape, 1, struct.pack(f"<{len(values)}f", *values))

    def integers(self, values):
        return self.constant([len(values)], 7, struct.pack(f"<{len(values)}q", *values))

    def model(self, inputs, outputs):
        graph = (b"".join(field(1, n) for n in self.nodes) + field(2, "face") +
                 b"".join(field(5, c) for c in self.constants) +
                 b"".join(field(11, value_info(*i)) for i in inputs) +
                 b"".join(field(12, value_info(*o)) for o in outputs))
        return (field(1, 8) + field(2, "mien") + field(7, graph) + field(8, field(1, "") + field(2, 13)))


# ------------------------------------------------------------------------------- operators ----

def same(size, kernel, stride, dilation=1):
    """Padding before and after for TFLite's SAME; an odd total puts one more after."""
    total = max((-(-size // stride) - 1) * stride + (kernel - 1) * dilation + 1 - size, 0)
    return total // 2, total - total // 2


class Converter:
    def __init__(self, data, any_size):
        self.any_size = any_size
        if data[4:8] != b"TFL3":
            raise SystemExit("not a TFLite file")
        model = Table(data, struct.unpack_from("<I", data, 0)[0])
        self.graph, buffers = Graph(), model.tables(4)
        self.codes = [max(c.number(0, "b"), c.number(3)) for c in model.tables(1)]
        self.body, = model.tables(2)
        self.tensors = self.body.tables(0)
        self.shape = [t.vector(0) for t in self.tensors]
        self.known, self.names = {}, {}
        for i, t in enumerate(self.tensors):
            content = buffers[t.number(2, "I")].raw(0)
            if content:
                self.known[i] = Tensor(self.shape[i], t.number(1, "b"), content)

    def value(self, i):
        """The ONNX name of a tensor."""
        if i not in self.names:
            t = self.known[i]
            self.names[i] = self.graph.weights(t.transposed([0, 3, 1, 2]) if len(t.shape) == 4 else t)
        return self.names[i]

    def activated(self, name, code):
        if code > 1:
            raise SystemExit(f"fused activation {code} is not supported")
        return self.graph.add("Relu", [name]) if code else name

    def convolution(self, inputs, o, depthwise):
        shift = 1 if depthwise else 0  # the options of a depthwise convolution have one more field
        weights = self.known[inputs[1]].transposed([3, 0, 1, 2] if depthwise else [0, 3, 1, 2])
        height, width = self.shape[inputs[0]][1:3]
        stride, dilation = [o.number(2), o.number(1)], [o.number(5 + shift, default=1),
                                                        o.number(4 + shift, default=1)]
        kernel, pads = weights.shape[2:], [(0, 0), (0, 0)]
        if o.number(0, "b") == 0:
            pads = [same(n, *rest) for n, *rest in zip((height, width), kernel, stride, dilation)]
        names = [self.value(inputs[0]), self.graph.weights(weights)]
        names += [self.graph.weights(self.known[i]) for i in inputs[2:3] if i >= 0]
        out = self.graph.add("Conv", names, kernel_shape=kernel, strides=stride, dilations=dilation,
                             pads=[pads[0][0], pads[1][0], pads[0][1], pads[1][1]],
                             group=self.shape[inputs[0]][3] if depthwise else 1)
        return self.activated(out, o.number(3 + shift, "b"))

    def pool(self, inputs, o):
        stride, kernel = [o.number(2), o.number(1)], [o.number(4), o.number(3)]
        pads = [(0, 0), (0, 0)]
        if o.number(0, "b") == 0:
            pads = [same(n, k, s) for n, k, s in zip(self.shape[inputs[0]][1:3], kernel, stride)]
        out = self.graph.add("MaxPool", [self.value(inputs[0])], kernel_shape=kernel, strides=stride,
                             pads=[pads[0][0], pads[1][0], pads[0][1], pads[1][1]])
        return self.activated(out, o.number(5, "b"))

    def prelu(self, inputs):
        slope, x, add = self.known[inputs[1]].floats(), self.value(inputs[0]), self.graph.add
        n = len(slope)

        def scaled(name, by):
            return add("Conv", [name, self.graph.floats([n, 1, 1, 1], by)], kernel_shape=[1, 1], group=n)
        return add("Add", [scaled(x, slope), scaled(add("Relu", [x]), [1 - a for a in slope])])

    def pad(self, inputs):
        pairs = array.array("i", self.known[inputs[1]].data).tolist()
        order = [0, 3, 1, 2]
        both = [pairs[2 * a] for a in order] + [pairs[2 * a + 1] for a in order]
        return self.graph.add("Pad", [self.value(inputs[0]), self.graph.integers(both)])

    def resize(self, inputs, o):
        size = array.array("i", self.known[inputs[1]].data).tolist()
        scales = [1, 1] + [s / n for s, n in zip(size, self.shape[inputs[0]][1:3])]
        mode = ("align_corners" if o.number(2, "b") else
                "half_pixel" if o.number(3, "b") else "asymmetric")
        return self.graph.add("Resize", [self.value(inputs[0]), "", self.graph.floats([4], scales)],
                              mode="linear", coordinate_transformation_mode=mode)

    def reshape(self, inputs, output):
        name = self.value(inputs[0])
        if len(self.shape[inputs[0]]) == 4:
            name = self.graph.add("Transpose", [name], perm=[0, 2, 3, 1])
        if len(self.shape[output]) == 4:
            raise SystemExit("a reshape to four dimensions is not supported")
        shape = self.shape[output]
        if self.any_size and len(shape) == 3:
            shape = [shape[0], -1, shape[2]]
        return self.graph.add("Reshape", [name, self.graph.integers(shape)])

    def operator(self, op):
        code, inputs, output, o = self.codes[op.number(0, "I")], op.vector(1), op.vector(2)[0], op.table(4)
        if code == DEQUANTIZE:
            self.known[output] = self.known[inputs[0]]
        elif code in (CONV, DEPTHWISE):
            self.names[output] = self.convolution(inputs, o, code == DEPTHWISE)
        elif code == MAX_POOL:
            self.names[output] = self.pool(inputs, o)
        elif code == ADD:
            out = self.graph.add("Add", [self.value(i) for i in inputs])
            self.names[output] = self.activated(out, o.number(0, "b"))
        elif code == RELU:
            self.names[output] = self.graph.add("Relu", [self.value(inputs[0])])
        elif code == PRELU:
            self.names[output] = self.prelu(inputs)
        elif code == PAD:
            self.names[output] = self.pad(inputs)
        elif code == RESIZE:
            self.names[output] = self.resize(inputs, o)
        elif code == RESHAPE:
            self.names[output] = self.reshape(inputs, output)
        else:
            raise SystemExit(f"operator {code} is not supported")

    def convert(self):
        first, = self.body.vector(1)
        n, height, width, channels = self.shape[first]
        self.names[first] = "input"
        for op in self.body.tables(3):
            self.operator(op)
        outputs = []
        for i in self.body.vector(2):
            name, shape = self.tensors[i].raw(3).decode(), self.shape[i]
            if len(shape) == 4:  # 1 x 1 pixels
                self.graph.add("Flatten", [self.names[i]], name)
                shape = [shape[0], shape[3]]
            else:
                self.graph.add("Identity", [self.names[i]], name)
            if self.any_size:
                shape = [shape[0], "anchors", shape[2]]
            outputs.append((name, shape))
        sides = ["height", "width"] if self.any_size else [height, width]
        return self.graph.model([("input", [n, channels] + sides)], outputs)


def convert(data, any_size=False):
    """Bytes of the ONNX file for the bytes of a TFLite file. any_size: height and width are not fixed."""
    return Converter(data, any_size).convert()

"""A multitask network of OpenFace 3.0's kind with random weights: as an ONNX file, and in numpy.

The graph is that of the method: EfficientNet-B0 with the padding of TensorFlow, three linear layers, and
the head of action units with its graph of similarities. Both forms use the same weights, which follow
from the seed. Nothing of OpenFace's weights is in it.

Needs numpy. Run: python tests/reference/mtl_network.py OUT.onnx [SEED]
"""
import os
import sys

import numpy as np

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "scripts"))
from tflite_to_onnx import Graph  # noqa: E402

SIDE, FEATURES, NODES, NEIGHBOURS = 224, 1280, 8, 4
# expansion, kernel, stride, output channels, repeats
STAGES = ((1, 3, 1, 16, 1), (6, 3, 2, 24, 2), (6, 5, 2, 40, 2), (6, 3, 2, 80, 3),
          (6, 5, 1, 112, 3), (6, 5, 2, 192, 4), (6, 3, 1, 320, 1))
NAMES = ("emotion_output", "gaze_output", "au_output")  # of one exporter
SHORT_NAMES = ("emotion", "gaze", "au")  # of the other one


def blocks():
    """(expansion, kernel, stride, inputs, outputs) of each block."""
    inputs = 32
    for expansion, kernel, stride, outputs, repeats in STAGES:
        for i in range(repeats):
            yield expansion, kernel, stride if i == 0 else 1, inputs, outputs
            inputs = outputs


def same(size, kernel, stride):
    """Padding before and after; an odd total puts one more after."""
    total = max((-(-size // stride) - 1) * stride + kernel - size, 0)
    return total // 2, total - total // 2


class Weights:
    """Every weight by its name, made when it is first asked for. The order of names is fixed by the
    graph, so that the seed decides all of them."""

    def __init__(self, seed):
        self.random, self.known = np.random.default_rng(seed), {}

    def get(self, name, shape, scale=None):
        if name not in self.known:
            scale = np.sqrt(2 / np.prod(shape[1:])) if scale is None else scale
            self.known[name] = (self.random.standard_normal(shape) * scale).astype(np.float32)
        return self.known[name]

    def positive(self, name, shape):
        if name not in self.known:
            self.known[name] = (self.random.random(shape) + 0.5).astype(np.float32)
        return self.known[name]


def walk(ops, w, x):
    """The network, by the operations of a back end."""
    def conv(name, value, outputs, inputs, kernel=1, stride=1, groups=1):
        return ops.conv(value, w.get(name + ".w", (outputs, inputs // groups, kernel, kernel)),
                        w.get(name + ".b", (outputs,), 0.1), stride, groups)

    def linear(name, value, outputs, inputs=FEATURES):
        return ops.linear(value, w.get(name + ".w", (outputs, inputs)), w.get(name + ".b", (outputs,), 0.1))

    def block(name, x, expansion, kernel, stride, inputs, outputs):
        wide = inputs * expansion
        y = ops.silu(conv(name + ".expand", x, wide, inputs)) if expansion > 1 else x
        y = ops.silu(conv(name + ".depth", y, wide, wide, kernel, stride, wide))
        squeezed = max(1, inputs // 4)
        gate = ops.silu(conv(name + ".squeeze", ops.mean(y), squeezed, wide))
        y = ops.multiply(y, ops.sigmoid(conv(name + ".excite", gate, wide, squeezed)))
        y = conv(name + ".project", y, outputs, wide)
        return ops.add(x, y) if stride == 1 and inputs == outputs else y

    x = ops.silu(conv("stem", x, 32, 3, 3, 2))
    for i, b in enumerate(blocks()):
        x = block(f"block{i}", x, *b)
    x = ops.flat(ops.mean(ops.silu(conv("head", x, FEATURES, 320))))
    emotion = linear("emotion", ops.relu(linear("emotion.hidden", x, FEATURES)), NODES)
    gaze = ops.scale(linear("gaze", ops.relu(linear("gaze.hidden", x, FEATURES)), 2), 0.1)
    shared = ops.relu(linear("au.hidden", x, FEATURES))
    nodes = ops.stack([linear(f"au.node{i}", shared, FEATURES) for i in range(NODES)])
    around = ops.similar(nodes)
    mixed = ops.add(ops.mix(around, linear("au.v", nodes, FEATURES)), linear("au.u", nodes, FEATURES))
    gain, shift = w.positive("au.gain", (NODES, 1)), w.get("au.shift", (NODES, 1), 0.1)
    nodes = ops.relu(ops.add(nodes, ops.affine(mixed, gain, shift)))
    return emotion, gaze, ops.cosine(nodes, np.maximum(w.get("au.centre", (NODES, FEATURES), 1), 0))


# ---------------------------------------------------------------------------------- in numpy ----

class Numpy:
    """Arrays N, C, H, W of float32."""

    def conv(self, x, weight, bias, stride, groups):
        kernel, size = weight.shape[2], x.shape[2]
        before, after = same(size, kernel, stride)
        out = -(-size // stride)
        if kernel == 1:
            y = np.matmul(weight[:, :, 0, 0], x.reshape(x.shape[0], x.shape[1], -1))
            return y.reshape(x.shape[0], -1, size, size) + bias[:, None, None]
        padded = np.pad(x, ((0, 0), (0, 0), (before, after), (before, after)))
        y = np.zeros((x.shape[0], weight.shape[0], out, out), np.float32)
        for i in range(kernel):
            for j in range(kernel):
                part = padded[:, :, i:i + stride * (out - 1) + 1:stride, j:j + stride * (out - 1) + 1:stride]
                if groups > 1:
                    y += part * weight[:, 0, i, j][:, None, None]
                else:
                    y += np.einsum("oc,nchw->nohw", weight[:, :, i, j], part, optimize=True)
        return y + bias[:, None, None]

    def linear(self, x, weight, bias):
        return x @ weight.T + bias

    def sigmoid(self, x):
        return 1 / (1 + np.exp(-x))

    def silu(self, x):
        return x * self.sigmoid(x)

    def relu(self, x):
        return np.maximum(x, 0)

    def mean(self, x):
        return x.mean((2, 3), keepdims=True)

    def flat(self, x):
        return x.reshape(x.shape[0], -1)

    def multiply(self, a, b):
        return a * b

    def add(self, a, b):
        return a + b

    def scale(self, x, factor):
        return x * np.float32(factor)

    def stack(self, rows):
        return np.stack(rows, 1)

    def affine(self, x, gain, shift):
        return x * gain + shift

    def similar(self, nodes):
        s = nodes @ nodes.transpose(0, 2, 1)
        fourth = np.sort(s, 2)[:, :, -NEIGHBOURS][:, :, None]
        near = (s >= fourth).astype(np.float32)
        root = 1 / np.sqrt(near.sum(2))
        return near * root[:, :, None] * root[:, None, :]

    def mix(self, around, values):
        return around @ values

    def cosine(self, nodes, centres):
        unit = centres / np.linalg.norm(centres, axis=1, keepdims=True)
        return (nodes * unit).sum(2) / np.linalg.norm(nodes, axis=2)


def forward(weights, pictures):
    """Emotion logits, gaze and scores for pictures N, 3, 224, 224 (R, G, B, normalised)."""
    return walk(Numpy(), weights, pictures.astype(np.float32))


# ----------------------------------------------------------------------------------- in ONNX ----

class Onnx:
    """The same operations as nodes of a graph; values are names. Sizes of pictures are tracked for the
    padding."""

    def __init__(self):
        self.graph, self.size = Graph(), {}

    def array(self, a):
        return self.graph.constant(list(a.shape), 1, np.ascontiguousarray(a, np.float32).tobytes())

    def conv(self, x, weight, bias, stride, groups):
        kernel, size = weight.shape[2], self.size[x]
        before, after = same(size, kernel, stride)
        y = self.graph.add("Conv", [x, self.array(weight), self.array(bias)], group=groups,
                           kernel_shape=[kernel, kernel], pads=[before, before, after, after],
                           strides=[stride, stride])
        self.size[y] = -(-size // stride)
        return y

    def like(self, kind, inputs, **attributes):
        y = self.graph.add(kind, inputs, **attributes)
        if inputs[0] in self.size:
            self.size[y] = self.size[inputs[0]]
        return y

    def linear(self, x, weight, bias):
        return self.like("Add", [self.graph.add("MatMul", [x, self.array(weight.T)]), self.array(bias)])

    def sigmoid(self, x):
        return self.like("Sigmoid", [x])

    def silu(self, x):
        return self.like("Mul", [x, self.sigmoid(x)])

    def relu(self, x):
        return self.like("Relu", [x])

    def mean(self, x):
        y = self.graph.add("GlobalAveragePool", [x])
        self.size[y] = 1
        return y

    def flat(self, x):
        return self.graph.add("Flatten", [x])

    def multiply(self, a, b):
        return self.like("Mul", [a, b])

    def add(self, a, b):
        return self.like("Add", [a, b])

    def scale(self, x, factor):
        return self.graph.add("Mul", [x, self.graph.floats([], [factor])])

    def stack(self, rows):
        return self.graph.add("Concat", [self.graph.add("Unsqueeze", [r, self.graph.integers([1])])
                                         for r in rows], axis=1)

    def affine(self, x, gain, shift):
        return self.add(self.multiply(x, self.array(gain)), self.array(shift))

    def similar(self, nodes):
        g = self.graph
        s = g.add("MatMul", [nodes, g.add("Transpose", [nodes], perm=[0, 2, 1])])
        best = self.top(s)
        last = g.add("Slice", [best, g.integers([NEIGHBOURS - 1]), g.integers([NEIGHBOURS]), g.integers([2])])
        near = g.add("Cast", [g.add("GreaterOrEqual", [s, last])], to=1)
        root = g.add("Sqrt", [g.add("ReduceSum", [near, g.integers([2])], keepdims=1)])
        across = g.add("Transpose", [root], perm=[0, 2, 1])
        return g.add("Div", [g.add("Div", [near, root]), across])

    def top(self, s):
        """The largest ones of each row. The node has two outputs, so it is written by hand."""
        from tflite_to_onnx import attribute, field
        g, name = self.graph, self.graph.name("top")
        g.nodes.append(field(1, s) + field(1, g.integers([NEIGHBOURS])) + field(2, name) +
                       field(2, name + "_places") + field(3, name) + field(4, "TopK") +
                       field(5, attribute("axis", 2)))
        return name

    def mix(self, around, values):
        return self.graph.add("MatMul", [around, values])

    def cosine(self, nodes, centres):
        g = self.graph
        unit = centres / np.linalg.norm(centres, axis=1, keepdims=True)
        product = g.add("ReduceSum", [self.multiply(nodes, self.array(unit)), g.integers([2])], keepdims=0)
        return g.add("Div", [product, g.add("ReduceL2", [nodes], axes=[2], keepdims=0)])


def model(weights, names=NAMES, batch=1, order=(0, 1, 2)):
    """The ONNX file. batch: a number, or a name for a free dimension. order: of the heads."""
    ops = Onnx()
    ops.size["input_face"] = SIDE
    heads = walk(ops, weights, "input_face")
    for head, name in zip(heads, names):
        ops.graph.add("Identity", [head], name)
    widths = (NODES, 2, NODES)
    return ops.graph.model([("input_face", [batch, 3, SIDE, SIDE])],
                           [(names[i], [batch, widths[i]]) for i in order])


if __name__ == "__main__":
    with open(sys.argv[1], "wb") as f:
        f.write(model(Weights(int(sys.argv[2]) if len(sys.argv) > 2 else 1)))

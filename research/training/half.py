"""Stores the weights of an ONNX file in half precision: half the bytes, the same arithmetic.

A Cast after each weight converts it to single precision again; runtimes do that once, when they open
the file. Usage: half.py FILE.onnx
"""
import os
import sys

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

SMALLEST = 1024  # values; with fewer, the extra node costs more than it saves


def store_half(path):
    model = onnx.load(path)
    graph = model.graph
    casts = []
    for tensor in list(graph.initializer):
        values = numpy_helper.to_array(tensor)
        if values.dtype != np.float32 or values.size < SMALLEST:
            continue
        if np.abs(values).max() > np.finfo(np.float16).max:
            raise ValueError(f"{path}: {tensor.name} does not fit half precision")
        name = tensor.name + "_half"
        graph.initializer.remove(tensor)
        graph.initializer.append(numpy_helper.from_array(values.astype(np.float16), name))
        casts.append(helper.make_node("Cast", [name], [tensor.name], to=TensorProto.FLOAT))
    nodes = list(graph.node)
    del graph.node[:]
    graph.node.extend(casts + nodes)
    onnx.checker.check_model(model)
    onnx.save(model, path + ".part")
    os.replace(path + ".part", path)


if __name__ == "__main__":
    store_half(sys.argv[1])

"""Layers of the landmark and gaze networks, their training loop and their export.

All convolutions are dense 3 x 3 ones: at these sizes they give more accuracy per time than depthwise
ones, both in ONNX Runtime and in training with bfloat16.
"""
import argparse
import copy
import csv
import math
import os
import time

import numpy as np
import torch
from torch import nn

# Processors without bfloat16 instructions compute it in software, twenty times slower than single precision.
HALF = torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()
HERE = os.path.dirname(os.path.abspath(__file__))


WIDTHS = 16, 48, 80, 128  # of the trunk; equal in both networks, because one starts with the weights of the other


def conv(cin, cout, stride=1, size=3):
    return nn.Sequential(nn.Conv2d(cin, cout, size, stride, size // 2, bias=False),
                         nn.BatchNorm2d(cout), nn.ReLU())


class Block(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.a = conv(c, c)
        self.b = nn.Sequential(nn.Conv2d(c, c, 3, 1, 1, bias=False), nn.BatchNorm2d(c))

    def forward(self, x):
        return torch.relu(x + self.b(self.a(x)))


class Trunk(nn.Module):
    """Features at 1/4, 1/8 and 1/16 of the input."""

    def __init__(self, widths=WIDTHS):
        super().__init__()
        a, b, c, d = widths
        self.quarter = nn.Sequential(conv(3, a, 2), conv(a, b, 2), Block(b))
        self.eighth = nn.Sequential(conv(b, c, 2), Block(c))
        self.sixteenth = nn.Sequential(conv(c, d, 2), Block(d))

    def forward(self, x):
        q = self.quarter(x)
        e = self.eighth(q)
        return q, e, self.sixteenth(e)


class Average:
    """Exponential moving average of weights; buffers are copied."""

    def __init__(self, net, decay=0.998):
        self.net = copy.deepcopy(net).eval().requires_grad_(False)
        self.decay, self.steps = decay, 0

    @torch.no_grad()
    def update(self, net):
        self.steps += 1
        d = min(self.decay, (1 + self.steps) / (10 + self.steps))
        for a, b in zip(self.net.parameters(), net.parameters()):
            a.lerp_(b, 1 - d)
        for a, b in zip(self.net.buffers(), net.buffers()):
            a.copy_(b) if not a.is_floating_point() else a.lerp_(b, 1 - d)


def rate(step, steps, peak, warm=200):
    """Learning rate: a short linear rise, then a cosine that ends at 1 % of the peak."""
    if step < warm:
        return peak * (step + 1) / warm
    t = (step - warm) / max(1, steps - warm)
    return peak * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * min(t, 1))))


def save(path, **what):
    torch.save(what, path + ".part")
    os.replace(path + ".part", path)


class Curve:
    """A learning curve: one CSV row per evaluation."""

    def __init__(self, path, names, resumed):
        os.makedirs(os.path.dirname(path), exist_ok=True)
        self.names = names
        self.file = open(path, "a" if resumed else "w", newline="")
        self.out = csv.writer(self.file)
        if not resumed:
            self.out.writerow(names)

    def row(self, **values):
        self.out.writerow([f"{values[n]:.5g}" if isinstance(values[n], float) else values[n]
                           for n in self.names])
        self.file.flush()
        print(" ".join(f"{n} {values[n]:.5g}" if isinstance(values[n], float) else
                       f"{n} {values[n]}" for n in self.names), flush=True)


def export(net, side, path, outputs, note):
    """Writes ONNX, opset 17, batch 1, input `input` of `side` (or width, height). The file is written under
    another name and renamed, so that readers see complete files only."""
    import onnx
    import warnings
    width, height = np.broadcast_to(side, 2)
    net = copy.deepcopy(net).eval().float().to(memory_format=torch.contiguous_format)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(net, (torch.zeros(1, 3, height, width),), path + ".part", opset_version=17,
                          input_names=["input"], output_names=outputs, dynamo=False)
    model = onnx.load(path + ".part")
    model.producer_name, model.producer_version, model.doc_string = "mien", "", note
    for node in model.graph.node:
        node.doc_string = ""
    onnx.checker.check_model(model)
    onnx.save(model, path + ".part")
    os.replace(path + ".part", path)


def arguments(what, steps, peak, sets):
    ap = argparse.ArgumentParser(description=what)
    ap.add_argument("--data", required=True, help="folder of the rendered sets")
    ap.add_argument("--out", default="models/builtin")
    ap.add_argument("--work", help="folder of checkpoints, which are resumed; default DATA/work")
    ap.add_argument("--steps", type=int, default=steps)
    ap.add_argument("--until", type=float, help="seconds since 1970: stop at that time, after any number of steps; "
                    "the learning rate falls with the time that is left")
    ap.add_argument("--batch", type=int, default=64)
    ap.add_argument("--peak", type=float, default=peak, help="highest learning rate")
    ap.add_argument("--sets", default=sets)
    ap.add_argument("--start",
                    help="checkpoint or shipped .onnx; training starts from its weights where names agree")
    ap.add_argument("--threads", type=int, default=1,
                    help="number of threads; changes the models, but not their quality")
    ap.add_argument("--seed", type=int, default=1, help="seed of the batches")
    ap.add_argument("--name", help="name of checkpoint and curve")
    ap.add_argument("--quick", action="store_true", help="train for a minute, to check that everything works")
    a = ap.parse_args()
    if a.quick:
        a.steps, a.batch = 60, 32
    a.work = a.work or os.path.join(a.data, "work")
    os.makedirs(a.work, exist_ok=True)
    os.makedirs(a.out, exist_ok=True)
    return a


def of_model(path):
    """{name of the module: (weight, bias)} of the convolutions and linear layers in a file that `export`
    wrote."""
    import onnx
    graph = onnx.load(path).graph
    values = {t.name: torch.from_numpy(onnx.numpy_helper.to_array(t).astype(np.float32)) for t in graph.initializer}
    for node in graph.node:
        if node.op_type == "Cast" and node.input[0] in values:
            values[node.output[0]] = values[node.input[0]]
    layers = {}
    for node in graph.node:
        if node.op_type in ("Conv", "Gemm"):
            name = []
            for part in node.name.split("/")[1:-1]:  # /a/a.0/Conv is a.0
                if name and part.startswith(name[-1] + "."):
                    name.pop()
                name.append(part)
            layers[".".join(name)] = values[node.input[1]], values[node.input[2]]
    return layers


@torch.no_grad()
def begin_from_model(net, path, pictures):
    """Copies the layers of a shipped file. Its convolutions include the folded normalisation, so each
    normalisation is initialised such that both networks give the same results on `pictures`."""
    modules, taken, sums, hooks = dict(net.named_modules()), 0, {}, []
    layers = of_model(path)
    for name, (weight, bias) in layers.items():
        layer = modules.get(name)
        if layer is None or layer.weight.shape != weight.shape:
            continue
        layer.weight.copy_(weight)
        taken += 1
        if layer.bias is not None:
            layer.bias.copy_(bias)
            continue
        stem, _, last = name.rpartition(".")
        norm = modules[f"{stem}.{int(last) + 1}"]
        norm.running_mean.zero_()
        norm.running_var.fill_(1 - norm.eps)
        norm.weight.fill_(1)
        norm.bias.copy_(bias)

        def seen(_, __, out, norm=norm):
            sums[norm] = out.transpose(0, 1).flatten(1)
        hooks.append(layer.register_forward_hook(seen))
    training = net.training
    net.eval()(pictures)
    for norm, values in sums.items():
        mean, var = values.mean(1), values.var(1)
        norm.running_mean.copy_(mean)
        norm.running_var.copy_(var)
        norm.weight.copy_((var + norm.eps).sqrt())
        norm.bias.add_(mean)
    for hook in hooks:
        hook.remove()
    net.train(training)
    print(f"{taken} of {len(layers)} layers of {path}", flush=True)


def begin_from(net, path, pictures):
    """Copies the tensors with equal name and shape. pictures: input of the landmark network."""
    if path.endswith(".onnx"):
        begin_from_model(net, path, pictures)
        return
    have, own = torch.load(path)["mean"], net.state_dict()
    same = {k: v for k, v in have.items() if k in own and own[k].shape == v.shape}
    net.load_state_dict(same, strict=False)
    print(f"{len(same)} of {len(own)} tensors from {path}", flush=True)


def ahead(make, first, most=3):
    """Batches first, first + 1, ..., made by another process that is up to `most` batches ahead. Each
    batch depends on its number only, so they equal those made in this process."""
    with torch.multiprocessing.get_context("fork").Pool(1, make_in, (make,)) as pool:
        waiting = [pool.apply_async(made, (first + k,)) for k in range(most)]
        while True:
            b = waiting.pop(0).get()
            first += 1
            waiting.append(pool.apply_async(made, (first + most - 1,)))
            yield b


def make_in(make):
    made.make = make
    torch.set_num_threads(1)


def made(k):
    return made.make(k)


def fit(net, a, make, loss_of, look, names):
    """Trains `net` for a.steps batches; returns the averaged net.

    make(k): batch k, its pictures first, 0 to 1. loss_of(net, batch): losses, the first is minimised.
    look(net): values of the held-out faces for the curve, under `names`.
    """
    torch.set_num_threads(a.threads)
    net.to(memory_format=torch.channels_last)
    opt = torch.optim.AdamW(
        [{"params": [p for p in net.parameters() if p.ndim > 1], "weight_decay": 0.02},
         {"params": [p for p in net.parameters() if p.ndim <= 1], "weight_decay": 0}], lr=a.peak)
    step, path = 0, os.path.join(a.work, a.name + ".pt")
    if a.start:
        begin_from(net, a.start, make(0)[0])
    mean = Average(net)
    if os.path.exists(path) and not a.quick:
        c = torch.load(path)
        net.load_state_dict(c["net"])
        mean.net.load_state_dict(c["mean"])
        opt.load_state_dict(c["opt"])
        step = mean.steps = c["step"]
    curve = Curve(os.path.join(a.work if a.quick else os.path.join(HERE, "log"), a.name + ".csv"),
                  ["step", "cpu_s", "loss", *names], step > 0)
    sums = []
    first, begun = step, time.time()

    def position():
        """The position in the schedule, in steps."""
        if not a.until:
            return step
        return first + (a.steps - first) * min(1, (time.time() - begun) / (a.until - begun))

    batches = ahead(make, step)
    done = position() >= a.steps
    while not done:
        for g in opt.param_groups:
            g["lr"] = rate(position(), a.steps, a.peak)
        losses = loss_of(net, next(batches))
        opt.zero_grad()
        losses[0].backward()
        nn.utils.clip_grad_norm_(net.parameters(), 5)
        opt.step()
        mean.update(net)
        sums.append([float(v.detach()) for v in losses])
        step += 1
        done = position() >= a.steps
        if step % (20 if a.quick else 500) == 0 or done:
            loss = np.mean(sums, 0)
            curve.row(step=step, cpu_s=int(time.process_time()), loss=float(loss[0]),
                      **look(mean.net))
            print("losses", *(f"{v:.4f}" for v in loss), flush=True)
            sums = []
            if not a.quick:
                save(path, net=net.state_dict(), mean=mean.net.state_dict(), opt=opt.state_dict(),
                     step=step)
    return mean.net

"""Reads a table with py-feat's read_openface and prints what it found, as JSON.

usage: read_openface.py CSV

py-feat imports PyTorch and other large packages for its networks. The reader needs none of them, so they
are replaced by empty modules; pandas, NumPy, and py-feat's own reader and table are real.
"""
import importlib.abc
import importlib.machinery
import json
import sys
import types
import warnings
from unittest import mock

import numpy  # noqa: F401  before the finder, so that it is real with all that it imports
import pandas  # noqa: F401

LEFT_OUT = ("torch", "torchvision", "torchcodec", "timm", "xgboost", "skops", "skimage", "sklearn", "scipy",
            "seaborn", "huggingface_hub", "safetensors", "plotly", "celluloid", "easing_functions", "h5py",
            "joblib", "feat.detector", "feat.detector_v2", "feat.pretrained", "feat.plotting")


class Empty(types.ModuleType):
    __path__ = []

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        # classes are inherited from
        value = mock.MagicMock(name=name) if name[0].islower() else type(name, (), {})
        setattr(self, name, value)
        return value


class Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def find_spec(self, name, path, target=None):
        if any(name == left or name.startswith(left + ".") for left in LEFT_OUT):
            return importlib.machinery.ModuleSpec(name, self, is_package=True)
        return None

    def create_module(self, spec):
        return Empty(spec.name)

    def exec_module(self, module):
        pass


def main():
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    sys.meta_path.insert(0, Finder())
    warnings.simplefilter("ignore")
    from feat.utils.io import read_openface
    table = read_openface(sys.argv[1])
    print(json.dumps({"rows": len(table), "detector": table.detector, "aus": list(table.aus),
                      "AU12_r": table.aus["AU12_r"].tolist(), "landmarks": table.landmarks.shape[1],
                      "poses": list(table.poses)}))


if __name__ == "__main__":
    main()

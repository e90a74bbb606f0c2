"""libmien through ctypes: the structs and functions of its headers, and what loads it."""
from __future__ import annotations

import ctypes
import importlib.util
import os
import sys
import threading
from ctypes import POINTER, c_char_p, c_double, c_int, c_int32, c_int64, c_size_t, c_ssize_t, c_uint, \
    c_void_p
from pathlib import Path
from typing import Any, Dict, List, Optional

import numpy as np

from ._errors import ModelError, error_of
from ._options import STRUCTS

PREFIX = Path(__file__).resolve().parent / "prefix"
PROGRAM = PREFIX / "bin" / "mien"
SETTINGS_SIZE = 1024
BGR24, GRAY8 = 1, 2
EINVAL, EAGAIN, EEOF = -2, -26, -27
FACES_LIMIT, MODELS_MAX = 256, 8
MODEL_FIELDS = ("role", "name", "path", "sha256", "licence", "provider")


def _dtype(name: str) -> "np.dtype[Any]":
    """A struct of the header as a NumPy type."""
    fields = [(field, _dtype(kind) if kind in STRUCTS else kind, shape) for field, kind, shape in STRUCTS[name]]
    return np.dtype(fields, align=True)


# Its arrays become NumPy views into the faces of a frame.
FACE_DTYPE = _dtype("mien_face")
EXTERNAL_DTYPE = _dtype("mien_external_face")
LOG = ctypes.CFUNCTYPE(None, c_void_p, c_int, c_char_p)  # mien_log_fn
WARNING = 1


class Picture(ctypes.Structure):
    _fields_ = [("format", c_int), ("matrix", c_int), ("full_range", c_int), ("width", c_int),
                ("height", c_int), ("plane", c_void_p * 3), ("stride", c_int * 3)]


class Frame(ctypes.Structure):
    _fields_ = [("index", c_int64), ("time", c_double), ("picture", Picture), ("num_faces", c_int),
                ("error", c_int), ("user", c_void_p)]


class Setting(ctypes.Structure):
    _fields_ = [("name", c_char_p), ("type", c_int), ("min", c_double), ("max", c_double),
                ("choices", c_char_p), ("unit", c_char_p), ("help", c_char_p)]


class Column(ctypes.Structure):
    _fields_ = [("name", c_char_p), ("unit", c_char_p), ("range", c_char_p), ("coordinates", c_char_p),
                ("meaning", c_char_p), ("decimals", c_int), ("openface_decimals", c_int),
                ("analysis", c_uint), ("action_unit", c_int), ("of_frame", c_int), ("revised", c_int)]


class Span(ctypes.Structure):
    _fields_ = [("name", c_char_p), ("network", c_int), ("count", c_int64), ("total", c_double),
                ("median", c_double), ("p95", c_double), ("max", c_double)]


class StageRate(ctypes.Structure):
    _fields_ = [("name", c_char_p), ("frames", c_int64), ("recent", c_double), ("mean", c_double)]


class Stats(ctypes.Structure):
    _fields_ = [("num_spans", c_int), ("span", Span * 24), ("num_stages", c_int),
                ("stage", StageRate * 32), ("frames", c_int64), ("detections", c_int64),
                ("faces", c_int64), ("queue_mean", c_double), ("queue_max", c_int), ("workers", c_int),
                ("frames_in_pool", c_int), ("detect_every", c_int), ("restarts", c_int64),
                ("quarantined", c_int64), ("copied", c_int64)]


class ModelUse(ctypes.Structure):
    _fields_ = [(name, c_char_p) for name in MODEL_FIELDS]

# name: result, arguments
_FUNCTIONS: Dict[str, Any] = {
    "mien_version": (c_char_p, []),
    "mien_strerror": (c_char_p, [c_int]),
    "mien_error_name": (c_char_p, [c_int]),
    "mien_last_message": (c_char_p, []),
    "mien_analysis_name": (c_char_p, [c_uint]),
    "mien_analysis_parse": (c_int, [c_char_p, POINTER(c_uint)]),
    "mien_au_name": (c_char_p, [c_int]),
    "mien_au_intensity_unit": (c_int, [c_int]),
    "mien_au_presence_unit": (c_int, [c_int]),
    "mien_landmark_name": (c_char_p, [c_int]),
    "mien_emotion_name": (c_char_p, [c_int]),
    "mien_mtl_unit": (c_int, [c_int]),
    "mien_builtin_au_experimental": (c_int, [c_int]),
    "mien_setting_at": (POINTER(Setting), [c_int]),
    "mien_setting_find": (POINTER(Setting), [c_char_p]),
    "mien_settings_init_sized": (None, [c_void_p, c_size_t]),
    "mien_settings_set": (c_int, [c_void_p, c_char_p, c_char_p]),
    "mien_settings_get": (c_int, [c_void_p, c_char_p, c_char_p, c_size_t]),
    "mien_column_at": (POINTER(Column), [c_int]),
    "mien_column_used": (c_int, [c_int, c_uint, c_int]),
    "mien_column_value": (c_int, [c_int, c_void_p, c_void_p, POINTER(c_double)]),
    "mien_open": (c_int, [POINTER(c_void_p), c_void_p]),
    "mien_close": (None, [POINTER(c_void_p)]),
    "mien_analysis_of": (c_uint, [c_void_p]),
    "mien_analyse_picture": (c_int, [c_void_p, POINTER(Picture), c_void_p, c_int, POINTER(c_int)]),
    "mien_acquire": (c_int, [c_void_p, POINTER(POINTER(Frame))]),
    "mien_frame_wrap": (c_int, [POINTER(Frame), POINTER(Picture), c_int64, c_double, c_void_p, c_void_p]),
    "mien_frame_set_faces": (c_int, [POINTER(Frame), c_void_p, c_int]),
    "mien_send": (c_int, [c_void_p, POINTER(POINTER(Frame))]),
    "mien_receive": (c_int, [c_void_p, POINTER(POINTER(Frame)), c_int]),
    "mien_release": (None, [c_void_p, POINTER(POINTER(Frame))]),
    "mien_frame_face": (c_void_p, [POINTER(Frame), c_int]),
    "mien_final_au": (c_int, [c_void_p, c_int64, c_int32, c_void_p]),
    "mien_reset": (c_int, [c_void_p]),
    "mien_interrupt": (None, [c_void_p]),
    "mien_get_stats": (None, [c_void_p, POINTER(Stats)]),
    "mien_clear_stats": (None, [c_void_p]),
    "mien_models_used": (c_int, [c_void_p, POINTER(ModelUse), c_int]),
    "mien_runtime_version": (c_int, [c_char_p, c_size_t]),
    "mien_runtime_providers": (c_int, [c_char_p, c_size_t]),
    "mien_cores": (c_int, []),
    "mien_python_size": (c_size_t, [c_int]),
    "mien_python_log": (None, [c_void_p, c_void_p]),
    "mien_python_pack": (None, [c_void_p, c_void_p, c_int, c_int, c_ssize_t, c_ssize_t, c_ssize_t]),
    "mien_python_draw": (c_int, [c_void_p, c_int, POINTER(Picture), POINTER(Frame), c_void_p, c_int,
                                 c_uint, c_char_p]),
}


def _load() -> Any:
    path = PREFIX / "lib" / ("libmien_python.dylib" if sys.platform == "darwin" else "libmien_python.so")
    try:
        loaded = ctypes.CDLL(str(path))
    except OSError as e:
        raise ImportError(f"{path} cannot be loaded ({e}); install mien again") from None
    for name, (result, arguments) in _FUNCTIONS.items():
        function = getattr(loaded, name)
        function.restype, function.argtypes = result, arguments
    sizes: List[int] = [FACE_DTYPE.itemsize] + [
        ctypes.sizeof(t) for t in (Frame, Picture, Setting, Column, Stats)]
    if sizes != [loaded.mien_python_size(i) for i in range(len(sizes))]:
        raise ImportError(f"{path} is of another version than the package; install mien again")
    return loaded


lib = _load()


def last_message() -> str:
    return str(lib.mien_last_message().decode("utf-8", "replace"))


def name_of(code: int) -> str:
    return str(lib.mien_error_name(code).decode())


def check(code: int) -> int:
    """The code, or an exception if it is an error."""
    if code >= 0:
        return code
    sentence = last_message() or lib.mien_strerror(code).decode()
    raise error_of(code, sentence, name_of(code))


# ------------------------------------------------------------------------------ ONNX Runtime ----

_runtime_lock = threading.Lock()


def runtime_path() -> Optional[str]:
    """The library of ONNX Runtime: $MIEN_ONNXRUNTIME, or that of the onnxruntime package."""
    chosen = os.environ.get("MIEN_ONNXRUNTIME")
    if chosen:
        return chosen
    spec = importlib.util.find_spec("onnxruntime") # not imported: only its library is needed
    for folder in (spec.submodule_search_locations or []) if spec else []:
        for pattern in ("libonnxruntime.so*", "libonnxruntime*.dylib"):
            found = sorted((Path(folder) / "capi").glob(pattern))
            if found:
                return str(found[0])
    return None


def provide_runtime() -> None:
    """libmien and its worker processes look for ONNX Runtime where the environment names it. Python's
    own os.environ is left alone."""
    with _runtime_lock:
        path = runtime_path()
        if path and "MIEN_ONNXRUNTIME" not in os.environ:
            os.putenv("MIEN_ONNXRUNTIME", path)


def runtime_version() -> str:
    """One line about ONNX Runtime: version and file."""
    provide_runtime()
    text = ctypes.create_string_buffer(5000)
    if lib.mien_runtime_version(text, len(text)) < 0:
        raise ModelError(text.value.decode(), -16, "MIEN_ENORUNTIME")
    return text.value.decode()

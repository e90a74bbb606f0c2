"""mien.stream: frames with their faces, one after the other, from a camera, a stream, a file or pictures."""
from __future__ import annotations

import fcntl
import json
import os
import subprocess
import warnings
from typing import Any, Dict, Iterable, Iterator, List, Optional, Tuple, Union

import numpy as np

from ._errors import MienWarning, error_of
from ._faces import AU, BOX_SOURCES, EMOTIONS, GAZE, INTENSITIES, LANDMARKS, LANDMARKS98, LIDS, MESH, MTL, \
    MTL_UNITS, POSE, PRESENCES, SHAPE, Faces
from ._library import FACE_DTYPE, name_of
from ._pipeline import Pipeline
from ._program import Messages, drain, start, stop
from ._settings import option_arguments

Source = Union[str, int, "os.PathLike[str]", Iterable[Any]]

# Field of mien_face, analysis, columns that fill it in the order of its elements.
_FIELDS: List[Tuple[str, int, List[str]]] = [
    ("id", 0, ["face_id"]),
    ("confidence", 0, ["confidence"]),
    ("point", 0, [f"lm5_{axis}_{i}" for i in range(5) for axis in "xy"]),
    ("yaw", GAZE, ["gaze_yaw"]), ("pitch", GAZE, ["gaze_pitch"]),
    ("yaw_smooth", GAZE, ["gaze_yaw_smooth"]), ("pitch_smooth", GAZE, ["gaze_pitch_smooth"]),
    ("gaze", GAZE, ["gaze_x", "gaze_y", "gaze_z"]),
    ("yaw_peak", GAZE, ["gaze_yaw_peak"]), ("pitch_peak", GAZE, ["gaze_pitch_peak"]),
    ("landmark", LANDMARKS, [f"{axis}_{i}" for i in range(68) for axis in "xy"]),
    ("landmark_mm", POSE, [f"{axis}_{i}" for i in range(68) for axis in "XYZ"]),
    ("head_mm", POSE, ["pose_Tx", "pose_Ty", "pose_Tz"]),
    ("head_rad", POSE, ["pose_Rx", "pose_Ry", "pose_Rz"]),
    ("fit", SHAPE, ["p_scale", "p_rx", "p_ry", "p_rz", "p_tx", "p_ty"]),
    ("shape", SHAPE, [f"p_{i}" for i in range(34)]),
    ("landmark_confidence", 0, ["landmark_confidence"]),
    ("mesh", MESH, [f"mesh_{axis}_{i}" for i in range(468) for axis in "xyz"]),
    ("landmark98", LANDMARKS98, [f"lm98_{axis}_{i}" for i in range(98) for axis in "xy"]),
]
_LIDS_FIELDS: List[Tuple[str, List[str]]] = [
    ("ratio", ["eye_open_0", "eye_open_1"]), ("opening_mm", ["eye_opening"]),
]
_MTL_FIELDS: List[Tuple[str, List[str]]] = [
    ("emotion", [f"emotion_{n}" for n in EMOTIONS]), ("yaw", ["mtl_gaze_yaw"]), ("pitch", ["mtl_gaze_pitch"]),
    ("gaze", [f"mtl_gaze_{axis}" for axis in "xyz"]), ("unit", [f"mtl_{u}" for u in MTL_UNITS]),
]


def _fill_fields(record: Any, fields: Iterable[Tuple[str, List[str]]], values: Dict[str, float]) -> List[str]:
    """Fields of a struct from the columns that are there; returns their names."""
    filled = []
    for field, names in fields:
        numbers = [values.get(n) for n in names]
        if None not in numbers:
            record[field] = np.reshape(np.asarray(numbers, "f4"), record[field].shape)
            filled.append(field)
    return filled


_COLUMNS = [(field, names) for field, _, names in _FIELDS]
_BITS = {field: bit for field, bit, _ in _FIELDS}


def _fill(face: "np.void", values: Dict[str, float]) -> None:
    """A face of the struct array from the columns of a JSON object."""
    for field in _fill_fields(face, _COLUMNS, values):
        face["has"] |= _BITS[field]
    if len(_fill_fields(face["mtl"], _MTL_FIELDS, values)) == len(_MTL_FIELDS):
        face["has"] |= MTL
    if len(_fill_fields(face["lids"], _LIDS_FIELDS, values)) == len(_LIDS_FIELDS):
        face["has"] |= LIDS
    x, y = values.get("box_x", 0), values.get("box_y", 0)
    face["box"] = x, y, x + values.get("box_w", 0), y + values.get("box_h", 0)
    face["box_source"] = BOX_SOURCES.index("detected" if values.get("detected") else "interpolated")
    face["landmark_success"] = values.get("success", 0)
    face["untrusted"] = not values.get("success", 0)
    if f"{INTENSITIES[0]}_r" in values:
        face["au"]["intensity"] = [values.get(f"{u}_r", 0) for u in INTENSITIES]
        face["au"]["presence"] = [values.get(f"{u}_c", 0) for u in PRESENCES]
        face["au"]["final"] = values.get("au_final", 0)
        face["has"] |= AU


def _faces_of(line: bytes) -> Faces:
    frame = json.loads(line)
    array = np.zeros(len(frame["faces"]), FACE_DTYPE)
    analysis = 0
    for face, values in zip(array, frame["faces"]):
        _fill(face, values)
        analysis |= int(face["has"])
    error = -28 if "error" in frame else 0
    return Faces(frame["frame"] - 1, frame["timestamp"], array, error, analysis, None, "bgr")


def _shorten(pipe: Any) -> None:
    """Rows that wait in a pipe are old: on Linux it can hold fewer of them."""
    try:
        fcntl.fcntl(pipe, getattr(fcntl, "F_SETPIPE_SZ", 1031), 16384)
    except OSError:
        pass


def _from_program(source: Union[str, int, "os.PathLike[str]"], options: Dict[str, Any]) -> Iterator[Faces]:
    name = str(source) if isinstance(source, int) else os.fspath(source)
    arguments = ["run", f"--source={name}", "--csv=-", "--format=jsonl", "--progress=none"]
    process = start(arguments + option_arguments(options, "run"), stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE)
    _shorten(process.stdout)
    messages = Messages()
    reader = drain(process.stderr, messages)
    assert process.stdout is not None
    ended = False
    try:
        for line in process.stdout:
            yield _faces_of(line)
        ended = True
    finally:
        if not ended:
            stop(process)
        process.stdout.close()
        status = process.wait()
        reader.join()
    for sentence in messages.warnings:
        warnings.warn(sentence, MienWarning, stacklevel=3)
    if status:
        code = -status if status > 0 else -1
        raise error_of(-25 if status == 130 else code, "\n".join(messages.errors), name_of(code))


def _captured(source: Any) -> Iterator[Any]:
    """The frames of an object like OpenCV's VideoCapture, or of any iterable."""
    if not hasattr(source, "read"):
        yield from source
        return
    while True:
        ok, picture = source.read()
        if not ok:
            return
        yield picture


def _from_pictures(source: Any, order: str, fps: Optional[float], options: Dict[str, Any]) -> Iterator[Faces]:
    with Pipeline(order=order, fps=fps or 25.0, **options) as p:  # type: ignore[arg-type]
        for picture in _captured(source):
            faces = p.frame(picture)
            faces.image = picture
            yield faces


def stream(source: Source, *, order: str = "bgr", fps: Optional[float] = None, **options: Any) -> Iterator[Faces]:
    """Yields the frames of a source with their faces, as soon as they are analysed.

    >>> for faces in mien.stream(0):
    ...     for face in faces:
    ...         print(faces.time, face.id, face.yaw)

    source: what `mien run` reads: the number of a camera, an address (rtsp://..., http://...), a video, a
        filter graph ("lavfi:..."); options are those of `mien run` by name, and the numbers have the
        decimals of a CSV file. Or pictures: an iterable of NumPy arrays, or an object whose read() returns
        (ok, array), as OpenCV's VideoCapture; then `image` is the picture, and options are settings of
        mien.Pipeline. The order of their colours is `order`.
    fps: of the pictures, or of a camera or a numbered sequence.

    Closing the generator stops the program. An error raises MienError.
    """
    if isinstance(source, (str, int, os.PathLike)):
        if fps is not None:
            options["fps"] = fps
        return _from_program(source, options)
    return _from_pictures(source, order, fps, options)

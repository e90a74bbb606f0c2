"""Faces of a frame: one NumPy array of structs, and views into it."""
from __future__ import annotations

import ctypes
from itertools import count
from typing import Any, Dict, Iterator, List, Optional, Tuple, overload

import numpy as np
from numpy.typing import NDArray

from ._columns import numbers
from ._errors import SettingError
from ._library import FACE_DTYPE, Frame, check, lib
from ._pictures import as_bgr

Floats = NDArray[np.float32]
GAZE, LANDMARKS, POSE, SHAPE, AU, EYES, MESH, MTL, LANDMARKS98, LIDS = (1 << i for i in range(10))
BOX_SOURCES = ("detected", "interpolated", "carried", "followed", "lost")


def _units(function: Any) -> Tuple[str, ...]:
    return tuple(f"AU{unit:02d}" for unit in iter(map(function, count()).__next__, 0))


INTENSITIES = _units(lib.mien_au_intensity_unit)
PRESENCES = _units(lib.mien_au_presence_unit)
MTL_UNITS = _units(lib.mien_mtl_unit)
EMOTIONS = tuple(name.decode() for name in iter(map(lib.mien_emotion_name, count()).__next__, None))


def names_of(bits: int) -> Tuple[str, ...]:
    """Names of analyses."""
    return tuple(lib.mien_analysis_name(1 << i).decode() for i in range(bits.bit_length()) if bits >> i & 1)


class Face:
    """One face in one frame. Arrays are views into `Faces.array`, not copies; a value that was not
    measured is None. Units and axes are those of mien.columns() and of <mien/mien.h>."""

    __slots__ = ("_faces", "_i", "_r")

    def __init__(self, faces: "Faces", i: int) -> None:
        self._faces, self._i, self._r = faces, i, faces.array[i]

    def _if(self, bit: int, field: str) -> Any:
        return self._r[field] if int(self._r["has"]) & bit else None

    @property
    def id(self) -> int:
        """Person within the stream, from 0."""
        return int(self._r["id"])

    @property
    def confidence(self) -> float:
        """Score of the detector, 0 to 1."""
        return float(self._r["confidence"])

    @property
    def box(self) -> Floats:
        """x1, y1, x2, y2 in pixels."""
        return self._r["box"]  # type: ignore[no-any-return]

    @property
    def box_source(self) -> str:
        """"detected", "interpolated", "carried", "followed" or "lost"."""
        return BOX_SOURCES[int(self._r["box_source"])]

    @property
    def points(self) -> Floats:
        """5 x 2, pixels: eyes, tip of the nose, corners of the mouth."""
        return self._r["point"]  # type: ignore[no-any-return]

    @property
    def has(self) -> Tuple[str, ...]:
        """Names of the analyses that succeeded."""
        return names_of(int(self._r["has"]))

    @property
    def gaze(self) -> Optional[Floats]:
        """Unit vector in camera axes; (0, 0, -1) looks into the lens."""
        return self._if(GAZE, "gaze")  # type: ignore[no-any-return]

    def _angle(self, field: str) -> Optional[float]:
        value = self._if(GAZE, field)
        return None if value is None else float(value)

    @property
    def yaw(self) -> Optional[float]:
        """Gaze angle in degrees, positive towards image left."""
        return self._angle("yaw")

    @property
    def pitch(self) -> Optional[float]:
        """Gaze angle in degrees, positive upwards."""
        return self._angle("pitch")

    @property
    def yaw_smooth(self) -> Optional[float]:
        """Moving average of this person."""
        return self._angle("yaw_smooth")

    @property
    def pitch_smooth(self) -> Optional[float]:
        """Moving average of this person."""
        return self._angle("pitch_smooth")

    @property
    def landmarks(self) -> Optional[Floats]:
        """68 x 2, pixels; the centre of the first pixel is (0, 0), as in OpenFace."""
        return self._if(LANDMARKS, "landmark")  # type: ignore[no-any-return]

    @property
    def landmarks_mm(self) -> Optional[Floats]:
        """68 x 3, millimetres in camera axes."""
        return self._if(POSE, "landmark_mm")  # type: ignore[no-any-return]

    @property
    def landmark_confidence(self) -> float:
        """Whether the landmarks are those of a face, 0 to 1; negative: not evaluated."""
        return float(self._r["landmark_confidence"])

    @property
    def landmark_success(self) -> bool:
        """Whether the landmarks are taken for those of a face."""
        return bool(self._r["landmark_success"])

    @property
    def head_mm(self) -> Optional[Floats]:
        """Position of the head: x, y, z in millimetres."""
        return self._if(POSE, "head_mm")  # type: ignore[no-any-return]

    @property
    def head_rad(self) -> Optional[Floats]:
        """Rotation of the head: three angles in radians."""
        return self._if(POSE, "head_rad")  # type: ignore[no-any-return]

    @property
    def shape(self) -> Optional[Floats]:
        """34 parameters of the fitted shape."""
        return self._if(SHAPE, "shape")  # type: ignore[no-any-return]

    @property
    def action_units(self) -> Optional[Dict[str, float]]:
        """Intensities, 0 to 5: {"AU01": 0.3, ...}."""
        au = self._if(AU, "au")
        return None if au is None else dict(zip(INTENSITIES, au["intensity"].tolist()))

    @property
    def action_units_present(self) -> Optional[Dict[str, bool]]:
        """Presence: {"AU01": False, ...}."""
        au = self._if(AU, "au")
        return None if au is None else dict(zip(PRESENCES, map(bool, au["presence"])))

    @property
    def eyes(self) -> Optional[np.void]:
        """Fields landmark (2 x 28 x 2), landmark_mm, gaze (2 x 3), angle, ...; only with OpenFace's
        models."""
        return self._if(EYES, "eyes")  # type: ignore[no-any-return]

    @property
    def mesh(self) -> Optional[Floats]:
        """468 x 3: x, y in pixels, z in the same unit; only if analysis names mesh."""
        return self._if(MESH, "mesh")  # type: ignore[no-any-return]

    @property
    def emotions(self) -> Optional[Dict[str, float]]:
        """Probabilities by the multitask network, {"neutral": 0.7, ...}; only if mtl_model names its file."""
        mtl = self._if(MTL, "mtl")
        return None if mtl is None else dict(zip(EMOTIONS, mtl["emotion"].tolist()))

    @property
    def landmarks98(self) -> Optional[Floats]:
        """98 x 2, pixels; only with a landmark network that finds so many."""
        return self._if(LANDMARKS98, "landmark98")  # type: ignore[no-any-return]

    @property
    def lids(self) -> Optional[np.void]:
        """How far open the eyes are: fields ratio (2) and opening_mm; only if analysis names lids."""
        return self._if(LIDS, "lids")  # type: ignore[no-any-return]

    @property
    def mtl(self) -> Optional[np.void]:
        """All that the multitask network measured: fields emotion (8), yaw, pitch, gaze (3), unit (8)."""
        return self._if(MTL, "mtl")  # type: ignore[no-any-return]

    def __getitem__(self, column: str) -> Optional[float]:
        """The value of a column of mien.columns(), or None."""
        if column not in numbers():
            raise KeyError(column)
        return self._faces._value(numbers()[column], self._i)

    def __repr__(self) -> str:
        x1, y1, x2, y2 = (round(float(v)) for v in self.box)
        gaze = "" if self.yaw is None else f" yaw={self.yaw:+.1f} pitch={self.pitch:+.1f}"
        return f"<Face {self.id} box=({x1}, {y1}, {x2}, {y2}){gaze}>"


class Faces:
    """The faces of one frame, by ascending id: len, [i] and iteration give Face.

    index, time: of the frame, as sent. array: all faces as one NumPy array of structs with the fields of
    mien_face. error: 0, or why the frame could not be analysed (a negative code). image: the picture, of
    frames that come from a stream of pictures, else None.
    """

    __slots__ = ("index", "time", "array", "error", "image", "_analysis", "_au", "_order")

    def __init__(self, index: int, time: float, array: "NDArray[np.void]", error: int, analysis: int,
                 au: Optional[str], order: str, image: Optional["NDArray[np.uint8]"] = None) -> None:
        self.index, self.time, self.array, self.error = index, time, array, error
        self.image, self._analysis, self._au, self._order = image, analysis, au, order

    def __len__(self) -> int:
        return len(self.array)

    @overload
    def __getitem__(self, i: int) -> Face: ...
    @overload
    def __getitem__(self, i: slice) -> List[Face]: ...

    def __getitem__(self, i: Any) -> Any:
        if isinstance(i, slice):
            return [Face(self, k) for k in range(*i.indices(len(self.array)))]
        n = len(self.array)
        if not -n <= i < n:
            raise IndexError(f"face {i} of {n}")
        return Face(self, i % n if n else i)

    def __iter__(self) -> Iterator[Face]:
        return (Face(self, i) for i in range(len(self.array)))

    def __repr__(self) -> str:
        return f"<Faces frame={self.index} time={self.time:.3f} {list(self)!r}>"

    def _value(self, column: int, i: Optional[int]) -> Optional[float]:
        frame = Frame(index=self.index, time=self.time, num_faces=len(self.array), error=self.error)
        face = None if i is None else self.array.ctypes.data + i * FACE_DTYPE.itemsize
        value = ctypes.c_double()
        known = lib.mien_column_value(column, ctypes.addressof(frame), face, ctypes.byref(value))
        return value.value if known else None

    def draw(self, picture: Optional[Any] = None) -> "NDArray[np.uint8]":
        """A copy of the picture with boxes, landmarks, gaze and action units drawn into it, as in the
        annotated video of the program. Colours are in the order of the pipeline; a grey picture becomes a
        colour picture. picture: default `image`."""
        source = self.image if picture is None else picture
        if source is None:
            raise SettingError("draw: this frame does not keep its picture; pass the picture", -2,
                               "MIEN_EINVAL")
        drawn, p, kept = as_bgr(source, self._order)
        frame = Frame(index=self.index, time=self.time, num_faces=len(self.array), error=self.error)
        check(lib.mien_python_draw(drawn.ctypes.data, drawn.strides[0], ctypes.byref(p),
                                   ctypes.byref(frame), self.array.ctypes.data, len(self.array),
                                   self._analysis, self._au and self._au.encode()))
        del kept
        return drawn if self._order == "bgr" else np.ascontiguousarray(drawn[:, :, ::-1])

    def rows(self) -> List[Dict[str, Optional[float]]]:
        """The rows of the frame as `mien extract` writes them, as numbers: one for each face, or one
        without a face."""
        used = [(n, i) for n, i in numbers().items() if lib.mien_column_used(i, self._analysis, 0)]
        faces: List[Optional[int]] = list(range(len(self.array)))
        return [{n: self._value(i, face) for n, i in used} for face in faces or [None]]

    def to_pandas(self) -> Any:
        """The rows of the frame as a pandas table, with the dtypes of mien.extract."""
        import pandas

        from ._table import _ALWAYS, whole_numbers
        frame = pandas.DataFrame(self.rows())
        names = list(frame.columns)
        whole = set(whole_numbers(names, False))
        return frame.astype({n: "float64" if n not in whole else "int64" if n in _ALWAYS else "Int64"
                             for n in names})

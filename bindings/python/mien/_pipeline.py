"""mien.Pipeline: NumPy pictures in, faces out."""
from __future__ import annotations

import ctypes
import threading
import warnings
from collections import deque
from ctypes import POINTER, byref, c_int, c_void_p
from typing import TYPE_CHECKING, Any, Deque, Dict, Iterable, Iterator, List, Literal, Optional, Tuple

import numpy as np

from ._errors import MienWarning, SettingError
from ._faces import AU, Faces, names_of
from ._library import EAGAIN, EEOF, EXTERNAL_DTYPE, FACE_DTYPE, FACES_LIMIT, MODEL_FIELDS, MODELS_MAX, Frame, ModelUse, \
    LOG, WARNING, Picture, Stats, check, lib, provide_runtime
from ._options import SETTINGS_DOC
from ._pictures import Pixels, check_order, wrap
from ._settings import Settings

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Mapping, Type

    from numpy.typing import NDArray
    from typing_extensions import Self, Unpack

    from ._options import SettingValues

_SIZE = FACE_DTYPE.itemsize
_AU_OFFSET = FACE_DTYPE.fields["au"][1]  # type: ignore[index]


def _collector() -> Tuple[Deque[str], Any]:
    """The warnings of a pipeline, and the callback that collects them, from any thread. The callback does
    not know the pipeline: the two would keep each other alive."""
    found: Deque[str] = deque(maxlen=100)

    def log(_: Any, level: int, message: bytes) -> None:
        if level == WARNING:
            found.append(message.decode("utf-8", "replace"))
    return found, LOG(log)


def _external(faces: "Mapping[int, Any]") -> "NDArray[np.void]":
    """Landmarks by person, for mien_frame_set_faces."""
    array = np.zeros(len(faces), EXTERNAL_DTYPE)
    for record, person in zip(array, sorted(faces)):
        landmarks = np.asarray(faces[person], np.float32)
        if landmarks.shape != (68, 2):
            raise _usage(f"landmarks of person {person}: the shape is {landmarks.shape}, and 68 x 2 is needed")
        record["id"], record["confidence"], record["landmark"] = person, 1, landmarks
    return array


def _usage(sentence: str) -> SettingError:
    return SettingError(sentence, -2, "MIEN_EINVAL")


class Pipeline:
    def __init__(self, *, order: Literal["bgr", "rgb"] = "bgr", fps: float = 25.0,
                 **settings: "Unpack[SettingValues]") -> None:
        self._p = c_void_p()
        self._order = check_order(order)
        self._step = 1.0 / fps
        self._lock = threading.Lock()
        self._next = 0  # index of the next frame
        self._ended = self._streaming = False
        self._picture = Picture()
        self._frame = POINTER(Frame)()
        values: Dict[str, Any] = dict(settings)
        if not values.get("independent_frames") and not values.get("independent"):
            values.setdefault("live", True)
        kept = Settings(values)
        self._warned, self._log = _collector()
        lib.mien_python_log(kept.buffer, self._log)
        self._independent = kept.flag("independent_frames")
        provide_runtime()
        check(lib.mien_open(byref(self._p), kept.buffer))
        self._analysis = int(lib.mien_analysis_of(self._p))
        self._warn()
        self._au = next((m["name"] for m in self.models() if m["role"] == "au"), None)

    # -------------------------------------------------------------------------- life ----

    def close(self) -> None:
        """Stops the workers and frees everything. A closed pipeline cannot be used."""
        with self._lock:
            if self._p:
                lib.mien_close(byref(self._p))

    def _warn(self) -> None:
        while self._warned:
            warnings.warn(self._warned.popleft(), MienWarning, stacklevel=3)

    def __enter__(self) -> "Self":
        return self

    def __exit__(self, kind: "Optional[Type[BaseException]]", value: Optional[BaseException],
                 trace: "Optional[TracebackType]") -> None:
        self.close()

    def __del__(self) -> None:
        if getattr(self, "_p", None):
            lib.mien_close(byref(self._p))

    def _begin(self) -> None:
        if not self._p:
            raise _usage("the pipeline is closed; open another")
        if self._streaming:
            raise _usage("the pipeline is busy with a stream of frames; take all of them, or close the "
                         "generator")
        if self._ended:
            check(lib.mien_reset(self._p))
            self._ended = False
            self._next = 0

    # ------------------------------------------------------------------------ frames ----

    def _faces(self, frame: Any, image: Optional[Pixels] = None) -> Faces:
        """Copies the results of a received frame."""
        f = frame.contents
        n = f.num_faces
        array = np.empty(n, FACE_DTYPE)
        if n:
            to = array.__array_interface__["data"][0]
            for i in range(n):
                ctypes.memmove(to + i * _SIZE, lib.mien_frame_face(frame, i), _SIZE)
        return Faces(f.index, f.time, array, f.error, self._analysis, self._au, self._order, image)

    def frame(self, array: Any, time: Optional[float] = None, index: Optional[int] = None, *,
              landmarks: "Optional[Mapping[int, Any]]" = None) -> Faces:
        """Analyses the next picture of a stream and returns its faces. The GIL is released.

        array: uint8 of shape (height, width), (height, width, 3) or (height, width, 4); B, G, R or, with
            order="rgb", R, G, B. Rows may be strided. It is copied only if its bytes have another layout.
        time: presentation time in seconds; default: index / fps.
        index: number of the frame, greater than the one before; default: counted from 0.
        landmarks: the faces of this frame, {person: 68 x 2 pixels}, if they are known: neither the detector
            nor the landmark network runs. Open the pipeline with external_landmarks=True.
        """
        with self._lock:
            if self._ended or self._streaming or not self._p:
                self._begin()
            picture, frame, p = self._picture, self._frame, self._p
            kept = wrap(picture, array, self._order)
            i = self._next if index is None else index
            if lib.mien_acquire(p, byref(frame)) < 0:
                self._drain()
                check(lib.mien_acquire(p, byref(frame)))
            try:
                check(lib.mien_frame_wrap(frame, byref(picture), i, i * self._step if time is None else time,
                                          None, None))
                if landmarks is not None:
                    known = _external(landmarks)
                    check(lib.mien_frame_set_faces(frame, known.ctypes.data, len(known)))
                check(lib.mien_send(p, byref(frame)))
                self._next = i + 1
                code = lib.mien_receive(p, byref(frame), 1)
                if code == EAGAIN:
                    self._end()
                    raise _usage("frame: this pipeline looks ahead, so that a frame has no result before "
                                 "later ones; open it with live=True, or use video")
                check(code)
                faces = self._faces(frame)
            except KeyboardInterrupt:
                self._drain()
                raise
            finally:
                lib.mien_release(p, byref(frame))
                del kept
        if self._warned:
            self._warn()
        return faces

    def _drain(self) -> None:
        """Receives and drops what is in flight."""
        frame = POINTER(Frame)()
        while lib.mien_receive(self._p, byref(frame), 1) == 0:
            lib.mien_release(self._p, byref(frame))

    def _end(self) -> None:
        """Ends the stream; what is in flight is dropped."""
        lib.mien_interrupt(self._p)
        lib.mien_send(self._p, None)
        self._drain()
        self._ended = True

    def reset(self) -> None:
        """Forgets all persons: the next frame begins a new stream."""
        with self._lock:
            if not self._ended:
                self._begin()
                self._end()
            self._begin()

    # ----------------------------------------------------------------------- streams ----

    def video(self, frames: Iterable[Any], times: Optional[Iterable[float]] = None) -> Iterator[Faces]:
        """Analyses the pictures of a whole stream with several in flight, and yields their faces in
        order; `image` is the picture. With live=False, boxes are interpolated between key frames as in
        `mien extract`, and afterwards `finalise` has the final action units."""
        with self._lock:
            self._begin()
            self._streaming = True
        waiting: Deque[Tuple[Any, Pixels]] = deque()
        clock = iter(times) if times is not None else None
        done = False
        try:
            for i, array in enumerate(frames):
                time = i * self._step if clock is None else next(clock, None)
                if time is None:
                    raise _usage("video: there are fewer times than frames")
                while not self._send(array, i, time, waiting):
                    yield from self._received(waiting, 1)
                yield from self._received(waiting, 0)
            with self._lock:
                check(lib.mien_send(self._p, None))
            while waiting:
                yield from self._received(waiting, 1)
            self._drain()
            done = True
        finally:
            with self._lock:
                self._streaming = False
                if self._p and not done:
                    self._end()
                self._ended = True
            waiting.clear()

    def _send(self, array: Any, index: int, time: float, waiting: Deque[Tuple[Any, Pixels]]) -> bool:
        frame, picture = POINTER(Frame)(), Picture()
        with self._lock:
            if not self._p:
                raise _usage("the pipeline was closed during a stream")
            if lib.mien_acquire(self._p, byref(frame)) == EAGAIN:
                return False
            try:
                kept = wrap(picture, array, self._order)
                check(lib.mien_frame_wrap(frame, byref(picture), index, time, None, None))
                waiting.append((array, kept))
                check(lib.mien_send(self._p, byref(frame)))
            finally:
                lib.mien_release(self._p, byref(frame))
        return True

    def _received(self, waiting: Deque[Tuple[Any, Pixels]], wait: int) -> Iterator[Faces]:
        """All frames that are ready; with wait, at least one if one can become ready."""
        frame = POINTER(Frame)()
        while True:
            with self._lock:
                code = lib.mien_receive(self._p, byref(frame), wait)
                if code in (EAGAIN, EEOF):
                    return
                check(code)
                array, _ = waiting.popleft()
                faces = self._faces(frame, array)
                lib.mien_release(self._p, byref(frame))
            yield faces
            wait = 0

    def finalise(self, faces: Faces) -> Faces:
        """After `video` with live=False: replaces the action units of a frame by those that are
        calibrated with the whole stream, in place."""
        with self._lock:
            start = faces.array.ctypes.data
            for i, face in enumerate(faces.array):
                if self._analysis & AU:
                    at = start + i * _SIZE + _AU_OFFSET
                    check(lib.mien_final_au(self._p, faces.index, int(face["id"]), at))
        return faces

    # ------------------------------------------------------------------------ stills ----

    def picture(self, array: Any) -> Faces:
        """Analyses one picture as a stream of its own. Open the pipeline with independent_frames=True,
        unless the picture stands for a video."""
        with self._lock:
            self._begin()
            kept = wrap(self._picture, array, self._order)
            found, n = np.empty(16, FACE_DTYPE), c_int()
            check(lib.mien_analyse_picture(self._p, byref(self._picture), found.ctypes.data, len(found),
                                           byref(n)))
            if n.value > len(found):
                found = np.empty(FACES_LIMIT, FACE_DTYPE)
                check(lib.mien_analyse_picture(self._p, byref(self._picture), found.ctypes.data,
                                               len(found), byref(n)))
            del kept
        return Faces(0, 0.0, found[:n.value].copy(), 0, self._analysis, self._au, self._order,
                     array)

    def pictures(self, arrays: Iterable[Any]) -> Iterator[Faces]:
        """Analyses many independent pictures, several at a time, and yields their faces in order; `image`
        is the picture. The pipeline needs independent_frames=True."""
        if not self._independent:
            raise _usage("pictures: open the pipeline with independent_frames=True")
        return self.video(arrays)

    # ------------------------------------------------------------------------- facts ----

    @property
    def analysis(self) -> Tuple[str, ...]:
        """What is measured: ("gaze", "landmarks", ...)."""
        return names_of(self._analysis)

    def models(self) -> List[Dict[str, str]]:
        """The models in use: role, name, path, sha256, licence, provider."""
        used = (ModelUse * MODELS_MAX)()
        n = min(check(lib.mien_models_used(self._p, used, MODELS_MAX)), MODELS_MAX)
        return [{name: (getattr(m, name) or b"").decode("utf-8", "replace") for name in MODEL_FIELDS}
                for m in used[:n]]

    def times(self) -> Dict[str, Dict[str, float]]:
        """Service times since the pipeline was opened or clear_times: {"detect.network": {"count": ...,
        "total": seconds, "median": ..., "p95": ..., "max": ...}, ...}."""
        s = self._stats()
        names = ("count", "total", "median", "p95", "max")
        return {s.span[i].name.decode(): {n: getattr(s.span[i], n) for n in names}
                for i in range(s.num_spans)}

    def counts(self) -> Dict[str, float]:
        """Frames, faces, runs of the detector, workers, and what went wrong with workers."""
        s = self._stats()
        return {n: getattr(s, n) for n in ("frames", "detections", "faces", "queue_mean", "queue_max",
                                           "workers", "frames_in_pool", "detect_every", "restarts",
                                           "quarantined", "copied")}

    def clear_times(self) -> None:
        """Starts all times and counts again."""
        with self._lock:
            lib.mien_clear_stats(self._p)

    def _stats(self) -> Stats:
        s = Stats()
        with self._lock:
            lib.mien_get_stats(self._p, byref(s))
        return s

    def interrupt(self) -> None:
        """From any thread: frames whose analysis has not begun pass without it."""
        lib.mien_interrupt(self._p)


Pipeline.__doc__ = f"""Pictures in, faces out: a pipeline of libmien.

    >>> with mien.Pipeline(order="rgb") as p:
    ...     for face in p.frame(array):
    ...         print(face.id, face.gaze, face.action_units)

    Models are loaded once, when it is opened. Pipelines are independent of each other: two in two threads
    run at the same time, because the GIL is released. One pipeline serves one thread at a time.

    order: "bgr" (default, as OpenCV) or "rgb".
    fps: for frames without a time.

    Settings, by name (None: the default). `live` is True here unless frames are independent: a frame has
    its result at once.
{SETTINGS_DOC}"""

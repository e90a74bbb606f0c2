"""Where people in videos look and what their faces do: gaze, facial action units, landmarks, head pose.

    import mien
    table = mien.extract("a.mp4")                # a pandas table, one row for each face in each frame
    for faces in mien.stream(0): ...             # a camera, live
    with mien.Pipeline() as p:                   # pictures of your own
        faces = p.frame(array)
    mien.columns()["gaze_yaw"]                   # what a column means

Everything runs on this machine; nothing is sent anywhere.
"""
from ._columns import Column, columns
from ._errors import DamagedError, EndOfStream, InputError, InputMissingError, InterruptedRun, MienError, \
    MienWarning, ModelError, OutOfMemoryError, OutputError, OutputExistsError, SettingError, WorkerError
from ._extract import extract
from ._faces import Face, Faces
from ._library import lib as _lib
from ._library import runtime_version
from ._pipeline import Pipeline
from ._stream import stream
from ._table import read_csv, to_parquet, write_csv

__version__: str = _lib.mien_version().decode()

__all__ = [
    "Column", "DamagedError", "EndOfStream", "Face", "Faces", "InputError", "InputMissingError",
    "InterruptedRun", "MienError", "MienWarning", "ModelError", "OutOfMemoryError", "OutputError",
    "OutputExistsError", "Pipeline", "SettingError", "WorkerError", "columns", "extract", "read_csv",
    "runtime_version", "stream", "to_parquet", "write_csv",
]

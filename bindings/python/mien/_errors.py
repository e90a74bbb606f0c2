"""Errors: one exception class for each kind, all below MienError, with the sentence and the code."""
from __future__ import annotations

from typing import Any, Optional


class MienWarning(UserWarning):
    """A warning of the library or the program: the sentence that it logs."""


class MienError(Exception):
    """Something failed. `str()` is the sentence: which file or setting, what is wrong, the cure.

    code: the number of the error, negative, as in the C library; `mien` exits with it without its sign.
    name: its name, "MIEN_ENOINPUT".
    result: what could be measured all the same (`mien.extract`), or None.
    """

    code: int = -1
    name: str = "MIEN_EINTERNAL"
    result: Any = None

    def __init__(self, sentence: str, code: Optional[int] = None, name: Optional[str] = None) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        if code is not None:
            self.code = code
        if name is not None:
            self.name = name

    def __str__(self) -> str:
        return self.sentence


class SettingError(MienError, ValueError):
    """A setting, an option or an argument is not usable."""


class InputMissingError(MienError, FileNotFoundError):
    """An input is missing or unreadable."""


class InputError(MienError, ValueError):
    """An input is not a usable video or picture."""


class DamagedError(InputError):
    """An input is damaged or cut off. `result` has the rows before the damage."""


class ModelError(MienError):
    """A model, the inference runtime or an execution provider is missing or does not work."""


class OutputError(MienError, OSError):
    """An output cannot be written."""


class OutputExistsError(OutputError, FileExistsError):
    """An output exists already."""


class OutOfMemoryError(MienError, MemoryError):
    """There is not enough memory."""


class InterruptedRun(MienError):
    """The run was interrupted."""


class EndOfStream(MienError):
    """All frames of the stream were received."""


class WorkerError(MienError):
    """Worker processes died."""


CLASSES = {
    -2: SettingError,
    -3: InputMissingError,
    -4: InputError,
    -5: InputError,
    -6: InputError,
    -7: InputError,
    -8: DamagedError,
    -9: InputError,
    -10: InputError,
    -11: InputError,
    -12: ModelError,
    -13: ModelError,
    -14: ModelError,
    -15: ModelError,
    -16: ModelError,
    -17: ModelError,
    -18: ModelError,
    -19: OutputExistsError,
    -20: OutputError,
    -21: OutputError,
    -22: OutOfMemoryError,
    -25: InterruptedRun,
    -27: EndOfStream,
    -28: WorkerError,
}


def error_of(code: int, sentence: str, name: str) -> MienError:
    """The exception for an error code."""
    return CLASSES.get(code, MienError)(sentence, code, name)

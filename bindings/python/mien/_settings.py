"""Settings by name: values become the text that libmien and the program read."""
from __future__ import annotations

import ctypes
import difflib
import math
import os
from typing import Any, Dict, Iterable, List

from ._errors import SettingError
from ._library import SETTINGS_SIZE, check, lib
from ._options import OPTIONS, SETTINGS


def _number(name: str, value: Any) -> str:
    if math.isnan(value):
        raise SettingError(f"{name}: NaN is not a value; leave the setting out for its default", -2,
                           "MIEN_EINVAL")
    return repr(int(value)) if float(value).is_integer() else repr(float(value))


def text_of(name: str, value: Any) -> str:
    """The text of a value: True is "1", ["gaze", "pose"] is "gaze,pose"."""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, (str, os.PathLike)):
        return str(os.fspath(value))
    if hasattr(value, "__float__"):
        return _number(name, value)
    if isinstance(value, dict):
        return ",".join(f"{k}={v}" for k, v in value.items())
    if isinstance(value, Iterable):
        return ",".join(str(v) for v in value)
    raise SettingError(f"{name}: {value!r} is not a value; use text, a number, True or False, or a list",
                       -2, "MIEN_EINVAL")


def _unknown(name: str, known: Iterable[str], what: str) -> SettingError:
    close = difflib.get_close_matches(name, list(known), 1)
    cure = f"; use {close[0]}" if close else "; help(mien.Pipeline) and help(mien.extract) list them"
    return SettingError(f"{name}: there is no such {what}{cure}", -2, "MIEN_EINVAL")


# Settings that options have under another name: landmarks for landmark_method.
_SETTING_OF = {row["setting"]: name for name, row in OPTIONS.items() if row["setting"]}
_SYNONYMS = {name: row["setting"] for name, row in OPTIONS.items()
             if row["setting"] and row["setting"] != name}


def setting_pairs(values: Dict[str, Any]) -> Dict[str, str]:
    """{setting: text} for a pipeline. None leaves the default."""
    pairs = {}
    for given, value in values.items():
        name = _SYNONYMS.get(given, given)
        if name not in SETTINGS:
            raise _unknown(given, list(SETTINGS) + list(_SYNONYMS), "setting")
        if value is None:
            continue
        text = text_of(given, value)
        # 0 means "none" to users and "the default" to the library
        pairs[name] = "-1" if name == "smooth" and float(text) == 0 else text
    return pairs


class Settings:
    """A mien_settings of the library. It keeps the texts that the library points to."""

    def __init__(self, values: Dict[str, Any]) -> None:
        self.buffer = ctypes.create_string_buffer(SETTINGS_SIZE)
        self._kept: List[bytes] = []
        lib.mien_settings_init_sized(self.buffer, SETTINGS_SIZE)
        self._pairs = setting_pairs(values)
        for name, text in self._pairs.items():
            self._kept.append(os.fsencode(text))
            check(lib.mien_settings_set(self.buffer, name.encode(), self._kept[-1]))

    def flag(self, name: str) -> bool:
        return self._pairs.get(name) in ("1", "true")


def option_arguments(values: Dict[str, Any], command: str) -> List[str]:
    """Arguments for the program: detect_every=5 becomes --detect-every=5."""
    arguments = []
    for given, value in values.items():
        name = _SETTING_OF.get(given, given) if given not in OPTIONS else given
        if name not in OPTIONS or command not in OPTIONS[name]["commands"]:
            known = [n for n, row in OPTIONS.items() if command in row["commands"]]
            raise _unknown(given, known + list(_SETTING_OF), f"option of mien {command}")
        if value is None:
            continue
        option, row = "--" + row_name(name), OPTIONS[name]
        if row["type"] == "flag":
            if text_of(given, value) not in ("0", "1"):
                raise SettingError(f"{given}: takes True or False", -2, "MIEN_EINVAL")
            arguments += [option] if value else []
        else:
            text = text_of(given, value)
            arguments.append(f"{option}={'0' if name == 'smooth' and float(text) < 0 else text}")
    return arguments


def row_name(name: str) -> str:
    return str(OPTIONS[name]["name"])

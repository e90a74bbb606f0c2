"""The columns of the results: names, units, ranges and meanings, from the table of the library."""
from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Dict, Iterator, Optional, Tuple

from ._library import Column as _Row
from ._library import lib


@dataclass(frozen=True)
class Column:
    """What a column of a result means."""

    name: str
    unit: str  #: "deg", "rad", "px", "mm", "s"; "": none
    range: str  #: "0..1", "0, 1"; "": any number
    coordinates: str  #: axes and signs; "": does not apply
    meaning: str
    decimals: int  #: digits after the point in a CSV file; 0: a whole number
    analysis: Optional[str]  #: what must be measured for it; None: always there
    action_unit: Optional[int]  #: FACS number
    experimental: bool  #: the built-in models measure it only roughly
    of_frame: bool  #: has a value without a face, too
    revised: bool  #: may change once the whole video is known


def _text(value: Optional[bytes]) -> str:
    return (value or b"").decode()


def _column(row: _Row, decimals: int) -> Column:
    bit = lib.mien_analysis_name(row.analysis)
    unit = row.action_unit or None
    return Column(_text(row.name), _text(row.unit), _text(row.range), _text(row.coordinates),
                  _text(row.meaning), decimals, bit.decode() if bit else None, unit,
                  bool(unit and lib.mien_builtin_au_experimental(unit)), bool(row.of_frame),
                  bool(row.revised))


def rows() -> Iterator[Tuple[int, _Row]]:
    """The rows of the library's table with their numbers."""
    i = 0
    while lib.mien_column_at(i):
        yield i, lib.mien_column_at(i).contents
        i += 1


@lru_cache(maxsize=None)
def _table(openface: bool) -> Dict[str, Column]:
    found = ((row, row.openface_decimals if openface else row.decimals) for _, row in rows())
    return {c.name: c for c in (_column(row, decimals) for row, decimals in found if decimals >= 0)}


def columns(table: str = "mien") -> Dict[str, Column]:
    """All columns that a result can have, in the order of a row: {name: Column}.

    table: "mien", or "openface" for the table of OpenFace 2.2.

    >>> mien.columns()["gaze_yaw"].unit
    'deg'
    """
    if table not in ("mien", "openface"):
        raise ValueError(f"there is no table {table!r}; use \"mien\" or \"openface\"")
    return dict(_table(table == "openface"))


@lru_cache(maxsize=None)
def numbers() -> Dict[str, int]:
    """{name: number in the library's table} of the columns of mien's own table."""
    return {_text(row.name): i for i, row in rows() if row.decimals >= 0}

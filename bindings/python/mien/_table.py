"""Results as tables: reads what the program wrote, and writes the same bytes again."""
from __future__ import annotations

import csv
import json
import os
from pathlib import Path
from typing import Any, Dict, List, Tuple, Union

from ._columns import columns
from ._errors import SettingError

BACKENDS = ("pandas", "polars", "pyarrow")
# Columns of whole numbers that no row lacks.
_ALWAYS = ("frame", "face_id", "success", "detected")
_TEXT = "input"


def check_backend(backend: str) -> None:
    if backend not in BACKENDS:
        raise SettingError(f"backend: there is no {backend!r}; use one of {', '.join(BACKENDS)}", -2,
                           "MIEN_EINVAL")
    try:
        __import__(backend)
    except ImportError:
        raise ImportError(f"backend {backend!r} needs the package {backend}; install it with "
                          f"pip install {backend}") from None


def sidecar_of(path: Union[str, Path]) -> Dict[str, Any]:
    """The sidecar of a result; {} if there is none."""
    try:
        with open(os.fspath(path) + ".meta.json", encoding="utf-8") as f:
            return dict(json.load(f))
    except FileNotFoundError:
        return {}


def _is_openface(names: List[str], attrs: Dict[str, Any]) -> bool:
    """Whether the table is OpenFace's: by the sidecar, or else by the names of its columns."""
    for one in attrs.get("inputs", {"": attrs}).values():
        if "columns" in one.get("options", {}):
            return bool(one["options"]["columns"] == "openface")
    return not set(names) - {_TEXT} <= set(columns())


def _header(path: Path) -> List[str]:
    with open(path, newline="", encoding="utf-8") as f:
        return next(csv.reader(f), [])


def whole_numbers(names: List[str], openface: bool) -> List[str]:
    table = columns("openface" if openface else "mien")
    return [n for n in names if n in table and table[n].decimals == 0]


def _read_pandas(path: Path, names: List[str], openface: bool) -> Any:
    import pandas
    # each number is the one that the text names, to the last bit, as it is by itself from pandas 3 on
    more: Dict[str, Any] = {"float_precision": "round_trip"} if pandas.__version__ < "3" else {}
    frame = pandas.read_csv(path, dtype="float64", engine="c", **more)
    for name in whole_numbers(names, openface): # ten times as fast as one astype, which copies everything
        frame[name] = frame[name].astype("int64" if name in _ALWAYS else "Int64")
    return frame


def _read_pyarrow(path: Path, names: List[str], openface: bool) -> Any:
    import pyarrow  # type: ignore[import-untyped,unused-ignore]
    from pyarrow import csv as arrow_csv  # type: ignore[import-untyped,unused-ignore]
    whole = set(whole_numbers(names, openface))
    types = {n: pyarrow.int64() if n in whole else pyarrow.float64() for n in names}
    options = arrow_csv.ConvertOptions(column_types=types, null_values=[""])
    return arrow_csv.read_csv(path, convert_options=options)


def _read_polars(path: Path, names: List[str], openface: bool) -> Any:
    import polars
    whole = set(whole_numbers(names, openface))
    return polars.read_csv(path, schema={n: polars.Int64 if n in whole else polars.Float64 for n in names})


_READERS = {"pandas": _read_pandas, "pyarrow": _read_pyarrow, "polars": _read_polars}


def attach(table: Any, attrs: Dict[str, Any], backend: str) -> Any:
    """attrs of pandas; the metadata of an Arrow schema has it as JSON below "mien"."""
    if backend == "pyarrow":
        more = {**(table.schema.metadata or {}), b"mien": json.dumps(attrs).encode()}
        return table.replace_schema_metadata(more)
    if backend == "pandas":
        table.attrs.update(attrs)
    return table


def read_csv(path: Union[str, Path], backend: str = "pandas") -> Any:
    """Reads a result of `mien extract`, with its sidecar in `attrs`.

    backend: "pandas", "polars" or "pyarrow".
    """
    check_backend(backend)
    attrs = sidecar_of(path)
    return attach(read_rows(path, backend, attrs), attrs, backend)


def read_rows(path: Union[str, Path], backend: str, attrs: Dict[str, Any]) -> Any:
    names = _header(Path(path))
    return _READERS[backend](Path(path), names, _is_openface(names, attrs))


def concat(parts: List[Tuple[str, Any]], backend: str) -> Any:
    """One table of several, with the name of the input in the first column."""
    if backend == "pandas":
        import pandas
        for name, part in parts:
            part.insert(0, _TEXT, pandas.Series([name] * len(part), dtype="string", index=part.index))
        return pandas.concat([p for _, p in parts], ignore_index=True)
    if backend == "polars":
        import polars
        return polars.concat([p.insert_column(0, polars.Series(_TEXT, [n] * len(p), polars.String))
                              for n, p in parts], how="diagonal")
    import pyarrow  # type: ignore[import-untyped,unused-ignore]
    named = [p.add_column(0, _TEXT, pyarrow.array([n] * len(p), pyarrow.string())) for n, p in parts]
    return pyarrow.concat_tables(named, promote_options="default")


def _pandas(table: Any) -> Any:
    """As a pandas table, with its attrs."""
    if not hasattr(table, "to_pandas"):
        return table
    frame = table.to_pandas()
    if hasattr(table, "schema") and getattr(table.schema, "metadata", None):
        frame.attrs.update(json.loads(table.schema.metadata.get(b"mien", b"{}")))
    return frame


def write_csv(table: Any, path: Union[str, Path]) -> None:
    """Writes a table as the program writes it: the same columns, decimals and bytes."""
    frame = _pandas(table)
    names = [str(n) for n in frame.columns]
    known = columns("openface" if _is_openface(names, frame.attrs) else "mien")
    texts = []
    for name in names:
        values, missing = frame[name], frame[name].isna()
        if name in known:
            form = f"%.{known[name].decimals}f"
            texts.append(["" if m else form % v for v, m in zip(values, missing)])
        else:
            texts.append(["" if m else str(v) for v, m in zip(values, missing)])
    with open(path, "w", newline="", encoding="utf-8") as f:
        writer = csv.writer(f, lineterminator="\n")
        writer.writerow(names)
        writer.writerows(zip(*texts))


def to_parquet(table: Any, path: Union[str, Path]) -> None:
    """Writes a table as Parquet; the sidecar goes along. Needs pyarrow.

    A pandas table read back with pandas.read_parquet has the same dtypes and attrs.
    """
    try:
        import pyarrow  # type: ignore[import-untyped,unused-ignore]
        from pyarrow import parquet  # type: ignore[import-untyped,unused-ignore]
    except ImportError:
        raise ImportError("to_parquet needs the package pyarrow; install it with pip install pyarrow") \
            from None
    if type(table).__module__.startswith("polars"):
        table = table.to_arrow()
    elif not isinstance(table, pyarrow.Table):
        attrs = dict(table.attrs)
        table = pyarrow.Table.from_pandas(table, preserve_index=False)
        table = attach(table, attrs, "pyarrow")
    parquet.write_table(table, path)

"""mien.extract: videos and pictures into a table. The packaged program does the work."""
from __future__ import annotations

import csv
import os
import tempfile
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any, Dict, Iterable, List, Literal, Optional, Sequence, Tuple, Union, overload

from ._errors import MienError, MienWarning, SettingError, error_of
from ._library import name_of
from ._options import OPTIONS_DOC
from ._program import Messages, run
from ._settings import option_arguments
from ._table import attach, check_backend, concat, read_csv, read_rows, sidecar_of, to_parquet as write_parquet

if TYPE_CHECKING:
    import pandas
    import polars  # type: ignore[import-not-found,unused-ignore]
    import pyarrow  # type: ignore[import-untyped,import-not-found,unused-ignore]
    from typing_extensions import Unpack

    from ._options import ExtractOptions

Source = Union[str, "os.PathLike[str]"]


class _Bar:
    """A bar of tqdm over all frames, or over files if there are several."""

    def __init__(self, show: Optional[bool], files: bool) -> None:
        self._files, self._bar = files, None
        if show is False:
            return
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a notebook without widgets
            from tqdm.auto import tqdm  # type: ignore[import-untyped,unused-ignore]
        if show is None and "notebook" in tqdm.__module__:
            show = True
        # disable=None: only on terminals
        self._bar = tqdm(unit="file" if files else "frame", disable=None if show is None else False,
                         dynamic_ncols=True)

    def update(self, p: Dict[str, Any]) -> None:
        """Progress as the program reports it: of a file, of the files one by one, or of jobs."""
        if self._bar is None or self._bar.disable or "frames" not in p or p.get("event") == "done":
            return
        total, done, text = p.get("expected"), p["frames"], f"{p.get('faces', 0)} faces"
        if self._files and "file" in p:
            total, done = p["files"], p["file"] - (0 if p["done"] else 1)
            text = f"{p['input']} {p['frames']} frames"
        elif self._files:
            total, done, text = p.get("files"), p.get("ended", 0), f"{p['frames']} frames"
        self._bar.total = total
        self._bar.set_postfix_str(text, refresh=False)
        self._bar.update(max(0, done - self._bar.n))

    def close(self) -> None:
        if self._bar is not None:
            self._bar.close()


def _inputs(source: Union[Source, Iterable[Source]]) -> Tuple[List[str], bool]:
    """Names of the inputs for the program, and whether there is exactly one."""
    one = isinstance(source, (str, os.PathLike))
    given: Sequence[Any] = [source] if one else list(source)  # type: ignore[arg-type]
    if not given:
        raise SettingError("extract: the list of inputs is empty; name a video, a picture or a folder", -2,
                           "MIEN_EINVAL")
    names = [os.fspath(g) for g in given]
    single = one and not os.path.isdir(names[0])
    # a name must not be taken for an option
    return [os.path.join(".", n) if n.startswith("-") else n for n in names], single


def _summary(path: Path) -> List[Dict[str, str]]:
    try:
        with open(path, newline="", encoding="utf-8", errors="surrogateescape") as f:
            return list(csv.DictReader(f))
    except FileNotFoundError:
        return []


def _statuses(row: Dict[str, str]) -> Dict[str, str]:
    return {"status": row["status"], "message": row["message"]}


def _collect(rows: List[Dict[str, str]], single: bool, backend: str) -> Any:
    """The results that exist as one table; None if there are none."""
    found = [r for r in rows if r["result"] and os.path.exists(r["result"])]
    if not found:
        return None
    if single:
        return read_csv(found[0]["result"], backend)
    sidecars = {r["input"]: sidecar_of(r["result"]) for r in found}
    table = concat([(r["input"], read_rows(r["result"], backend, sidecars[r["input"]])) for r in found],
                   backend)
    attrs = {"inputs": sidecars,
             "failed": {r["input"]: _statuses(r) for r in rows if r["state"] == "failed"}}
    return attach(table, attrs, backend)


def _failure(status: int, messages: Messages, rows: List[Dict[str, str]]) -> MienError:
    code = -25 if status in (130, -2) else -status if status > 0 else -1
    sentences = messages.errors or [r["message"] for r in rows if r["message"]]
    sentence = "\n".join(sentences) or f"the program ended with status {status}"
    return error_of(code, sentence, name_of(code))


@overload
def extract(source: Union[Source, Iterable[Source]], *, backend: Literal["pandas"] = ...,
            output: Optional[Source] = ..., to_parquet: Optional[Source] = ..., progress: Optional[bool] = ...,
            errors: Literal["raise", "warn"] = ..., **options: "Unpack[ExtractOptions]") -> "pandas.DataFrame":
    ...


@overload
def extract(source: Union[Source, Iterable[Source]], *, backend: Literal["polars"],
            output: Optional[Source] = ..., to_parquet: Optional[Source] = ..., progress: Optional[bool] = ...,
            errors: Literal["raise", "warn"] = ..., **options: "Unpack[ExtractOptions]") -> "polars.DataFrame":
    ...


@overload
def extract(source: Union[Source, Iterable[Source]], *, backend: Literal["pyarrow"],
            output: Optional[Source] = ..., to_parquet: Optional[Source] = ..., progress: Optional[bool] = ...,
            errors: Literal["raise", "warn"] = ..., **options: "Unpack[ExtractOptions]") -> "pyarrow.Table":
    ...


def extract(source: Union[Source, Iterable[Source]], *,
            backend: str = "pandas",
            output: Optional[Source] = None, to_parquet: Optional[Source] = None,
            progress: Optional[bool] = None, errors: Literal["raise", "warn"] = "raise",
            **options: "Unpack[ExtractOptions]") -> Any:
    check_backend(backend)
    if errors not in ("raise", "warn"):
        raise SettingError(f"errors: there is no {errors!r}; use \"raise\" or \"warn\"", -2, "MIEN_EINVAL")
    names, single = _inputs(source)
    more = option_arguments(dict(options), "extract")
    with tempfile.TemporaryDirectory(prefix="mien-") as own:
        folder = os.path.join(os.fspath(output) if output is not None else own, "")
        summary = Path(own) / "summary.csv"
        bar = _Bar(progress, not single)
        try:
            arguments = ["extract", *more, "--progress=json", f"--summary={summary}", "-o", folder, *names]
            status, messages = run(arguments, bar.update)
        finally:
            bar.close()
        rows = _summary(summary)
        table = _collect(rows, single, backend)
    for sentence in messages.warnings:
        warnings.warn(sentence, MienWarning, stacklevel=2)
    if status:
        failure = _failure(status, messages, rows)
        if errors == "raise" or table is None:
            failure.result = table
            raise failure
        warnings.warn(str(failure), MienWarning, stacklevel=2)
    if to_parquet is not None:
        write_parquet(table, Path(to_parquet))
    return table


extract.__doc__ = f"""Analyses a video, a picture, a list of them or a folder, and returns one row for each face
    in each frame, with the columns of `mien extract` (mien.columns()). A frame without a face has one row
    with success 0. Missing values are NA.

    >>> table = mien.extract("a.mp4")
    >>> table.attrs["versions"]

    source: the name of a video, a picture, a numbered sequence ("dir/%04d.jpg") or a folder, or a list of
        names. With a list or a folder, the first column is `input`.
    backend: "pandas", "polars" or "pyarrow": whose table is returned. `attrs` of a pandas table is the
        sidecar, the record of how the result was made; with several inputs attrs["inputs"] has one for
        each, and attrs["failed"] the status and the sentence of those that failed. An Arrow table has the
        same as JSON in its metadata, below b"mien".
    output: a folder that keeps the CSV files and their sidecars; without it they are temporary.
    to_parquet: a file to which the table is written, too.
    progress: True shows a bar, False does not; None (default) shows it on terminals and in notebooks.
    errors: "raise" (default) raises MienError if an input fails; its `result` has the rows of the others and
        those before the damage. "warn" warns and returns these rows.

    Raises MienError, with the sentence in `str()` and the number in `code`. KeyboardInterrupt stops the
    program and removes temporary files; in `output` its rows so far have a name that ends in .partial.

    Options of the program, by name (None: the default); names of settings work as well:
{OPTIONS_DOC}"""

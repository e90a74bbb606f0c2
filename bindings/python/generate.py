#!/usr/bin/env python3
"""Writes mien/_options.py: names, types and help of the settings of libmien and of the options of
`mien extract`, as data, as docstrings and as types for checkers; and the structs of a face.

Usage: generate.py LIBMIEN PROGRAM MIEN_H OUTPUT
"""
import ctypes
import json
import re
import subprocess
import sys
from ctypes import c_char_p, c_double, c_int

# Decided by the package itself, or without meaning in Python.
NOT_OPTIONS = {"output", "format", "progress", "log-level", "help", "summary", "source", "csv", "send",
               "view", "log-every", "stats"}
FLAG, INT, FLOAT, DOUBLE, TEXT, CHOICE, ANALYSIS = range(7)
SETTING_TYPES = {FLAG: "bool", INT: "int", FLOAT: "float", DOUBLE: "float", TEXT: "Union[str, Path]"}
OPTION_TYPES = {"flag": "bool", "integer": "int", "number": "float", "text": "Union[str, Path]"}


class Setting(ctypes.Structure):
    _fields_ = [("name", c_char_p), ("type", c_int), ("min", c_double), ("max", c_double),
                ("choices", c_char_p), ("unit", c_char_p), ("help", c_char_p)]


def settings(path):
    lib = ctypes.CDLL(path)
    lib.mien_setting_at.restype = ctypes.POINTER(Setting)
    i = 0
    while lib.mien_setting_at(i):
        s = lib.mien_setting_at(i).contents
        yield {"name": s.name.decode(), "type": s.type, "min": s.min, "max": s.max,
               "choices": (s.choices or b"").decode().split(), "unit": (s.unit or b"").decode(),
               "help": s.help.decode()}
        i += 1


def options(program):
    done = subprocess.run([program, "--dump-options"], stdout=subprocess.PIPE, check=True)
    return [o for o in json.loads(done.stdout)["options"]
            if {"extract", "run"} & set(o["commands"]) and o["name"] not in NOT_OPTIONS]


def structs(path):
    """{struct: [(field, type, shape)]} of the structs in the header that hold nothing but numbers, arrays of
    numbers, and such structs: mien_face and its parts."""
    with open(path, encoding="utf-8") as f:
        text = re.sub(r"/\*.*?\*/", "", f.read(), flags=re.S)
    sizes = {name: int(n) for name, n in re.findall(r"#define (MIEN_\w+) (\d+)\s", text)}
    types = {"float": "f4", "int32_t": "i4", "uint32_t": "u4", "uint8_t": "u1"}
    found = {}
    for name, body in re.findall(r"typedef struct (mien_\w+) \{([^{}]*)\}", text):
        fields = []
        for declaration in body.split(";"):
            kind, _, names = declaration.strip().partition(" ")
            for one in filter(None, map(str.strip, names.split(","))):
                shape = tuple(sizes.get(n) or int(n) for n in re.findall(r"\[(\w+)\]", one))
                fields.append((re.match(r"\W*(\w*)", one).group(1), types.get(kind), shape))
        if all(kind for _, kind, _ in fields):
            found[name] = fields
            types[name] = name
    return found


def literal(words):
    return "Literal[" + ", ".join(f'"{w}"' for w in words) + "]"


def setting_type(s):
    if s["type"] == CHOICE:
        return literal(s["choices"])
    if s["type"] == ANALYSIS:
        return "Union[str, Iterable[str]]"
    return SETTING_TYPES[s["type"]]


def option_type(o):
    if o["type"] == "list":
        return "Union[str, Iterable[str]]"
    plain = [c for c in o["choices"] if not c.isdigit()]
    if o["type"] == "choice":
        number = ", int" if len(plain) < len(o["choices"]) or o["max"] else ""
        return f"Union[{literal(plain)}{number}]" if number else literal(plain)
    kind = OPTION_TYPES[o["type"]]
    return f"Union[{kind}, {literal(plain)}]" if plain else kind


def spelled(name):
    return name.replace("-", "_")


def number(value):
    return str(int(value)) if float(value).is_integer() else f"{value:g}"


def setting_help(s):
    more = [s["unit"]] if s["unit"] else []
    if s["type"] in (INT, FLOAT, DOUBLE):
        more.append(" or ".join(s["choices"]) or f"{number(s['min'])} to {number(s['max'])}")
    return s["help"] + (f" ({', '.join(more)})" if more else "")


def typed_dict(name, doc, rows):
    """rows: (name, type, help)"""
    lines = [f"class {name}(TypedDict, total=False):", f'    """{doc}"""', ""]
    for key, kind, text in rows:
        lines += [f"    {key}: Optional[{kind}]  #: {text}"]
    return lines


def docstring(name, rows):
    lines = [f'{name} = """']
    for key, kind, text in rows:
        shown = kind.replace("Union[str, Path]", "text").replace("Union[str, Iterable[str]]", "list")
        if shown.startswith("Literal["):
            shown = shown[8:-1].replace('"', "")
        lines.append(f"    {key}: {text} [{shown}]".replace("\\", "\\\\"))
    return lines + ['"""']


def main():
    if len(sys.argv) != 5:
        raise SystemExit(__doc__)
    own, all_options = list(settings(sys.argv[1])), options(sys.argv[2])
    found = [o for o in all_options if "extract" in o["commands"]]
    setting_rows = [(s["name"], setting_type(s), setting_help(s)) for s in own]
    by_name = {s["name"]: s for s in own}
    option_rows = [(spelled(o["name"]), option_type(o), o["help"]) for o in found]
    extract = list(option_rows) # and the same under the names of the settings
    names = {r[0] for r in extract}
    for o in found:
        if o["setting"] and o["setting"] not in names:
            extract.append((o["setting"], option_type(o), setting_help(by_name[o["setting"]])))
    pipeline = list(setting_rows)
    for o in found:
        if o["setting"] and spelled(o["name"]) not in by_name:
            pipeline.append((spelled(o["name"]), setting_type(by_name[o["setting"]]), o["help"]))
    lines = ['"""Generated from the tables of libmien and the program, when the package is built."""',
             "# ruff: noqa: E501", "from __future__ import annotations", "",
             "from pathlib import Path",
             "from typing import Any, Dict, Iterable, Literal, Optional, TypedDict, Union", "", ""]
    lines += typed_dict("SettingValues", "Settings of mien.Pipeline.", pipeline) + ["", ""]
    lines += typed_dict("ExtractOptions", "Options of mien.extract.", extract) + ["", ""]
    lines += ["SETTINGS: Dict[str, Dict[str, Any]] = {"]
    lines += [f"    {s['name']!r}: {s!r}," for s in own] + ["}", ""]
    keep = ("name", "type", "setting", "commands")
    lines += ["OPTIONS: Dict[str, Dict[str, Any]] = {"]
    lines += [f"    {spelled(o['name'])!r}: {({k: o[k] for k in keep})!r}," for o in all_options] + ["}", ""]
    lines += ["# Of <mien/mien.h>: {struct: [(field, type, shape)]}", "STRUCTS: Dict[str, Any] = {"]
    for name, fields in structs(sys.argv[3]).items():
        lines += [f"    {name!r}: ["] + [f"        {field!r}," for field in fields] + ["    ],"]
    lines += ["}", ""]
    lines += docstring("SETTINGS_DOC", setting_rows) + [""]
    lines += docstring("OPTIONS_DOC", option_rows)
    with open(sys.argv[4], "w", encoding="utf-8") as f:
        f.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()

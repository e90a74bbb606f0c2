"""The program `mien`, which the package contains: runs it, follows its progress, interrupts it."""
from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from typing import Any, Callable, Dict, List, NoReturn, Optional

from ._library import PROGRAM, runtime_path

GRACE = 10.0  # seconds that an interrupted program gets to end by itself


def environment() -> Dict[str, str]:
    env = dict(os.environ)
    path = runtime_path()
    if path:
        env["MIEN_ONNXRUNTIME"] = path
    return env


def start(arguments: List[str], **more: Any) -> "subprocess.Popen[bytes]":
    """In a session of its own: Ctrl-C in a terminal reaches this process, which then interrupts it."""
    return subprocess.Popen([str(PROGRAM), *arguments], env=environment(), stdin=subprocess.DEVNULL,
                            start_new_session=True, **more)


def stop(process: "subprocess.Popen[bytes]") -> None:
    """Interrupts the program, and kills it if it does not end."""
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(GRACE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


class Messages:
    """What the program wrote to standard error: sentences, and the progress as JSON lines."""

    def __init__(self, on_progress: Optional[Callable[[Dict[str, Any]], None]] = None) -> None:
        self.errors: List[str] = []
        self.warnings: List[str] = []
        self._on_progress = on_progress

    def take(self, line: bytes) -> None:
        text = line.decode("utf-8", "replace").rstrip("\n")
        if text.startswith("{"):
            try:
                progress = json.loads(text)
            except ValueError:
                return
            if self._on_progress:
                self._on_progress(progress)
            return
        text = text[6:] if text.startswith("mien: ") else text
        if text.startswith("warning: "):
            self.warnings.append(text[9:])
        elif text:
            self.errors.append(text)


def run(arguments: List[str],
        on_progress: Optional[Callable[[Dict[str, Any]], None]] = None) -> "tuple[int, Messages]":
    """Runs the program to its end: exit status and messages. KeyboardInterrupt interrupts it, too."""
    messages = Messages(on_progress)
    process = start(arguments, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    try:
        assert process.stderr is not None
        for line in process.stderr:
            messages.take(line)
        return process.wait(), messages
    finally:
        stop(process)
        if process.stderr:
            process.stderr.close()


def drain(pipe: Any, messages: Messages) -> threading.Thread:
    """Takes the messages of a program whose standard output is read at the same time."""
    def read() -> None:
        with pipe:
            for line in pipe:
                messages.take(line)
    thread = threading.Thread(target=read, daemon=True)
    thread.start()
    return thread


def main() -> NoReturn:
    """The command `mien` of the package."""
    os.execve(PROGRAM, [str(PROGRAM), *sys.argv[1:]], environment())

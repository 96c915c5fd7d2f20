"""Remembers what was done with which inputs, so that a second start does only what has changed."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterable
from pathlib import Path


def digest(paths: Iterable[Path], *words: str) -> str:
    """One hash over the content of files (folders: all files below, by name) and some words."""
    seen = hashlib.sha256("\0".join(words).encode())
    for path in paths:
        files = sorted(_files(path)) if path.is_dir() else [path]
        for file in files:
            seen.update(os.fsencode(file.name) + b"\0" + hashlib.sha256(file.read_bytes()).digest())
    return seen.hexdigest()


def _files(folder: Path) -> Iterable[Path]:
    return (file for file in folder.rglob("*") if file.is_file() and "__pycache__" not in file.parts)


class Stamps:
    """A small file of name → hash beside the thing that was made."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def once(self, name: str, inputs: str, work: Callable[[], None]) -> bool:
        """Do the work unless it was done with the same inputs; True where it was done now."""
        if self._read().get(name) == inputs:
            return False
        work()
        self.file.parent.mkdir(parents=True, exist_ok=True)
        part = self.file.with_suffix(".part")
        part.write_text(json.dumps({**self._read(), name: inputs}, indent=1), encoding="utf-8")
        part.replace(self.file)
        return True

    def forget(self) -> None:
        self.file.unlink(missing_ok=True)

    def _read(self) -> dict[str, str]:
        try:
            found = json.loads(self.file.read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}

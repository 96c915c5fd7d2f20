"""Bytes by their SHA-256, and the workshop on this machine in which uploads are looked at.

A blob is written once and never changed; two rows with the same bytes share it. Whatever is half done lies in
the workshop, so that what a killed process left can be thrown away by age.
"""

from __future__ import annotations

import hashlib
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from django.conf import settings

from shuangjian.files.stores import Folder, the_store

CHUNK = 1 << 16
# Longer than any upload or examination may take: whatever is older belongs to a process that was killed.
LEFT_OVER_SECONDS = 3600


def workshop() -> Path:
    """The folder for work in progress, on one file system with the local store (a rename must not copy)."""
    folder = Path(settings.EVIDENCE_ROOT) / "incoming"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


@contextmanager
def bench() -> Iterator[Path]:
    """A private folder for one upload, gone at the end whatever happens. First throws old leftovers away."""
    sweep()
    with tempfile.TemporaryDirectory(prefix="bench-", dir=workshop(), ignore_cleanup_errors=True) as folder:
        yield Path(folder)


def sweep() -> int:
    """Remove what killed processes left in the workshop; returns how many entries. Safe in parallel."""
    removed = 0
    oldest = time.time() - LEFT_OVER_SECONDS
    for entry in workshop().iterdir():
        try:
            if entry.stat().st_mtime > oldest:
                continue
            if entry.is_dir():
                shutil.rmtree(entry)
            else:
                entry.unlink()
            removed += 1
        except FileNotFoundError:
            continue  # its owner, or another sweep, was faster
    return removed


def path_of(sha256: str) -> Path:
    """Where the bytes with this digest lie in the folder of this machine."""
    return Folder().path_of(sha256)


def digest_of(stream: BinaryIO) -> str:
    """SHA-256 of what a stream holds, in lower-case hexadecimal."""
    return hashlib.file_digest(stream, "sha256").hexdigest()  # type: ignore[arg-type]  # it has readinto


def put(source: Path) -> str:
    """Hand a finished file of the workshop to the store under its digest, durably; returns the digest."""
    with source.open("rb") as stream:
        sha256 = digest_of(stream)
    the_store().put(source, sha256)
    return sha256


def open_by_digest(sha256: str) -> BinaryIO:
    """The bytes with this digest, for reading. Raises FileNotFoundError where they are gone."""
    return the_store().open(sha256)

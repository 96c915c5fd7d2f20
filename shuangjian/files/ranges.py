"""One range of a file, as a reader of long PDFs or a broken download asks for it.

Source: RFC 9110, 14.2 (Range) and 13.1.5 (If-Range). Of several ranges, and of what cannot be read, the
whole file is the answer that the standard allows.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import BinaryIO


@dataclass(frozen=True)
class Wanted:
    """Bytes ``first`` to ``last`` of a file, both inclusive."""

    first: int
    last: int


ALL, NONE = Wanted(0, -1), Wanted(-1, -1)  # the whole file; a range that lies outside of it


def wanted(headers: Mapping[str, str], size: int, tag: str) -> Wanted:
    """The range that a request asks for of a file of ``size`` bytes, or ALL, or NONE (status 416)."""
    if headers.get("If-Range", f'"{tag}"') != f'"{tag}"':
        return ALL  # what the client has is of another file
    asked = re.fullmatch(r"bytes=(\d{0,15})-(\d{0,15})", headers.get("Range", "").replace(" ", ""))
    if asked is None or asked[1] == asked[2] == "":
        return ALL
    if asked[1] == "":  # the last n bytes
        return Wanted(max(size - int(asked[2]), 0), size - 1) if int(asked[2]) else NONE
    first, last = int(asked[1]), min(int(asked[2] or size - 1), size - 1)
    if asked[2] and int(asked[2]) < int(asked[1]):
        return ALL  # not a range at all
    return Wanted(first, last) if first < size else NONE


class Part:
    """A range of a stream, to be read like a file and closed with it."""

    def __init__(self, stream: BinaryIO, part: Wanted) -> None:
        self._stream = stream
        self._left = part.last - part.first + 1
        stream.seek(part.first)

    def read(self, size: int = -1) -> bytes:
        data = self._stream.read(self._left if size < 0 else min(size, self._left))
        self._left -= len(data)
        return data

    def close(self) -> None:
        self._stream.close()

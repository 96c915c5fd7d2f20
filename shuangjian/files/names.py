"""Names of uploaded files: data to show again, never a path. Refuses what a screen would show wrongly."""

from __future__ import annotations

import math
import unicodedata

NAME_BYTES = 255
# Marks that reorder what stands around them: an executable could be read as a picture.
_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_BAD_CATEGORIES = frozenset({"Cc", "Cs", "Zl", "Zp"})  # control, half a surrogate pair, line breaks


def clean_name(raw: str) -> str | None:
    """The last part of an uploaded name, at most 255 UTF-8 bytes with its extension kept.

    None where the name is empty or holds characters that cannot be shown for what they are.
    """
    name = raw.replace("\\", "/").rpartition("/")[2].strip()
    if not name.strip(".") or any(
        character in _BIDI or unicodedata.category(character) in _BAD_CATEGORIES for character in name
    ):
        return None
    return shorten(name, NAME_BYTES)


def shorten(name: str, limit: int) -> str:
    """``name`` within ``limit`` UTF-8 bytes: the stem gives way, the extension stays."""
    if len(name.encode()) <= limit:
        return name
    stem, dot, extension = name.rpartition(".")
    tail = f"…{dot}{extension}" if dot and len(extension) <= 8 else "…"
    return (stem or name).encode()[: limit - len(tail.encode())].decode(errors="ignore") + tail


def extension_of(name: str) -> str:
    """Lower-case extension without its dot, empty where there is none."""
    return name.rpartition(".")[2].lower() if "." in name else ""


def in_megabytes(size: int) -> str:
    """Rounded up, so that a file just above the limit never reads as the limit: 10485761 -> 10.1MB."""
    return f"{math.ceil(size * 10 / 1024 / 1024) / 10:g}MB"

"""Looks at one stranger's file, alone: ``python -I child.py KIND SOURCE TARGET ANSWER``.

Imports nothing of the project and is started with an empty environment, so that a flaw in a decoder meets
neither secrets nor the database. Memory, time, file size and open files are limited before any library loads.
KIND is JPEG, PNG, WEBP (decoded, turned upright, shrunk and written anew: pixels only) or PDF (looked
through, not changed). ANSWER receives one flat JSON object; ``refused`` names the cause.
"""

from __future__ import annotations

import json
import re
import resource
import signal
import sys
from pathlib import Path
from typing import Any

MEMORY_BYTES = 512 * 1024 * 1024
SECONDS = 20
OUTPUT_BYTES = 64 * 1024 * 1024
MOST_PIXELS = 50_000_000
LONG_SIDE = 1600
PDF_OBJECTS = 200_000

# Actions and entries of a PDF that run, start or carry something: /URI and /GoTo stay allowed.
ACTIVE_ACTIONS = frozenset(
    {"/JavaScript", "/Launch", "/ImportData", "/SubmitForm", "/GoToE", "/Rendition", "/RichMediaExecute"}
)
ACTIVE_KEYS = frozenset({"/JavaScript", "/JS", "/EmbeddedFiles", "/EF", "/XFA", "/RichMediaContent"})
ACTIVE_BYTES = re.compile(rb"/(?:JavaScript|Launch|EmbeddedFiles?|RichMedia)\b")


def shut_in() -> None:
    """Limit this process; the wall clock too, in case that nobody is left to stop it."""
    for limit, amount in (
        (resource.RLIMIT_AS, MEMORY_BYTES),
        (resource.RLIMIT_CPU, SECONDS),
        (resource.RLIMIT_FSIZE, OUTPUT_BYTES),
        (resource.RLIMIT_NOFILE, 64),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(limit, (amount, amount))
    signal.alarm(SECONDS)


def look_at_image(kind: str, source: str, target: str) -> dict[str, Any]:
    """Write the picture anew to ``target``: upright, at most 1600 px, without anything but its pixels."""
    from PIL import Image, ImageOps

    Image.MAX_IMAGE_PIXELS = None  # the limit below is ours and comes before any decoding
    with Image.open(source, formats=[kind]) as opened:
        pixels = opened.width * opened.height
        if pixels > MOST_PIXELS:
            return {"refused": "pixels", "pixels": pixels}
        opened.draft("RGB", (LONG_SIDE, LONG_SIDE))  # lets JPEG decode at a fraction of its size
        opened.load()
        answer = _moment_of(opened)
        mode = "RGBA" if opened.has_transparency_data and kind != "JPEG" else "RGB"
        picture: Image.Image = opened
        if picture.mode in ("P", "1"):  # palettes cannot be averaged; the rest shrinks first, in less memory
            picture = picture.convert(mode)
        picture.thumbnail((LONG_SIDE, LONG_SIDE), reducing_gap=None)  # its first pass knows no 16 bit grey
        if picture.mode.startswith("I"):  # 16 bits of grey: converting would clip where it should scale
            picture = picture.point(lambda value: value * (1 / 256)).convert("L")
        if picture.mode != mode:
            picture = picture.convert(mode)
        ImageOps.exif_transpose(picture, in_place=True)
        clean = Image.new(mode, picture.size)  # a fresh image carries no metadata at all
        clean.paste(picture)
    clean.save(target, kind, **({} if kind == "PNG" else {"quality": 85}))
    return answer


def _moment_of(picture: Any) -> dict[str, Any]:
    """When the camera says that it was taken, as it wrote it. A broken EXIF block says nothing."""
    try:
        exif = picture.getexif().get_ifd(0x8769)
        taken, offset = exif.get(0x9003), exif.get(0x9011)
    except Exception:  # EXIF is whatever a stranger wrote; the picture does not depend on it
        return {}
    return {
        name: value[:19] for name, value in (("taken", taken), ("offset", offset)) if isinstance(value, str)
    }


def look_at_pdf(source: str) -> dict[str, Any]:
    """Go through every object of the document and refuse what runs, starts or carries something."""
    import zipfile

    from pypdf import PdfReader

    raw = Path(source).read_bytes()
    plain = re.sub(rb"#([0-9A-Fa-f]{2})", lambda found: bytes([int(found[1], 16)]), raw)
    if ACTIVE_BYTES.search(plain):
        return {"refused": "active"}
    if zipfile.is_zipfile(source):  # a PDF and an archive in one
        return {"refused": "active"}
    reader = PdfReader(source, strict=False)
    if reader.is_encrypted:
        return {"refused": "encrypted"}
    if any(_is_active(value) for value in _objects_of(reader)):
        return {"refused": "active"}
    pages = len(reader.pages)
    return {"pages": pages} if pages else {"refused": "damaged"}


def _objects_of(reader: Any) -> Any:
    """The trailer and every object that the cross-reference tables name, reachable or not."""
    from pypdf.generic import IndirectObject

    numbers = [
        (number, generation)
        for generation, table in reader.xref.items()
        for number in table
        if generation != 65535  # the list of free numbers
    ]
    numbers += [(number, 0) for number in reader.xref_objStm]
    if len(numbers) > PDF_OBJECTS:
        raise ValueError("too many objects")
    yield reader.trailer
    for number, generation in numbers:
        yield reader.get_object(IndirectObject(number, generation, reader))


def _is_active(value: Any) -> bool:
    """Does this object, or one written inside it, run, start or carry something? Follows no references."""
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            if not ACTIVE_KEYS.isdisjoint(one) or str(dict.get(one, "/S")) in ACTIVE_ACTIONS:
                return True
            waiting.extend(dict.values(one))
        elif isinstance(one, list):
            waiting.extend(list.__iter__(one))
    return False


def main(kind: str, source: str, target: str, answer: str) -> None:
    shut_in()
    try:
        said = look_at_pdf(source) if kind == "PDF" else look_at_image(kind, source, target)
    except MemoryError:
        said = {"refused": "heavy"}
    except Exception:  # a decoder may raise anything at all on a stranger's bytes
        said = {"refused": "damaged"}
    Path(answer).write_text(json.dumps(said))


if __name__ == "__main__":
    main(*sys.argv[1:])

"""Looks at one stranger's file, alone: ``python -I child.py KIND SOURCE TARGET ANSWER``.

Imports nothing of the project and is started with an empty environment, so that a flaw in a decoder meets
neither secrets nor the database. Memory, time, file size and open files are limited before any library loads.
KIND is JPEG, PNG, WEBP (decoded, turned upright, shrunk and written anew: pixels only), PDF (looked through,
not changed), XLSX (looked through; TARGET receives its cells as JSON) or FILL (a workbook that was looked
through; TARGET receives it with the cells set that stand as JSON beside SOURCE, in ``cells``). ANSWER
receives one flat JSON object; ``refused`` names the cause.
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
SECONDS = 20  # by the clock on the wall
PROCESSOR_SECONDS = 12
OUTPUT_BYTES = 64 * 1024 * 1024
MOST_PIXELS = 50_000_000
LONG_SIDE = 1600
PDF_OBJECTS = 200_000
SHEET_ROWS = 6_000
SHEET_COLUMNS = 60
UNPACKED_BYTES = 200 * 1024 * 1024
UNPACKED_RATIO = 100  # looked at above UNPACKED_SMALL alone: a short table of equal rows packs well
UNPACKED_SMALL = 8 * 1024 * 1024
ARCHIVE_ENTRIES = 1_000
MOST_MARKS = 2_000  # formulas, errors and merged cells that are named

# Actions and entries of a PDF that run, start or carry something: /URI and /GoTo stay allowed.
ACTIVE_ACTIONS = frozenset(
    {
        "/JavaScript",
        "/Launch",
        "/ImportData",
        "/SubmitForm",
        "/GoToE",
        "/GoToR",
        "/Rendition",
        "/RichMediaExecute",
        "/Movie",
        "/Sound",
    }
)
ACTIVE_KEYS = frozenset({"/JavaScript", "/JS", "/EmbeddedFiles", "/EF", "/XFA", "/RichMediaContent"})
# What a link may not open: it runs, or reads the machine of whoever clicks.
ACTIVE_LINKS = ("javascript:", "vbscript:", "data:", "file:")
ACTIVE_BYTES = re.compile(rb"/(?:JavaScript|Launch|EmbeddedFiles?|RichMedia)\b")


def shut_in() -> None:
    """Limit this process; the wall clock too, should the machine be busy or nobody be left to stop it."""
    for limit, amount in (
        (resource.RLIMIT_AS, MEMORY_BYTES),
        (resource.RLIMIT_CPU, PROCESSOR_SECONDS),
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
        answer = {**_moment_of(opened), **_place_of(opened)}
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
    return {**answer, "likeness": _likeness_of(clean)}


def _likeness_of(picture: Any) -> str:
    """Which of 16 x 16 places are darker to their right (a difference hash), as 64 hexadecimal digits.

    Hardly changed by saving or shrinking the picture again: some bits of 256.
    """
    from PIL import Image

    grey = picture.convert("L").resize((17, 16), Image.Resampling.LANCZOS).tobytes()
    bits = "".join(
        "1" if grey[at] > grey[at + 1] else "0" for row in range(16) for at in range(row * 17, row * 17 + 16)
    )
    return f"{int(bits, 2):064x}"


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


def _place_of(picture: Any) -> dict[str, Any]:
    """Where the camera says that it was: degrees, north and east positive. Half a place is none."""
    try:
        gps = picture.getexif().get_ifd(0x8825)
        north, east = (
            round(sum(float(part) / 60**power for power, part in enumerate(gps[key])), 5) for key in (2, 4)
        )
        north, east = -north if gps[1] == "S" else north, -east if gps[3] == "W" else east
    except Exception:  # as above
        return {}
    inside = -90 <= north <= 90 and -180 <= east <= 180  # says no to what is no number as well
    return {"latitude": north, "longitude": east} if inside else {}


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
            link = "".join(str(dict.get(one, "/URI", "")).split()).lower()
            if link.startswith(ACTIVE_LINKS):
                return True
            waiting.extend(dict.values(one))
        elif isinstance(one, list):
            waiting.extend(list.__iter__(one))
    return False


# --- Workbooks ----------------------------------------------------------------
class Refused(Exception):
    """A workbook that is not taken; carries the answer."""

    def __init__(self, cause: str, **more: Any) -> None:
        super().__init__(cause)
        self.answer = {"refused": cause, **more}


def look_at_workbook(source: str, target: str) -> dict[str, Any]:
    """Write the cells of every sheet to ``target`` as they are stored, and which are no plain values."""
    import zipfile

    if not zipfile.is_zipfile(source):
        return {"refused": "no_workbook"}
    try:
        with zipfile.ZipFile(source) as archive:
            _check_archive(archive)
            marks = {name: _marks_of(archive, part, name) for name, part in _sheet_parts(archive)}
        sheets = _cells_of(source, marks)
    except Refused as refused:
        return refused.answer
    Path(target).write_text(json.dumps({"sheets": sheets}, ensure_ascii=False), encoding="utf-8")
    return {"sheets": len(sheets)}


def _check_archive(archive: Any) -> None:
    entries = archive.infolist()
    names = {entry.filename for entry in entries}
    unpacked = sum(entry.file_size for entry in entries)
    packed = max(sum(entry.compress_size for entry in entries), 1)
    if len(entries) > ARCHIVE_ENTRIES or unpacked > UNPACKED_BYTES:
        raise Refused("packed")
    if unpacked > UNPACKED_SMALL and unpacked / packed > UNPACKED_RATIO:
        raise Refused("packed")
    if "xl/workbook.xml" not in names or "[Content_Types].xml" not in names:
        raise Refused("no_workbook")
    if any("vbaproject" in name.lower() or "/macrosheets/" in name.lower() for name in names):
        raise Refused("macros")
    if b"macroEnabled" in archive.read("[Content_Types].xml"):
        raise Refused("macros")
    carries = ("xl/externallinks/", "xl/connections.xml", "xl/embeddings/", "xl/activex/", "xl/querytables/")
    if any(name.lower().startswith(carries) for name in names):
        raise Refused("links")


def _walk(archive: Any, part: str, start: Any, end: Any = None) -> None:
    """Read one part without building a tree. A document type declaration is no part of a workbook."""
    from xml.parsers import expat

    def doctype(*_: Any) -> None:
        raise Refused("damaged")

    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = doctype
    parser.StartElementHandler = lambda name, attrs: start(name.rpartition(":")[2], attrs)
    if end is not None:
        parser.EndElementHandler = lambda name: end(name.rpartition(":")[2])
    with archive.open(part) as stream:
        parser.ParseFile(stream)


def _sheet_parts(archive: Any) -> list[tuple[str, str]]:
    """(name of a sheet, its part in the archive), in order."""
    sheets: list[tuple[str, str]] = []
    targets: dict[str, str] = {}

    def sheet(name: str, attrs: dict[str, str]) -> None:
        if name == "sheet":
            key = next((value for key, value in attrs.items() if key.rpartition(":")[2] == "id"), "")
            sheets.append((attrs.get("name", ""), key))

    def relation(name: str, attrs: dict[str, str]) -> None:
        if name == "Relationship" and attrs.get("TargetMode") != "External":
            path = attrs.get("Target", "")
            targets[attrs.get("Id", "")] = path.lstrip("/") if path.startswith("/") else f"xl/{path}"

    _walk(archive, "xl/workbook.xml", sheet)
    _walk(archive, "xl/_rels/workbook.xml.rels", relation)
    known = set(archive.namelist())
    return [(name, targets[key]) for name, key in sheets if targets.get(key) in known]


def _marks_of(archive: Any, part: str, sheet: str) -> dict[str, list[str]]:
    """Where a sheet holds formulas, errors, merged cells. Refuses what is larger than any list of units."""
    marks: dict[str, list[str]] = {"formulas": [], "errors": [], "merged": []}
    at = ""

    def note(kind: str, where: str) -> None:
        if len(marks[kind]) < MOST_MARKS:
            marks[kind].append(where)

    def start(name: str, attrs: dict[str, str]) -> None:
        nonlocal at
        if name == "c":
            at = attrs.get("r", "")
            if attrs.get("t") == "e":
                note("errors", at)
        elif name == "f":
            note("formulas", at)
        elif name == "mergeCell":
            note("merged", attrs.get("ref", ""))
        elif name in ("v", "is"):
            _check_place(at, sheet)

    _walk(archive, part, start)
    return marks


def _check_place(at: str, sheet: str) -> None:
    found = re.fullmatch(r"([A-Z]{1,3})([0-9]{1,7})", at)
    if found is None:
        return
    column = 0
    for letter in found[1]:
        column = column * 26 + ord(letter) - 64
    if int(found[2]) > SHEET_ROWS:
        raise Refused("rows", sheet=sheet[:40])
    if column > SHEET_COLUMNS:
        raise Refused("columns", sheet=sheet[:40])


def _cells_of(source: str, marks: dict[str, dict[str, list[str]]]) -> list[dict[str, Any]]:
    from python_calamine import CalamineWorkbook

    book = CalamineWorkbook.from_path(source)
    sheets = []
    for name in book.sheet_names:
        if name in marks:
            rows = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
            cells = [[_plain(value) for value in row] for row in rows]
            sheets.append({"name": name, "rows": cells, **marks[name]})
    return sheets


def _plain(value: Any) -> Any:
    """A cell as JSON: text, number, truth, {"date": …}; anything else by its words."""
    if isinstance(value, str):
        return value.replace("\0", "\ufffd")
    if isinstance(value, float):
        return int(value) if value.is_integer() and abs(value) < 1e16 else repr(value)
    if value is None or isinstance(value, (bool, int)):
        return value
    return {"date": value.isoformat()[:10]} if hasattr(value, "year") else str(value)


def fill_workbook(source: str, target: str) -> dict[str, Any]:
    """Set cells of some sheets to numbers or texts; whatever else the workbook holds stays as it is."""
    from openpyxl import load_workbook

    with Path(source).open("rb") as stream:
        book = load_workbook(stream, rich_text=True)
    values = json.loads(Path(source).with_name("cells").read_text(encoding="utf-8"))
    for name, cells in values.items():
        for place, value in cells.items():
            cell = book[name][place]
            cell.value = value
            if isinstance(value, str):
                cell.data_type = "s"  # what begins with “=” is no formula
    book.save(target)
    return {}


def look(kind: str, source: str, target: str) -> dict[str, Any]:
    if kind == "PDF":
        return look_at_pdf(source)
    if kind == "FILL":
        return fill_workbook(source, target)
    return look_at_workbook(source, target) if kind == "XLSX" else look_at_image(kind, source, target)


def main(kind: str, source: str, target: str, answer: str) -> None:
    shut_in()
    try:
        said = look(kind, source, target)
    except MemoryError:
        said = {"refused": "heavy"}
    except Exception:  # a decoder may raise anything at all on a stranger's bytes
        said = {"refused": "damaged"}
    Path(answer).write_text(json.dumps(said))


if __name__ == "__main__":
    main(*sys.argv[1:])

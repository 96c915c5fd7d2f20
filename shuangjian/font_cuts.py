"""Cuts of the faces: the common characters of each in a file of its own, which papers are set from first.

A full face has 30,000 to 65,000 glyphs, and each paper carries an index as long as the face it was cut from.
The cuts hold the 7,000 characters of GB/T 2312 with marks and figures; whatever they lack comes from the full
face, which has the same family name and a lower version. Made once for a set of font files, in VAR_DIR/fonts.
"""

from __future__ import annotations

import shutil
import tempfile
from functools import cache
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from xml.sax.saxutils import escape

import uharfbuzz
from django.conf import settings
from fontTools.ttLib import TTFont

_HIGHER = 100  # fontconfig prefers the higher version where a family has two files
# Half-width marks, and what is on by default; other regions' forms of a character stay in the full face.
_FEATURES = ("halt", "kern", "liga", "clig", "calt", "rlig", "ccmp", "mark", "mkmk")
_RANGES = (
    (0x20, 0x17F),  # Latin
    (0x2000, 0x206F),  # general punctuation
    (0x2100, 0x21FF),  # letterlike signs, numerals, arrows
    (0x2200, 0x22FF),  # mathematical signs
    (0x2460, 0x26FF),  # circled numbers, boxes, geometric shapes
    (0x3000, 0x303F),  # Chinese punctuation
    (0xFE30, 0xFE6F),  # vertical and small marks
    (0xFF00, 0xFFEF),  # full-width figures and letters
)


@cache
def common_characters() -> frozenset[int]:
    """Code points of the cuts: GB/T 2312 and the ranges of marks and figures."""
    pairs = bytes(byte for high in range(0xA1, 0xF8) for low in range(0xA1, 0xFF) for byte in (high, low))
    marks = {code for first, last in _RANGES for code in range(first, last + 1)}
    return frozenset(map(ord, pairs.decode("gb2312", "ignore"))) | marks


def ensure(files: dict[Path, str], conf: Path) -> Path:
    """The folder of the cuts of ``files`` (font file -> family), made now where it is not there yet.

    Its fonts.conf is ``conf`` with the folder in front. Two processes may make it at once: the first's stays.
    """
    known = [f"{path} {path.stat().st_size} {path.stat().st_mtime_ns}" for path in files]
    opened = conf.read_text(encoding="utf-8")
    made_by = [uharfbuzz.__version__, Path(__file__).read_text(encoding="utf-8")]
    digest = sha256("\n".join([*made_by, opened, *known, *files.values()]).encode()).hexdigest()
    folder = Path(settings.VAR_DIR) / "fonts" / digest[:16]
    if folder.is_dir():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    part = Path(tempfile.mkdtemp(prefix="part-", dir=folder.parent))
    try:
        for path, family in files.items():
            (part / f"{path.stem}.otf").write_bytes(cut(path, family))
        opening = f"<fontconfig>\n  <dir>{escape(str(folder))}</dir>"
        (part / "fonts.conf").write_text(opened.replace("<fontconfig>", opening, 1), encoding="utf-8")
        part.chmod(0o755)
        part.rename(folder)
    except OSError:
        if not folder.is_dir():  # else another process was quicker, with the same files
            raise
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return folder


def cut(path: Path, family: str) -> bytes:
    """The face of ``family`` in a font file, cut down to the common characters; ValueError without it."""
    face = _face(path, family)
    wanted = uharfbuzz.SubsetInput()
    wanted.unicode_set.update(common_characters())
    wanted.flags = uharfbuzz.SubsetFlags.NO_HINTING | uharfbuzz.SubsetFlags.NOTDEF_OUTLINE
    wanted.layout_feature_tag_set.clear()
    wanted.layout_feature_tag_set.update(int.from_bytes(tag.encode(), "big") for tag in _FEATURES)
    for names in (wanted.name_id_set, wanted.name_lang_id_set):
        names.clear()
        names.invert()  # all of them: the renderer asks for a family by its name
    font = TTFont(
        BytesIO(uharfbuzz.subset(face, wanted).blob.data), recalcTimestamp=False, recalcBBoxes=False
    )
    font["head"].fontRevision += _HIGHER
    made = BytesIO()
    font.save(made)
    return made.getvalue()


def _face(path: Path, family: str) -> uharfbuzz.Face:
    data = uharfbuzz.Blob.from_file_path(str(path))
    if path.suffix != ".ttc":
        return uharfbuzz.Face(data)
    for index in range(uharfbuzz.Face(data).count):
        face = uharfbuzz.Face(data, index)
        if face.get_name(uharfbuzz.OTNameIdPredefined.FONT_FAMILY) == family:
            return face
    raise ValueError(f"{path.name} has no {family}")

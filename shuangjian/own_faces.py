"""The bureau's own licensed faces (方正小标宋, 仿宋_GB2312, 楷体_GB2312, 黑体), before the open ones.

FACE_TITLE, FACE_FANG, FACE_KAI and FACE_HEI name their files. A paper goes on asking for the open family;
fontconfig puts the bureau's before it, and what that lacks is printed in the open one, so no paper has a box.
A named file that isn't there, or is no font, stops every paper: another face would go out unseen.
"""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from xml.sax.saxutils import escape

from django.conf import settings
from fontTools.ttLib import TTCollection, TTFont, TTLibError

_ENGLISH, _FAMILY = 0x409, (16, 1)  # of a font's table of names: the language, the family's own name first

_CONF = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">
<fontconfig>
  <dir>{folder}</dir>
  <include>{base}</include>
{rules}</fontconfig>
"""
_BEFORE = """  <match target="pattern"><test name="family"><string>{family}</string></test>
    <edit name="family" mode="prepend" binding="strong"><string>{own}</string></edit></match>
  <selectfont><acceptfont><pattern>
    <patelt name="family"><string>{own}</string></patelt></pattern></acceptfont></selectfont>
"""


class FaceFault(Exception):
    """A file that the settings name cannot be used; the message says which and why."""


@dataclass(frozen=True)
class OwnFace:
    """A face of the bureau's: its file, its family, whether its marks can be set at half width."""

    path: Path
    family: str
    can_halve: bool


@cache
def of(family: str) -> OwnFace | None:
    """What stands before an open family, None where the settings name nothing. Raises FaceFault."""
    named = settings.OWN_FACES.get(family, "")
    return _read(Path(named)) if named else None


def _read(path: Path) -> OwnFace:
    if not path.is_file():
        raise FaceFault(f"设置里的字库文件{path}不存在")
    try:
        font = opened(path)
        family = _family(font)
        can_halve = any(
            one.FeatureTag == "halt"
            for name in ("GPOS", "GSUB")
            if name in font
            for one in font[name].table.FeatureList.FeatureRecord
        )
        font.close()
    except (TTLibError, OSError, ValueError) as fault:
        raise FaceFault(f"设置里的字库文件{path}打不开，不是TTF、OTF或TTC字库") from fault
    return OwnFace(path, family, can_halve)


def opened(path: Path) -> TTFont:
    """The font of a file; of a collection its first one."""
    return (
        TTCollection(path, lazy=True).fonts[0] if path.suffix.lower() == ".ttc" else TTFont(path, lazy=True)
    )


def _family(font: TTFont) -> str:
    """The English name where the font has one: fontconfig knows a face by each of its names."""
    records = [one for number in _FAMILY for one in font["name"].names if one.nameID == number]
    if not records:
        raise ValueError("a font without a family")
    return str(next((one for one in records if one.langID == _ENGLISH), records[0]).toUnicode())


def conf(base: Path, families: tuple[str, ...]) -> Path:
    """The fonts.conf to read: ``base`` itself, or one that puts the bureau's faces before the open ones."""
    own = {family: found for family in families if (found := of(family)) is not None}
    if not own:
        return base
    known = [str(base)]
    rules = ""
    for family, face in own.items():
        stat = face.path.stat()
        known.append(f"{family} {face.path} {face.family} {stat.st_size} {stat.st_mtime_ns}")
        rules += _BEFORE.format(family=escape(family), own=escape(face.family))
    folder = base.parent.parent / f"own-{sha256(chr(10).join(known).encode()).hexdigest()[:16]}"
    if not folder.is_dir():
        text = _CONF.format(folder=escape(str(folder)), base=escape(str(base)), rules=rules)
        _make(folder, [face.path for face in own.values()], text)
    return folder / "fonts.conf"


def _make(folder: Path, paths: list[Path], text: str) -> None:
    """The folder with links to the files alone: what else lies beside them changes no paper."""
    part = Path(tempfile.mkdtemp(prefix="part-", dir=folder.parent))
    try:
        for place, path in enumerate(paths):
            (part / f"{place}{path.suffix}").symlink_to(path.absolute())
        (part / "fonts.conf").write_text(text, encoding="utf-8")
        part.chmod(0o755)
        part.rename(folder)
    except OSError:
        if not folder.is_dir():  # else another process was quicker, with the same files
            raise
    finally:
        shutil.rmtree(part, ignore_errors=True)

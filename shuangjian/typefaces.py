"""The faces that reports are set in: their files, widths and characters.

Faces and folders are those of fonts/fonts.conf, which the renderer uses too: a width computed here is the
width on the page. Papers are set from cuts of the faces (font_cuts.py), and from the bureau's own faces where
it names some (own_faces.py). Nothing here knows of HTML or PDF.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from pathlib import Path
from xml.etree import ElementTree

from fontTools.ttLib import TTCollection, TTFont

from shuangjian import font_cuts, own_faces
from shuangjian.journal.errors import DomainError

FONTS_CONF = Path(__file__).resolve().parent / "fonts" / "fonts.conf"
PACKAGES = "fonts-noto-cjk、texlive-lang-chinese"

# Family as CSS names it -> file name. The last two are the tail of every chain in report.css, so a character
# can be printed exactly when one of them has it.
FILES = {
    "FandolFang": "FandolFang-Regular.otf",
    "FandolKai": "FandolKai-Regular.otf",
    "FandolSong": "FandolSong-Bold.otf",  # stands for 小标宋, which has no free face; Noto's bold is heavier
    "Noto Serif CJK SC": "NotoSerifCJK-Regular.ttc",
    "Noto Sans CJK SC": "NotoSansCJK-Regular.ttc",
}
BOLD_FILES = {"Noto Serif CJK SC": "NotoSerifCJK-Bold.ttc", "Noto Sans CJK SC": "NotoSansCJK-Bold.ttc"}
TAIL = ("Noto Serif CJK SC", "Noto Sans CJK SC")
# What papers call the faces before which a bureau may set its own.
NAMES = {"FandolSong": "小标宋", "FandolFang": "仿宋", "FandolKai": "楷体", "Noto Sans CJK SC": "黑体"}


class CannotRender(DomainError):
    """A document cannot be set as it stands; the message says why in words for people."""

    status = 503


class FontsMissing(CannotRender):
    """A font file that documents need isn't on this machine; the message names it."""


class Face:
    """One face: which characters it has and how wide they are, in ems.

    Common characters are looked up in the cut; the full face, ten times as large, is read for a rare one.
    """

    def __init__(self, family: str, path: Path, cut: Path) -> None:
        self.family = family
        self._path = path
        self._common = _widths(_open(cut, family))

    @cached_property
    def _all(self) -> dict[int, float]:
        return _widths(_open(self._path, self.family))

    def __contains__(self, character: str) -> bool:
        return self.width(character) is not None

    def width(self, character: str) -> float | None:
        """Advance of the character in ems, None where the face lacks it."""
        code = ord(character)
        width = self._common.get(code)
        return width if width is not None or code in font_cuts.common_characters() else self._all.get(code)


def _widths(font: TTFont) -> dict[int, float]:
    units = font["head"].unitsPerEm
    metrics = font["hmtx"].metrics
    widths = {code: metrics[glyph][0] / units for code, glyph in font.getBestCmap().items()}
    font.close()
    return widths


def _open(path: Path, family: str) -> TTFont:
    if path.suffix.lower() != ".ttc":
        return TTFont(path, lazy=True)
    for font in TTCollection(path, lazy=True).fonts:
        if font["name"].getBestFamilyName() == family:
            return font
    raise FontsMissing(f"字库文件{path.name}里没有{family}")


@cache
def folders() -> tuple[Path, ...]:
    """The font folders of fonts.conf, in its order."""
    return tuple(Path(item.text or "") for item in ElementTree.parse(FONTS_CONF).iter("dir"))  # noqa: S314 our own file


def find(file_name: str) -> Path | None:
    """Where the font file lies, None where no folder has it."""
    return next((folder / file_name for folder in folders() if (folder / file_name).is_file()), None)


def missing_files() -> list[str]:
    """Names of the font files that reports need and this machine lacks; empty when all are there."""
    return [name for name in [*FILES.values(), *BOLD_FILES.values()] if find(name) is None]


@cache
def cuts() -> Path:
    """The folder of the faces' cuts and of the fonts.conf that names them first. Raises FontsMissing."""
    if missing_files():
        raise FontsMissing(f"缺少字库文件{'、'.join(missing_files())}，请安装{PACKAGES}")
    files = {
        path: family
        for names in (FILES, BOLD_FILES)
        for family, name in names.items()
        if (path := find(name)) is not None
    }
    return font_cuts.ensure(files, FONTS_CONF)


def conf() -> Path:
    """The fonts.conf that the renderer reads. Raises FontsMissing."""
    try:
        return own_faces.conf(cuts() / "fonts.conf", tuple(NAMES))
    except own_faces.FaceFault as fault:
        raise FontsMissing(str(fault)) from fault


@dataclass(frozen=True)
class Use:
    """Which face one of the standard's is printed in; ``fault`` says what is wrong with the file named."""

    name: str
    family: str
    path: Path | None
    is_own: bool
    fault: str = ""


def in_use() -> list[Use]:
    """The faces in use: the bureau's own where it names them, else the open ones."""
    found = []
    for family, name in NAMES.items():
        try:
            own = own_faces.of(family)
        except own_faces.FaceFault as broken:
            found.append(Use(name, "", None, True, str(broken)))
            continue
        path = own.path if own is not None else find(FILES[family])
        fault = "" if path is not None else f"缺少{FILES[family]}，请安装{PACKAGES}"
        found.append(Use(name, own.family if own is not None else family, path, own is not None, fault))
    return found


@cache
def face(family: str) -> Face:
    """The face of a family, read once. Raises FontsMissing."""
    folder, path = cuts(), find(FILES[family])
    if path is None:
        raise FontsMissing(f"缺少字库文件{FILES[family]}，请安装{PACKAGES}")
    return Face(family, path, folder / f"{path.stem}.otf")


@cache
def _before(family: str) -> Face | None:
    """The bureau's own face that stands before a family."""
    try:
        own = own_faces.of(family)
    except own_faces.FaceFault as fault:
        raise FontsMissing(str(fault)) from fault
    return Face(own.family, own.path, own.path) if own is not None else None


def _chain(family: str) -> Iterator[Face]:
    """The faces in which a text of the family is printed, in their order."""
    for name in (family, *TAIL):
        own = _before(name)
        if own is not None:
            yield own
        yield face(name)


@lru_cache(maxsize=20_000)
def advance(character: str, family: str) -> float:
    """Width of a character in ems when set in ``family`` with the tail behind it; 1 where no face has it."""
    widths = (one.width(character) for one in _chain(family))
    return next((width for width in widths if width is not None), 1.0)


@lru_cache(maxsize=1000)
def can_halve(mark: str, family: str) -> bool:
    """Can the mark be set at half width? All open faces can; many a licensed one has no such feature."""
    printing = next((one for one in _chain(family) if mark in one), None)
    own = own_faces.of(family)
    return own is None or printing is None or printing.family != own.family or own.can_halve


@dataclass(frozen=True)
class Missing:
    """A character that no face has, with some words round it to find it by."""

    character: str
    context: str

    def __str__(self) -> str:
        return f"“{self.character}”（U+{ord(self.character):04X}，见“{self.context}”）"


def _invisible(character: str) -> bool:
    """Characters that print nothing by themselves: joiners, variation selectors, line ends."""
    code = ord(character)
    return (
        character in "\t\r\n"
        or unicodedata.category(character) == "Cf"
        or 0xFE00 <= code <= 0xFE0F
        or 0xE0100 <= code <= 0xE01EF
    )


def missing_characters(texts: Iterable[str]) -> list[Missing]:
    """The characters of the texts that no face has, each once, in the order of the text."""
    found: dict[str, Missing] = {}
    for text in texts:
        for character in set(text) - _printable():
            if character in found or _invisible(character):
                continue
            if any(character in face(name) for name in TAIL):
                _printable().add(character)
                continue
            at = text.index(character)
            found[character] = Missing(character, text[max(0, at - 6) : at + 7].strip())
    return sorted(found.values(), key=lambda item: item.character)


@cache
def _printable() -> set[str]:
    """Characters known to be there: filled as texts pass, so most texts need no look at the faces."""
    return set()

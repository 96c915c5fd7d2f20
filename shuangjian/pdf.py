"""HTML to PDF: the only importer of the renderer. Nothing leaves the project, every character has its glyph.

The page may name pictures as ``asset:NAME`` (static/img of the project) or ``evidence:ID`` (bytes that the
caller's own resolver gives, after its access check); any other address stops the rendering. The same input
gives the same bytes in every process. Fonts are those of fonts/fonts.conf alone.
"""

from __future__ import annotations

import gc
import logging
import os
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shuangjian import typefaces
from shuangjian.typefaces import CannotRender
from shuangjian.typesetting import TURNING

if TYPE_CHECKING:
    from weasyprint import CSS

ROOT = Path(__file__).resolve().parent.parent
ASSETS = ROOT / "static" / "img"
# For archives, tagged: sRGB declared, fonts whole, every word in a structure that a screen reader follows.
_VARIANT = "pdf/a-2a"
_ASSET = re.compile(r"asset:([a-z0-9][a-z0-9_-]*(?:/[a-z0-9][a-z0-9_-]*)*\.(svg|png))", re.ASCII)
_EVIDENCE = re.compile(r"evidence:([0-9]{1,12})", re.ASCII)
_ASSET_TYPES = {"svg": "image/svg+xml", "png": "image/png"}
_PAGE_LINE = re.compile(r"Step 5 - Creating layout - Page (\d+)")
# Log lines of the renderer after which the file must not be used: a font whole or not at all in it.
_FATAL_LINES = ("Unable to subset", "Too many glyphs missing", "Unable to instantiate")

Progress = Callable[[str, int, int], None]
Evidence = Callable[[int], tuple[bytes, str]]

_one_at_a_time = threading.Lock()  # the collector and the renderer's loggers belong to the whole process


@dataclass(frozen=True)
class Foot:
    """What stands at the foot of the last even page (版记): a blank page and one with it.

    ``html`` marks with the id ``foot`` where its content begins, the paper with ``end`` where its own ends.
    """

    html: str


def html_to_pdf(
    html: str,
    *,
    stylesheets: tuple[Path, ...] = (),
    foot: Foot | None = None,
    progress: Progress | None = None,
    evidence: Evidence | None = None,
) -> bytes:
    """The PDF of a page.

    ``foot`` is put on the last even page: on the paper's own last page where that is even and has room, else
    on a page of its own. ``progress`` hears stage, done and total after each laid-out page, and may raise to
    stop. ``evidence`` gives bytes and type of a file that the page names by id. Raises CannotRender.
    """
    weasyprint = _renderer()
    with _one_at_a_time, _quiet_collector(), _listening(progress) as fatal:
        try:
            pdf, missing = _written(html, stylesheets, foot, progress, evidence)
        except weasyprint.urls.FatalURLFetchingError as refused:  # a BaseException, caught by its name alone
            if isinstance(refused.__cause__, CannotRender):
                raise refused.__cause__ from None
            raise CannotRender(f"版面里引用了不允许的资源：{str(refused)[:80]}") from None
    if missing:
        raise CannotRender(f"字库里没有这些字：{'、'.join(_named(character) for character in missing[:5])}")
    if fatal:
        raise CannotRender(f"字库没有能嵌入PDF，请检查是否装了{typefaces.PACKAGES}")
    return pdf


def _written(
    html: str,
    stylesheets: tuple[Path, ...],
    foot: Foot | None,
    progress: Progress | None,
    evidence: Evidence | None,
) -> tuple[bytes, list[str]]:
    """The bytes, and the characters for which the writer found no glyph."""
    document = _laid_out(html, stylesheets, evidence)
    if foot is not None:
        ending = _ending(foot, stylesheets, tuple(path.stat().st_mtime_ns for path in stylesheets))
        document = document.copy(_with_foot(document.pages, ending))
    if progress is not None:
        progress("写入PDF", len(document.pages), len(document.pages))
    pdf: bytes = document.write_pdf(pdf_variant=_VARIANT)
    return pdf, [chr(code) for font in document.fonts.values() for code in font.missing]


def _named(character: str) -> str:
    return f"“{character}”（U+{ord(character):04X}）"


class _Overlaid:
    """A page with a second one painted over it: to the writer a page like any other."""

    def __init__(self, page: Any, over: Any) -> None:
        self.__dict__.update(page.__dict__)
        self._layers = (page, over)
        self._page_box = copy(page._page_box)  # the tags are read from the boxes: those of both
        self._page_box.children = [*page._page_box.children, *over._page_box.children]

    def paint(self, stream: Any, scale: float = 1) -> None:
        for layer in self._layers:
            layer.paint(stream, scale)


@lru_cache(maxsize=16)
def _ending(foot: Foot, stylesheets: tuple[Path, ...], modified: tuple[int, ...]) -> list[Any]:
    """The foot's two pages, laid out once for all papers of an office and a day."""
    pages: list[Any] = _laid_out(foot.html, stylesheets, None).pages
    return pages


def _with_foot(pages: list[Any], ending: list[Any]) -> list[Any]:
    """The pages with the foot on the last even one; laid out apart, so the paper is laid out once only."""
    blank, foot = ending
    if len(pages) % 2:
        return [*pages, foot]
    last = pages[-1]
    has_room = last.anchors["end"][1] <= foot.anchors["foot"][1]
    return [*pages[:-1], _Overlaid(last, foot)] if has_room else [*pages, blank, foot]


def _laid_out(html: str, stylesheets: tuple[Path, ...], evidence: Evidence | None) -> Any:
    weasyprint = _renderer()
    page = weasyprint.HTML(string=html.translate(TURNING), url_fetcher=_fetcher(evidence))
    _check_characters(page.etree_element)
    sheets = [_stylesheet(path, path.stat().st_mtime_ns) for path in stylesheets]
    return page.render(font_config=_fonts(), stylesheets=sheets)


def _check_characters(root: Any) -> None:
    """Every printed character has a glyph, or the paper is refused with the character and its place."""
    body = root.find("body")
    words = re.sub(r"\s+", " ", "".join(body.itertext())) if body is not None else ""
    missing = typefaces.missing_characters([words])
    if missing:
        raise CannotRender(f"字库里没有这些字，请换字后重试：{'、'.join(str(one) for one in missing[:5])}")


# --- The renderer, started once a process -------------------------------------------------------------------
def _renderer() -> Any:
    """WeasyPrint, with our fonts: fontconfig reads the variable once, when Pango is loaded."""
    os.environ["FONTCONFIG_FILE"] = str(typefaces.conf())
    logging.getLogger("weasyprint.progress").setLevel(logging.WARNING)  # it tells of its own stylesheets
    import weasyprint

    return weasyprint


@lru_cache(maxsize=1)
def _fonts() -> Any:
    """One font map for all papers of the process: building it is a tenth of a short paper's time."""
    from weasyprint.text.fonts import FontConfiguration

    return FontConfiguration()


@lru_cache(maxsize=8)
def _stylesheet(path: Path, modified: int) -> CSS:
    """A stylesheet parsed once; ``modified`` makes an edited one be read again."""
    from weasyprint import CSS

    return CSS(string=path.read_text(encoding="utf-8"), url_fetcher=_fetcher(None))


def _fetcher(evidence: Evidence | None) -> Any:
    """What answers when a page names something: our assets, evidence by its resolver, nothing else."""
    from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

    class ProjectFetcher(URLFetcher):  # type: ignore[misc]
        def fetch(self, url: str, headers: Any = None) -> Any:
            asset, proof = _ASSET.fullmatch(url), _EVIDENCE.fullmatch(url)
            if asset and (ASSETS / asset[1]).is_file():
                return _answer(url, (ASSETS / asset[1]).read_bytes(), _ASSET_TYPES[asset[2]])
            if proof and evidence is not None:
                try:
                    return _answer(url, *evidence(int(proof[1])))
                except (
                    Exception
                ) as error:  # any other class of error would only be logged, and the page go on
                    raise FatalURLFetchingError(url) from error
            raise FatalURLFetchingError(url)

        def open(self, url: Any, data: Any = None, timeout: Any = None) -> Any:
            return self.fetch(getattr(url, "full_url", url))

    def _answer(url: str, data: bytes, content_type: str) -> Any:
        return URLFetcherResponse(url, data, {"Content-Type": content_type})

    return ProjectFetcher()


@contextmanager
def _quiet_collector() -> Iterator[None]:
    """A rendering makes many objects that live to its end: looking through them meanwhile is wasted."""
    was_on = gc.isenabled()
    gc.freeze()
    gc.disable()
    try:
        yield
    finally:
        gc.collect()  # only what this rendering made: the rest is still set aside
        gc.unfreeze()
        if was_on:
            gc.enable()


class _Listener(logging.Handler):
    """Hears the renderer's log: pages for the progress, lines after which the file must not be used."""

    def __init__(self, progress: Progress | None) -> None:
        super().__init__(logging.INFO)
        self.progress = progress
        self.thread = threading.get_ident()
        self.fatal: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if record.thread != self.thread:
            return
        words = record.getMessage()
        if words.startswith(_FATAL_LINES):
            self.fatal.append(words)
        page = _PAGE_LINE.match(words)
        if page and self.progress is not None:
            self.progress(f"排版第{page[1]}页", 0, 0)  # what it raises stops the rendering


@contextmanager
def _listening(progress: Progress | None) -> Iterator[list[str]]:
    listener = _Listener(progress)
    pages, all_lines = logging.getLogger("weasyprint.progress"), logging.getLogger("weasyprint")
    before = [(logger, logger.level, logger.propagate) for logger in (pages, all_lines)]
    for logger, level in ((pages, logging.INFO), (all_lines, logging.WARNING)):
        logger.addHandler(listener)
        logger.setLevel(level)
        logger.propagate = False  # its lines quote the page, and pages hold names
    try:
        yield listener.fatal
    finally:
        for logger, level, propagates in before:
            logger.removeHandler(listener)
            logger.setLevel(level)
            logger.propagate = propagates

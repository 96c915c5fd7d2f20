"""What people write stays words, in every kind of document: 146 strings that would like to be more.

Many strings stand in one document, each between marks of its own, so that it is found again whole.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from html.parser import HTMLParser
from typing import Any

import pytest

from shuangjian import pdf, typefaces
from tests.documents.conftest import Paper
from tests.documents.said import SAID
from tests.hostile import HOSTILE, PAPER

pytestmark = pytest.mark.documents
EVERY = [*HOSTILE, *PAPER]
# Longer ones run over pages, whose feet stand between; they are set in tests of their own.
PRINTABLE = [words for words in EVERY if len(words) < 300 and not typefaces.missing_characters([words])]
IN_ONE = 12
SHORT = "\"><b>'&amp;{{7*7}}</td>"


class Skeleton(HTMLParser):
    """The tags and attributes of a page, without its words."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[tuple[str, ...]] = set()
        self.feed(html)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.add((tag, *sorted(name for name, _ in attributes)))


def squeezed(words: str) -> str:
    """Without blanks and what prints nothing: as a sentence is read from lines."""
    return "".join(
        one for one in words if not one.isspace() and unicodedata.category(one) not in ("Cf", "Mn")
    )


def mark(place: int, words: str) -> str:
    return f"〈{place}〉{words}〈/{place}〉"


def marked(strings: Iterable[str]) -> str:
    return "\n".join(mark(place, words) for place, words in enumerate(strings))


def test_there_are_enough_of_them() -> None:
    assert len(EVERY) >= 120
    assert len(PRINTABLE) >= 120


@pytest.mark.parametrize("name", SAID)
def test_no_word_becomes_a_tag_or_an_attribute(name: str) -> None:
    allowed = Skeleton(SAID[name]("文字。文字", "文字。文字").page).tags | {("span", "class"), ("br",)}
    for first in range(0, len(EVERY), IN_ONE):
        strings = [one[:200] for one in EVERY[first : first + IN_ONE]]
        words = "\n".join(strings)
        assert Skeleton(SAID[name](words, words).page).tags <= allowed, strings


@pytest.fixture
def fetched(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the pages ask for while they are set."""
    asked: list[str] = []
    real = pdf._fetcher

    def watched(evidence: Any) -> Any:
        fetcher = real(evidence)
        plain = fetcher.fetch

        def fetch(url: str, headers: Any = None) -> Any:
            asked.append(url)
            return plain(url, headers)

        fetcher.fetch = fetch
        return fetcher

    monkeypatch.setattr(pdf, "_fetcher", watched)
    return asked


def lost_in(paper: Paper, strings: list[str]) -> list[str]:
    """Those that are not found whole: in the file's order, or in the block between a page's head and foot."""
    texts = [squeezed(paper.text(raw=True)), squeezed(paper.text(raw=True, until_mm=262))]
    expected = {
        line: squeezed(line)
        for place, words in enumerate(strings)
        for line in mark(place, words).splitlines()
    }
    return [line for line, wanted in expected.items() if not any(wanted in text for text in texts)]


def none_is_obeyed(paper: Paper, fetched: list[str]) -> None:
    assert set(fetched) <= {"evidence:1"}  # the close-out's own picture
    assert not {"/OpenAction", "/AA", "/AcroForm"} & set(paper.reader.trailer["/Root"])
    assert not paper.reader.attachments
    assert all("/Annots" not in page for page in paper.reader.pages)


# The spine of a box is a slip of one page: what does not fit it is left out.
WHOLE = [name for name in SAID if name != "archive-spine"]


@pytest.mark.parametrize("name", WHOLE)
def test_words_are_printed_as_they_are_and_none_is_obeyed(
    name: str, paper_of: Any, fetched: list[str]
) -> None:
    """A sixth of the strings in each kind, another one in the next."""
    strings = PRINTABLE[WHOLE.index(name) % 6 :: 6]
    paper: Paper = paper_of(SAID[name](SHORT, marked(strings)).pdf())
    assert lost_in(paper, strings) == []
    none_is_obeyed(paper, fetched)


@pytest.mark.long
@pytest.mark.parametrize("name", WHOLE)
def test_every_word_is_printed_as_it_is(name: str, paper_of: Any, fetched: list[str]) -> None:
    paper: Paper = paper_of(SAID[name](SHORT, marked(PRINTABLE)).pdf())
    assert lost_in(paper, PRINTABLE) == []
    none_is_obeyed(paper, fetched)


def without_glyph(words: str) -> list[str]:
    """Blanks of every kind are printed as one."""
    return [one.character for one in typefaces.missing_characters([words]) if not one.character.isspace()]


@pytest.mark.parametrize("words", list(filter(without_glyph, EVERY)))
def test_what_no_face_can_print_is_named(words: str) -> None:
    with pytest.raises(pdf.CannotRender, match=f"U\\+{ord(without_glyph(words)[0]):04X}"):
        SAID["brief"]("文字", words).pdf()

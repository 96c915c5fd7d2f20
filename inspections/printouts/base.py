"""What every kind of printout is: rights, subject, frozen data, and the way from data to the file's bytes.

The rights are judged by ``subject``: when the order is shown, when it is given, and again when its job runs.
After that nothing is queried: the same data gives the same bytes.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any, ClassVar

from django.http import QueryDict
from django.template.loader import render_to_string

from inspections.forms.printouts import OrderForm
from inspections.models import Printout
from inspections.reports import lines
from inspections.reports.blocks import Block
from shuangjian import pdf
from shuangjian.accounts.models import County, Organisation, User
from shuangjian.accounts.selectors import county
from shuangjian.dates import cn_date
from shuangjian.journal.errors import Refused

ROOT = Path(__file__).resolve().parents[2]
FORM_SHEETS = ("css/printout.css", "css/report_steps.css")  # forms and lists
TEXT_SHEETS = ("css/report.css", "css/report_steps.css", "css/printout_text.css")  # running text by GB/T 9704
_LAYOUT = (*FORM_SHEETS, *TEXT_SHEETS)


@dataclass(frozen=True)
class Subject:
    """What one order is about: its title, the unit (none: the county), the page it was ordered from.

    ``told`` is what the person reads before he orders: (label, value).
    """

    title: str
    organisation: Organisation | None
    back: str
    told: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Made:
    """A finished file."""

    content: bytes
    name: str
    content_type: str = "application/pdf"


class Printable(ABC):
    """One kind of printout."""

    key: ClassVar[str]
    roles: ClassVar[frozenset[str]]
    template: ClassVar[str]
    asks: ClassVar[tuple[str, ...]] = ()  # the words of the address that say what is meant
    form: ClassVar[type[OrderForm]] = OrderForm
    sheets: ClassVar[tuple[str, ...]] = FORM_SHEETS

    @property
    def label(self) -> str:
        return str(Printout.Kind(self.key).label)

    def admits(self, user: User) -> bool:
        """May the person order such papers at all?"""
        return user.has_role(*self.roles)

    def asked(self, query: QueryDict) -> dict[str, str]:
        """What the address says, as the order keeps it."""
        return {name: str(query[name]) for name in self.asks if query.get(name)}

    @abstractmethod
    def subject(self, user: User, parameters: Mapping[str, str]) -> Subject:
        """What is meant, for a person to whom it exists: Http404 or PermissionDenied otherwise."""

    @abstractmethod
    def take(self, user: User, parameters: Mapping[str, str]) -> Any:
        """The frozen figures, a dataclass of plain values; ``as_of`` in it is not counted as content.

        Raises Refused where there is nothing to print yet.
        """

    @abstractmethod
    def context(self, data: Mapping[str, Any]) -> dict[str, Any]:
        """What the template prints of the stored figures."""

    def make(self, printout: Printout, progress: pdf.Progress) -> Made:
        """The file. ``progress`` hears stages and may raise to stop. Raises pdf.CannotRender."""
        progress("准备文字和表格", 0, 0)
        html = page_of(self.template, printout, self.context(printout.data))
        sheets = tuple(ROOT / "static" / sheet for sheet in self.sheets)
        return Made(
            pdf.html_to_pdf(html, stylesheets=sheets, progress=progress), f"{printout.no}{self.label}.pdf"
        )


def page_of(template: str, printout: Printout, context: Mapping[str, Any]) -> str:
    """The page of a paper with what stands at the foot of each of its pages."""
    head = {
        "title": printout.title,
        "no": printout.no,
        "code": printout.check_code,
        "template_version": printout.template_version,
    }
    return render_to_string(f"printouts/{template}.html", head | dict(context))


def composed(blocks: Sequence[Block]) -> list[Any]:
    """Blocks with their paragraphs set in even lines."""
    return list(lines.set_blocks(blocks))


def moment(value: str) -> str:
    """2026年11月16日9:00, of a stored time."""
    at = datetime.fromisoformat(value)
    return f"{cn_date(at)}{at.hour}:{at.minute:02d}"


def cut(words: str, most: int) -> str:
    """At most so many characters, the last one 「…」 where some are left out."""
    return words if len(words) <= most else f"{words[: most - 1]}…"


def the_county() -> County:
    """The county's names. Raises Refused before set-up."""
    row = county()
    if row is None:
        raise Refused("还没有建立县级单位，请先完成初始设置")
    return row


@cache
def template_version() -> str:
    """Tells two layouts apart: kept with each printout."""
    digest = sha256()
    pages = [
        *sorted((ROOT / "templates" / "printouts").glob("*.html")),
        *sorted((ROOT / "templates" / "reports").glob("_*.html")),
    ]
    for path in [*pages, *(ROOT / "static" / sheet for sheet in dict.fromkeys(_LAYOUT))]:
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]

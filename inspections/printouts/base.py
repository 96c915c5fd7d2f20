"""What every kind of printout is: rights, subject, frozen data, and the way from data to the file's bytes.

The rights are judged by ``subject``: when the order is shown, when it is given, and again when its job runs.
After that nothing is queried: the same data gives the same bytes.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from django.http import QueryDict
from django.template.loader import render_to_string

from inspections.forms.printouts import OrderForm
from inspections.models import Printout
from inspections.reports import lines, rendering
from inspections.reports.blocks import Block
from shuangjian import pdf
from shuangjian.accounts.models import Organisation, User
from shuangjian.dates import cn_date

FORM_SHEETS = ("css/printout.css", "css/report_steps.css")  # forms and lists
TEXT_SHEETS = ("css/report.css", "css/report_steps.css", "css/printout_text.css")  # running text by GB/T 9704
_LAYOUT = tuple(dict.fromkeys((*FORM_SHEETS, *TEXT_SHEETS)))


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
        sheets = rendering.sheets_of(self.sheets)
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


def template_version() -> str:
    """Tells two layouts apart: kept with each printout."""
    pages = [*rendering.TEMPLATES.glob("printouts/*.html"), *rendering.TEMPLATES.glob("reports/_*.html")]
    names = sorted(str(path.relative_to(rendering.TEMPLATES)) for path in pages)
    return rendering.version_of(tuple(names), _LAYOUT)

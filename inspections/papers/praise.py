"""表扬通报: what a unit does well, for others to learn from; no plaque, score, rank (P27).

Not while a breach of a 严禁 or 不得 at the unit is open: praise would contradict the ledger.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from inspections.models import Paper, Problem, RectificationTask
from inspections.papers.findings import Addressee, addressee_of
from inspections.papers.kinds import Given, PaperKind, Subject
from inspections.reports.blocks import Text
from inspections.standing import Standing
from shuangjian.accounts.selectors import the_county

SECTIONS = (
    ("practice", "主要做法", "一段一条，写具体做法和数字，别的单位照着能做"),
    ("demand", "学习要求", "一段一条，写明要求谁、学什么、何时做到"),
)


@dataclass(frozen=True)
class PraiseData:
    """A praising circular's frozen facts."""

    issuer: str
    to: Addressee
    readers: str
    reason: str  # how the office came to know that it is so


def fault(subject: Subject) -> str:
    """Why the unit cannot be praised."""
    grave = RectificationTask.objects.open().filter(problem__organisation=subject.organisation)
    left = grave.exclude(problem__severity=Problem.Severity.ORDINARY).count()
    return f"该单位还有{left}个触碰严禁或不得的问题没有销号，不能起草表扬通报" if left else ""


def load(subject: Subject, given: Given) -> PraiseData:
    return PraiseData(
        issuer=the_county().bureau_name,
        to=addressee_of(subject.organisation),
        readers=given["readers"],
        reason=" ".join(given["reason"].split()),
    )


def text_of(data: PraiseData, sections: Mapping[str, str], always: Standing) -> Text:
    text = Text()
    text.plain(
        f"{data.reason.rstrip('。')}。{data.to.line}落实减负规定有具体做法，值得学习，现予以通报表扬。"
    )
    text.heading("主要做法")
    text.written(sections.get("practice", ""))
    text.heading("学习要求")
    text.written(sections.get("demand", ""))
    if not data.to.is_school:
        text.plain("本通报不作为招生推荐，不得用于广告宣传。")
    text.plains(always.paragraphs("closing"))
    return text


PRAISE = PaperKind(
    key=Paper.Kind.PRAISE,
    issuer="bureau",
    figures=PraiseData,
    fault=fault,
    load=load,
    text=text_of,
    addressee=lambda data: str(data.readers),
    sections=SECTIONS,
    required=("practice", "demand"),
    about="unit",
    has_receipt=False,
)

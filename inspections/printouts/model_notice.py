"""公示 of model cases: those whose notice runs over the same days, in the order of their names.

Source: documents.md §6, practice.md P27: what was looked at and how, no score and no rank, the days written
out, how to object. The issuer is the bureau; the words of each case are those of its public page.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import QuerySet

from inspections.forms.printouts import AddressForm
from inspections.model_words import words_in_force
from inspections.models import ModelCase
from inspections.printouts.base import TEXT_SHEETS, Printable, Subject, composed, moment
from inspections.reports.blocks import Annex, Column, Table, Text
from inspections.reports.data import restore
from inspections.reports.rendering import signature_lines, title_size
from shuangjian import clock
from shuangjian.accounts.access import get_visible
from shuangjian.accounts.models import User
from shuangjian.accounts.roles import COUNTY_ROLES
from shuangjian.accounts.selectors import the_county
from shuangjian.dates import cn_date
from shuangjian.journal.errors import Refused
from shuangjian.policy import calendar


@dataclass(frozen=True)
class NoticedCase:
    name: str
    kind: str
    title: str
    citation: str


@dataclass(frozen=True)
class ModelNoticeData:
    issuer: str
    work: str  # what it is called: 减负典型案例
    permit: str  # the number that lets it be called 评选; empty without one
    cases: tuple[NoticedCase, ...]
    has_institution: bool
    has_family: bool
    first_on: date
    last_on: date
    days: int  # working days
    hotline: str
    hotline_hours: str
    address: str
    as_of: datetime


class PrintedModelNotice(Printable):
    key = "models"
    roles = COUNTY_ROLES
    template = "text"
    asks = ("case",)
    form = AddressForm
    sheets = TEXT_SHEETS

    def subject(self, user: User, parameters: Mapping[str, str]) -> Subject:
        case = _case(user, parameters)
        count = _beside(case).count()
        told = (
            ("内容", f"同一公示期的案例{count}个，按名称排列，不分先后；不含评读意见"),
            ("公示期", f"{_day(case.notice_from)}至{_day(case.notice_until)}"),
        )
        return Subject(f"关于{words_in_force().title}的公示", None, case.get_absolute_url(), told)

    def take(self, user: User, parameters: Mapping[str, str]) -> ModelNoticeData:
        case = _case(user, parameters)
        if case.notice_from is None or case.notice_until is None:
            raise Refused("这个案例还没有决定公示")
        cases = list(_beside(case))
        names, said = the_county(), words_in_force()
        kinds = {one.kind for one in cases}
        return ModelNoticeData(
            issuer=names.bureau_name,
            work=said.title,
            permit=said.permit,
            cases=tuple(
                NoticedCase(one.subject_name, one.get_kind_display(), one.title, one.citation)
                for one in cases
            ),
            has_institution=ModelCase.Kind.INSTITUTION in kinds,
            has_family=ModelCase.Kind.FAMILY in kinds,
            first_on=case.notice_from,
            last_on=case.notice_until,
            days=calendar.working_days_between(case.notice_from, case.notice_until),
            hotline=names.hotline,
            hotline_hours=names.hotline_hours,
            address=parameters.get("address", ""),
            as_of=clock.now(),
        )

    def context(self, data: Mapping[str, Any]) -> dict[str, Any]:
        taken = restore(ModelNoticeData, data)
        title_lines = (f"关于{taken.work}的公示",)
        return {
            "title_lines": title_lines,
            "title_size": title_size(title_lines),
            "office": taken.issuer,
            "blocks": composed(_text(taken).blocks),
            "annexes": [{"title": one.title, "blocks": composed(one.blocks)} for one in _annexes(taken)],
            "signature": signature_lines(taken.issuer, taken.first_on),
            "date_words": cn_date(taken.first_on),
            "remark": "此件公开发布",
            "as_of": moment(data["as_of"]),
        }


def _case(user: User, parameters: Mapping[str, str]) -> ModelCase:
    rows = ModelCase.objects.select_related("organisation")
    case: ModelCase = get_visible(rows, user, no=parameters.get("case", ""))
    if case.state != ModelCase.State.NOTICE:
        raise Refused("只有公示中的案例才打印公示")
    return case


def _beside(case: ModelCase) -> QuerySet[ModelCase]:
    """Those whose notice runs over the same days, by name."""
    same = ModelCase.objects.filter(
        state=ModelCase.State.NOTICE, notice_from=case.notice_from, notice_until=case.notice_until
    )
    return same.select_related("organisation").order_by("kind", "organisation__pinyin_key", "pk")


def _day(day: date | None) -> str:
    return cn_date(day) if day is not None else "—"


def _text(data: ModelNoticeData) -> Text:
    text = Text()
    permit = f"（批准文号：{data.permit}）" if data.permit else ""
    text.plain(
        f"根据县“双减”工作实施方案，{data.issuer}开展了{data.work}工作{permit}。经自愿申报、核对记录、"
        f"分别评读，拟公布案例{len(data.cases)}个，现予公示，名单见附件，按名称排列，不分先后。"
    )
    if data.has_institution:
        text.plain("校外培训机构的案例只介绍做法，不作为招生推荐，任何单位不得用于招生宣传。")
    if data.has_family:
        text.plain("家庭的案例经家长本人书面同意，姓名已隐去。")
    text.heading("公示期限")
    text.plain(f"公示期{data.days}个工作日，自{cn_date(data.first_on)}起至{cn_date(data.last_on)}止。")
    text.heading("反映方式")
    text.plain(
        "对公示内容有不同意见的，请在公示期内反映，写明事实；单位反映的加盖公章，个人反映的请留真实姓名和"
        "联系方式，只用来核实和答复。"
    )
    hours = f"（{data.hotline_hours}）" if data.hotline_hours else ""
    phone = f"联系电话：{data.hotline}{hours}" if data.hotline else ""
    address = f"地址：{data.address}" if data.address else ""
    if phone or address:
        text.plain(f"{'；'.join(one for one in (phone, address) if one)}。")
    return text


def _annexes(data: ModelNoticeData) -> list[Annex]:
    table = Table(
        title="",
        columns=(
            Column("序号", 8),
            Column("单位或家庭", 26, is_text=True),
            Column("类别", 14),
            Column("案例", 52, is_text=True),
        ),
        rows=tuple(
            (str(place), one.name, one.kind, f"{one.title}：{one.citation}")
            for place, one in enumerate(data.cases, 1)
        ),
        note="按名称排列，不分先后。",
    )
    return [Annex(f"{data.work}公示名单", (table,))]

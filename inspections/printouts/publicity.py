"""致家长的一封信 and 宣传海报 of the publicity month, A4, from the bureau's standing texts.

A unit prints its own with its name, the county's staff one for all. Source: plan.yaml P1-2b, P1-2c;
practice.md P4 (nobody signs for it, nothing is sent back).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, ClassVar

from django.urls import reverse

from inspections import standing
from inspections.models import Printout
from inspections.printouts.base import FORM_SHEETS, TEXT_SHEETS, Printable, Subject, composed, moment
from inspections.reports.blocks import Text
from inspections.reports.data import restore
from inspections.reports.rendering import signature_lines, title_size
from inspections.workflows import standing_texts
from shuangjian import clock
from shuangjian.accounts.access import get_visible
from shuangjian.accounts.models import Organisation, User
from shuangjian.accounts.roles import COUNTY_ROLES, UNIT_ROLES
from shuangjian.accounts.selectors import the_county
from shuangjian.dates import cn_date

LETTER, PLACARD = Printout.Kind.LETTER, Printout.Kind.PLACARD
_EXAMPLES = {"单位": "某小学", "教育局": "某县教育局", "联系电话": "0000-6120000"}
_LETTER = (
    "作业我们在学校里统筹：小学一、二年级不留书面作业，三至六年级每天不超过60分钟，初中不超过90分钟。"
    "作业不在手机和微信群里布置，也不要您打印和批改。\n"
    "考试成绩只告诉您和孩子，不排名次，不公布。课后服务自愿参加，每天至少2小时。\n"
    "请您让孩子睡够：小学10小时，初中9小时；每天户外活动不少于2小时；非学习用的电子产品每次不超过20分钟。\n"
    "请不要盲目报班、攀比成绩。校外培训一次收费不超过3个月或60课时，先查白名单，钱交到监管账户。\n"
    "这封信不用签字，不用回执。有意见和建议，请告诉我们{联系电话}。"
)
_PLACARD = (
    "小学一、二年级不留书面作业\n三至六年级作业每天不超过60分钟\n初中作业每天不超过90分钟\n"
    "不排名次，不公布成绩\n课后服务自愿参加\n小学睡够10小时，初中睡够9小时\n每天户外活动2小时"
)
standing.register(
    LETTER.value,
    standing.Paper(
        LETTER.label,
        {"body": standing.Slot("正文", "一段一行；占位没有内容时，那一段不印", _LETTER, is_required=True)},
        _EXAMPLES,
    ),
)
standing.register(
    PLACARD.value,
    standing.Paper(
        PLACARD.label,
        {"body": standing.Slot("标语", "一行一句，不超过8行，每行不超过17字", _PLACARD, is_required=True)},
        _EXAMPLES,
    ),
)


@dataclass(frozen=True)
class PublicityData:
    signed: str  # who it is from
    lines: tuple[str, ...]
    hotline: str
    hotline_hours: str
    on: date
    as_of: datetime


class PrintedLetter(Printable):
    key = LETTER.value
    roles = COUNTY_ROLES | UNIT_ROLES
    template = "text"
    asks = ("unit",)
    sheets: ClassVar[tuple[str, ...]] = TEXT_SHEETS

    def subject(self, user: User, parameters: Mapping[str, str]) -> Subject:
        unit = _unit(user, parameters)
        told = (("署名", unit.name if unit else the_county().bureau_name),)
        return Subject(self.label, unit, reverse("publicity-work"), told)

    def take(self, user: User, parameters: Mapping[str, str]) -> PublicityData:
        unit, names = _unit(user, parameters), the_county()
        texts = {key: str(row["text"]) for key, row in standing_texts.in_force(self.key).items()}
        signed = unit.name if unit else names.bureau_name
        values = {"单位": signed, "教育局": names.bureau_name, "联系电话": names.hotline}
        lines = standing.Standing(self.key, texts, values).paragraphs("body")
        return PublicityData(
            signed, tuple(lines), names.hotline, names.hotline_hours, clock.today(), clock.now()
        )

    def context(self, data: Mapping[str, Any]) -> dict[str, Any]:
        taken = restore(PublicityData, data)
        title_lines = ("致家长的一封信",)
        text = Text()
        text.plain("各位家长：")
        text.plains(list(taken.lines))
        return {
            "title_lines": title_lines,
            "title_size": title_size(title_lines),
            "office": taken.signed,
            "blocks": composed(text.blocks),
            "annexes": [],
            "signature": signature_lines(taken.signed, taken.on),
            "date_words": cn_date(taken.on),
            "as_of": moment(data["as_of"]),
        }


class PrintedPlacard(PrintedLetter):
    key = PLACARD.value
    template = "placard"
    sheets: ClassVar[tuple[str, ...]] = (*FORM_SHEETS, "css/placard.css")

    def context(self, data: Mapping[str, Any]) -> dict[str, Any]:
        return {"paper": "placard", "page": restore(PublicityData, data), "as_of": ""}


def _unit(user: User, parameters: Mapping[str, str]) -> Organisation | None:
    """The unit that is asked for, or the person's own; none for the county's staff without one."""
    if parameters.get("unit"):
        unit: Organisation = get_visible(Organisation.objects.units(), user, code=parameters["unit"])
        return unit
    if user.sees_county:
        return None
    return next((post.organisation for post in user.posts if post.organisation.is_unit), None)

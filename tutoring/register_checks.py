"""What an institution's registers say against one another, against the licence, and against other units.

A hit between units is a doubt, not a finding; only the county sees it (practice.md P18).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from decimal import Decimal

from shuangjian.accounts.models import Organisation
from shuangjian.dates import cn_date
from shuangjian.registers.definitions import Marked
from shuangjian.registers.findings import Finding, add_check, add_county_check
from shuangjian.registers.models import Doubt, Mark
from shuangjian.registers.records import Records

_CONTRADICTION, _RULE, _SHARED = Doubt.Kind.CONTRADICTION, Doubt.Kind.RULE, Doubt.Kind.SHARED
ACADEMIC = "academic"
_WEEKEND = {"6", "7"}
# Of a school day, wherever the school lies: rule 17 forbids lessons that collide with it.
SCHOOL_DAY = (8 * 60, 15 * 60 + 30)
_STOPPED = {"stop": "责令停止举办", "revoke": "吊销许可证件"}
_PUBLIC = {"media": "报刊广播电视", "network": "网络平台", "outdoors": "电梯、街边或居民区"}
LEAST_TEACHING_SHARE = 50  # percent of the staff; RY21, item R15-4


def _plain(number: Decimal) -> str:
    return format(number.normalize(), "f")


@add_check("institution")
def licence_is_valid(records: Records) -> Iterator[Finding]:
    """办学许可证: an institution that gives lessons has one, and it has not run out."""
    one = records.unit.institution
    teaches = bool(records.lines("lessons")) or one.operating_status == one.Status.NORMAL
    if not teaches:
        return
    if not one.licence_no:
        yield Finding(
            code="licence.none", kind=_RULE, register="registration", item="R13-1",
            fact="机构信息里没有办学许可证号",
        )  # fmt: skip
    if one.licence_until is not None and one.licence_until < records.on:
        yield Finding(
            code="licence.until", kind=Doubt.Kind.EXPIRED, register="registration", item="R13-1",
            fact=f"办学许可证有效期至{cn_date(one.licence_until)}，已经过期",
        )  # fmt: skip


@add_check("institution")
def academic_lessons_keep_their_days(records: Records) -> Iterator[Finding]:
    """学科类: no lessons on rest days (rule 17)."""
    for line in records.lines("lessons"):
        named = f"班次“{line.text('name')}”"
        rest_days = _WEEKEND.intersection(line.chosen("days"))
        if (
            records.facts.category == ACADEMIC
            and rest_days
            and line.text("audience") in ("primary", "junior")
        ):
            days = "、".join("六日"[int(day) - 6] for day in sorted(rest_days))
            yield Finding(
                code=f"lessons.weekend.{line.key}",
                kind=_RULE,
                register="lessons",
                line=line.key,
                field="days",
                item="R17-4",
                fact=f"学科类{named}在星期{days}上课",
            )
        begins, ends = line.minutes("begins"), line.minutes("ends")
        school_days = set(line.chosen("days")) - _WEEKEND
        pupils = line.text("audience") != "preschool"
        if begins is None or ends is None or not school_days or not pupils:
            continue
        if begins < SCHOOL_DAY[1] and ends > SCHOOL_DAY[0]:
            yield Finding(
                code=f"lessons.school_hours.{line.key}",
                kind=_RULE,
                register="lessons",
                line=line.key,
                field="begins",
                item="R17-3",
                prohibition="B09",
                fact=f"{named}上学日{line.text('begins')}至{line.text('ends')}上课，与中小学上课时间冲突",
            )


@add_check("institution")
def staff_may_teach(records: Records) -> Iterator[Finding]:
    """学科类: who teaches holds a 教师资格, of the others a proof of ability; half the staff teaches."""
    staff = records.lines("people")
    teaching = [line for line in staff if line.text("post") in ("teacher", "research")]
    academic = records.facts.category == ACADEMIC
    wanted = {"teacher"} if academic else {"teacher", "skill"}
    without = [
        line for line in staff
        if line.text("post") == "teacher" and (line.text("paper") not in wanted or not line.text("paper_no"))
    ]  # fmt: skip
    if without:
        paper = "教师资格证" if academic else "教师资格证或职业（专业）能力证明"
        yield Finding(
            code="people.papers",
            kind=_RULE,
            register="people",
            line=without[0].key,
            field="paper",
            item="R15-2" if academic else "R15-3",
            fact=f"{len(without)}名教学人员没有登记{paper}",
        )
    if staff and len(teaching) * 100 < len(staff) * LEAST_TEACHING_SHARE:
        yield Finding(
            code="people.share",
            kind=_RULE,
            register="people",
            item="R15-4",
            fact=f"从业人员{len(staff)}人，教学和教研人员{len(teaching)}人，不到一半",
        )


@add_check("institution")
def fees_stand_under_supervision(records: Records) -> Iterator[Finding]:
    """Prepaid fees without an account, or with less in it than lessons are owed."""
    line = records.line("funds")
    way, balance, owed = line.text("way"), line.number("balance"), line.number("owed")
    prepaid = [fee for fee in records.lines("fees") if (fee.number("amount") or 0) > 0]
    if way == "none" and prepaid:
        yield Finding(
            code="funds.none", kind=_RULE, register="funds", also="fees", line="unit", field="way",
            item="R13-3", fact=f"有{len(prepaid)}个收费项目，预收费没有纳入监管",
        )  # fmt: skip
    if way == "custody" and balance is not None and owed is not None and balance < owed:
        yield Finding(
            code="funds.balance", kind=_CONTRADICTION, register="funds", line="unit", field="balance",
            item="R13-3", fact=f"监管账户余额{_plain(balance)}元，少于未消课金额{_plain(owed)}元",
        )  # fmt: skip


@add_check("institution")
def parts_are_no_more_than_the_whole(records: Records) -> Iterator[Finding]:
    """Materials filed, contracts signed, complaints settled: each against what it is a part of."""
    materials = records.line("materials")
    count, filed = materials.number("count"), materials.number("filed")
    if count is not None and filed is not None and filed != count:
        yield Finding(
            code="materials.filed", kind=_CONTRADICTION if filed > count else _RULE, register="materials",
            line="unit", field="filed", item="R14-2" if records.facts.category == ACADEMIC else "R14-4",
            fact=f"培训材料在用{_plain(count)}种，已备案{_plain(filed)}种",
        )  # fmt: skip
    contracts = records.line("contracts")
    pupils, signed = contracts.number("pupils"), contracts.number("signed")
    if pupils is not None and signed is not None and signed < pupils:
        yield Finding(
            code="contracts.signed", kind=_RULE, register="contracts", line="unit", field="signed",
            item="R13-3", fact=f"在读学生{_plain(pupils)}人，签订合同{_plain(signed)}份",
        )  # fmt: skip
    complaints = records.line("complaints")
    received = complaints.number("received")
    for name, words in (("settled", "办结"), ("refunds", "退费纠纷")):
        part = complaints.number(name)
        if received is not None and part is not None and part > received:
            yield Finding(
                code=f"complaints.{name}", kind=_CONTRADICTION, register="complaints", line="unit",
                field=name, item="R13-4", fact=f"投诉收到{_plain(received)}件，{words}{_plain(part)}件",
            )  # fmt: skip


@add_check("institution")
def pupils_with_a_contract_have_lessons(records: Records) -> Iterator[Finding]:
    """Whoever paid sits in a class: all classes together hold no fewer pupils than signed up."""
    classes = [line.number("pupils") or 0 for line in records.lines("lessons")]
    pupils = records.line("contracts").number("pupils")
    if classes and pupils is not None and pupils > sum(classes):
        yield Finding(
            code="contracts.lessons", kind=_CONTRADICTION, register="contracts", also="lessons", line="unit",
            field="pupils", item="R13-3",
            fact=f"合同登记在读学生{_plain(pupils)}人，各班次学生合计{_plain(Decimal(sum(classes)))}人",
        )  # fmt: skip


@add_check("institution")
def nobody_teaches_who_was_stopped(records: Records) -> Iterator[Finding]:
    """责令停止举办, 吊销许可证件: what was decided, and lessons that go on."""
    lessons = records.lines("lessons")
    for line in records.lines("penalties"):
        if lessons and line.text("kind") in _STOPPED:
            yield Finding(
                code=f"penalties.lessons.{line.key}", kind=_CONTRADICTION, register="lessons",
                also="penalties", item="R13-1",
                fact=f"{line.text('document_no')}已{_STOPPED[line.text('kind')]}，本学期仍填报{len(lessons)}个班次",
            )  # fmt: skip


@add_check("institution")
def nothing_is_advertised_in_public(records: Records) -> Iterator[Finding]:
    """校外培训广告 in media, on platforms, in public places (双减意见, 做好培训广告管控)."""
    for line in records.lines("publicity"):
        taken_down = line.day("until_on")
        if line.text("place") in _PUBLIC and (taken_down is None or taken_down >= records.on):
            yield Finding(
                code=f"publicity.place.{line.key}", kind=_RULE, register="publicity", line=line.key,
                field="place", item="R13-4", fact=f"在{_PUBLIC[line.text('place')]}发布“{line.text('name')}”",
            )  # fmt: skip


# --- Between units ---------------------------------------------------------------


@add_county_check
def shared_people_and_places(records: list[Records]) -> Iterator[tuple[int, Finding]]:
    """Somebody at two institutions, a serving teacher at one, a certificate or an address used twice."""
    wanted = {one.unit.pk for one in records if one.facts.kind == "institution"}
    own = Mark.objects.filter(entry__organisation__in=wanted).values("digest")
    found: dict[tuple[str, str], list[Mark]] = defaultdict(list)
    rows = Mark.objects.filter(digest__in=own).select_related("entry__organisation").order_by("pk")
    for mark in rows:
        found[mark.kind, mark.digest].append(mark)
    for (kind, _), marks in found.items():
        for mark in marks:
            unit = mark.entry.organisation
            if unit.pk in wanted:
                others = _others(unit, marks)
                if others:
                    yield unit.pk, _shared(kind, mark, others)


def _others(unit: Organisation, marks: Iterable[Mark]) -> list[Mark]:
    """The marks of other units, one a unit."""
    by_unit = {mark.entry.organisation_id: mark for mark in marks if mark.entry.organisation_id != unit.pk}
    return list(by_unit.values())


def _shared(kind: str, mark: Mark, others: list[Mark]) -> Finding:
    names = "、".join(_name(one.entry.organisation) for one in others)
    serving = [one for one in others if one.entry.register == "serving_teachers"]
    item, prohibition = "R15-3", ""
    if kind == Marked.ADDRESS:
        item, fact = "R13-1", f"教学地点的地址与{names}相同"
    elif kind == Marked.CERTIFICATE:
        fact = f"从业人员的证件编号与{names}登记的相同"
    elif serving:
        item, prohibition = "R15-1", "J05"
        fact = f"从业人员的比对码与{names}的在职教师相同"
    else:
        fact = f"从业人员同时登记在{names}"
    return Finding(
        code=f"{mark.entry.register}.{kind}.{mark.line}",
        kind=_SHARED,
        register=mark.entry.register,
        line=mark.line,
        item=item,
        prohibition=prohibition,
        fact=fact,
    )


def _name(unit: Organisation) -> str:
    return unit.name if unit.is_active else f"{unit.name}（{unit.get_status_display()}）"

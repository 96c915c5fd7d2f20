"""减负典型案例 on its way: nominated, admitted, read by several, on public notice, published, withdrawn.

The automatic check (``model_checks``) is asked again at each decision, and what it said is kept with it.
Readings are the office's own: no score, rank or plaque is published. Source: practice.md P27; workflow.md §6;
documents.md §6; plan.yaml P2-3.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass

from django.db import transaction

from inspections import model_checks, notices
from inspections.models import ModelCase, ModelEvidence, ModelObjection, ModelReading, Problem
from inspections.permissions_models import source_of
from shuangjian import clock
from shuangjian.accounts.machine import Machine, Move, Transition, acting_role
from shuangjian.accounts.models import Organisation, User
from shuangjian.accounts.roles import OFFICE_ROLES, Role
from shuangjian.accounts.selectors import holders, inspectors_of, people_of
from shuangjian.dates import cn_short
from shuangjian.files.models import StoredFile
from shuangjian.journal import audit, numbers
from shuangjian.journal.errors import NotAllowed, Refused
from shuangjian.policy import calendar
from shuangjian.policy.workflows import counting

S = ModelCase.State
FEWEST_READERS = 3
NOTICE_DAYS = 5  # working days at least (documents.md §6)
MOST_FILES = 9
MASKED_NAME = re.compile(r"[\u3400-\u9fff]{1,2}某{1,2}家庭")
# Longer runs of digits are telephone or identity numbers, which have no place in a public text.
_LONG_NUMBER = re.compile(r"\d{7,}")


def _t(label: str, source: Iterable[str], target: str | None, permission: str) -> Transition:
    return Transition(
        label=label,
        source=frozenset(source),
        target=target,
        permission=f"inspections.{permission}",
    )


TRANSITIONS = {
    "edit": _t("修改申报", {S.DRAFT}, None, "write_model"),
    "submit": _t("提交申报", {S.DRAFT}, S.SUBMITTED, "write_model"),
    "admit": _t("通过初审", {S.SUBMITTED}, S.READING, "prepare_model"),
    "send-back": _t("退回修改", {S.SUBMITTED}, S.DRAFT, "prepare_model"),
    "read": _t("提交评读意见", {S.READING}, None, "read_model"),
    "pictures": _t("选用公开图片", {S.READING, S.NOTICE, S.PUBLISHED}, None, "prepare_model"),
    "announce": _t("决定公示", {S.READING}, S.NOTICE, "decide_model"),
    "object": _t("登记公示反映", {S.NOTICE}, None, "take_model_objection"),
    "publish": _t("决定公布", {S.NOTICE}, S.PUBLISHED, "decide_model"),
    "decline": _t("不入选", {S.SUBMITTED, S.READING, S.NOTICE}, S.DECLINED, "decline_model"),
    "propose": _t("建议撤下", {S.NOTICE, S.PUBLISHED}, None, "prepare_model"),
    "keep": _t("不予撤下", {S.NOTICE, S.PUBLISHED}, None, "keep_model"),
    "withdraw": _t("撤下案例", {S.PUBLISHED}, S.WITHDRAWN, "decide_model"),
    "revoke": _t("按家庭要求撤下", {*ModelCase.ON_ITS_WAY, S.PUBLISHED}, S.WITHDRAWN, "revoke_model"),
    "retract": _t("撤回申报", ModelCase.ON_ITS_WAY, S.RETRACTED, "retract_model"),
}
MACHINE: Machine[ModelCase] = Machine(ModelCase, "inspections.model", TRANSITIONS)
audit.name_actions({"inspections.model.nominated": "申报典型案例"})


@dataclass(frozen=True, kw_only=True)
class Nomination:
    """What is said of a case. ``family_name`` and ``consent`` where a family is nominated."""

    title: str
    practice: str
    effect: str
    family_name: str = ""
    consent: StoredFile | None = None


def _moving(
    key: str, case_id: int, actor: User, version: int | None, *, is_granted: bool = False
) -> AbstractContextManager[Move[ModelCase]]:
    rows = ModelCase.objects.select_related("organisation")
    return MACHINE.moving(
        key, row_id=case_id, actor=actor, version=version, queryset=rows, is_granted=is_granted
    )


# --- Nominating ------------------------------------------------------------------------------------------
def nominate(
    *,
    unit: Organisation,
    kind: str,
    nomination: Nomination,
    actor: User,
    files: Sequence[StoredFile] = (),
) -> ModelCase:
    """Begin a case about ``unit``. Raises NotAllowed, Refused (texts, the family's consent, its number)."""
    source = source_of(actor, unit)
    if not source:
        raise NotAllowed("典型案例由本单位申报，或由责任督学、双减专班、督导室推荐")
    expected = ModelCase.Kind.INSTITUTION if unit.kind == Organisation.Kind.INSTITUTION else None
    if (kind == ModelCase.Kind.INSTITUTION) != (expected is not None):
        raise Refused("学校申报学校或家庭的案例，培训机构申报机构的案例")
    today = clock.today()
    with transaction.atomic():
        case = ModelCase(
            no=f"{today.year}-M{numbers.take('model_case', today.year):04d}",
            kind=kind,
            source=source,
            organisation=unit,
            nominated_by=actor,
            nominated_at=clock.now(),
        )
        _write(case, nomination)
        case.save()
        _attach(case, files)
        audit.record(
            action="inspections.model.nominated",
            subject=case,
            actor=actor,
            organisation=unit,
            role=acting_role(actor),
            after={"state": case.state, "kind": kind, "source": source},
        )
    return case


def edit(
    *,
    case_id: int,
    actor: User,
    version: int | None,
    nomination: Nomination,
    files: Sequence[StoredFile] = (),
    removed: Sequence[int] = (),
) -> ModelCase:
    """修改申报; ``removed`` are the keys of evidence that goes."""
    with _moving("edit", case_id, actor, version) as step:
        _write(step.row, nomination)
        step.row.evidence.filter(pk__in=list(removed)).delete()
        _attach(step.row, files)
    return step.row


def _write(case: ModelCase, nomination: Nomination) -> None:
    for label, words in (
        ("主题", nomination.title),
        ("主要做法", nomination.practice),
        ("成效", nomination.effect),
    ):
        refuse_numbers(label, words)
    case.title, case.practice, case.effect = nomination.title, nomination.practice, nomination.effect
    if case.kind != ModelCase.Kind.FAMILY:
        return
    if not MASKED_NAME.fullmatch(nomination.family_name):
        raise Refused("家庭只写代称，例如“张某家庭”，不写姓名")
    case.family_name = nomination.family_name
    case.consent = nomination.consent or case.consent
    if case.consent is None:
        raise Refused("请上传家长本人签字的书面同意")


def refuse_numbers(label: str, words: str) -> None:
    """Raises Refused where a text for the public holds what may be somebody's number."""
    if _LONG_NUMBER.search(words):
        raise Refused(f"“{label}”里有像电话或证件号码的数字，公开的文字里不写号码，请删去")


def _attach(case: ModelCase, files: Sequence[StoredFile]) -> None:
    if case.evidence.count() + len(files) > MOST_FILES:
        raise Refused(f"佐证材料最多{MOST_FILES}个，请删去几个")
    now = clock.now()
    ModelEvidence.objects.bulk_create(
        ModelEvidence(case=case, stored_file=stored, added_at=now) for stored in files
    )


def submit(*, case_id: int, actor: User, version: int | None) -> ModelCase:
    """提交申报: the offices are told; of what others nominated the unit, which may retract it, too."""
    with _moving("submit", case_id, actor, version) as step:
        case = step.row
        if not case.evidence.exists() and case.kind != ModelCase.Kind.FAMILY:
            raise Refused("请至少上传一项佐证材料")
        _tell(case, holders(*OFFICE_ROLES), f"典型案例{case.no}待初审：{case.subject_name}", actor)
        if case.source != ModelCase.Source.UNIT:
            words = "不愿参加的，可以随时撤回申报"
            _tell(case, people_of(case.organisation), f"本单位被推荐为典型案例{case.no}", actor, words)
    return step.row


# --- Admitting and reading -------------------------------------------------------------------------------
def admit(*, case_id: int, actor: User, version: int | None) -> ModelCase:
    """通过初审. Raises Refused while the records speak against the unit."""
    with _moving("admit", case_id, actor, version) as step:
        _check(step)
        readers = {*holders(*OFFICE_ROLES), *inspectors_of(step.row.organisation)}
        _tell(step.row, readers, f"请评读典型案例{step.row.no}：{step.row.subject_name}", actor)
    return step.row


def _check(step: Move[ModelCase]) -> None:
    """Ask the records again, keep what they said, refuse what blocks."""
    case = step.row
    found = model_checks.against(case)
    blocking = [line.words for line in found if line.blocks]
    if blocking:
        raise Refused(f"{case.organisation.name}{'；'.join(blocking)}，不能办理")
    case.check_lines, case.checked_at = [line.words for line in found], clock.now()


def send_back(*, case_id: int, actor: User, version: int | None, words: str) -> ModelCase:
    with _moving("send-back", case_id, actor, version) as step:
        step.note = words
        _tell(step.row, _authors(step.row), f"典型案例{step.row.no}退回修改", actor, words)
    return step.row


def read(
    *, case_id: int, actor: User, version: int | None, practice: int, effect: int, spread: int, words: str
) -> ModelCase:
    """Give one's marks and words, once. They stay inside."""
    with _moving("read", case_id, actor, version) as step:
        ModelReading.objects.create(
            case=step.row,
            reader=actor,
            practice=practice,
            effect=effect,
            spread=spread,
            words=words,
            given_at=clock.now(),
        )
        count = step.row.readings.count()
        step.after["readings"] = count
        if count == FEWEST_READERS:
            title = f"典型案例{step.row.no}已有{count}人评读，请决定是否公示"
            _tell(step.row, holders(Role.LEADER), title, actor)
    return step.row


def choose_pictures(*, case_id: int, actor: User, version: int | None, chosen: Sequence[int]) -> ModelCase:
    """Which pictures the public sees, after somebody looked that nobody can be recognised on them."""
    with _moving("pictures", case_id, actor, version) as step:
        pictures = step.row.evidence.filter(stored_file__content_type__startswith="image/")
        pictures.update(is_public=False)
        step.after["pictures"] = pictures.filter(pk__in=list(chosen)).update(is_public=True)
    return step.row


# --- Public notice ---------------------------------------------------------------------------------------
def announce(
    *, case_id: int, actor: User, version: int | None, citation: str, days: int = NOTICE_DAYS
) -> ModelCase:
    """决定公示: the citation is public from today for ``days`` working days. Raises Refused."""
    with _moving("announce", case_id, actor, version) as step:
        case = step.row
        if case.readings.count() < FEWEST_READERS:
            raise Refused(f"至少{FEWEST_READERS}人评读后才能公示，现在是{case.readings.count()}人")
        if days < NOTICE_DAYS:
            raise Refused(f"公示期不少于{NOTICE_DAYS}个工作日")
        refuse_numbers("案例介绍", citation)
        _check(step)
        counted = calendar.add_working_days(clock.today(), days)
        case.citation, case.notice_by = citation, actor
        case.notice_from, case.notice_until = clock.today(), counted.on
        counting.keep(case, "notice_until", counted)
        step.after["notice_until"] = counted.on
        title = f"典型案例{case.no}公示到{cn_short(counted.on)}"
        _tell(case, {*_authors(case), *people_of(case.organisation), *holders(*OFFICE_ROLES)}, title, actor)
    return step.row


def publish(*, case_id: int, actor: User, version: int | None, document_no: str) -> ModelCase:
    """决定公布, after the notice, when everything that was said against it is answered. Raises Refused."""
    with _moving("publish", case_id, actor, version) as step:
        case = step.row
        if case.notice_until is None or clock.today() <= case.notice_until:
            raise Refused("公示期还没有结束，不能公布")
        states = set(case.objections.values_list("state", flat=True))
        if ModelObjection.State.WAITING in states:
            raise Refused("公示期内的反映还没有全部核实答复，不能公布")
        if ModelObjection.State.UPHELD in states:
            raise Refused("公示期内的反映有属实的，不能公布，请决定不入选")
        _check(step)
        case.document_no = document_no
        case.published_by, case.published_at = actor, clock.now()
        case.proposed_words = ""
        _forget_contacts(case)
        title = f"典型案例{case.no}已公布：{case.subject_name}"
        _tell(case, {*_authors(case), *people_of(case.organisation), *holders(*OFFICE_ROLES)}, title, actor)
    return step.row


def decline(*, case_id: int, actor: User, version: int | None, words: str) -> ModelCase:
    """不入选, with the reason, which those who nominated it read."""
    with _moving("decline", case_id, actor, version) as step:
        _end(step, words)
        people = {*_authors(step.row), *people_of(step.row.organisation)}
        _tell(step.row, people, f"典型案例{step.row.no}未入选", actor, words)
    return step.row


def retract(*, case_id: int, actor: User, version: int | None) -> ModelCase:
    """The unit takes the nomination back; nobody asks why."""
    with _moving("retract", case_id, actor, version) as step:
        _end(step, "")
        _tell(step.row, holders(*OFFICE_ROLES), f"典型案例{step.row.no}由单位撤回申报", actor)
    return step.row


# --- Withdrawing -----------------------------------------------------------------------------------------
def propose(*, case_id: int, actor: User, version: int | None, words: str) -> ModelCase:
    """建议撤下: the leader is asked to decide."""
    with _moving("propose", case_id, actor, version) as step:
        _propose(step, words)
    return step.row


def propose_for(problem: Problem, actor: User, *, is_relapse: bool) -> None:
    """A red line or a relapse at a unit: its public cases are proposed to be withdrawn, at once."""
    if not (is_relapse or problem.is_red_line):
        return
    cases = ModelCase.objects.filter(
        organisation=problem.organisation_id, state__in=[S.NOTICE, S.PUBLISHED]
    ).exclude(kind=ModelCase.Kind.FAMILY)
    words = f"问题{problem.no}{'反弹' if is_relapse else '触碰红线'}"
    for pk in cases.order_by("pk").values_list("pk", flat=True):
        with _moving("propose", pk, actor, None, is_granted=True) as step:
            _propose(step, words)


def _propose(step: Move[ModelCase], words: str) -> None:
    step.row.proposed_words = step.note = words
    title = f"典型案例{step.row.no}建议撤下：{step.row.subject_name}"
    _tell(step.row, holders(Role.LEADER, Role.TASK_FORCE), title, step.actor, words)


def keep(*, case_id: int, actor: User, version: int | None, words: str) -> ModelCase:
    """不予撤下, with the reason."""
    with _moving("keep", case_id, actor, version) as step:
        step.row.proposed_words, step.note = "", words
    return step.row


def withdraw(*, case_id: int, actor: User, version: int | None, words: str) -> ModelCase:
    """撤下: the public page says since when and why, and nothing else."""
    with _moving("withdraw", case_id, actor, version) as step:
        refuse_numbers("撤下的原因", words)
        _end(step, words)
        step.row.proposed_words = ""
        people = {*_authors(step.row), *people_of(step.row.organisation), *holders(*OFFICE_ROLES)}
        _tell(step.row, people, f"典型案例{step.row.no}已撤下", actor, words)
    return step.row


def revoke(*, case_id: int, actor: User, version: int | None) -> ModelCase:
    """A family takes its consent back: no reason, no waiting. Source: 个人信息保护法第15条."""
    with _moving("revoke", case_id, actor, version) as step:
        _end(step, "应当事家庭要求撤下")
        _tell(step.row, holders(*OFFICE_ROLES), f"典型案例{step.row.no}按家庭要求撤下", actor)
    return step.row


def _end(step: Move[ModelCase], words: str) -> None:
    step.row.ended_at, step.row.ended_words, step.note = clock.now(), words, words
    step.row.evidence.update(is_public=False)
    _forget_contacts(step.row)


def _forget_contacts(case: ModelCase) -> None:
    """Who objected is needed for the answer alone."""
    case.objections.update(contact="")


def _authors(case: ModelCase) -> set[User]:
    return {case.nominated_by} if case.nominated_by.is_active else set()


def _tell(case: ModelCase, people: Iterable[User], title: str, actor: User, body: str = "") -> None:
    others = [person for person in people if person.pk != actor.pk]
    notices.tell(others, "model_case", case, case.get_absolute_url(), title, body)

"""约谈、通报、建议问责: the leader's 批示 opens the case, the office carries it out, the unit may appeal.

The portal's own paper issues the case by its signature; a number of a paper made elsewhere is typed in.
Appeals stay no execution.
Source: workflow.md §4 (DD12, WZ21); practice.md P6, P8, P10, P11, P12.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.urls import reverse

from inspections import notices
from inspections.models import (
    Paper,
    Problem,
    RectificationTask,
    Sanction,
    SanctionAppeal,
    SanctionCommitment,
)
from inspections.workflows.sanction_papers import Issue, check, issuers
from shuangjian import clock
from shuangjian.accounts.machine import Machine, Move, Transition, acting_role
from shuangjian.accounts.models import Organisation, User
from shuangjian.accounts.permissions import holds_on
from shuangjian.accounts.roles import OFFICE_ROLES, SIGNING_ROLES, Role
from shuangjian.accounts.selectors import county, holders, people_of
from shuangjian.dates import cn_short
from shuangjian.journal import audit, numbers
from shuangjian.journal.errors import NotAllowed, Refused

ASK_DAYS = {SanctionAppeal.Way.REVIEW: 30, SanctionAppeal.Way.COMPLAINT: 15}  # calendar days, P12
DECIDE_DAYS = {SanctionAppeal.Way.REVIEW: 30, SanctionAppeal.Way.COMPLAINT: 60}
MOST_COMMITMENTS = 5
LIGHT_REFUSAL = "自查发现并按期改正的，不作为约谈、通报和考核扣分依据"  # P8

K, S, W, R = Sanction.Kind, Sanction.State, SanctionAppeal.Way, SanctionAppeal.Result


def _t(label: str, source: set[str], target: str | None, right: str) -> Transition:
    return Transition(label=label, source=frozenset(source), target=target, permission=f"inspections.{right}")


_APPEALABLE: set[str] = {S.NOTIFIED, S.HANDLED, S.CLOSED}
TRANSITIONS = {
    "issue": _t("登记文号并通知单位", {S.INSTRUCTED}, S.NOTIFIED, "carry_out_sanction"),
    "handle": _t("登记办理情况", {S.NOTIFIED}, S.HANDLED, "carry_out_sanction"),
    "keep": _t("登记承诺完成", {S.HANDLED}, None, "keep_commitment"),
    "close": _t("办结", {S.HANDLED}, S.CLOSED, "carry_out_sanction"),
    "revoke": _t("撤销", {S.INSTRUCTED, S.NOTIFIED, S.HANDLED}, S.REVOKED, "revoke_sanction"),
    "appeal": _t("提出复核或申诉", _APPEALABLE, None, "appeal_sanction"),
    "reject-appeal": _t("答复：维持原决定", _APPEALABLE, None, "answer_appeal"),
    "grant-appeal": _t("答复：撤销原决定", _APPEALABLE, S.REVOKED, "answer_appeal"),
}
MACHINE: Machine[Sanction] = Machine(Sanction, "inspections.sanction", TRANSITIONS)
audit.name_actions({"inspections.sanction.instructed": "批示"})


@dataclass(frozen=True)
class Commitment:
    """What the unit commits itself to."""

    text: str
    person: str
    due_on: date


# --- The leader's 批示 ------------------------------------------------------------------------------


def instruct(
    *,
    actor: User,
    organisation: Organisation,
    kind: str,
    ground: str,
    facts: str,
    instruction: str,
    problem: Problem | None = None,
) -> Sanction:
    """Take down the 批示 and open the case; the office is told. Raises NotAllowed, Refused (why not)."""
    if not actor.has_perm("inspections.instruct_sanction", organisation):
        raise NotAllowed("约谈、通报和建议问责由分管领导批示")
    if not facts.strip() or not instruction.strip():
        raise Refused("请写明事实和批示")
    year = clock.today().year
    with transaction.atomic():
        if problem is not None:
            # Locked: two instructions at once open one case.
            problem = Problem.objects.select_for_update().get(pk=problem.pk)
            why_not = fault_of(problem, organisation, kind, ground)
            if why_not:
                raise Refused(why_not)
        row = Sanction.objects.create(
            no=f"{year}-Z{numbers.take('sanction', year):04d}",
            kind=kind,
            organisation=organisation,
            problem=problem,
            ground=ground,
            facts=facts.strip(),
            instruction=instruction.strip(),
            instructed_by=actor,
            instructed_at=clock.now(),
        )
        audit.record(
            action="inspections.sanction.instructed",
            subject=row,
            actor=actor,
            organisation=organisation,
            role=acting_role(actor),
            after={"state": row.state, "kind": kind, "ground": ground, "problem": row.problem_id},
        )
        _tell(
            "instructed",
            row,
            _office(),
            f"{row.get_kind_display()}{row.no}已批示，请编号用印并通知{organisation.name}",
        )
    return row


def fault_of(problem: Problem, organisation: Organisation, kind: str, ground: str) -> str:
    """Why this problem can be no ground of it; empty where it can."""
    if problem.organisation_id != organisation.pk:
        return "问题不是该单位的"
    task = problem.tasks.latest("ordinal")
    if task.state == RectificationTask.State.WITHDRAWN:
        return "问题已撤销，不能作为事由"
    if task.state == RectificationTask.State.PAST:
        return "历史台账里已经销号的问题，不作为事由"
    if is_light_in_time(problem, task):
        return LIGHT_REFUSAL
    if ground == Sanction.Ground.RED_LINE and not problem.is_red_line:
        return "这个问题不是红线，请改选事由"
    running = Sanction.objects.filter(problem=problem, kind=kind, state__in=Sanction.RUNNING).first()
    if running is not None:
        return f"这个问题的{K(kind).label}正在办理（{running.no}）"
    return ""


def is_light_in_time(problem: Problem, task: RectificationTask) -> bool:
    """Reported by the unit itself, and put right by its date or with the date still to come (P8)."""
    until = clock.local_day(task.closed_at) if task.closed_at else clock.today()
    return problem.light_track and task.ordinal == 1 and until <= task.due_on


# --- The office carries it out --------------------------------------------------------------------------


def issue(
    *,
    sanction_id: int,
    actor: User,
    version: int | None,
    issuer: str,
    document_no: str,
    issued_on: date,
    heard: str = "",
    meeting_at: datetime | None = None,
    place: str = "",
    review_address: str = "",
    complaint_address: str = "",
) -> Sanction:
    """已通知/已印发 by a paper made elsewhere: its number and day are typed in; the unit is told and sees it.

    Raises Refused where a paper of the portal stands for the case: then its signature does this.
    """
    with _moving("issue", sanction_id, actor, version) as step:
        row = step.row
        standing = paper_of(row)
        if standing is not None:
            raise Refused(
                f"{row.paper_title}{standing.no}已起草，签发时自动登记文号；改在别处发文的，先作废草稿"
            )
        if issuer not in issuers():
            raise Refused("发文机关是县教育局或者教育督导委员会办公室")
        if not document_no.strip():
            raise Refused("请填写办公室编的发文字号")
        if not clock.local_day(row.instructed_at) <= issued_on <= clock.today():
            raise Refused("印发日期不能早于批示，也不能晚于今天")
        said = Issue(heard, meeting_at, place, review_address, complaint_address)
        _issue(step, issuer, document_no.strip(), issued_on, said)
        when = f"，{cn_short(clock.local_day(row.meeting_at))}" if row.meeting_at else ""
        _tell_unit("issued", row, f"{row.paper_title}（{row.document_no}）{when}", row.place)
    return row


def issue_by_paper(*, paper: Paper, actor: User, issuer: str, said: Issue) -> None:
    """The leader's signature on the portal's own paper: number and date flow into the case, which is issued.

    Call it in the transaction that signs. Raises Refused, WrongState where the case has gone on; the unit is
    told when the file is ready.
    """
    if paper.sanction_id is None or paper.signed_on is None:
        raise ValueError("not the signed paper of a case")
    rows = Sanction.objects.select_related("organisation__filer")
    moving = MACHINE.moving(
        "issue", row_id=paper.sanction_id, actor=actor, version=None, queryset=rows, is_granted=True
    )
    with moving as step:
        step.after["paper"] = paper.no
        _issue(step, issuer, paper.document_no, paper.signed_on, said)


def paper_of(sanction: Sanction) -> Paper | None:
    """The portal's own paper that tells the unit of the case, drafted or signed; None where there is none."""
    standing = sanction.papers.exclude(state__in=[Paper.State.WITHDRAWN, Paper.State.DISCARDED])
    return standing.exclude(kind=Paper.Kind.TALK_RECORD).defer("data", "sections").first()


def _issue(step: Move[Sanction], issuer: str, document_no: str, issued_on: date, said: Issue) -> None:
    row, names = step.row, county()
    check(row, said)
    if Sanction.objects.filter(document_no=document_no).exists():
        raise Refused(f"发文字号{document_no}已经用过")
    if row.kind == K.TALK:
        row.meeting_at, row.place = said.meeting_at, said.place.strip()
    if row.is_decision and names is not None:
        row.review_office, row.review_address = names.supervision_office_name, said.review_address.strip()
        row.complaint_office = names.superior_office_name
        row.complaint_address = said.complaint_address.strip()
    row.heard, row.issuer, row.issued_on = said.heard.strip(), issuer, issued_on
    row.document_no = document_no
    step.after |= {"document_no": row.document_no, "issued_on": issued_on}


def handle(
    *,
    sanction_id: int,
    actor: User,
    version: int | None,
    outcome: str,
    handled_on: date,
    attendance: str = "",
    commitments: Sequence[Commitment] = (),
) -> Sanction:
    """已办理: the talk was held (who came, what was said, what was promised), or the paper sent.

    ``outcome`` is the talk's record, to whom the circular was published, or what the body answered.
    """
    with _moving("handle", sanction_id, actor, version) as step:
        row = step.row
        if not outcome.strip():
            raise Refused("请写明办理情况")
        since = clock.local_day(row.meeting_at) if row.meeting_at else row.issued_on
        if since is not None and handled_on < since:
            raise Refused(f"办理日期不能早于{cn_short(since)}")
        if handled_on > clock.today():
            raise Refused("办理日期不能晚于今天")
        people = [line.strip() for line in attendance.splitlines() if line.strip()]
        if row.kind == K.TALK and not (people and commitments):
            raise Refused("约谈记录要有参加人员和单位的承诺")
        if len(commitments) > MOST_COMMITMENTS:
            raise Refused(f"承诺最多{MOST_COMMITMENTS}项")
        for one in commitments:
            if not one.text.strip() or not one.person.strip():
                raise Refused("每项承诺都要有责任人")
            if one.due_on < handled_on:
                raise Refused("承诺的完成时限不能早于办理日期")
        SanctionCommitment.objects.bulk_create(
            SanctionCommitment(
                sanction=row, text=one.text.strip(), person=one.person.strip(), due_on=one.due_on
            )
            for one in commitments
        )
        row.outcome, row.attendance, row.handled_on = outcome.strip(), "\n".join(people), handled_on
        step.after |= {"handled_on": handled_on, "commitments": len(commitments)}
        note = "，请按时落实承诺" if commitments else ""
        _tell_unit("handled", row, f"{row.get_kind_display()}{row.no}已登记办理情况{note}")
    return row


def keep(*, sanction_id: int, actor: User, version: int | None, commitment_id: int, words: str) -> Sanction:
    """One commitment was kept; when the last is, the office is told that it may close."""
    with _moving("keep", sanction_id, actor, version) as step:
        one = step.row.commitments.filter(pk=commitment_id, done_on__isnull=True).first()
        if one is None:
            raise Refused("这项承诺已经登记完成")
        if not words.strip():
            raise Refused("请写明完成情况")
        one.done_on, one.done_words, one.done_by = clock.today(), words.strip(), actor
        one.save()
        step.after["commitment"], step.note = one.pk, words.strip()
        if not step.row.commitments.filter(done_on__isnull=True).exists():
            others = [person for person in _office() if person != actor]
            _tell(
                "kept", step.row, others, f"{step.row.get_kind_display()}{step.row.no}的承诺都已完成，请办结"
            )
    return step.row


def close(*, sanction_id: int, actor: User, version: int | None, words: str = "") -> Sanction:
    """已办结: every commitment was kept."""
    with _moving("close", sanction_id, actor, version) as step:
        left = step.row.commitments.filter(done_on__isnull=True).count()
        if left:
            raise Refused(f"还有{left}项承诺没有登记完成")
        step.row.closed_at, step.note = clock.now(), words.strip()
        _tell_unit("closed", step.row, f"{step.row.get_kind_display()}{step.row.no}已办结", words.strip())
    return step.row


def revoke(*, sanction_id: int, actor: User, version: int | None, words: str) -> Sanction:
    """撤销 by the leader, with the reason."""
    with _moving("revoke", sanction_id, actor, version) as step:
        _revoke(step, words)
        _tell(
            "revoked", step.row, _office(), f"{step.row.get_kind_display()}{step.row.no}已撤销", words.strip()
        )
    return step.row


def _revoke(step: Move[Sanction], words: str) -> None:
    if not words.strip():
        raise Refused("请写明理由")
    step.row.revoke_words = step.note = words.strip()
    if step.row.issued_on is not None:  # before that the unit knows nothing of it
        _tell_unit("revoked", step.row, f"{step.row.get_kind_display()}{step.row.no}已撤销", words.strip())


# --- Appeals (P12) ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class AppealTerm:
    """One way of appeal as the paper prints it: where, until when, decided within how many days."""

    way: SanctionAppeal.Way
    office: str
    address: str
    ask_days: int
    decide_days: int
    ask_by: date | None  # None: the paper is not issued yet

    @property
    def is_over(self) -> bool:
        return self.ask_by is not None and clock.today() > self.ask_by


def terms_of(sanction: Sanction) -> list[AppealTerm]:
    """Both ways of appeal against a decision; none against a proposal, which decides nothing.

    申诉 runs anew from the answer to a 复核 ("against that, or directly").
    """
    if not sanction.is_decision:
        return []
    review = next((one for one in sanction.appeals.all() if one.way == W.REVIEW), None)
    found = []
    for way in W:
        since = sanction.issued_on
        if way == W.COMPLAINT and review is not None and review.answered_on is not None:
            since = review.answered_on
        office, address = (
            (sanction.review_office, sanction.review_address)
            if way == W.REVIEW
            else (sanction.complaint_office, sanction.complaint_address)
        )
        ask_by = since + timedelta(days=ASK_DAYS[way]) if since is not None else None
        found.append(AppealTerm(way, office, address, ASK_DAYS[way], DECIDE_DAYS[way], ask_by))
    return found


def appeal(
    *, sanction_id: int, actor: User, version: int | None, way: str, words: str, asked_on: date
) -> Sanction:
    """The unit asks for 复核 or 申诉, each once; by its head, or typed in from its paper. Stays nothing."""
    with _moving("appeal", sanction_id, actor, version) as step:
        row = step.row
        term = next((one for one in terms_of(row) if one.way == way), None)
        if term is None or term.ask_by is None or row.issued_on is None:
            raise Refused("请选择复核或者申诉")
        if not words.strip():
            raise Refused("请写明请求和理由")
        if row.appeals.filter(way=way).exists():
            raise Refused(f"已经提出过{term.way.label}，只能提出一次")
        if not row.issued_on <= asked_on <= clock.today():
            raise Refused("提出日期不能早于决定，也不能晚于今天")
        if asked_on > term.ask_by:
            raise Refused(f"{term.way.label}应在{term.ask_days}日内提出，已于{cn_short(term.ask_by)}截止")
        made = SanctionAppeal.objects.create(
            sanction=row,
            way=way,
            asked_on=asked_on,
            words=words.strip(),
            due_on=asked_on + timedelta(days=term.decide_days),
            entered_by=actor,
            is_keyed_in=not holds_on(actor, row.organisation, *SIGNING_ROLES),
        )
        step.after |= {"way": way, "due_on": made.due_on}
        step.note = words.strip()
        answerers = [
            one for one in holders(Role.SUPERVISION_OFFICE, Role.LEADER) if one.pk != row.instructed_by_id
        ]
        by = cn_short(made.due_on)
        _tell(
            "appealed",
            row,
            answerers,
            f"{row.organisation.name}对{row.no}提出{term.way.label}，请在{by}前答复",
        )
    return row


def reject_appeal(
    *, sanction_id: int, actor: User, version: int | None, appeal_id: int, words: str, answer_no: str = ""
) -> Sanction:
    """维持原决定, with the reason."""
    with _moving("reject-appeal", sanction_id, actor, version) as step:
        one = _answer(step, R.UPHELD, appeal_id, words, answer_no)
        _tell_unit(
            "answered", step.row, f"{step.row.no}的{one.get_way_display()}已答复：维持原决定", words.strip()
        )
    return step.row


def grant_appeal(
    *, sanction_id: int, actor: User, version: int | None, appeal_id: int, words: str, answer_no: str = ""
) -> Sanction:
    """撤销原决定: the case ends revoked."""
    with _moving("grant-appeal", sanction_id, actor, version) as step:
        _answer(step, R.GRANTED, appeal_id, words, answer_no)
        _revoke(step, words)
        _tell(
            "revoked", step.row, _office(), f"{step.row.get_kind_display()}{step.row.no}已撤销", words.strip()
        )
    return step.row


def _answer(step: Move[Sanction], result: str, appeal_id: int, words: str, number: str) -> SanctionAppeal:
    one = step.row.appeals.filter(pk=appeal_id, result=R.WAITING).first()
    if one is None:
        raise Refused("这项已经答复")
    if not words.strip():
        raise Refused("请写明答复的理由")
    if one.way == W.COMPLAINT and not number.strip():
        raise Refused("申诉由上一级机构答复，请填写答复文号")
    one.result, one.answer, one.answer_no = result, words.strip(), number.strip()
    one.answered_on, one.answered_by = clock.today(), step.actor
    one.save()
    step.after |= {"appeal": one.pk, "result": result}
    step.note = words.strip()
    return one


# --- What the moves share ---------------------------------------------------------------------------------


def _moving(
    key: str, sanction_id: int, actor: User, version: int | None
) -> AbstractContextManager[Move[Sanction]]:
    rows = Sanction.objects.select_related("organisation__filer")
    return MACHINE.moving(key, row_id=sanction_id, actor=actor, version=version, queryset=rows)


def _office() -> list[User]:
    return list(holders(*OFFICE_ROLES))


def _tell(what: str, row: Sanction, people: Sequence[User], title: str, body: str = "") -> None:
    notices.tell(people, f"sanction.{what}", row, reverse("sanction", args=[row.no]), title, body)


def _tell_unit(what: str, row: Sanction, title: str, body: str = "") -> None:
    _tell(what, row, list(people_of(row.organisation)), title, body)

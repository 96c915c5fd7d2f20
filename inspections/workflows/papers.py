"""Papers (公文): drafted from a visit, problems or a case of accountability, signed, served, received.

The machine is workflows.signing's; a paper alone is served (送达). Sources: practice.md P3, P6, P11;
documents.md §4 (送达回证).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from inspections import notices
from inspections.check_codes import check_code_of
from inspections.models import Paper, RectificationTask, Sanction, Transfer, Visit
from inspections.papers import rendering
from inspections.papers.accountability import said_in
from inspections.papers.kinds import Given, PaperKind, Subject
from inspections.papers.registry import KINDS
from inspections.querysets import ENDED_STATES
from inspections.reports.data import dump
from inspections.workflows import rectification, sanction_papers, sanctions, standing_texts, transfers
from inspections.workflows.signing import S, Signing, transitions_of
from shuangjian import clock, pdf
from shuangjian.accounts.machine import Machine, Transition
from shuangjian.accounts.models import Organisation, User
from shuangjian.accounts.roles import UNIT_ROLES, Role
from shuangjian.accounts.selectors import people_of, the_county
from shuangjian.journal import audit, numbers
from shuangjian.journal.errors import NotAllowed, Refused

OUT = frozenset({S.ISSUED})
TRANSITIONS = transitions_of("paper") | {
    "refresh": Transition(
        label="修改内容", source=frozenset({S.DRAFT}), target=None, permission="inspections.draft_paper"
    ),
    "serve": Transition(label="登记送达", source=OUT, target=None, permission="inspections.serve_paper"),
    "receive": Transition(label="签收", source=OUT, target=None, permission="inspections.receive_paper"),
}
MACHINE: Machine[Paper] = Machine(Paper, "inspections.paper", TRANSITIONS)
audit.name_actions({"inspections.paper.drafted": "起草公文", "inspections.paper.issued": "正式文件已生成"})
# A problem stands in one of these at a time: two notices would set two terms.
_NOTICE_OF = {
    Organisation.Kind.SCHOOL.value: Paper.Kind.NOTICE,
    Organisation.Kind.INSTITUTION.value: Paper.Kind.ORDER,
}
_NOTICES = tuple(_NOTICE_OF.values())
_GIVEN_UP = (S.WITHDRAWN, S.DISCARDED)


class PaperSigning(Signing[Paper]):
    """How a paper is signed: under its issuer's 代字."""

    noun = "paper"
    machine = MACHINE
    joined = ("organisation", "scan", "submitted_by", "created_by")

    def unwritten(self, row: Paper) -> list[str]:
        return rendering.unwritten(row)

    def fault_of(self, row: Paper) -> str:
        """A notice demands nothing of a case that has ended since it was drafted."""
        ended = row.tasks.filter(state__in=ENDED_STATES).order_by("problem__no")
        numbers_of = list(ended.values_list("problem__no", flat=True)) if row.kind in _NOTICES else []
        return f"问题{'、'.join(numbers_of)}已销号或撤销，请退回修改内容" if numbers_of else ""

    def code_of(self, row: Paper) -> str:
        code = rendering.kind_of(row).code_of(the_county())
        if not code:
            raise Refused("设置里还没有教育局函件代字，请系统管理员先填")
        return code

    def pdf_of(self, row: Paper, progress: pdf.Progress) -> bytes:
        return rendering.pdf_of(row, progress=progress)

    def template_version(self, row: Paper) -> str:
        return rendering.template_version(row)

    def after_signing(self, row: Paper, actor: User) -> None:
        """What it is about goes on with its number: the case is issued, the problem handed over."""
        given = row.data["given"]
        if row.sanction_id is not None:
            issuer = row.data["issuer"]
            sanctions.issue_by_paper(paper=row, actor=actor, issuer=issuer, said=said_in(given))
        elif row.kind == Paper.Kind.TRANSFER:
            row.transfer = transfers.send_by_letter(
                letter=row,
                task_id=row.tasks.get().pk,
                actor=actor,
                words=given["reason"],
                report_by=date.fromisoformat(given["report_by"]),
            )

    def readers_of(self, row: Paper) -> Iterable[User]:
        """A department hears of a 移交 when it is signed, as of any other, and not twice."""
        return () if row.kind == Paper.Kind.TRANSFER else receivers_of(row)

    def after_withdrawal(self, row: Paper) -> None:
        """Raises Refused while what it set going still stands: the case would rest on nothing."""
        if row.sanction_id is not None and not row.is_record:
            case = Sanction.objects.select_for_update(of=("self",)).get(pk=row.sanction_id)
            if case.state != Sanction.State.REVOKED:
                raise Refused(f"{case.get_kind_display()}{case.no}由它发出，先撤销{case.no}，再撤回公文")
        if row.transfer_id is not None:
            transfer = Transfer.objects.select_for_update(of=("self",)).get(pk=row.transfer_id)
            if transfer.state != Transfer.State.TAKEN_BACK:
                raise Refused("问题已按此函移交，先收回移交，再撤回函件")
        notices.paper_withdrawn(row, receivers_of(row))


def receivers_of(row: Paper) -> Iterable[User]:
    """The people of whom it is sent to: of a department those to whom cases are handed over."""
    return people_of(row.organisation, [Role.PARTNER] if row.is_letter else UNIT_ROLES)


SIGNING = PaperSigning()


# --- What can be drafted ------------------------------------------------------------------------------------
def cases_for(kind: PaperKind, organisation: Organisation, visit: Visit | None) -> list[RectificationTask]:
    """The open cases that a paper of this kind can speak of: of the visit, or of the unit.

    A notice leaves out what the unit reported itself (P8) and what another notice speaks of. None where a
    kind does not speak of cases.
    """
    if kind.about not in ("problems", "case"):
        return []
    tasks = (
        RectificationTask.objects.open()
        .filter(problem__organisation=organisation)
        .select_related("problem__rule", "problem__item", "problem__prohibition", "problem__source_finding")
        .order_by("problem__no")
    )
    if visit is not None:
        tasks = tasks.filter(problem__source_finding__visit=visit)
    if kind.key in _NOTICES:
        tasks = tasks.exclude(pk__in=_spoken_of())
    return [task for task in tasks if not task.is_light]


def _spoken_of() -> QuerySet[RectificationTask, Any]:
    standing = Paper.objects.filter(kind__in=_NOTICES).exclude(state__in=_GIVEN_UP)
    return RectificationTask.objects.filter(papers__in=standing).values("pk")


def why_not(
    kind: PaperKind,
    organisation: Organisation,
    visit: Visit | None,
    *,
    sanction: Sanction | None = None,
    task: RectificationTask | None = None,
) -> str:
    """Why no paper of this kind can be drafted here, in words; empty where one can.

    ``task``: the case that a letter is about; other kinds are asked of the first that they could speak of.
    """
    tasks = (task,) if task is not None else tuple(cases_for(kind, organisation, visit)[:1])
    subject = Subject(organisation, visit, tasks, sanction)
    refusal = kind.fault(subject)
    standing = _standing(kind, subject) if not refusal else None
    return f"{kind.key.label}已经有了，编号{standing.no}" if standing is not None else refusal


def _standing(kind: PaperKind, subject: Subject) -> Paper | None:
    """The paper that another of the kind would double: of the visit, the case, or a letter not yet gone."""
    rows = Paper.objects.filter(kind=kind.key).exclude(state__in=_GIVEN_UP).defer("data", "sections")
    if kind.about == "sanction" and subject.sanction is not None:
        return rows.filter(sanction=subject.sanction).first()
    if kind.key == Paper.Kind.OPINION and subject.visit is not None:
        return rows.filter(visit=subject.visit).first()
    if kind.about == "case":
        return rows.filter(tasks__in=subject.tasks, state__in=[S.DRAFT, S.REVIEW]).first()
    return None


def offered_at(visit: Visit, user: User) -> list[PaperKind]:
    """The kinds that the person can begin from a visit, for the buttons of its page."""
    if visit.state != Visit.State.CONFIRMED or not user.has_perm("inspections.draft_paper", visit):
        return []
    kinds = [kind for kind in KINDS.values() if kind.about == "problems"]
    return [kind for kind in kinds if not why_not(kind, visit.organisation, visit)]


def offered_for(task: RectificationTask, user: User) -> list[PaperKind]:
    """The kinds that the person can begin from a case. One query."""
    unit = task.problem.organisation
    key = _NOTICE_OF.get(unit.kind)
    if key is None or not task.is_open or task.is_light or not user.has_perm("inspections.draft_paper", task):
        return []
    rows = Paper.objects.filter(tasks=task).exclude(state__in=_GIVEN_UP).values_list("kind", "state")
    standing = set(rows.order_by())
    offered = [] if any(of in _NOTICES for of, _ in standing) else [KINDS[key]]
    for kind in KINDS.values():
        under_way = {(kind.key, S.DRAFT), (kind.key, S.REVIEW)} & standing
        if kind.about == "case" and not under_way and _may_send(kind, task, user):
            offered.append(kind)
    return offered


def _may_send(kind: PaperKind, task: RectificationTask, user: User) -> bool:
    may = kind.key != Paper.Kind.TRANSFER or user.has_perm("inspections.transfer_task", task)
    return may and not kind.fault(Subject(task.problem.organisation, None, (task,), None))


def offered_in(sanction: Sanction, user: User) -> list[PaperKind]:
    """The kinds that the person can begin, or make, from a case of accountability."""
    if not user.has_perm("inspections.carry_out_sanction", sanction):
        return []
    kinds = [kind for kind in KINDS.values() if kind.about == "sanction"]
    return [kind for kind in kinds if not why_not(kind, sanction.organisation, None, sanction=sanction)]


# --- Drafting -----------------------------------------------------------------------------------------------
def draft(
    *,
    kind: PaperKind,
    actor: User,
    organisation: Organisation,
    visit: Visit | None,
    tasks: Sequence[RectificationTask],
    delivery: str,
    given: Given,
    sanction: Sanction | None = None,
    department: Organisation | None = None,
) -> Paper:
    """Begin a paper about ``organisation`` with what the records say now; a letter goes to ``department``.

    A record is made in one go, its file ordered. Raises NotAllowed, and Refused (why it cannot be).
    """
    if not actor.has_perm("inspections.draft_paper", organisation):
        raise NotAllowed("公文由督导室或双减专班起草")
    now = clock.now()
    with transaction.atomic():
        # Two people beginning the same paper wait for each other here; the second finds the first one's.
        organisation = Organisation.objects.select_for_update().get(pk=organisation.pk)
        subject = Subject(
            organisation,
            visit if kind.about == "problems" else None,
            (),
            sanction if kind.about == "sanction" else None,  # a notice issues no case
            department if kind.about == "case" else None,
        )
        subject = _checked(kind, subject, tasks, actor, given)
        standing = _standing(kind, subject)
        if standing is not None:
            raise Refused(f"{kind.key.label}已经有了，编号{standing.no}")
        paper = Paper(
            no=f"{now.year}-W{numbers.take('paper', now.year):04d}",
            kind=kind.key,
            organisation=subject.department or organisation,
            visit=subject.visit,
            sanction=subject.sanction,
            title=f"{kind.key.label}（{organisation.name}）",
            as_of=now,
            data=_frozen(kind, subject, given),
            sections={key: "" for key, _, _ in kind.sections},
            delivery=delivery,
            created_by=actor,
        )
        if kind.is_record:
            _finish(paper)
        paper.save()
        paper.tasks.set(subject.tasks)
        SIGNING.drafted(paper, actor, kind=kind.key.value, problems=[task.no for task in subject.tasks])
        if kind.is_record:
            SIGNING.order_issue_pdf(row_id=paper.pk, actor=actor)
    return paper


def _finish(paper: Paper) -> None:
    """A record has its own number and the day of what it tells of; nobody's signature is waited for."""
    if paper.sanction is None:
        raise ValueError("a record is of a talk")  # fault() said so to the person
    paper.document_no = f"约谈纪要{paper.sanction.no}"
    paper.signed_on = paper.sanction.handled_on
    paper.delivery, paper.state = Paper.Delivery.ON_PAPER, S.ISSUING
    paper.check_code = check_code_of(paper)


def refresh(
    *,
    paper_id: int,
    actor: User,
    version: int | None,
    tasks: Sequence[RectificationTask],
    delivery: str,
    given: Given,
    department: Organisation | None = None,
) -> Paper:
    """修改内容: other problems, other things typed in, and everything read anew. The office's texts stay."""
    with SIGNING.moving("refresh", paper_id, actor, version) as step:
        paper = step.row
        kind = rendering.kind_of(paper)
        held = list(paper.tasks.all())
        subject = replace(subject_of(paper), department=department)
        organisation = Organisation.objects.select_for_update().get(pk=subject.organisation.pk)
        subject = _checked(kind, replace(subject, organisation=organisation), tasks, actor, given, held)
        paper.as_of = clock.now()
        paper.data = _frozen(kind, subject, given)
        paper.delivery = delivery
        paper.organisation = subject.department or paper.organisation
        paper.tasks.set(subject.tasks)
        step.after |= {"as_of": paper.as_of.isoformat(), "problems": [task.no for task in subject.tasks]}
    return step.row


def subject_of(paper: Paper) -> Subject:
    """What an existing paper is about: of a letter the unit of its case, not the department."""
    tasks = tuple(paper.tasks.select_related("problem__organisation"))
    is_letter = paper.is_letter
    return Subject(
        tasks[0].problem.organisation if is_letter else paper.organisation,
        paper.visit,
        tasks,
        paper.sanction,
        paper.organisation if is_letter else None,
    )


def _checked(
    kind: PaperKind,
    subject: Subject,
    tasks: Sequence[RectificationTask],
    actor: User,
    given: Given,
    held: Sequence[RectificationTask] = (),
) -> Subject:
    """The subject with these cases as they stand now. Raises Refused where one cannot be in it."""
    asked = [task.pk for task in tasks]
    possible = {task.pk for task in (*cases_for(kind, subject.organisation, subject.visit), *held)}
    rows = RectificationTask.objects.filter(pk__in=asked).select_related(
        "problem__rule", "problem__item", "problem__prohibition", "problem__source_finding"
    )
    subject = replace(subject, tasks=tuple(rows))
    if not set(asked) <= possible:
        raise Refused("选的问题里有已销号的，或者已在其他通知书里，请重新选择")
    if subject.sanction is not None:
        subject = replace(subject, sanction=_locked_case(subject.sanction))
    refusal = kind.fault(subject)
    if refusal:
        raise Refused(refusal)
    if subject.sanction is not None and not kind.is_record:
        sanction_papers.check(subject.sanction, said_in(given))
    if kind.key == Paper.Kind.TRANSFER:
        _may_hand_over(subject, actor)
    return subject


def _locked_case(sanction: Sanction) -> Sanction:
    """As it stands now: a number typed in meanwhile, or a 撤销, is seen."""
    rows = Sanction.objects.select_related("problem__rule", "problem__prohibition")
    return rows.select_for_update(of=("self",)).get(pk=sanction.pk)


def _may_hand_over(subject: Subject, actor: User) -> None:
    if not actor.has_perm("inspections.transfer_task", subject.tasks[0]):
        raise NotAllowed("您的角色不能移交此项")


def _frozen(kind: PaperKind, subject: Subject, given: Given) -> dict[str, Any]:
    standing = standing_texts.in_force(kind.key.value)
    return {**dump(kind.load(subject, given)), "given": dict(given), "standing": standing}


# --- 送达 ---------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Service:
    """How a paper was served, as the 送达回证 says."""

    means: str
    served_on: date
    servers: str
    receiver: str = ""
    receiver_post: str = ""
    refusal: str = ""
    witness: str = ""


def serve(*, paper_id: int, actor: User, version: int | None, service: Service) -> Paper:
    """登记送达 from the 送达回证 that was brought back."""
    with SIGNING.moving("serve", paper_id, actor, version) as step:
        paper = step.row
        if service.means == Paper.Means.ONLINE or service.means not in Paper.Means.values:
            raise Refused("系统签收由单位自己办理，请选择其他送达方式")
        if paper.signed_on is None or not paper.signed_on <= service.served_on <= clock.today():
            raise Refused("送达日期不能早于签发日期，也不能晚于今天")
        if service.means == Paper.Means.LEFT and not (service.refusal.strip() and service.witness.strip()):
            raise Refused("留置送达要写明拒收事由和见证人")
        if service.means == Paper.Means.DIRECT and not service.receiver.strip():
            raise Refused("直接送达要写明收件人")
        if not service.servers.strip():
            raise Refused("请填写送达人")
        paper.servers = service.servers.strip()
        paper.receiver, paper.receiver_post = service.receiver.strip(), service.receiver_post.strip()
        paper.refusal, paper.witness = service.refusal.strip(), service.witness.strip()
        _served(paper, service.means, service.served_on, actor)
        step.after |= {"served_on": service.served_on, "means": service.means}
    return step.row


def receive(*, paper_id: int, actor: User, version: int | None) -> Paper:
    """系统签收 by the unit: problems in it that wait for 签收 are taken note of as well, not asked again."""
    with SIGNING.moving("receive", paper_id, actor, version) as step:
        paper = step.row
        paper.receiver = actor.name[:30]
        post = next((one for one in actor.posts if one.organisation_id == paper.organisation_id), None)
        paper.receiver_post = post.get_role_display() if post is not None else ""
        _served(paper, Paper.Means.ONLINE, clock.today(), actor)
        step.after |= {"served_on": paper.served_on, "means": paper.served_by}
        for task in paper.tasks.select_related("problem__organisation").order_by("pk"):
            if "acknowledge" in rectification.MACHINE.open_moves(task, actor):
                rectification.acknowledge(task_id=task.pk, actor=actor, version=None)
        notices.paper_served(paper)
    return step.row


def _served(paper: Paper, means: str, on: date, actor: User) -> None:
    paper.served_by, paper.served_on, paper.service_noted_by = means, on, actor

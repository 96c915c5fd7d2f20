"""A small county in which every kind of record exists twice: at school A1 (area A) and at B1 (area B).

Built through the workflows, as life would. Every text of a side carries its ``CANARY``: whoever belongs to
one side must never read the other's word.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.http import QueryDict

from inspections import ledger, proofs
from inspections.check_sheet import ItemAnswer
from inspections.exports.lists import UNITS
from inspections.imports.people.columns import SHEET as PEOPLE
from inspections.models import (
    BulkRun,
    Bulletin,
    Complaint,
    ComplaintErasure,
    DeclaredRelative,
    Device,
    Disclosure,
    Evidence,
    Experience,
    Export,
    FieldConflict,
    Handover,
    Import,
    LedgerView,
    ModelCase,
    Paper,
    Pattern,
    Printout,
    Problem,
    Question,
    Recheck,
    RecheckDraw,
    RectificationTask,
    ReportBatch,
    ReturnTemplate,
    Round,
    Sanction,
    SelfCheck,
    Suggestion,
    SupervisionReport,
    Survey,
    SyncOperation,
    UnitInquiry,
    UpwardReturn,
    Visit,
    VisitBatch,
    VisitDraw,
)
from inspections.workflows import (
    attainment,
    bulk,
    bulletins,
    close_forms,
    devices,
    draws,
    exports,
    extensions,
    goals,
    handovers,
    inquiries,
    inspectors,
    ledger_views,
    objections,
    papers,
    parking,
    printouts,
    problems,
    questions,
    rectification,
    report,
    report_batch,
    returns,
    self_check,
    suggestions,
    superior,
    surveys,
    sync,
    transfers,
    visit_findings,
    visit_preparing,
    visits,
)
from inspections.workflows.problems import PlannedMeasure
from shuangjian import clock
from shuangjian.accounts import channels, grants
from shuangjian.accounts.models import GrantRequest, Organisation, User
from shuangjian.accounts.roles import Role
from shuangjian.files import resumable
from shuangjian.files import services as files
from shuangjian.files.models import ResumableUpload, StoredFile
from shuangjian.journal.models import DeliveryChannel, Job
from shuangjian.policy.models import CheckItem, Duty, Term
from shuangjian.policy.workflows import duties, local_rules, phases
from shuangjian.registers.models import Doubt
from tests.cast import Cast, assemble
from tests.files.samples import pdf, picture
from tests.inspections.checking import check_of, draft, fill, publish
from tests.inspections.complaining import complaint_in
from tests.inspections.drawing import announced
from tests.inspections.importing import raw, school, uploaded
from tests.inspections.modelling import disclosure_in, experience_in, model_in
from tests.inspections.papering import issued, notice
from tests.inspections.returning import in_use, keyed_in, sent
from tests.inspections.returning import uploaded as table_uploaded
from tests.inspections.sanctioning import appealed, bring_to, instructed
from tests.inspections.surveying import drafted
from tests.poured import Poured, load_policy
from tests.registers.filling import state as state_register
from tests.tutoring.leads import lead_in
from tutoring.models import Lead

MORNING = datetime(2026, 11, 16, 9, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
CANARY = {"a": "紫杉甲七一", "b": "青檀乙八二"}
PLAN = {"plan_name": "2026年督导计划", "approval_no": "云教督〔2026〕3号"}


@dataclass
class Side:
    """What exists at one unit."""

    key: str
    unit: Organisation
    clerk: User
    head: User
    inspector: User
    checks: dict[str, SelfCheck] = field(default_factory=dict)
    problems: dict[str, Problem] = field(default_factory=dict)
    visits: dict[str, Visit] = field(default_factory=dict)
    reports: dict[str, SupervisionReport] = field(default_factory=dict)
    bulletins: dict[str, Bulletin] = field(default_factory=dict)
    leads: dict[str, Lead] = field(default_factory=dict)
    complaints: dict[str, Complaint] = field(default_factory=dict)
    inquiry: UnitInquiry | None = None
    doubts: dict[str, Doubt] = field(default_factory=dict)
    duties: dict[str, Duty] = field(default_factory=dict)
    models: dict[str, ModelCase] = field(default_factory=dict)
    disclosures: dict[str, Disclosure] = field(default_factory=dict)
    sanctions: dict[str, Sanction] = field(default_factory=dict)
    papers: dict[str, Paper] = field(default_factory=dict)
    file: StoredFile | None = None
    upload: ResumableUpload | None = None
    job: Job | None = None
    bulk: BulkRun | None = None
    ledger_view: LedgerView | None = None
    printout: Printout | None = None
    suggestion: Suggestion | None = None
    question: Question | None = None
    handover: Handover | None = None
    recheck: Recheck | None = None
    relative: DeclaredRelative | None = None
    device: Device | None = None
    conflict: FieldConflict | None = None
    refused: SyncOperation | None = None

    @property
    def canary(self) -> str:
        return CANARY[self.key]

    def task(self, state: str) -> RectificationTask:
        return self.problems[state].tasks.get()


@dataclass
class World:
    """The cast, both sides, and what belongs to no unit."""

    cast: Cast
    term: Term
    a: Side
    b: Side
    rounds: dict[str, Round]
    imported: Import | None = None
    people_imported: Import | None = None
    exported: Export | None = None
    grant: GrantRequest | None = None
    draw: RecheckDraw | None = None
    draws: dict[str, VisitDraw] = field(default_factory=dict)
    returns: dict[str, UpwardReturn] = field(default_factory=dict)
    tables: dict[str, ReturnTemplate] = field(default_factory=dict)
    visit_batch: VisitBatch | None = None
    channel: DeliveryChannel | None = None
    batch: ReportBatch | None = None
    pattern: Pattern | None = None
    experiences: dict[str, Experience] = field(default_factory=dict)
    local: dict[str, Any] = field(default_factory=dict)
    surveys: dict[str, Survey] = field(default_factory=dict)
    erasure: ComplaintErasure | None = None

    def side(self, key: str) -> Side:
        return self.a if key == "a" else self.b


def _build() -> World:
    with clock.at(MORNING):
        cast = assemble()
        load_policy()
        term = Term.objects.get(code="2026-autumn")
        a = Side("a", cast.units["a1"], cast.clerk_a1, cast.head_a1, cast.inspector_a)  # type: ignore[arg-type]
        b = Side("b", cast.units["b1"], cast.clerk_b1, cast.head_b1, cast.inspector_b)  # type: ignore[arg-type]
        world = World(cast, term, a, b, rounds={})
        _checks(world)
        world.imported = uploaded(cast.task_force, school())  # type: ignore[arg-type]
        people = raw(PEOPLE, {"name": "周琳", "code": a.unit.code, "role": "学校管理员"})
        world.people_imported = uploaded(cast.system_admin, people, what="people")  # type: ignore[arg-type]
        world.exported = exports.order(
            listing=UNITS, query=QueryDict(""), format="xlsx", actor=cast.supervision
        )  # type: ignore[arg-type]
        world.grant = _grant(cast)
        address = "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=for-the-tests-alone"
        world.channel = channels.create(
            actor=cast.system_admin, kind="wecom", name="双减专班群", address=address
        )  # type: ignore[arg-type]
        phases.sweep()
        for side in (a, b):
            _problems(world, side)
            _visits(world, side)
            _phone(side)
            _reports(world, side)
            _bulletins(world, side)
            _leads(world, side)
            _models(world, side)
            _complaints(world, side)
            _disclosures(world, side)
            _sanctions(world, side)
            _papers(world, side)
            side.upload = _upload(side)
            side.bulk = _selection(world, side)
            side.ledger_view = _view(world, side)
            side.printout = printouts.order(
                kind="check", actor=side.clerk, parameters={"unit": side.unit.code}
            )
            _duties(world, side)
            _registers(side)
            side.suggestion = suggestions.make(actor=side.clerk, text=f"{side.canary}意见")
            side.question = questions.ask(
                item=CheckItem.objects.get(code="R01-1"), actor=side.clerk, text=f"{side.canary}疑问"
            )
            side.handover = handovers.open_handover(
                post=side.clerk.memberships.get(),
                actor=side.clerk,
                taker=side.head,
                last_on=clock.today(),
                words=f"{side.canary}钥匙",
            )
        world.erasure = ComplaintErasure.objects.create(
            no="2026-E0001",
            ended_before=date(2024, 11, 16),
            asked_by=cast.task_force,
            asked_at=clock.now(),
        )
        world.batch = report_batch.order(term=term, actor=cast.supervision)  # type: ignore[arg-type]
        world.draw = RecheckDraw.objects.create(
            kind=RecheckDraw.Kind.LOOK_BACK,
            month=date(2026, 10, 1),
            share=20,
            seed="0" * 32,
            made_at=clock.now(),
        )
        _draws(world)
        for state in ("draft", "published", "recalled"):
            world.experiences[state] = experience_in(state, world.cast, a_picture(a, cast.task_force))
        _local(world)
        _surveys(world)
        _returns(world)
        world.pattern = Pattern.objects.create(
            no="2026-P0001",
            kind=Pattern.Kind.RISING,
            key="rising",
            term=term,
            fact="近30天有3件疑点",
            ground="近30天不少于3件",
            raised_at=clock.now(),
        )
        goals.freeze(Term.objects.get(code="2026-spring"))
        goals.count(term)
        attainment.sweep()
        return world


def _local(world: World) -> None:
    """A rule and an item that the county is about to add; one unit of no side that it leaves out."""
    force: Any = world.cast.task_force
    rule = local_rules.add_rule(
        actor=force,
        group="school",
        title="课间十五分钟",
        requirement="课间不少于十五分钟",
        source_text="本县办法",
    )
    item = local_rules.add_item(actor=force, rule_code=rule.code, text="课间不拖堂", evidence="看课表")
    left_out = local_rules.exempt(
        organisation=world.cast.units["a2"],
        code="R01",
        reason="另有安排",
        document_no="云教〔2026〕1号",
        actor=force,
    )
    world.local = {"local_rule": rule, "local_item": item, "exemption": left_out}


def _surveys(world: World) -> None:
    """The parents' window of the term, open, with a code for each school; a draft for the next term."""
    opened = drafted(world.cast, world.term)
    world.surveys["open"] = surveys.open_window(survey_id=opened.pk, actor=world.cast.task_force)  # type: ignore[arg-type]
    spring = Term.objects.get(code="2027-spring")
    world.surveys["draft"] = drafted(world.cast, spring, opens_on=date(2027, 4, 12))


def _draws(world: World) -> None:
    """One that is announced and one that is drawn, of both sides' units; an empty go of planning."""
    for state in ("announced", "drawn"):
        with clock.at(MORNING - timedelta(hours=2)):
            row = announced(world.cast, draws_at=MORNING - timedelta(hours=1))
        if state == "drawn":
            row = draws.draw(
                draw_id=row.pk, actor=world.cast.supervision, version=None, seed="03 11 19", witness="见证人"
            )
        world.draws[state] = row
    world.visit_batch = VisitBatch.objects.create(kind="random", made_by=world.cast.supervision)


def _returns(world: World) -> None:
    """A table in use with a return in each state and a correction, another still to be bound."""
    people: Any = world.cast
    world.tables["draft"] = table_uploaded(world.cast, code="市双减2表")
    world.tables["in_use"] = in_use(world.cast, starts_on=date(2026, 6, 1))
    rows = list(UpwardReturn.objects.order_by("period_first"))
    world.returns["sent"] = sent(world.cast, rows[0])
    for state, row in zip(("filling", "review", "approval"), rows[1:], strict=False):
        world.returns[state] = keyed_in(world.cast, row, 3)
        if state != "filling":
            returns.submit(return_id=row.pk, actor=people.task_force, version=None)
        if state == "approval":
            returns.check(return_id=row.pk, actor=people.supervision, version=None)
    world.returns["correction"] = returns.correct(
        return_id=rows[0].pk, actor=people.task_force, version=None, reason="漏报一件"
    )


def _grant(cast: Cast) -> GrantRequest:
    """A role that the system administrator asked for and nobody has confirmed."""
    return grants.ask(
        user_id=cast.stranger.pk,
        actor=cast.system_admin,  # type: ignore[arg-type]
        version=None,
        role=Role.OFFICE_STAFF,
        organisation=cast.office,  # type: ignore[arg-type]
        title="",
        from_on=clock.today(),
    )


def a_picture(side: Side, by: User) -> StoredFile:
    upload = SimpleUploadedFile(f"{side.canary}.jpg", picture(), "image/jpeg")
    return files.receive(upload=upload, uploader=by)


def _upload(side: Side) -> ResumableUpload:
    """A photo that the inspector's phone has begun to send."""
    return resumable.begin(
        uploader=side.inspector,
        purpose="visit-photo",
        target=f"{side.visits['ongoing'].no}/{visits.checklist(side.visits['ongoing'])[0].code}",
        name=f"{side.canary}.jpg",
        length=1000,
        sha256=side.key * 64,
    )


# --- Self-checks --------------------------------------------------------------


def _checks(world: World) -> None:
    """A round whose checks were handed in, one that is being filled in, and a draft."""
    cast, term = world.cast, world.term
    world.rounds["done"] = publish(cast, term, title="第一次自查")
    for side in (world.a, world.b):
        check = check_of(side.unit)
        short = ItemAnswer(
            value="partly",
            problem_text=f"{side.canary}个别班级超时",
            measure_text=f"{side.canary}年级统筹",
            person=f"{side.canary}老师",
            fix_on=date(2026, 12, 1),
        )
        fill(check, side.clerk, R02_1=short)
        self_check.confirm(check_id=check.pk, actor=side.head)
        side.checks["submitted"] = check
        side.problems["light"] = Problem.objects.get(organisation=side.unit, origin="self_check")
    world.rounds["open"] = publish(cast, term, title="第二次自查")
    for side in (world.a, world.b):
        check = check_of(side.unit)
        self_check.save_rule(
            check_id=check.pk,
            rule_number=2,
            actor=side.clerk,
            version=None,
            answers={"R02-1": ItemAnswer(value="partly", problem_text=f"{side.canary}正在填写")},
            as_draft=True,
        )
        self_check.attach_evidence(
            check_id=check.pk, item_code="R02-1", actor=side.clerk, files=[a_picture(side, side.clerk)]
        )
        side.checks["filling"] = check
    world.rounds["draft"] = draft(cast, term, title="还没发布的自查")


# --- Problems -----------------------------------------------------------------
STATES = ("planning", "plan_review", "rectifying", "verifying", "verified", "closed")


def _problems(world: World, side: Side) -> None:
    """One problem in each state, found by the county's inspection."""
    for state in STATES:
        problem = register(world, side, f"{side.canary}发现情况{state}")
        side.problems[state] = problem
        _bring_to(world, side, problem, state)
    asked = register(world, side, f"{side.canary}发现情况asked")
    side.problems["asked"] = asked
    _bring_to(world, side, asked, "rectifying")
    extensions.ask(
        task_id=asked.tasks.get().pk,
        actor=side.head,
        version=None,
        to_on=clock.today() + timedelta(days=40),
        ground="works",
        words=f"{side.canary}工程未验收",
    )
    for name in ("acknowledged", "objected", "parked", "transferred", "superior"):
        _leave_the_way(world, side, name)
    closed = side.problems["closed"].tasks.get()
    side.recheck = Recheck.objects.create(
        task=closed,
        kind=RecheckDraw.Kind.LOOK_BACK,
        due_on=clock.today() + timedelta(days=60),
        created_at=clock.now(),
    )


def _leave_the_way(world: World, side: Side, name: str) -> None:
    """A case that was objected to, rests, or was handed down. Side A's goes to the cast's department."""
    changed: dict[str, Any] = {}
    if name == "superior":
        changed = {"origin": Problem.Origin.SUPERIOR, "superior_no": f"{side.canary}交办1号"}
    problem = side.problems[name] = register(world, side, f"{side.canary}发现情况{name}", **changed)
    office: Any = world.cast.task_force
    common: dict[str, Any] = {"task_id": problem.tasks.get().pk, "version": None}
    match name:
        case "acknowledged" | "objected":
            rectification.acknowledge(actor=side.clerk, **common)
            if name == "objected":
                objections.object_to(actor=side.head, words=f"{side.canary}异议", **common)
        case "parked":
            _bring_to(world, side, problem, "rectifying")
            day = clock.today() + timedelta(days=60)
            parking.park(actor=office, words=f"{side.canary}挂账", review_on=day, **common)
        case "transferred":
            own = world.cast.units["department"]
            transfers.send(
                actor=office,
                department=own if side.key == "a" else _other_department(),
                letter_no=f"云教函〔2026〕{side.key}1号",
                words=f"{side.canary}移交",
                report_by=clock.today() + timedelta(days=20),
                **common,
            )
        case "superior":
            _bring_to(world, side, problem, "verified")
            superior.ask(actor=office, document_no=f"云教督〔2026〕{side.key}1号", **common)


def _other_department() -> Organisation:
    return Organisation.objects.create(kind=Organisation.Kind.OFFICE, code="YX-B02", name="县文化和旅游局")


def register(world: World, side: Side, fact: str, **changed: Any) -> Problem:
    """A problem of the county's inspection at the side's unit."""
    item = CheckItem.objects.filter(rule__number=2).order_by("ordinal")[0]
    fields: dict[str, Any] = {
        "organisation": side.unit,
        "rule": item.rule,
        "item": item,
        "fact": fact,
        "origin": Problem.Origin.COUNTY_INSPECTION,
        "found_by": world.cast.supervision,
        "due_on": clock.today() + timedelta(days=30),
        "term": world.term,
    }
    return problems.register(**(fields | changed))


def _bring_to(world: World, side: Side, problem: Problem, state: str) -> None:
    pk = problem.tasks.get().pk
    common: dict[str, Any] = {"task_id": pk, "version": None}
    wanted = STATES.index(state)
    if wanted >= 1:
        measure = PlannedMeasure(
            text=f"{side.canary}措施", person=f"{side.canary}责任人", due_on=clock.today() + timedelta(days=9)
        )
        rectification.submit_plan(actor=side.clerk, measures=[measure], **common)
    if wanted >= 2:
        rectification.approve_plan(actor=world.cast.task_force, words=f"{side.canary}同意", **common)
    if wanted >= 2:
        side.file = a_picture(side, side.clerk)
        rectification.add_evidence(
            actor=side.clerk, files=[side.file], note=f"{side.canary}佐证", requirement=None, **common
        )
        task = RectificationTask.objects.get(pk=pk)
        for need in proofs.missing_proof(task):
            rectification.add_evidence(
                actor=side.clerk, note=f"{side.canary}佐证", requirement=need, files=[side.file], **common
            )
    if wanted >= 3:
        for measure in RectificationTask.objects.get(pk=pk).plan:
            rectification.finish_measure(
                actor=side.clerk, measure_id=measure.pk, note=f"{side.canary}完成", **common
            )
        rectification.apply(actor=side.clerk, statement=f"{side.canary}已整改", **common)
    if wanted >= 4:
        rectification.verify(
            actor=world.cast.supervision, method="on_paper", words=f"{side.canary}核查", **common
        )
    if wanted >= 5:
        rectification.close(actor=world.cast.task_force, words=f"{side.canary}销号", **common)


def _selection(world: World, side: Side) -> BulkRun:
    """The task force ordered a reminder for the side's problems and waits for its result."""
    office: Any = world.cast.task_force
    book = ledger.read(office, QueryDict(f"q={side.unit.name}&tab=all&select=all"))
    return bulk.order(kind="remind", actor=office, book=book, arguments={"words": f"{side.canary}附言"})


def _view(world: World, side: Side) -> LedgerView:
    """The supervision office shares a view of the side's problems."""
    office: Any = world.cast.supervision
    book = ledger.read(office, QueryDict(f"q={side.unit.name}&tab=all"))
    return ledger_views.save(actor=office, book=book, name=f"{side.canary}视图", is_shared=True)


# --- Visits -------------------------------------------------------------------


def _visits(world: World, side: Side) -> None:
    """Planned, under way, being summed up, confirmed. The team's inspector joins one at A1."""
    team = [world.cast.team_inspector] if side.key == "a" else []
    for state in ("planned", "confirmed", "summing_up", "ongoing"):
        is_joint = bool(team) and state == "ongoing"
        visit = visits.plan(
            organisation=side.unit,
            kind="county_check" if is_joint else "regular",
            planned_on=clock.today(),
            inspectors=[side.inspector, *team] if is_joint else [side.inspector],
            actor=world.cast.supervision,
            **PLAN,
        )
        side.visits[state] = visit
        if state == "planned":
            _prepare(world, side, visit)
            continue
        common: dict[str, Any] = {"visit_id": visit.pk, "actor": side.inspector, "version": None}
        visits.start(**common)
        item = visits.checklist(visit)[0]
        visit_findings.save_finding(
            item=item,
            value="problem",
            text=f"{side.canary}现场看到",
            due_days=15,
            photos=[a_picture(side, side.inspector)] if state == "ongoing" else [],
            **common,
        )
        if state == "ongoing":
            continue
        visits.end(summary=f"{side.canary}现场意见", **common)
        if state == "confirmed":
            visits.confirm(
                unit_person=f"{side.canary}校长",
                unit_person_post="校长",
                unit_remark=f"{side.canary}说明",
                **common,
            )


def _phone(side: Side) -> None:
    """The inspector's phone: it says something else of an item, and something of a visit that is over."""
    device = devices.register(user=side.inspector, device_id=uuid4(), name=f"{side.canary}手机").device
    under_way, over = side.visits["ongoing"], side.visits["confirmed"]
    code = under_way.findings.order_by("pk")[0].item.code
    fields = {"text": {"old": "", "new": f"{side.canary}手机上写的"}}
    common = {"kind": "finding", "item": code, "fields": fields, "at": clock.now().isoformat()}
    came = [{"seq": seq, "visit": visit.no, **common} for seq, visit in enumerate((under_way, over), start=1)]
    sync.receive(device=device, operations=came)
    side.device = device
    side.conflict = FieldConflict.objects.get(visit=under_way)
    side.refused = device.operations.get(status=SyncOperation.Status.REFUSED)


def _prepare(world: World, side: Side, visit: Visit) -> None:
    """A note and a paper of the visit, and what its inspector states of himself."""
    office: Any = world.cast.supervision
    visit_preparing.add_note(visit_id=visit.pk, actor=office, text=f"{side.canary}要查的事")
    visit_preparing.add_document(
        visit_id=visit.pk,
        actor=office,
        kind="other",
        number=f"{side.canary}文号",
        stored_file=a_picture(side, office),
    )
    inspectors.save_card(
        actor=side.inspector, kind="supervisor", number=f"{side.canary}证号", valid_until=None
    )
    side.relative = inspectors.declare_relative(
        actor=side.inspector, organisation=world.cast.units["a2"], relation="sibling"
    )


# --- Bulletins ----------------------------------------------------------------


def _bulletins(world: World, side: Side) -> None:
    """One that was published to the side's unit alone, and a draft to it."""
    for state in ("published", "draft"):
        row = bulletins.draft(
            actor=world.cast.task_force,
            title=f"{side.canary}通知",
            body=f"{side.canary}正文",
            unit_kinds=[],
            units=[side.unit],
            files=[a_picture(side, world.cast.task_force)],
        )
        if state == "published":
            row = bulletins.publish(bulletin_id=row.pk, actor=world.cast.task_force, version=None)
        side.bulletins[state] = row


# --- Leads --------------------------------------------------------------------


def _leads(world: World, side: Side) -> None:
    """One in each state. Those with the department say no word of the side's own: the partner reads both."""
    area = world.cast.units[f"area_{side.key}"]
    for state in Lead.State.values:
        words = "" if state in ("handed_over", "closed") else side.canary
        side.leads[state] = lead_in(world.cast, state, area=area, noticed=f"{words}门口贴着课程表")


# --- Model cases --------------------------------------------------------------


def _models(world: World, side: Side) -> None:
    """One in each state; what the public reads says no word of the side's own."""
    for state in ("draft", "submitted", "reading", "notice", "published", "withdrawn"):
        words = "" if state in ("notice", "published", "withdrawn") else side.canary
        case = model_in(state, unit=side.unit, by=side.clerk, leader=world.cast.leader, words=words)
        case.evidence.create(stored_file=a_picture(side, side.clerk), added_at=clock.now(), is_public=True)
        side.models[state] = case


# --- 举报和反映 ---------------------------------------------------------------


def _complaints(world: World, side: Side) -> None:
    """One in each state from which somebody moves it on, with a contact; and a unit asked for facts."""
    said = {"organisation": side.unit, "words": f"{side.canary}作业多", "phone": "13912345678"}
    for state in ("received", "accepted", "paused", "answered", "referred"):
        side.complaints[state] = complaint_in(world.cast, state, **said)
    side.inquiry = inquiries.ask(
        actor=world.cast.task_force,  # type: ignore[arg-type]
        organisation=side.unit,
        words=f"{side.canary}请核实作业时间",
        due_on=clock.today() + timedelta(days=5),
    )


def _disclosures(world: World, side: Side) -> None:
    """What is proposed of the side's unit, what is public of it, what came down."""
    for state in ("proposed", "published", "taken_down"):
        words = side.canary if state == "proposed" else ""
        side.disclosures[state] = disclosure_in(state, world.cast, side.unit, words)


# --- Accountability -----------------------------------------------------------


def _sanctions(world: World, side: Side) -> None:
    """A talk in each state, and one that the unit appealed against."""
    words = side.canary
    for state in ("instructed", "notified", "handled", "closed", "appealed"):
        row = instructed(world.cast, side.unit, facts=f"{words}事实", instruction=f"{words}批示")
        reached = "notified" if state == "appealed" else state
        row = bring_to(
            world.cast, row, reached, words=f"{words}记录", number=f"云教约〔2026〕{side.key}{state}号"
        )
        if state == "appealed":
            row = appealed(world.cast, row, actor=side.head, words=f"{words}请复核")
        side.sanctions[state] = row


# --- Duties of the plan -------------------------------------------------------


def _duties(world: World, side: Side) -> None:
    """Studying: locked. Publicity: reopened and filed, with a picture. The county's own, to be marked."""
    own = Duty.objects.filter(organisation=side.unit).order_by("obligation__code")
    side.duties["locked"] = own.get(obligation__code="P1-1b")
    publicity = own.get(obligation__code="P1-2b")
    duties.reopen(
        duty_id=publicity.pk,
        actor=world.cast.task_force,
        version=None,
        until=clock.today() + timedelta(days=30),
        reason=f"{side.canary}补报",
    )
    duties.file(
        duty_id=publicity.pk,
        actor=side.clerk,
        version=None,
        filing=duties.Filing(
            form="班会", held_on=date(2026, 9, 20), people_count=300, words=f"{side.canary}主题班会"
        ),
        proof=a_picture(side, side.clerk),
    )
    side.duties["filed"] = publicity
    county = Duty.objects.get(obligation__code="P1-2d")
    if county.reopened_until is None:
        until = clock.today() + timedelta(days=30)
        duties.reopen(
            duty_id=county.pk, actor=world.cast.task_force, version=None, until=until, reason="迟报"
        )
    side.duties["county"] = county


# --- Registers ------------------------------------------------------------------


def _registers(side: Side) -> None:
    """A club with the side's word in its name, and a fact beyond its limit with the side's explanation."""
    club = {"name": f"{side.canary}社团", "kind": "art", "times": "3", "pupils": "20"}
    state_register(side.unit, "clubs", side.clerk, {"r1": club})
    said = {"minutes": "45", "break_minutes": "30", "after_minutes": "15", "kept_in": False}
    state_register(side.unit, "sport", side.clerk, {"unit": said}, f"{side.canary}操场翻修")
    side.doubts["open"] = Doubt.objects.get(organisation=side.unit)


# --- Reports ------------------------------------------------------------------


def _reports(world: World, side: Side) -> None:
    """A unit report that is issued, its correction as a draft, and the job of a draft PDF."""
    office, leader = world.cast.supervision, world.cast.leader
    issued = report.draft(kind="unit", term=world.term, organisation=side.unit, actor=office)  # type: ignore[arg-type]
    texts = {key: f"{side.canary}{key}" for key in issued.sections} or {"opinion": side.canary}
    from inspections.reports import rendering

    texts |= {key: f"{side.canary}{title}" for key, title in rendering.required_sections("unit")}
    common: dict[str, Any] = {"row_id": issued.pk, "version": None}
    report.SIGNING.save(actor=office, sections=texts, **common)
    report.SIGNING.submit(actor=office, **common)
    report.SIGNING.sign(actor=leader, **common)
    final = files.store_generated(data=pdf(), name=f"{side.canary}.pdf")
    side.reports["issued"] = report.SIGNING.complete_issue(
        row_id=issued.pk, file=final, template_version="test"
    )
    side.reports["draft"] = report.correct(report_id=issued.pk, actor=office, version=None)
    side.job = report.SIGNING.order_draft_pdf(row_id=side.reports["draft"].pk, actor=office)  # type: ignore[arg-type]


def _papers(world: World, side: Side) -> None:
    """A notice before it is signed, and one that went out to the unit."""
    for name, state in (("draft", "planning"), ("issued", "plan_review")):
        row = notice(world.cast, side.unit, [side.task(state)])
        texts = {"demand": f"{side.canary}要求"}
        papers.SIGNING.save(row_id=row.pk, actor=world.cast.supervision, version=None, sections=texts)  # type: ignore[arg-type]
        if name == "issued":
            row = issued(world.cast, row, file_name=f"{side.canary}.pdf")
        side.papers[name] = row
    close_forms.order(task_id=side.task("closed").pk, actor=world.cast.task_force)  # type: ignore[arg-type]


build = Poured(
    _build, "accounts", "files", "policy", "registers", "schools", "tutoring", "inspections", "journal"
)
"""The whole world at ``MORNING`` in the current database; wants an empty one."""


def fingerprint() -> dict[str, str]:
    """A digest of every business table's content: the same after a request that was refused. One query."""
    digests = []
    for app in ("accounts", "files", "policy", "registers", "schools", "tutoring", "inspections", "journal"):
        for model in apps.get_app_config(app).get_models():
            if model._meta.label in ("journal.IdempotencyKey", "accounts.RateCount"):
                continue  # that a form was answered, or an address came, is no business of any unit
            label, table, pk = model._meta.label, model._meta.db_table, model._meta.pk.column
            rows = f"md5(coalesce(string_agg(t::text, ';' ORDER BY t.{pk}), ''))"
            digests.append(f"SELECT '{label}', {rows} FROM {table} t")
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(digests))
        return dict(cursor.fetchall())


__all__ = ["CANARY", "MORNING", "Evidence", "Side", "World", "build", "fingerprint", "register"]

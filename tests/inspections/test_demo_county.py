"""The demo county at its dozen units: every page has something to show, told by the portal's own moves."""

from __future__ import annotations

import csv
import json
import re
import stat
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.core.management.color import no_style
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, transaction
from django.test import Client, override_settings

from inspections import visit_kinds
from inspections.demo import build, registers
from inspections.goals import measures
from inspections.models import (
    Attainment,
    CloseAuthority,
    Evidence,
    FindingPhoto,
    GoalFigure,
    GoalSnapshot,
    Paper,
    Printout,
    Problem,
    RectificationTask,
    ReturnNote,
    Round,
    SelfCheck,
    SupervisionReport,
    UpwardReturn,
    Visit,
    VisitDraw,
)
from inspections.workflows import draws
from shuangjian import clock
from shuangjian.accounts import trail_words
from shuangjian.accounts.models import Organisation, User
from shuangjian.accounts.roles import Role
from shuangjian.files import services as files
from shuangjian.journal import audit
from shuangjian.journal.models import AuditEntry, DemoClock, Notification
from shuangjian.policy.models import Rulebook
from shuangjian.policy.workflows import loading
from shuangjian.registers.models import Doubt, Entry
from tutoring.models import Lead, LeadStep

DATE = date(2026, 11, 16)
# What is random by nature, or says when the machine (not the county) did something.
RANDOM = {"password", "hash", "prev_hash", "note_digest", "salt", "sealed", "shift_seconds", "last_login"}
MACHINE_TIME = {"journal.Job": {"due_at", "lease_until"}}


@pytest.fixture(scope="module")
def var(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("var")


@pytest.fixture(scope="module")
def county(django_db_setup: None, django_db_blocker: Any, var: Path) -> Iterator[dict[str, Any]]:
    """The county of one installation, and the rows of an equal one that was rolled back before it.

    Built once for the module, in a transaction that never ends well.
    """
    with (
        django_db_blocker.unblock(),
        override_settings(DEMO_MODE=True, VAR_DIR=str(var)),
        transaction.atomic(),
    ):
        clock.forget()
        if not Rulebook.objects.exists():
            loading.load(start_year=2026)
        begin_numbers_again()  # other tests may have used this database
        with transaction.atomic():
            build.build(DATE, is_whole=False)
            first = rows()
            transaction.set_rollback(True)
        begin_numbers_again()
        counts = build.build(DATE, is_whole=False)
        yield {"first": first, "counts": counts}
        transaction.set_rollback(True)
    clock.forget()


@pytest.fixture
def db_with_county(county: dict[str, Any], db: None) -> Iterator[dict[str, Any]]:
    clock.forget()
    yield county


pytestmark = pytest.mark.usefixtures("db_with_county")


def rows() -> dict[str, list[str]]:
    """Everything in the database by model, but for what is random."""
    kept = {}
    for model in apps.get_models():
        label = model._meta.label
        left_out = RANDOM | MACHINE_TIME.get(label, set())
        names = [one.attname for one in model._meta.concrete_fields if one.attname not in left_out]
        kept[label] = [
            json.dumps(row, cls=DjangoJSONEncoder, ensure_ascii=False)
            for row in model._default_manager.order_by("pk").values_list(*names)
        ]
    return kept


def begin_numbers_again() -> None:
    """Set the sequences back to what an equal new database has."""
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), apps.get_models()):
            cursor.execute(statement)


def accounts(var: Path) -> list[dict[str, str]]:
    with (var / "demo-accounts.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


# --- The same date, the same rows ---------------------------------------------
def test_two_installations_of_one_date_have_the_same_rows(county: dict[str, Any]) -> None:
    second = rows()
    assert second.keys() == county["first"].keys()
    for label, first in county["first"].items():
        assert second[label] == first, label


def test_it_is_the_morning_of_the_given_date() -> None:
    assert DemoClock.objects.get().as_of == DATE
    with override_settings(DEMO_MODE=True):
        now = clock.now()
    assert now.date() == DATE
    assert (now.hour, now.minute // 10) == (9, 3)


def test_nothing_is_dated_after_the_county() -> None:
    opens = clock.now() if clock.today() == DATE else DemoClock.objects.get()
    assert opens is not None
    end = f"{DATE + timedelta(days=1)}T00:00+08:00"
    for model, name in (
        (AuditEntry, "at"),
        (Notification, "created_at"),
        (Problem, "registered_at"),
        (Visit, "created_at"),
        (SupervisionReport, "created_at"),
        (Round, "created_at"),
        (User, "created_at"),
        (Lead, "created_at"),
        (LeadStep, "at"),
    ):
        assert not model.objects.filter(**{f"{name}__gte": end}).exists(), model


# --- What it refuses ----------------------------------------------------------
@override_settings(DEMO_MODE=True)
def test_it_refuses_a_database_that_has_people(var: Path) -> None:
    before = (var / "demo-accounts.csv").read_bytes()
    with override_settings(VAR_DIR=str(var)), pytest.raises(CommandError, match="已有人员"):
        call_command("demo_county")
    assert (var / "demo-accounts.csv").read_bytes() == before


@override_settings(DEMO_MODE=False)
def test_it_refuses_outside_demo_mode() -> None:
    with pytest.raises(CommandError, match="演示模式"):
        call_command("demo_county")


# --- Something of everything --------------------------------------------------
def test_every_state_of_every_noun_exists() -> None:
    def missing(model: Any, states: Any, column: str = "state") -> set[str]:
        return set(states.values) - set(model.objects.values_list(column, flat=True))

    # What leaves its straight way is told in the width of the county alone (test_whole_county).
    rare = {"parked", "past", "superior", "transferred", "withdrawn"}
    assert missing(RectificationTask, RectificationTask.State) == rare
    assert not missing(Visit, Visit.State)
    assert not missing(Visit, Visit.Kind, "kind")
    assert not missing(Problem, Problem.Severity, "severity")
    assert missing(SelfCheck, SelfCheck.State) <= {SelfCheck.State.ENDED}
    states = set(SupervisionReport.objects.values_list("kind", "state"))
    assert {("county", "issued"), ("county", "review"), ("unit", "issued"), ("unit", "draft")} <= states
    assert missing(Paper, Paper.State) == {"issuing", "corrected"}  # a moment, and never a paper's
    assert not missing(Paper, Paper.Kind, "kind")
    assert missing(UpwardReturn, UpwardReturn.State) == {
        "review",
        "approval",
        "discarded",
    }  # each soon moves on
    assert missing(Paper, Paper.Means, "served_by") == {"left", "post"}


@override_settings(DEMO_MODE=True)
def test_there_is_something_late_of_each_kind() -> None:
    assert SelfCheck.objects.overdue().exists()
    assert (
        RectificationTask.objects.overdue()
        .filter(state="rectifying", overdue_noted_on__isnull=False)
        .exists()
    )
    assert RectificationTask.objects.filter(state="planning", plan_due_on__lt=DATE).exists()
    late = SelfCheck.objects.filter(state="submitted", submitted_at__date__gt="2026-11-10")
    assert any(check.submitted_at.date() > check.due_on for check in late)


def test_a_red_line_waits_for_the_leader_and_an_ordinary_problem_for_the_task_force() -> None:
    waiting = Problem.objects.filter(tasks__state="verified")
    assert {one.severity for one in waiting} >= {"critical", "ordinary"}


def test_the_light_track_is_open_and_closed() -> None:
    light = RectificationTask.objects.filter(problem__light_track=True)
    assert set(light.values_list("state", flat=True)) == {"rectifying", "closed"}


def test_a_returned_check_has_words_on_named_rules() -> None:
    check = SelfCheck.objects.get(state="returned")
    assert set(check.return_notes.values_list("rule__number", flat=True)) == {4, 6}
    assert ReturnNote.objects.exclude(words="").count() == 2


def test_one_school_was_merged_and_one_files_through_its_central_school() -> None:
    merged = Organisation.objects.get(status="merged")
    assert merged.successor is not None
    assert merged.problems.exists()
    point = Organisation.objects.get(name="石桥教学点")
    assert point.filer == merged.successor
    assert not User.objects.filter(memberships__organisation=point).exists()


@override_settings(DEMO_MODE=True)
def test_the_inspector_has_visits_for_today_and_one_under_way() -> None:
    mine = Visit.objects.filter(members__user__username="duxue1", planned_on=DATE)
    assert {"planned", "ongoing"} <= set(mine.values_list("state", flat=True))
    assert CloseAuthority.objects.filter(inspector__username="duxue1").exists()


def test_pictures_and_signed_reports_are_real_files() -> None:
    pictures = [row.stored_file for row in Evidence.objects.exclude(stored_file=None)]
    pictures += [row.stored_file for row in FindingPhoto.objects.all()]
    assert len(pictures) >= 5
    for picture in pictures:
        assert files.open_blob(picture).read(3) == b"\xff\xd8\xff"
    for signed in (
        *SupervisionReport.objects.filter(state="issued"),
        *Paper.objects.exclude(document_no=""),
    ):
        assert signed.final_file is not None
        assert signed.final_file.sha256 == signed.final_sha256
        assert files.open_blob(signed.final_file).read(5) == b"%PDF-"


def test_who_opens_his_printouts_finds_finished_ones() -> None:
    found = {
        (row.ordered_by.username, row.kind) for row in Printout.objects.filter(stored_file__isnull=False)
    }
    assert found >= {("lingdao", "brief"), ("zhuanban", "brief"), ("dudao", "visit"), ("dudao", "case")}


def test_no_two_documents_have_one_number() -> None:
    numbers = [
        number
        for model in (Paper, SupervisionReport)
        for number in model.objects.exclude(document_no="").values_list("document_no", flat=True)
    ]
    assert len(numbers) == len(set(numbers)) >= 6


def test_leads_wait_stand_with_a_department_and_are_done() -> None:
    """线索点: one to be checked, one with a department by its document, one closed, one ruled out."""
    found = {lead.state: lead for lead in Lead.objects.select_related("handed_to", "area", "township")}
    assert set(found) == {"pending", "handed_over", "closed", "ruled_out"}
    assert Lead.objects.count() == 4
    paper = found["handed_over"].steps.get(kind="handed_over")
    assert (paper.office.name, paper.document_no) == ("云溪县市场监督管理局", "云教函〔2026〕27号")
    assert found["closed"].steps.get(kind="replied").document_no == "云市监函〔2026〕42号"
    people = ("lianluo", "duxue1", "duxue2", "qiming")
    seen = {name: set(Lead.objects.visible_to(User.objects.get(username=name))) for name in people}
    assert seen["lianluo"] == {found["handed_over"], found["closed"]}
    assert seen["duxue1"] == {found["pending"], found["closed"]}
    assert seen["duxue2"] == {found["handed_over"], found["ruled_out"]}
    assert seen["qiming"] == set()


def test_draws_are_drawn_and_planned_announced_and_entered() -> None:
    """双随机: one with its visits planned, one that waits for its seed, one from elsewhere."""
    drawn, ahead, elsewhere = VisitDraw.objects.order_by("no")
    assert (drawn.state, ahead.state, elsewhere.is_elsewhere) == ("drawn", "announced", True)
    for row in (drawn, ahead):
        assert draws.replay(row).agrees
    assert drawn.visits.count() + drawn.joined.count() == 3
    check = Visit.objects.get(kind="enforcement")
    assert [gap.words for gap in visit_kinds.gaps(check) if gap.bars] == ["吴芳没有登记有效的行政执法证"]


# --- Told by the workflows ----------------------------------------------------
def test_the_audit_chain_holds() -> None:
    assert audit.verify_chain() == []


def test_the_auditor_reads_the_trail_in_chinese() -> None:
    """Every fact of every entry has a name, and no code of another table stands for its words."""
    entries = list(AuditEntry.objects.all())
    names = trail_words.Names.of(entries)
    said = {fact for entry in entries for fact in trail_words.changes(entry, names)}
    assert {field for field, _, _ in said if not re.search("[\u4e00-\u9fff]", field)} == set()
    codes = {value for _, *values in said for value in values if re.fullmatch("[a-z_]{3,}", value)}
    assert codes - {one.username for one in User.objects.all()} == set()


def test_the_trail_runs_forward_in_time() -> None:
    moments = list(AuditEntry.objects.order_by("seq").values_list("at", flat=True))
    assert moments == sorted(moments)


@pytest.mark.parametrize(
    "model", [Problem, RectificationTask, SelfCheck, Round, Visit, SupervisionReport, Lead, UpwardReturn]
)
def test_nothing_stands_without_an_entry_in_the_trail(model: Any) -> None:
    told = set(
        AuditEntry.objects.filter(subject_type=model._meta.label_lower).values_list("subject_id", flat=True)
    )
    # A task is registered with its problem, a check with its round: its own first entry is its first move.
    first_states = {"planning", "not_started"}
    for row in model.objects.all():
        is_first = getattr(row, "state", "") in first_states
        is_light = model is RectificationTask and row.problem.light_track
        assert str(row.pk) in told or is_first or is_light, row


def test_every_state_came_by_a_move_of_its_own() -> None:
    """The last state that the trail tells of a task is the one in which it stands."""
    for task in RectificationTask.objects.exclude(state="planning"):
        entries = AuditEntry.objects.filter(
            subject_type="inspections.rectificationtask", subject_id=str(task.pk), after__has_key="state"
        )
        last = entries.order_by("-seq").first()
        if last is None:
            assert task.problem.light_track, task  # its measure is its plan: it began in 整改中
        else:
            assert last.after["state"] == task.state, task


# --- The accounts -------------------------------------------------------------
def test_the_list_of_accounts_has_every_person_and_every_role(var: Path) -> None:
    printed = accounts(var)
    assert list(printed[0]) == ["role", "username", "password", "lands_on"]
    assert {one["username"] for one in printed} == set(User.objects.values_list("username", flat=True))
    assert set(User.objects.values_list("memberships__role", flat=True)) == set(Role.values)
    assert all(User.objects.values_list("is_demo", flat=True))


def test_only_its_owner_reads_the_list_of_accounts(var: Path) -> None:
    path = var / "demo-accounts.csv"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.read_bytes().startswith(b"role,username,password,lands_on"), "no mark before the first word"


@override_settings(DEMO_MODE=True)
def test_every_account_signs_in_and_lands_on_a_page(var: Path) -> None:
    for one in accounts(var):
        browser = Client()
        page = browser.get("/login/")
        answer = browser.post(
            "/login/",
            {"username": one["username"], "password": one["password"], "_key": key_of(page)},
            follow=True,
        )
        assert answer.status_code == 200, one
        assert answer.request["PATH_INFO"] == one["lands_on"], one
        assert browser.get(one["lands_on"]).status_code == 200, one


def key_of(page: Any) -> str:
    """The idempotency key of the form on a page, empty where it has none."""
    _, _, rest = page.content.decode().partition('name="_key" value="')
    return rest.partition('"')[0] if rest else ""


# --- Registers ------------------------------------------------------------------
def test_a_year_of_registers_with_every_planted_doubt_and_no_other(county: dict[str, Any]) -> None:
    """What was planted is found, and what the self-checks themselves stated beyond a limit; nothing else."""
    units = {key: Organisation.objects.get(code=code) for key, code in UNIT_CODES.items()}
    planted = {(units[one.unit].pk, one.code) for one in registers.PLANTED if one.unit in units}
    assert len(planted) == 14
    stated = {
        (units["sy"].pk, "homework.minutes.5"),
        (units["ez"].pk, "homework.minutes.9"),
        (units["tc"].pk, "lessons.minutes.r2"),
        (units["tc"].pk, "lessons.rest.r2"),
    }
    assert set(Doubt.objects.values_list("organisation", "code")) == planted | stated
    assert set(Doubt.objects.values_list("state", flat=True)) == {"open", "joined", "dismissed"}
    terms = Entry.objects.exclude(term=None).values_list("term__code", flat=True)
    assert set(terms) == {"2026-spring", "2026-autumn"}


def test_the_walkthroughs_school_has_its_homework_still_to_fill_in(county: dict[str, Any]) -> None:
    own = Entry.objects.filter(organisation__code=UNIT_CODES["cg"], term__code="2026-autumn")
    assert not own.filter(register__in=["homework", "sport", "sleep"]).exists()
    assert own.filter(register="exams").exists()


UNIT_CODES = {
    "cg": "3152900101", "sy": "3152900102", "ez": "3152900103", "yz": "3152900104", "hk": "3152900201",
    "hkz": "3152900202", "sq": "3152900301", "qm": "52529001MJX000011P", "xh": "92529001MA6X00002H",
    "tc": "92529001MA6X00003L",
}  # fmt: skip


@pytest.mark.overview
def test_last_term_is_frozen_and_this_one_is_counted(county: dict[str, Any]) -> None:
    frozen = {one.measure: one for one in GoalSnapshot.objects.filter(term__code="2026-spring")}
    assert set(frozen) == {one.key for one in measures.counted_ones()}
    assert all(one.base for one in frozen.values() if measures.find(one.measure).is_share)  # type: ignore[union-attr]
    assert frozen["attained"].count > 0
    assert GoalFigure.objects.filter(term__code="2026-autumn", base__gt=0).count() == 4
    units = Organisation.objects.units().active()
    assert Attainment.objects.filter(term__code="2026-autumn").count() == units.count()

"""线索点: who may make which move from which state, what it leaves behind, who is told, who sees it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from shuangjian import clock
from shuangjian.accounts.models import Organisation
from shuangjian.accounts.roles import Role
from shuangjian.journal import audit
from shuangjian.journal.conflict import StaleRow
from shuangjian.journal.errors import NotAllowed, Refused, WrongState
from shuangjian.journal.models import AuditEntry, Notification
from tests.cast import NOVEMBER, Cast, assemble, person
from tests.tutoring.leads import lead_in, registered
from tutoring.models import Lead, LeadStep
from tutoring.workflows import leads

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast(db: None) -> Iterator[Cast]:
    with clock.at(NOVEMBER):
        yield assemble()


OFFICE = {"task_force", "supervision"}
CHECKERS = OFFICE | {"inspector_a"}
# (state, move): who may, and what it becomes. Everything else is refused.
EXPECTED: dict[tuple[str, str], tuple[set[str], str]] = {
    ("pending", "verify"): (CHECKERS, "verified"),
    ("pending", "rule-out"): (CHECKERS, "ruled_out"),
    ("pending", "correct"): (CHECKERS, "pending"),
    ("pending", "link"): (OFFICE, "pending"),
    ("verified", "hand-over"): (OFFICE, "handed_over"),
    ("verified", "correct"): (OFFICE, "verified"),
    ("verified", "link"): (OFFICE, "verified"),
    ("handed_over", "reply"): ({"partner"}, "handed_over"),
    ("handed_over", "close"): (OFFICE, "closed"),
    ("handed_over", "take-back"): (OFFICE, "verified"),
    ("handed_over", "correct"): (OFFICE, "handed_over"),
    ("handed_over", "link"): (OFFICE, "handed_over"),
    ("closed", "link"): (OFFICE, "closed"),
}


def facts_of(lead: Lead, **changed: Any) -> dict[str, Any]:
    names = ("township", "area", "address", "kind", "noticed", "source", "found_on")
    return {name: getattr(lead, name) for name in names} | changed


def runs(cast: Cast) -> dict[str, Callable[..., Lead]]:
    """Each move with all that it asks for."""
    said = {"on": clock.today(), "words": "到场看过"}
    paper = {"office": cast.department, "document_no": "云教函〔2026〕19号"}
    return {
        "verify": lambda **about: leads.verify(**about, **said),
        "rule-out": lambda **about: leads.rule_out(**about, **said),
        "hand-over": lambda **about: leads.hand_over(**about, **said, **paper),
        "reply": lambda **about: leads.reply(**about, **said),
        "close": lambda **about: leads.close(**about, **said),
        "take-back": lambda **about: leads.take_back(**about, words="应由文旅部门办理"),
        "link": lambda **about: leads.link(**about, institution=cast.a3),
        "correct": lambda **about: leads.correct(
            **about,
            words="门牌写错",
            values=facts_of(Lead.objects.get(pk=about["lead_id"]), address="文教路21号"),
        ),
    }


def told(kind: str) -> set[str]:
    return set(Notification.objects.filter(kind=kind).values_list("recipient__username", flat=True))


def last_entry(lead: Lead) -> AuditEntry:
    return audit.story_of(lead)[0]


# --- The machine -------------------------------------------------------------------------


def test_the_table_of_moves_is_the_one_expected_here() -> None:
    stated = {(state, key) for key, move in leads.TRANSITIONS.items() for state in move.source}
    assert stated == set(EXPECTED)


@pytest.mark.parametrize("state", Lead.State.values)
def test_every_move_by_everybody_does_what_is_expected_and_nothing_else(cast: Cast, state: str) -> None:
    lead = lead_in(cast, state)
    for move, run in runs(cast).items():
        allowed, becomes = EXPECTED.get((state, move), (set(), ""))
        for name, user in cast.people.items():
            entries, steps = AuditEntry.objects.count(), LeadStep.objects.count()
            with transaction.atomic():
                try:
                    with transaction.atomic():
                        run(lead_id=lead.pk, actor=user, version=lead.version)
                    outcome, added = Lead.objects.get(pk=lead.pk).state, 1
                except (NotAllowed, WrongState) as refused:
                    outcome, added = type(refused).__name__, 0
                assert AuditEntry.objects.count() == entries + added
                assert LeadStep.objects.count() == steps + added
                transaction.set_rollback(True)
            wanted = becomes if name in allowed else "NotAllowed"
            assert outcome == (wanted if becomes else "WrongState"), (state, move, name)


@pytest.mark.parametrize("move", list(leads.TRANSITIONS))
def test_a_stale_page_moves_nothing(cast: Cast, move: str) -> None:
    state = next(state for state, key in EXPECTED if key == move)
    lead = lead_in(cast, state)
    with pytest.raises(StaleRow):
        runs(cast)[move](lead_id=lead.pk, actor=cast.task_force, version=lead.version + 1)
    assert Lead.objects.get(pk=lead.pk).state == state


# --- Registering ---------------------------------------------------------------------------


def test_it_gets_a_number_of_its_own_series_and_an_entry(cast: Cast) -> None:
    first, second = registered(cast), registered(cast, actor=cast.inspector_a)
    assert [first.no, second.no] == ["2026-L0001", "2026-L0002"]
    entry = last_entry(second)
    assert (entry.action, entry.subject_no, entry.actor_role) == (
        "tutoring.lead.registered", "2026-L0002", Role.AREA_INSPECTOR,
    )  # fmt: skip
    assert entry.after["area"] == cast.area_a.pk
    assert "课程表" not in str(entry.after), "words stand in the erasable text alone"
    assert entry.text.text == "门口贴着课程表"
    assert second.found_by == cast.inspector_a


@pytest.mark.parametrize(
    "name", ["leader", "inspector_b", "team_inspector", "partner", "office_staff", "clerk_a3", "auditor"]
)
def test_nobody_else_registers(cast: Cast, name: str) -> None:
    with pytest.raises(NotAllowed):
        registered(cast, actor=cast.people[name])
    assert not Lead.objects.exists()


def test_an_inspector_registers_in_the_townships_of_his_area_alone(cast: Cast) -> None:
    far = Organisation.objects.create(kind="township", code="YX-T09", name="白沙乡")
    with pytest.raises(NotAllowed, match="白沙乡不在您的督学责任区"):
        registered(cast, actor=cast.inspector_a, township=far)
    assert registered(cast, township=far, area=None).area is None, "no area is drawn there yet"


def test_where_a_township_crosses_areas_somebody_says_which(cast: Cast) -> None:
    with pytest.raises(Refused, match="城关镇跨第一督学责任区、第二督学责任区，请选定一个"):
        registered(cast, area=None)
    Organisation.objects.filter(pk=cast.b1.pk).update(area=cast.area_a)  # type: ignore[union-attr]
    assert registered(cast, area=None).area == cast.area_a


def test_the_areas_inspector_is_told_to_check_it(cast: Cast) -> None:
    registered(cast)
    assert told("lead.registered") == {"inspector_a"}
    registered(cast, actor=cast.inspector_b, area=cast.area_b)
    assert told("lead.registered") == {"inspector_a"}, "nobody is told what he did himself"
    nowhere = Organisation.objects.create(kind="township", code="YX-T09", name="白沙乡")
    registered(cast, township=nowhere, area=None)
    assert told("lead.registered") == {"inspector_a", "supervision"}, "without an area the office checks it"


def test_a_day_to_come_is_refused(cast: Cast) -> None:
    with pytest.raises(Refused, match="发现日期不能晚于今天"):
        registered(cast, found_on=clock.today() + timedelta(days=1))


# --- On its way ----------------------------------------------------------------------------


def test_a_department_answers_and_the_office_closes(cast: Cast) -> None:
    lead = lead_in(cast, "handed_over")
    assert told("lead.handed_over") == {"partner"}
    lead = leads.reply(
        lead_id=lead.pk, actor=cast.partner, version=lead.version, on=clock.today(),
        words="已责令停止经营", document_no="云市监函〔2026〕42号",
    )  # fmt: skip
    assert told("lead.replied") == OFFICE
    assert lead.replied_on == clock.today()
    lead = leads.close(lead_id=lead.pk, actor=cast.task_force, version=lead.version, on=clock.today())
    assert lead.state == "closed"
    kinds = list(lead.steps.values_list("kind", "office__name", "document_no"))
    market = "县市场监督管理局"
    assert kinds == [
        ("verified", None, ""),
        ("handed_over", market, "云教函〔2026〕18号"),
        ("replied", market, "云市监函〔2026〕42号"),
        ("closed", market, ""),
    ]


def test_without_a_reply_here_the_result_is_copied_from_the_paper(cast: Cast) -> None:
    lead = lead_in(cast, "handed_over")
    about = {"lead_id": lead.pk, "actor": cast.task_force, "version": None, "on": clock.today()}
    with pytest.raises(Refused, match="请照录部门的办理结果"):
        leads.close(**about)
    closed = leads.close(**about, words="已取缔", document_no="云市监函〔2026〕50号")
    assert closed.steps.get(kind="closed").document_no == "云市监函〔2026〕50号"


def test_what_is_taken_back_can_go_to_another_department(cast: Cast) -> None:
    lead = lead_in(cast, "handed_over")
    common = {"lead_id": lead.pk, "actor": cast.supervision, "version": None}
    leads.reply(lead_id=lead.pk, actor=cast.partner, version=None, on=clock.today(), words="不归我局管")
    lead = leads.take_back(**common, words="应由文旅部门办理")
    assert (lead.state, lead.handed_to, lead.replied_on) == ("verified", None, None)
    assert not Lead.objects.visible_to(cast.partner).exists()
    assert told("lead.taken_back") == {"partner"}
    again = leads.hand_over(**common, on=clock.today(), office=cast.office, document_no="云教函〔2026〕30号")
    assert again.handed_to == cast.office
    assert not Lead.objects.visible_to(cast.partner).exists()


def test_it_goes_to_a_department_in_operation(cast: Cast) -> None:
    lead = lead_in(cast, "verified")
    about = {"lead_id": lead.pk, "actor": cast.task_force, "version": None, "on": clock.today()}
    for nobody in (cast.a1, cast.town, cast.area_a):
        with pytest.raises(Refused, match="请选择在用的部门"):
            leads.hand_over(**about, office=nobody, document_no="云教函〔2026〕18号")


@pytest.mark.parametrize(
    ("shift", "sentence"), [(1, "日期不能晚于今天"), (-1, r"日期不能早于发现的日期（2026年11月16日）")]
)
def test_a_check_is_no_earlier_than_the_find_and_no_later_than_today(
    cast: Cast, shift: int, sentence: str
) -> None:
    lead = registered(cast)
    day = clock.today() + timedelta(days=shift)
    with pytest.raises(Refused, match=sentence):
        leads.verify(lead_id=lead.pk, actor=cast.inspector_a, version=None, on=day, words="到场看过")
    assert Lead.objects.get(pk=lead.pk).state == "pending"


def test_a_step_is_no_earlier_than_the_one_before(cast: Cast) -> None:
    lead = registered(cast, found_on=clock.today() - timedelta(days=9))
    about = {"lead_id": lead.pk, "actor": cast.task_force, "version": None}
    leads.verify(**about, on=clock.today() - timedelta(days=3), words="到场看过")
    paper = {"office": cast.department, "document_no": "云教函〔2026〕18号"}
    with pytest.raises(Refused, match="日期不能早于核实属实的日期（2026年11月13日）"):
        leads.hand_over(**about, on=clock.today() - timedelta(days=4), **paper)


# --- Corrections and links -------------------------------------------------------------------


def test_a_correction_keeps_the_old_words_and_says_why(cast: Cast) -> None:
    lead = registered(cast)
    values = facts_of(lead, address="文教路21号", kind="study_room", area=cast.area_b)
    done = leads.correct(lead_id=lead.pk, actor=cast.task_force, version=1, words="门牌写错", values=values)
    assert (done.address, done.kind, done.area, done.version) == (
        "文教路21号", "study_room", cast.area_b, 2,
    )  # fmt: skip
    said = done.steps.get(kind="corrected").words
    for words in ("门牌写错", "地址：文教路12号2楼 → 文教路21号", "类别：托管机构 → 自习室"):
        assert words in said
    entry = last_entry(done)
    assert entry.before["kind"] == "daycare"
    assert entry.after["kind"] == "study_room"
    assert entry.after["area"] == cast.area_b.pk
    assert "文教路" not in str(entry.before) + str(entry.after)


def test_an_inspector_puts_nothing_into_another_area(cast: Cast) -> None:
    lead = registered(cast)
    with pytest.raises(NotAllowed):
        leads.correct(
            lead_id=lead.pk, actor=cast.inspector_a, version=None, words="划错",
            values=facts_of(lead, area=cast.area_b),
        )  # fmt: skip


def test_a_correction_of_nothing_and_a_find_after_the_check_are_refused(cast: Cast) -> None:
    lead = lead_in(cast, "verified")
    about = {"lead_id": lead.pk, "actor": cast.task_force, "version": None, "words": "写错"}
    with pytest.raises(Refused, match="没有改动"):
        leads.correct(**about, values=facts_of(lead))
    with pytest.raises(Refused, match="也不能晚于核实日期"):
        leads.correct(**about, values=facts_of(lead, found_on=clock.today() + timedelta(days=1)))


def test_it_turns_out_to_belong_to_an_institution_which_never_sees_it(cast: Cast) -> None:
    lead = lead_in(cast, "verified")
    about = {"lead_id": lead.pk, "actor": cast.task_force, "version": None}
    assert leads.link(**about, institution=cast.a3, words="负责人说明").institution == cast.a3
    for name in ("clerk_a3", "manager_a3"):
        assert not Lead.objects.visible_to(cast.people[name]).exists()
    with pytest.raises(Refused, match="没有改动"):
        leads.link(**about, institution=cast.a3)
    with pytest.raises(Refused, match="只能关联校外培训机构"):
        leads.link(**about, institution=cast.a1)
    assert leads.link(**about, institution=None, words="同名").institution is None
    assert "不属于启明教育培训中心，解除关联" in lead.steps.order_by("-pk")[0].words


# --- Who sees it -----------------------------------------------------------------------------


@pytest.mark.parametrize("state", Lead.State.values)
def test_the_county_the_areas_inspector_and_the_department_see_it(cast: Cast, state: str) -> None:
    lead = lead_in(cast, state)
    others = Organisation.objects.create(kind="office", code="YX-B09", name="县文化和旅游局")
    person("partner_of_another", "另一位", Role.PARTNER, others)
    cast.people["another"] = others.memberships.get().user
    sees = {n for n, one in cast.people.items() if Lead.objects.visible_to(one).filter(pk=lead.pk).exists()}
    department = {"partner"} if state in ("handed_over", "closed") else set()
    assert sees == {"leader", "task_force", "supervision", "inspector_a"} | department


def test_it_waits_for_whoever_makes_the_next_move(cast: Cast) -> None:
    def waits() -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        for name in ("leader", "task_force", "supervision", "inspector_a", "inspector_b", "partner"):
            found[name] = set(Lead.objects.waiting_for(cast.people[name]).values_list("state", flat=True))
        return found

    for state in Lead.State.values:
        lead = lead_in(cast, state)
        if state == "handed_over":
            open_one = lead
    none: set[str] = set()
    office = {"task_force": {"verified"}, "supervision": {"verified"}}
    expected = {"leader": none, **office, "inspector_a": {"pending"}, "inspector_b": none}
    assert waits() == {**expected, "partner": {"handed_over"}}
    leads.reply(lead_id=open_one.pk, actor=cast.partner, version=None, on=clock.today(), words="已办")
    both = {"verified", "handed_over"}
    assert waits() == {**expected, "task_force": both, "supervision": both, "partner": none}


def test_the_database_keeps_handing_over_whole(cast: Cast) -> None:
    lead = registered(cast)
    for wrong in ({"handed_to": cast.office}, {"state": "handed_over"}, {"replied_on": clock.today()}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Lead.objects.filter(pk=lead.pk).update(**wrong)
    with pytest.raises(IntegrityError), transaction.atomic():
        LeadStep.objects.create(
            lead=lead, kind="handed_over", on=clock.today(), by=cast.task_force, at=clock.now()
        )

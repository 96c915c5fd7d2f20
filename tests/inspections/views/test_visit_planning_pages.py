"""Pages of planning: coverage, many at once, joining, preparation, one's own statements, draws."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from inspections.models import DeclaredRelative, InspectorCard, Visit, VisitDraw
from inspections.workflows import draws, visits
from shuangjian import clock
from tests.cast import NOVEMBER, Cast
from tests.files.samples import pdf
from tests.inspections.cases import later
from tests.inspections.drawing import PLAN, announced
from tests.inspections.visiting import planned
from tests.registry import signed_in, submit, text_of

pytestmark = [pytest.mark.usefixtures("standing_policy", "policy"), pytest.mark.onsite]


def test_from_the_units_without_a_visit_to_one_confirmed_plan(cast: Cast) -> None:
    visits.start(visit_id=planned(cast).pk, actor=cast.inspector_a, version=None)
    office = signed_in(cast.supervision)
    page = text_of(office.get(reverse("coverage")))
    assert "未督导未安排 3" in page
    assert "已督导 1" in page
    assert "实验学校" in page
    assert "城关小学" not in page
    narrowed = office.get(reverse("coverage"), {"area": "YX-Q02"})
    assert [unit.name for unit in narrowed.context["page_obj"]] == ["第二中学"]

    many = reverse("visit-many")
    asked = office.get(many, {"all": "1", "tab": "missing"})
    assert len(asked.context["units"]) == 3
    wanted = {
        "unit": [unit.pk for unit in asked.context["units"]],
        "kind": "regular",
        "first": "2026-11-17",
        "last": "2026-11-24",
        **PLAN,
    }
    before = Visit.objects.count()
    shown = office.get(many, wanted)
    assert text_of(shown).count("可以安排") >= 3
    assert Visit.objects.count() == before  # a look plans nothing
    done = submit(office, many, wanted)
    assert done.status_code == 302
    assert "已安排3个" in text_of(office.get(done["Location"]))
    assert Visit.objects.count() == before + 3
    assert "每个单位都督导过，或已经安排" in text_of(office.get(reverse("coverage")))
    assert "已安排 3" in text_of(office.get(reverse("coverage")))


def test_what_is_wrong_with_the_days_is_said_and_the_units_stay_chosen(cast: Cast) -> None:
    office = signed_in(cast.supervision)
    wanted = {"unit": [cast.a1.pk], "kind": "regular", "first": "2026-11-01", "last": "2026-11-24", **PLAN}
    page = office.get(reverse("visit-many"), wanted)
    assert "最早日期不能早于今天" in text_of(page)
    assert [unit.name for unit in page.context["units"]] == ["城关小学"]
    posted = submit(office, reverse("visit-many"), wanted | {"first": ""})
    assert "请填写最早到校日期" in text_of(posted)
    assert not Visit.objects.exists()


def test_coverage_asks_no_more_for_more_units(cast: Cast, django_assert_max_num_queries: Any) -> None:
    office = signed_in(cast.supervision)
    office.get(reverse("coverage"))
    with django_assert_max_num_queries(25):
        office.get(reverse("coverage"))


def test_a_visit_near_another_asks_whether_both_are_made_at_once(cast: Cast) -> None:
    first = planned(cast, planned_on=later(2))
    office = signed_in(cast.supervision)
    people = [cast.inspector_a.pk, cast.inspector_b.pk]
    fields = {
        "organisation": cast.a1.pk, "kind": "county_check", "planned_on": later(3).isoformat(),
        "inspectors": people, **PLAN,
    }  # fmt: skip
    asked = submit(office, reverse("visit-new"), fields)
    assert "请选择合并入校或另行安排" in text_of(asked)
    assert f"合并到{first.no}" in text_of(asked)
    joined = submit(office, reverse("visit-new"), fields | {"join": first.no})
    assert joined["Location"] == reverse("visit", args=[first.no])
    assert "合并入校 县级检查" in text_of(office.get(joined["Location"]))
    apart = submit(office, reverse("visit-new"), fields | {"kind": "random", "join": "apart"})
    assert apart.status_code == 302
    assert Visit.objects.count() == 2


def test_what_is_missing_and_prepared_is_shown_inside_and_never_to_the_unit(cast: Cast) -> None:
    visit = planned(cast)
    inspector = signed_in(cast.inspector_a)
    page = text_of(inspector.get(visit.get_absolute_url()))
    assert "周明没有登记有效的督学证" in page and "开始督导" in page
    Visit.objects.filter(pk=visit.pk).update(kind=Visit.Kind.ENFORCEMENT)
    barred = text_of(inspector.get(visit.get_absolute_url()))
    assert "“开始前核对”齐全后才能开始" in barred and "开始督导" not in barred
    Visit.objects.filter(pk=visit.pk).update(kind=visit.kind)
    note = submit(inspector, reverse("visit-prepare", args=[visit.no]), {"text": "看作业公示栏", "item": ""})
    assert note.status_code == 302
    scan = SimpleUploadedFile("通知书.pdf", pdf(), "application/pdf")
    paper = submit(
        inspector, reverse("visit-documents", args=[visit.no]), {"kind": "notice", "number": "", "scan": scan}
    )
    assert paper.status_code == 302
    empty = submit(inspector, reverse("visit-documents", args=[visit.no]), {"kind": "notice"})
    assert "请填写文号，或上传扫描件" in text_of(empty)
    stored = visit.documents.get().stored_file
    submit(inspector, reverse("visit-move", args=[visit.no, "start"]), {}, version=visit.version)
    assert "看作业公示栏" in text_of(inspector.get(visit.get_absolute_url()))
    head = signed_in(cast.head_a1)
    page = text_of(head.get(visit.get_absolute_url()))
    assert "看作业公示栏" not in page
    assert "没有登记有效的" not in page
    assert head.get(reverse("file", args=[stored.pk])).status_code == 404
    assert head.get(reverse("visit-prepare", args=[visit.no])).status_code == 403


def test_an_inspector_states_cards_and_relatives_on_a_page_of_his_own(cast: Cast) -> None:
    inspector = signed_in(cast.inspector_a)
    card = {"kind": "supervisor", "number": "云督012", "valid_until": "2027-12-31"}
    assert submit(inspector, reverse("inspector-state", args=["card"]), card).status_code == 302
    fields = {"organisation": cast.b1.pk, "relation": "child"}
    assert submit(inspector, reverse("inspector-state", args=["relative"]), fields).status_code == 302
    page = text_of(inspector.get(reverse("inspector-own")))
    assert "云督012" in page
    assert "第二中学" in page
    row = DeclaredRelative.objects.get()
    ended = submit(inspector, reverse("inspector-end-relative", args=[row.pk]), {}, version=row.version)
    assert ended.status_code == 302
    assert DeclaredRelative.objects.get().ended_on == clock.today()
    assert InspectorCard.objects.get().user == cast.inspector_a
    other = signed_in(cast.inspector_b)
    assert "第二中学" not in text_of(other.get(reverse("inspector-own")))


# --- Draws ----------------------------------------------------------------------


def test_announced_drawn_planned_and_read_by_everybody_when_it_is_over(cast: Cast) -> None:
    office, head = signed_in(cast.supervision), signed_in(cast.head_a1)
    people = [cast.people[name].pk for name in ("inspector_a", "inspector_b", "team_inspector")]
    fields = {
        "title": "秋季学期双随机抽查", "kind": "random", "unit_kinds": ["school", "institution"],
        "unit_count": "2", "inspectors": people, "team_size": "2", "most_per_inspector": "3",
        "seed_source": "双色球第2026135期开奖号码", "draws_at": "2026-11-16T10:00",
        "from_on": "2026-11-17", "until_on": "2026-11-27", **PLAN,
    }  # fmt: skip
    refused = submit(office, reverse("draw-new"), fields | {"unit_count": "9"})
    assert "抽取个数应在1和4之间" in text_of(refused)
    made = submit(office, reverse("draw-new"), fields)
    row = VisitDraw.objects.get()
    assert made["Location"] == row.get_absolute_url()
    before = text_of(head.get(made["Location"]))
    assert row.list_hash in before
    assert "双色球第2026135期" in before
    assert "第二中学" not in before
    with clock.at(NOVEMBER + timedelta(hours=2)):
        office, head = signed_in(cast.supervision), signed_in(cast.head_a1)
        move = reverse("draw-move", args=[row.no, "draw"])
        seed = {"seed": "03 11 19 24 26 31 07", "witness": "程公证"}
        assert submit(office, move, seed, version=row.version).status_code == 302
        row.refresh_from_db()
        shown = office.get(row.get_absolute_url())
        assert "已重抽，结果相同" in text_of(shown)
        hidden = text_of(head.get(row.get_absolute_url()))
        assert row.seed not in hidden
        assert head.get(reverse("draw-inputs", args=[row.no])).status_code == 404
        page = office.get(reverse("visit-many"), {"draw": row.no})
        assert len(page.context["proposals"]) == 2
        planned = submit(office, reverse("visit-many"), {"draw": row.no})
        assert "已安排2个" in text_of(office.get(planned["Location"]))
    with clock.at(NOVEMBER + timedelta(days=12)):
        head = signed_in(cast.head_a1)
        after = text_of(head.get(row.get_absolute_url()))
        assert row.seed in after
        assert "已重抽，结果相同" in after
        inputs = head.get(reverse("draw-inputs", args=[row.no])).json()
        assert inputs["list_hash"] == row.list_hash
        VisitDraw.objects.update(frozen=row.frozen | {"unit_count": 1})
        assert "名单与公布的校验码不符" in text_of(head.get(row.get_absolute_url()))


def test_a_draw_made_elsewhere_is_entered_with_its_document(cast: Cast) -> None:
    office = signed_in(cast.task_force)
    fields = {
        "title": "市场监管平台抽查", "kind": "random", "platform": "双随机、一公开监管平台",
        "drawn_on": "2026-11-13", "document_no": "云市监抽〔2026〕7号", "units": [cast.a3.pk],
        "inspectors": [cast.inspector_a.pk, cast.team_inspector.pk], "from_on": "2026-11-17",
        "until_on": "2026-11-27", **PLAN,
    }  # fmt: skip
    bare = submit(office, reverse("draw-elsewhere"), fields)
    assert "请选择文件" in text_of(bare)
    document = SimpleUploadedFile("抽取结果.pdf", pdf(), "application/pdf")
    made = submit(office, reverse("draw-elsewhere"), fields | {"document": document})
    row = VisitDraw.objects.get()
    assert made["Location"] == row.get_absolute_url()
    page = text_of(office.get(row.get_absolute_url()))
    assert "在双随机、一公开监管平台抽取" in page
    assert "启明教育培训中心" in page
    submit(office, reverse("visit-many"), {"draw": row.no})
    visit = Visit.objects.get()
    assert (visit.draw, visit.members.count()) == (row, 2)
    assert office.get(reverse("file", args=[row.document_id])).status_code == 200
    assert signed_in(cast.manager_a3).get(reverse("file", args=[row.document_id])).status_code == 404


def test_an_announcement_is_taken_back_with_its_reason(cast: Cast) -> None:
    row = announced(cast)
    office = signed_in(cast.supervision)
    path = reverse("draw-move", args=[row.no, "cancel"])
    assert "请写明取消的理由" in text_of(submit(office, path, {"words": ""}, version=row.version))
    assert submit(office, path, {"words": "名单有误"}, version=row.version).status_code == 302
    assert "已取消" in text_of(office.get(row.get_absolute_url()))
    assert draws.MACHINE.open_moves(VisitDraw.objects.get(), cast.supervision) == []

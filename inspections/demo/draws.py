"""Planning in the demo county: cards, a declared relative, draws, and visits of the rarer kinds."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from inspections.demo import pictures
from inspections.demo.place import Place
from inspections.demo.story import Story
from inspections.demo.visits import CHECK_PLAN, plan
from inspections.models import Visit, VisitDraw
from inspections.workflows import draws, inspectors, visit_planning, visit_preparing
from shuangjian.accounts.models import Organisation
from shuangjian.templatetags.ui import cn_date

DRAW_PLAN = ("2026年秋季学期双随机抽查计划", "云教督〔2026〕9号")


def stories(place: Place) -> Iterator[Story]:
    for story in (stated, drawn_and_planned, asked_for, to_be_drawn, drawn_elsewhere):
        yield story(place)


def stated(place: Place) -> Story:
    """Area inspectors have their 督学证, the team's a 行政执法证; one declares a relative's school."""
    yield place.ago(60, "09:10")
    people, until = place.people, place.as_of + timedelta(days=900)
    for name, kind, number in (
        ("duxue1", "supervisor", "云督〔2023〕012"),
        ("duxue2", "supervisor", "云督〔2023〕015"),
        ("dudao", "supervisor", "云督〔2023〕001"),
        ("jiancha", "enforcement", "云教执0207"),
    ):
        inspectors.save_card(actor=people[name], kind=kind, number=number, valid_until=until)
    inspectors.declare_relative(actor=people["duxue2"], organisation=place.units["yz"], relation="sibling")


def _announce(place: Place, title: str, draws_at: datetime, units: int) -> VisitDraw:
    return draws.announce(
        title=title,
        kind=VisitDraw.Kind.RANDOM,
        units=list(Organisation.objects.units().active().order_by("code")),
        inspectors=[place.people[name] for name in ("duxue1", "duxue2", "jiancha")],
        unit_count=units,
        team_size=2,
        most_per_inspector=4,
        seed_source=f"县气象站{cn_date(draws_at)}{draws_at.hour}时公布的前五个小时气温，按时间先后",
        draws_at=draws_at,
        from_on=place.as_of + timedelta(days=1),
        until_on=place.as_of + timedelta(days=11),
        plan_name=DRAW_PLAN[0],
        approval_no=DRAW_PLAN[1],
        actor=place.people["dudao"],
        salt=lambda: f"{place.apart(title).rng.getrandbits(128):032x}",
    )


def drawn_and_planned(place: Place) -> Story:
    """Announced, drawn half an hour later before a witness, then planned; its visits are still to come."""
    yield place.ago(6, "16:30")
    row = _announce(place, "第一次双随机抽查", place.ago(6, "17:00"), 3)
    yield place.ago(6, "17:05")
    row = draws.draw(
        draw_id=row.pk,
        actor=place.people["dudao"],
        version=None,
        seed="6.2 6.0 5.9 6.4 7.1",
        witness="程永（县公证处）",
    )
    yield place.ago(3, "15:20")
    visit_planning.plan_many(visit_planning.order_of(row), actor=place.people["dudao"])


def to_be_drawn(place: Place) -> Story:
    """Announced this morning; the seed comes out tomorrow."""
    yield place.ago(0, "08:10")
    _announce(place, "第二次双随机抽查", place.opens.replace(hour=10, minute=0) + timedelta(days=1), 4)


def drawn_elsewhere(place: Place) -> Story:
    """The market supervision's platform drew an institution; its list is filed here."""
    yield place.ago(0, "08:15")
    paper = pictures.notice(
        "双随机抽取结果", ["启明教育培训中心", "检查人员：周明、孙涛"], "云溪县市场监督管理局", place.as_of
    )
    draws.enter_elsewhere(
        title="市场监管平台跨部门抽查",
        kind=VisitDraw.Kind.RANDOM,
        platform="双随机、一公开监管平台",
        document_no="云市监抽〔2026〕7号",
        document=place.photo("zhuanban", "抽取结果.jpg", paper),
        drawn_on=place.ago(3).date(),
        units=[place.units["qm"]],
        inspectors=[place.people[name] for name in ("duxue1", "jiancha")],
        from_on=place.as_of + timedelta(days=1),
        until_on=place.as_of + timedelta(days=11),
        plan_name=DRAW_PLAN[0],
        approval_no=DRAW_PLAN[1],
        actor=place.people["zhuanban"],
    )


def asked_for(place: Place) -> Story:
    """A comprehensive supervision, an enforcement check that lacks a card, a complaint's visit."""
    yield place.ago(3, "16:05")
    day, office = timedelta(days=1), place.people["dudao"]
    plan(
        place,
        "yz",
        ["dudao", "duxue1", "jiancha"],
        place.as_of + 9 * day,
        kind=Visit.Kind.COMPREHENSIVE,
        papers=CHECK_PLAN,
    )
    plan(
        place,
        "tc",
        ["jiancha", "duxue2"],
        place.as_of + 2 * day,
        kind=Visit.Kind.ENFORCEMENT,
        by="zhuanban",
        papers=CHECK_PLAN,
    )
    asked = plan(
        place,
        "xh",
        ["duxue1", "jiancha"],
        place.as_of + day,
        kind=Visit.Kind.COMPLAINT,
        by="zhuanban",
        papers=CHECK_PLAN,
    )
    visit_preparing.add_document(
        visit_id=asked.pk,
        actor=place.people["zhuanban"],
        kind="source",
        number="12345工单2026110907",
        dated_on=place.ago(4).date(),
    )
    visit_preparing.add_note(visit_id=asked.pk, actor=office, text="核对美术班是否一次收取半年费用")
    today = Visit.objects.get(
        organisation=place.units["cg"], state=Visit.State.PLANNED, planned_on=place.as_of
    )
    visit_preparing.add_note(
        visit_id=today.pk, actor=office, text="看三年级（2）班周三的作业公示", item=place.item("R04-2")
    )

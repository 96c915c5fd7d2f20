"""The county's own rules and items: published as a version; what runs keeps its own; who is left out."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.urls import reverse

from inspections.check_sheet import load as sheet_of
from inspections.models import Answer, Problem
from inspections.visit_sheet import sheet_of as visit_sheet_of
from inspections.workflows import problems
from shuangjian import clock
from shuangjian.journal.errors import NotAllowed, Refused
from shuangjian.journal.models import AuditEntry
from shuangjian.policy.models import CheckItem, Exemption, Limit, LocalItem, LocalRule, Rulebook, Term
from shuangjian.policy.selectors import current_rulebook
from shuangjian.policy.versions import differences
from shuangjian.policy.workflows import loading, local_rules
from tests.cast import Cast
from tests.inspections.checking import check_of, publish
from tests.inspections.visiting import begun
from tests.policy.test_settings_pages import second_version
from tests.registry import signed_in, submit, text_of

RULE = {
    "group": "school", "title": "保障课间休息", "requirement": "课间不少于15分钟，不拖堂",
    "source_text": "本县课间管理办法（云教〔2026〕12号）",
}  # fmt: skip
ITEM = {"text": "课间不少于15分钟", "evidence": "看课表，课间到场看"}


pytestmark = [pytest.mark.usefixtures("standing_policy", "november")]


@pytest.fixture(autouse=True)
def _with_policy(cast: Cast, policy: Rulebook) -> None:
    """Every test here starts from the shipped version."""


def added(cast: Cast, rule_code: str = "R04", **words: Any) -> LocalItem:
    return local_rules.add_item(actor=cast.task_force, rule_code=rule_code, **(ITEM | words))


def published(cast: Cast, **changed: Any) -> Rulebook:
    fields: dict[str, Any] = {"in_force_from": clock.today(), "document_no": "云教〔2026〕12号"}
    return local_rules.publish(actor=cast.task_force, **(fields | changed))


# --- A version of the county's own ----------------------------------------------------------------------
def test_a_rule_and_items_are_added_and_published_on_the_screen(cast: Cast) -> None:
    force = signed_in(cast.people["task_force"])
    assert submit(force, reverse("local-new", args=["rule"]), RULE).status_code == 302
    for code in ("R31", "R04"):
        sent = submit(force, reverse("local-new", args=["item"]), {**ITEM, "rule_code": code})
        assert sent.status_code == 302, text_of(sent)
    page = text_of(force.get(reverse("local-rules")))
    for words in ("第31条 保障课间休息", "31-县1", "4-县1", "拟增加"):
        assert words in page
    assert current_rulebook().version == "2021.1"  # type: ignore[union-attr]
    sent = submit(
        force, reverse("local-publish"), {"in_force_from": "2026-11-16", "document_no": "云教〔2026〕12号"}
    )
    assert sent.status_code == 302, text_of(sent)
    book = current_rulebook()
    assert book is not None
    assert (book.version, book.document_no) == ("2021.1-县1", "云教〔2026〕12号")
    changes = differences(book.base, book)  # type: ignore[arg-type]
    assert [(change.kind, change.heading) for change in changes] == [
        ("新增", "4-县1 课间不少于15分钟"),
        ("新增", "第31条 保障课间休息"),
        ("新增", "31-县1 课间不少于15分钟"),
    ]
    assert "第31条 保障课间休息" in text_of(signed_in(cast.people["clerk_a1"]).get("/rules/31/"))
    assert AuditEntry.objects.filter(action="policy.rulebook.published").count() == 1


def test_every_limit_and_prohibition_comes_along(cast: Cast) -> None:
    added(cast)
    book = published(cast)
    base = book.base
    for of in ("rule__rulebook", "item__rule__rulebook"):
        model = CheckItem.prohibitions.through if of.startswith("rule") else None
        if model is not None:
            old, new = (model.objects.filter(**{f"checkitem__{of}": one}).count() for one in (base, book))
            assert old == new > 30
    limits = [
        sorted(
            Limit.objects.filter(indicator__item__rule__rulebook=one).values_list(
                "indicator__item__code", "indicator__name", "value", "source__code", "in_force"
            )
        )
        for one in (base, book)
    ]
    assert limits[0] == limits[1]
    assert len(limits[0]) > 30


def test_what_runs_keeps_its_version_and_what_begins_gets_the_new_one(cast: Cast, term: Term) -> None:
    running = publish(cast, term)
    added(cast)
    published(cast)
    before = {line.item.code for rule in sheet_of(check_of(cast.units["a1"])).rules for line in rule.items}
    assert "R04-51" not in before
    later = publish(cast, term, title="冬季抽查", due_on=running.due_on + timedelta(days=7))
    check = later.checks.get(organisation=cast.units["a1"])
    assert "R04-51" in {line.item.code for rule in sheet_of(check).rules for line in rule.asked}


def test_a_problem_of_the_old_version_is_known_under_the_new_one(cast: Cast, term: Term) -> None:
    item = CheckItem.objects.get(code="R04-2")
    old = problems.register(
        organisation=cast.a1, rule=item.rule, item=item, fact="超时", origin="county_inspection",
        found_by=cast.task_force, due_on=clock.today() + timedelta(days=20),
    )  # fmt: skip
    added(cast)
    published(cast)
    publish(cast, term)
    rule = sheet_of(check_of(cast.units["a1"])).rule(4)
    assert rule is not None
    assert {line.item.code: line.open_problem for line in rule.asked}["R04-2"] == old.no
    assert Problem.objects.count() == 1


def test_grades_decide_whom_an_item_concerns(cast: Cast, term: Term) -> None:
    added(cast, stages=["junior"])
    published(cast)
    publish(cast, term)
    asked = Answer.objects.filter(item__code="R04-51").values_list(
        "self_check__organisation__name", flat=True
    )
    assert set(asked) == {"实验学校", "第二中学"}


def test_dropped_it_leaves_with_the_next_version_and_not_before(cast: Cast) -> None:
    row = added(cast)
    published(cast)
    row.refresh_from_db()
    local_rules.remove(row=row, actor=cast.task_force, version=None)
    assert CheckItem.objects.filter(rule__rulebook=current_rulebook(), code="R04-51").exists()
    second = published(cast)
    assert second.version == "2021.1-县2"
    assert not CheckItem.objects.filter(rule__rulebook=second, code="R04-51").exists()
    with pytest.raises(Refused, match="不用发布"):
        published(cast)
    assert added(cast).code == "R04-52"  # a number is never given twice


def test_a_new_national_version_carries_the_county_s_own(cast: Cast, tmp_path: Any) -> None:
    added(cast)
    published(cast)
    shipped = second_version(tmp_path)
    with clock.at(clock.now().replace(year=2027)):
        book = current_rulebook()
    assert book is not None
    assert book.base in (shipped, Rulebook.objects.get(version="2021.1"))
    follower = Rulebook.objects.get(base=shipped)
    assert follower.in_force_from == shipped.in_force_from
    assert CheckItem.objects.filter(rule__rulebook=follower, code="R04-51").exists()
    assert loading.load(start_year=2026, folder=tmp_path / "data").counts == {}


def test_what_cannot_be_is_said(cast: Cast) -> None:
    with pytest.raises(Refused, match="没有拟增加"):
        published(cast)
    rule = local_rules.add_rule(actor=cast.task_force, **RULE)
    with pytest.raises(Refused, match="第31条还没有检查项"):
        published(cast)
    assert LocalRule.objects.get().state == "draft"  # nothing half published
    with pytest.raises(Refused, match="不能早于今天"):
        published(cast, in_force_from=clock.today() - timedelta(days=1))
    with pytest.raises(Refused, match="没有这一条"):
        added(cast, rule_code="R18")  # families are not asked
    with pytest.raises(NotAllowed):
        local_rules.add_item(actor=cast.supervision, rule_code="R04", **ITEM)
    added(cast, rule_code=rule.code)
    published(cast)
    rule.refresh_from_db()
    with pytest.raises(Refused, match="已经在用的不能改"):
        local_rules.edit(row=rule, actor=cast.task_force, version=None, title="另一个")


# --- Whom it does not concern ---------------------------------------------------------------------------
def test_a_unit_left_out_is_not_asked_and_says_why(cast: Cast, term: Term) -> None:
    force = signed_in(cast.people["task_force"])
    data = {
        "organisation": cast.units["a1"].pk, "code": "4-2", "reason": "承担作业改革试点",
        "document_no": "云教〔2026〕9号",
    }  # fmt: skip
    assert submit(force, reverse("exemption-new"), data).status_code == 302
    assert "已经不在这一条的适用范围" in text_of(submit(force, reverse("exemption-new"), data))
    assert "没有这一条或这一项" in text_of(submit(force, reverse("exemption-new"), {**data, "code": "99"}))
    publish(cast, term)
    rule = sheet_of(check_of(cast.units["a1"])).rule(4)
    assert rule is not None
    out = {line.item.code: line.why_out for line in rule.items if not line.is_asked}
    assert out["R04-2"] == "，县里确定不在适用范围：承担作业改革试点"
    other = sheet_of(check_of(cast.units["a2"])).rule(4)
    assert other is not None
    assert "R04-2" in {line.item.code for line in other.asked}
    assert "R04-2" not in {line.item.code for line in visit_sheet_of(begun(cast)).lines}


def test_a_whole_rule_is_left_out_until_it_is_ended(cast: Cast, term: Term) -> None:
    row = local_rules.exempt(
        organisation=cast.a1, code="R04", reason="试点", document_no="云教〔2026〕9号", actor=cast.task_force
    )
    publish(cast, term)
    assert sheet_of(check_of(cast.units["a1"])).rule(4) is None
    force = signed_in(cast.people["task_force"])
    answer = submit(force, reverse("exemption-end", args=[row.pk]), {}, version=row.version)
    assert answer.status_code == 302
    later = publish(cast, term, title="冬季抽查", due_on=date(2026, 12, 20))
    assert sheet_of(later.checks.get(organisation=cast.units["a1"])).rule(4) is not None
    assert Exemption.objects.get().ended_by == cast.people["task_force"]

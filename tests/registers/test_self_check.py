"""A self-check takes what the registers hold: shown beside the question, judged, confirmed as a block."""

from __future__ import annotations

import pytest
from django.urls import reverse

from inspections.check_sheet import ItemAnswer
from inspections.models import Answer, Figure, SelfCheck, Submission
from inspections.workflows import self_check
from shuangjian.policy.models import Term
from tests.cast import Cast
from tests.inspections.checking import answer, check_of, fill, publish, row_of, sheet_of
from tests.registers import clean
from tests.registers.filling import state
from tests.registry import signed_in, submit, text_of

pytestmark = [pytest.mark.registers, pytest.mark.django_db]
BLOCK = {"R04-1", "R04-2", "R06-1", "R06-2", "R10-1", "R12-1", "R12-4"}


@pytest.fixture
def check(cast: Cast) -> SelfCheck:
    """The round's check of the primary school, whose registers are filled in without a fault."""
    clean.state_all(cast.a1, cast.clerk_a1, clean.school())
    publish(cast, Term.objects.get(code="2026-autumn"))
    return check_of(cast.a1)


def test_what_a_register_holds_is_shown_and_not_asked(cast: Cast, check: SelfCheck) -> None:
    browser = signed_in(cast.clerk_a1)
    page = browser.get(reverse("check-rule", args=[check.no, 4])).content.decode()
    assert 'name="R04-2-value"' in page and 'name="R04-2-figure' not in page
    words = text_of(browser.get(reverse("check-rule", args=[check.no, 4])))
    assert "三年级 50 未超出" in words and "登记档案“ 书面作业 ”（11月16日填）" in words
    beside = text_of(browser.get(reverse("check-rule", args=[check.no, 10])))
    assert "学生和家长自愿参加是" in beside
    other = text_of(browser.get(reverse("check-rule", args=[check.no, 12])))
    assert "登记档案“ 社团和实践活动 ”：还没有填" in other


def test_what_they_answer_is_confirmed_with_one_tap(cast: Cast, check: SelfCheck) -> None:
    browser = signed_in(cast.clerk_a1)
    page = browser.get(reverse("check", args=[check.no]))
    assert "登记档案已经答过的7项" in text_of(page)
    submit(browser, reverse("check-registered", args=[check.no]), {})
    assert (
        set(Answer.objects.filter(self_check=check, value="meets").values_list("item__code", flat=True))
        == BLOCK
    )
    assert "登记档案已经答过" not in text_of(browser.get(reverse("check", args=[check.no])))


def test_a_doubtful_fact_is_not_confirmed_and_cannot_be_met(cast: Cast, check: SelfCheck) -> None:
    stated = clean.school()["homework"]
    stated["5"]["minutes"] = "66"
    state(cast.a1, "homework", cast.clerk_a1, stated, "英语偏多")
    browser = signed_in(cast.clerk_a1)
    submit(browser, reverse("check-registered", args=[check.no]), {})
    assert row_of(check, "R04-2").value == "" and row_of(check, "R04-1").value == "meets"
    said = {"R04-1-value": "meets", "R04-2-value": "meets", "do": "next"}
    seen = sheet_of(check).rule(4).version
    page = submit(browser, reverse("check-rule", args=[check.no, 4]), said | {"_version": seen})
    assert "五年级66分钟/天，超出6分钟（不超过60分钟/天），不能选“符合”" in text_of(page)
    answer(check, cast.clerk_a1, R04_2=ItemAnswer(value="partly", problem_text="五年级偏多"))
    assert row_of(check, "R04-2").value == "partly"


def test_an_answer_already_given_is_left_alone(cast: Cast, check: SelfCheck) -> None:
    answer(check, cast.clerk_a1, R10_1=ItemAnswer(value="partly", problem_text="周五只有1小时"))
    submit(signed_in(cast.clerk_a1), reverse("check-registered", args=[check.no]), {})
    assert row_of(check, "R10-1").value == "partly"


def test_what_was_submitted_keeps_the_figures_of_its_day(cast: Cast, check: SelfCheck) -> None:
    fill(check, cast.clerk_a1)
    self_check.confirm(check_id=check.pk, actor=cast.head_a1)
    stated = clean.school()["homework"]
    stated["3"] |= {"minutes": "55", "main": "45"}
    state(cast.a1, "homework", cast.clerk_a1, stated)
    kept = Figure.objects.get(answer__self_check=check, indicator__item__code="R04-2", grade=3)
    assert kept.value == "50"
    assert "50" in repr(Submission.objects.get().answers["R04-2"])
    rule = sheet_of(check).rule(4)
    assert rule is not None and rule.asked[1].figures[0].value == "50"


def test_without_registers_the_check_asks_for_itself(cast: Cast, check: SelfCheck) -> None:
    other = check_of(cast.b1)
    page = signed_in(cast.clerk_b1).get(reverse("check-rule", args=[other.no, 4])).content.decode()
    assert 'name="R04-3-figure0"' in page
    assert "登记档案已经答过" not in text_of(signed_in(cast.clerk_b1).get(reverse("check", args=[other.no])))

"""填报答疑 and 填报说明: asked by a unit, answered once for all, and nobody else learns who asked."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from inspections.models import Question
from inspections.workflows import questions
from shuangjian.accounts.models import User
from shuangjian.journal.errors import NotAllowed, Refused
from shuangjian.journal.models import AuditEntry, Notification
from shuangjian.policy.models import CheckItem, Guidance, Rulebook, Term
from shuangjian.policy.workflows import guidance, loading
from tests.cast import Cast
from tests.inspections.checking import check_of, publish
from tests.registry import signed_in, submit, text_of

pytestmark = [pytest.mark.usefixtures("standing_policy", "november")]

ASKED = "四年级书面作业按平均时间还是按最慢的学生算？"
SAID = "按多数学生用时，抽一个班20名学生的中位数"


@pytest.fixture(autouse=True)
def _with_policy(cast: Cast, policy: Rulebook) -> None:
    """Every test here speaks of items of the rulebook."""


def item() -> CheckItem:
    return CheckItem.objects.get(code="R04-2")


def asked(cast: Cast, by: str = "clerk_a1", text: str = ASKED) -> Question:
    return questions.ask(item=item(), actor=cast.people[by], text=text)


def answered(cast: Cast) -> Question:
    row = asked(cast)
    return questions.answer(question_id=row.pk, actor=cast.people["task_force"], version=None, words=SAID)


def move(cast: Cast, by: str, row: Question, key: str, **data: str) -> Any:
    row.refresh_from_db()
    here = reverse("question-move", args=[row.no, key])
    return submit(signed_in(cast.people[by]), here, data, version=row.version)


def told(user: User) -> list[str]:
    rows = Notification.objects.filter(recipient=user, kind="question").order_by("pk")
    return list(rows.values_list("title", flat=True))


# --- Asked once, answered for all -----------------------------------------------------------------------
def test_a_unit_asks_and_every_unit_reads_the_answer(cast: Cast) -> None:
    clerk = signed_in(cast.people["clerk_a1"])
    sent = submit(clerk, reverse("question-new", args=["R04-2"]), {"text": ASKED})
    row = Question.objects.get()
    assert sent["Location"] == row.get_absolute_url() == "/questions/2026-Q0001/"
    assert told(cast.people["task_force"]) == ["4-2有一个填报疑问，编号2026-Q0001"]
    assert "答复填报疑问" in text_of(signed_in(cast.people["supervision"]).get("/desk/"))
    assert move(cast, "task_force", row, "answer", words=SAID).status_code == 302
    assert told(cast.people["clerk_a1"]) == ["填报疑问2026-Q0001已答复"]
    for name in ("clerk_b1", "head_a1", "clerk_a3", "inspector_b", "office_staff", "leader"):
        reader = signed_in(cast.people[name])
        page, listed = text_of(reader.get(row.get_absolute_url())), text_of(reader.get("/questions/"))
        assert SAID in page, name
        assert ASKED[:20] in listed, name
        assert ("李静" in page) == (name == "head_a1"), name
        assert "李静" not in listed, name
        assert name == "head_a1" or "城关小学" not in page + listed, name
    trail = AuditEntry.objects.filter(subject_no=row.no).order_by("seq").values_list("action", flat=True)
    assert list(trail) == ["inspections.question.asked", "inspections.question.answer"]


def test_what_waits_is_seen_by_the_asker_and_the_offices_alone(cast: Cast) -> None:
    row = asked(cast)
    seen = {
        name: signed_in(user).get(row.get_absolute_url()).status_code
        for name, user in cast.people.items()
        if name not in ("system_admin", "security_admin", "auditor", "stranger")
    }
    assert {name for name, status in seen.items() if status == 200} == {
        "clerk_a1", "head_a1", "task_force", "supervision",
    }  # fmt: skip
    assert set(seen.values()) == {200, 404}


def test_a_question_is_led_to_an_answer_that_is_there(cast: Cast) -> None:
    first = answered(cast)
    second = asked(cast, by="clerk_b1", text="作业时间怎么量？")
    assert "没有已答复的疑问2026-Q0099" in text_of(move(cast, "task_force", second, "lead", no="2026-Q0099"))
    assert move(cast, "task_force", second, "lead", no=first.no).status_code == 302
    page = text_of(signed_in(cast.people["clerk_b1"]).get(second.get_absolute_url()))
    assert SAID in page
    assert first.no in page
    listed = text_of(signed_in(cast.people["clerk_a2"]).get("/questions/"))
    assert first.no in listed
    assert second.no not in listed  # each answer once
    with pytest.raises(Refused, match="请到那里更正"):
        questions.correct(question_id=second.pk, actor=cast.task_force, version=None, words="另一种")


def test_a_correction_follows_the_answer_and_reaches_all_who_asked(cast: Cast) -> None:
    first, second = answered(cast), asked(cast, by="clerk_b1", text="作业时间怎么量？")
    questions.lead(question_id=second.pk, actor=cast.task_force, version=None, no=first.no)
    assert "和现在的答复一样" in text_of(move(cast, "supervision", first, "correct", words=SAID))
    assert move(cast, "supervision", first, "correct", words="按全班平均").status_code == 302
    page = text_of(signed_in(cast.people["clerk_a2"]).get(first.get_absolute_url()))
    assert page.index("按全班平均") < page.index("更正前的答复") < page.index(SAID)
    for name in ("clerk_a1", "clerk_b1"):
        assert told(cast.people[name])[-1] == "填报疑问2026-Q0001的答复有更正", name


def test_who_asked_takes_it_back_and_nobody_else(cast: Cast) -> None:
    row = asked(cast)
    assert move(cast, "head_a1", row, "withdraw").status_code == 403
    assert move(cast, "clerk_a1", row, "withdraw").status_code == 302
    assert "答复填报疑问" not in text_of(signed_in(cast.people["task_force"]).get("/desk/"))
    with pytest.raises(NotAllowed):
        questions.ask(item=item(), actor=cast.people["inspector_a"], text="？")


@pytest.mark.parametrize(
    ("query", "found"),
    [("q=平均时间", True), ("q=中位数", True), ("q=睡眠", False), ("rule=R04", True), ("rule=R05", False),
     ("item=R04-2", True), ("item=R04-1", False), ("item=4-2", True), ("item=x", False)],
)  # fmt: skip
def test_answers_are_searched_by_question_answer_rule_and_item(cast: Cast, query: str, found: bool) -> None:
    row = answered(cast)
    assert (row.no in text_of(signed_in(cast.people["clerk_b1"]).get(f"/questions/?{query}"))) == found


def test_bad_entries_are_said_and_kept(cast: Cast) -> None:
    clerk = signed_in(cast.people["clerk_a1"])
    here = reverse("question-new", args=["R04-2"])
    assert "请写明问题" in text_of(submit(clerk, here, {"text": " "}))
    assert "长" * 301 in text_of(submit(clerk, here, {"text": "长" * 301}))
    assert clerk.get(reverse("question-new", args=["R99-1"])).status_code == 404
    assert not Question.objects.exists()


# --- 填报说明 --------------------------------------------------------------------------------------------
def test_every_item_says_what_counts_and_the_county_says_it_better(cast: Cast) -> None:
    shipped = Guidance.objects.get(item_code="R04-2")
    assert shipped.made_by is None
    force = signed_in(cast.people["task_force"])
    here = reverse("guidance-edit", args=[4, "R04-2"])
    words = {"counts": "按多数学生用时判断", "good": "", "bad": "", "basis": ""}
    assert submit(force, here, words, version=1).status_code == 302
    assert "按多数学生用时判断" in text_of(force.get("/rules/4/"))
    assert "和现行的说明一样" in text_of(submit(force, here, words, version=2))
    stale = submit(force, here, {**words, "counts": "另一种"}, version=1)
    assert stale.status_code == 409
    assert Guidance.objects.filter(item_code="R04-2").count() == 2
    assert shipped.counts in text_of(force.get(here))  # the first version stays


def test_a_shipped_text_never_takes_the_place_of_the_county_s(cast: Cast) -> None:
    guidance.rewrite(
        item=item(), actor=cast.task_force, version=1, counts="本县的说法", good="", bad="", basis=""
    )
    data = {"R04-2": {"counts": "新的平台说法"}, "R04-1": {"counts": "新的平台说法"}}
    assert guidance.load(data) == 1
    assert Guidance.objects.filter(item_code="R04-2").first().counts == "本县的说法"  # type: ignore[union-attr]
    assert Guidance.objects.filter(item_code="R04-1").first().counts == "新的平台说法"  # type: ignore[union-attr]
    assert guidance.load(data) == 0


def test_guidance_of_no_item_is_refused(tmp_path: Any) -> None:
    for name in loading.DATA.glob("*.yaml"):
        (tmp_path / name.name).write_text(name.read_text("utf-8"), "utf-8")
    said = tmp_path / "guidance.yaml"
    said.write_text(said.read_text("utf-8") + "\nR99-1:\n  counts: 没有这一项\n", "utf-8")
    with pytest.raises(loading.BadData, match="R99-1不认识"):
        loading.load(start_year=2026, folder=tmp_path)


def test_the_self_check_shows_what_counts_and_leads_to_the_answers(cast: Cast, term: Term) -> None:
    answered(cast)
    publish(cast, term)
    here = reverse("check-rule", args=[check_of(cast.units["a1"]).no, 4])
    page = text_of(signed_in(cast.people["clerk_a1"]).get(here))
    assert "怎样算做到" in page
    assert "4-2的答疑1个" in page
    assert "4-2拿不准，提问" in page

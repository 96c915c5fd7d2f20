"""意见建议: anybody with an account writes, the task force answers, nobody else reads it (P1)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils.html import escape

from inspections.desk import desk_of
from inspections.models import Suggestion
from inspections.workflows import suggestions
from shuangjian import clock
from shuangjian.journal.errors import NotAllowed, WrongState
from shuangjian.journal.models import AuditEntry, Notification
from tests.cast import Cast, person
from tests.hostile import RARE_NAMES
from tests.registry import signed_in, submit, text_of

MORNING = datetime(2026, 11, 16, 9, tzinfo=ZoneInfo("Asia/Shanghai"))  # a Monday
WORDS = "第4条和第6条问的是同一件事，建议合并"


def made(cast: Cast, by: str = "clerk_a1", text: str = WORDS) -> Suggestion:
    return suggestions.make(actor=cast.people[by], text=text)


def answer(client: Client, row: Suggestion, words: str = "已合并，下个学期起用") -> Any:
    return submit(client, reverse("suggestion-answer", args=[row.no]), {"words": words}, version=row.version)


def told(user: Any) -> list[str]:
    return list(
        Notification.objects.filter(recipient=user, kind="suggestion").values_list("title", flat=True)
    )


# --- The entry ------------------------------------------------------------------------------------------
def test_the_entry_stands_on_every_page_and_knows_where_one_came_from(cast: Cast) -> None:
    client = signed_in(cast.people["clerk_a1"])
    for path in ("/desk/", "/problems/", "/me/", "/help/"):
        assert f'href="/suggestions/new/?page={path}"' in client.get(path).content.decode(), path
    assert "/suggestions/" not in Client().get("/rules/").content.decode()
    page = client.get("/suggestions/new/?page=/problems/").content.decode()
    assert 'name="page" value="/problems/"' in page


@pytest.mark.parametrize("name", ["clerk_a1", "inspector_b", "leader", "partner", "auditor", "stranger"])
def test_anybody_with_an_account_says_something_and_reads_the_answer(cast: Cast, name: str) -> None:
    author, force = signed_in(cast.people[name]), signed_in(cast.people["task_force"])
    with clock.at(MORNING):
        sent = submit(author, reverse("suggestion-new"), {"text": WORDS, "page": "/me/"})
        row = Suggestion.objects.get()
        assert sent["Location"] == reverse("suggestion", args=[row.no])
        assert (row.no, row.page, row.due_on) == ("2026-S0001", "/me/", date(2026, 11, 30))
        assert told(cast.people["task_force"]) == ["收到意见建议2026-S0001，请在11月30日前答复"]
        assert answer(force, row).status_code == 302
    assert "已合并，下个学期起用" in text_of(author.get(reverse("suggestion", args=[row.no])))
    assert WORDS in text_of(author.get(reverse("suggestions")))
    assert told(cast.people[name]) == ["意见建议2026-S0001已答复"]
    trail = AuditEntry.objects.filter(action__startswith="inspections.suggestion").order_by("seq")
    assert [(entry.action, entry.actor_id) for entry in trail] == [
        ("inspections.suggestion.made", cast.people[name].pk),
        ("inspections.suggestion.answer", cast.people["task_force"].pk),
    ]
    assert WORDS not in repr(list(trail.values()))


@pytest.mark.parametrize(
    ("page", "kept"),
    [
        ("/ledger/?q=秘密", "/ledger/"),
        ("https://evil.example/x", ""),
        ("//evil.example/x", ""),
        ("javascript:alert(1)", ""),
        ("/" + "x" * 300, ""),
        ("", ""),
    ],
)
def test_only_a_page_of_this_portal_is_noted(cast: Cast, page: str, kept: str) -> None:
    client = signed_in(cast.people["clerk_a1"])
    assert submit(client, reverse("suggestion-new"), {"text": WORDS, "page": page}).status_code == 302
    assert Suggestion.objects.get().page == kept


def test_too_few_or_too_many_words_are_said_and_kept(cast: Cast) -> None:
    client = signed_in(cast.people["clerk_a1"])
    assert "请填写意见建议" in text_of(submit(client, reverse("suggestion-new"), {"text": " "}))
    page = text_of(submit(client, reverse("suggestion-new"), {"text": "长" * 501}))
    assert "意见建议最多500字" in page
    assert "长" * 501 in page
    assert not Suggestion.objects.exists()


def test_rare_characters_come_back_as_they_were(cast: Cast) -> None:
    words = "、".join(RARE_NAMES)[:480]
    client = signed_in(cast.people["clerk_a1"])
    submit(client, reverse("suggestion-new"), {"text": words})
    row = Suggestion.objects.get()
    assert row.text == words
    assert escape(words) in client.get(reverse("suggestion", args=[row.no])).content.decode()


# --- Who reads, who answers -----------------------------------------------------------------------------
def test_nobody_but_its_author_and_the_task_force_knows_of_it(cast: Cast) -> None:
    row = made(cast)
    for name, user in cast.people.items():
        client = signed_in(user)
        seen = client.get(reverse("suggestion", args=[row.no])).status_code
        listed = row.no in client.get(reverse("suggestions")).content.decode()
        expected = name in ("clerk_a1", "task_force")
        assert (seen, listed) == ((200, True) if expected else (404, False)), name


def test_nobody_but_the_task_force_answers(cast: Cast) -> None:
    row = made(cast)
    for name, user in cast.people.items():
        if name != "task_force":
            assert answer(signed_in(user), row).status_code == 403, name
            with pytest.raises(NotAllowed):
                suggestions.answer(suggestion_id=row.pk, actor=user, version=None, words="好")
    assert (
        "答复"
        not in signed_in(cast.people["clerk_a1"])
        .get(reverse("suggestion", args=[row.no]))
        .content.decode()
        .split("</dl>")[1]
        .split("<footer")[0]
    )


def test_nobody_answers_himself(cast: Cast) -> None:
    row = made(cast, "task_force")
    assert answer(signed_in(cast.people["task_force"]), row).status_code == 403
    assert desk_of(cast.people["task_force"]).count == 0
    second = person("force_two", "丁一", "task_force", cast.units["county"])
    assert answer(signed_in(second), row).status_code == 302
    assert told(second) == []


def test_it_is_answered_once_and_with_words(cast: Cast) -> None:
    row, force = made(cast), signed_in(cast.people["task_force"])
    empty = answer(force, row, " ")
    assert empty.status_code == 200
    assert "请填写答复" in text_of(empty)
    assert answer(force, row).status_code == 302
    assert answer(force, row).status_code == 409
    with pytest.raises(WrongState):
        suggestions.answer(suggestion_id=row.pk, actor=cast.people["task_force"], version=None, words="再答")
    with pytest.raises(IntegrityError), transaction.atomic():
        Suggestion.objects.update(answer="")


# --- The task force's lists -----------------------------------------------------------------------------
def test_what_waits_stands_on_the_desk_with_its_day(cast: Cast) -> None:
    with clock.at(MORNING):
        made(cast)
    with clock.at(MORNING.replace(month=12, day=2)):
        late = desk_of(cast.people["task_force"]).groups[0]
        assert (late.title, late.rows[0].what, late.rows[0].due_on) == (
            "已逾期",
            "答复意见建议",
            date(2026, 11, 30),
        )
        assert desk_of(cast.people["supervision"]).count == 0
        force = signed_in(cast.people["task_force"])
        assert "逾期2天" in text_of(force.get(reverse("suggestions")))


def test_the_lists_count_what_they_show_at_the_price_of_few(
    cast: Cast, django_assert_max_num_queries: Any
) -> None:
    for number in range(60):
        row = made(cast, "clerk_a1", f"意见{number}")
        if number < 5:
            suggestions.answer(suggestion_id=row.pk, actor=cast.task_force, version=None, words="好")  # type: ignore[arg-type]
    force = signed_in(cast.people["task_force"])
    with django_assert_max_num_queries(16):
        waiting = force.get(reverse("suggestions"))
    assert "待答复 55" in text_of(waiting)
    assert "已答复 5" in text_of(waiting)
    assert force.get(reverse("suggestions") + "?state=done").content.decode().count('data-label="编号"') == 5
    assert (
        signed_in(cast.people["clerk_a1"])
        .get(reverse("suggestions"))
        .content.decode()
        .count('data-label="编号"')
        == 50
    )

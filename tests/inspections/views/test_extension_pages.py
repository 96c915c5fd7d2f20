"""延期 on the pages: asking with the head's signature, deciding, what the case shows, who sees the paper."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from inspections.models import Extension, RectificationTask
from inspections.workflows import extensions
from shuangjian.journal.models import AuditEntry
from tests.cast import Cast
from tests.files.samples import pdf
from tests.inspections.cases import case_at_a1, fresh, later, red_line
from tests.registry import signed_in, text_of

pytestmark = pytest.mark.usefixtures("standing_policy", "policy")


def send(browser: Client, task: RectificationTask, move: str, **data: Any) -> Any:
    guard = {"_key": uuid.uuid4().hex, "_version": str(task.version)}
    return browser.post(f"/problems/{task.no}/{move}/", guard | data)


def request_of(**changed: Any) -> dict[str, Any]:
    return {"to_on": str(later(40)), "ground": "works", "words": "消防验收要排到下月"} | changed


def sealed() -> SimpleUploadedFile:
    return SimpleUploadedFile("延期申请.pdf", pdf(), "application/pdf")


def test_from_the_request_to_the_new_date(cast: Cast) -> None:
    task = fresh(case_at_a1(cast, "rectifying"))
    head, office = signed_in(cast.head_a1), signed_in(cast.task_force)
    assert send(head, task, "ask-extension", **request_of()).status_code == 302
    case = text_of(head.get(f"/problems/{task.no}/"))
    assert "申请延期至2026年12月26日，待批复；批复前仍按现在的期限" in case
    assert "消防验收要排到下月" in case
    page = text_of(office.get(f"/problems/{task.no}/grant-extension/"))
    assert "由2026年12月6日 延至2026年12月26日（20天）" in page.replace("\u3000", " ")
    assert send(office, fresh(task), "grant-extension", words="同意").status_code == 302
    html = head.get(f"/problems/{task.no}/").content.decode()
    assert "原期限<del>2026年12月6日</del>，已延期1次" in html
    assert "整改期限由12月6日改为12月26日" in html  # in the course
    assert fresh(task).due_on == later(40)


def test_the_administrator_brings_the_sealed_page_and_keeps_his_words_without_it(cast: Cast) -> None:
    task = fresh(case_at_a1(cast, "rectifying"))
    clerk = signed_in(cast.clerk_a1)
    page = send(clerk, task, "ask-extension", **request_of())
    assert page.status_code == 200
    assert "请选择文件" in text_of(page) and "消防验收要排到下月" in page.content.decode()
    assert not Extension.objects.exists()
    assert send(clerk, task, "ask-extension", **request_of(files=sealed())).status_code == 302
    stored = Extension.objects.get().sealed_page
    assert stored is not None
    for who, status in (("clerk_a1", 200), ("task_force", 200), ("inspector_a", 200), ("clerk_b1", 404)):
        assert signed_in(cast.people[who]).get(f"/files/{stored.pk}/").status_code == status, who


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"to_on": ""}, "请填写新的期限"),
        ({"to_on": "明年"}, "请填写正确的日期"),
        ({"to_on": "2026-12-06"}, "新的期限要晚于现在的整改期限"),
        ({"to_on": "2031-01-01"}, "新的期限最晚到2027年3月6日"),
        ({"ground": ""}, "请选择延期原因"),
        ({"words": ""}, "请写明延期的具体理由"),
    ],
)
def test_what_is_wrong_is_said_beside_the_field(cast: Cast, changed: dict[str, str], sentence: str) -> None:
    task = fresh(case_at_a1(cast, "rectifying"))
    page = send(signed_in(cast.head_a1), task, "ask-extension", **request_of(**changed))
    assert page.status_code == 200
    assert sentence in text_of(page)
    assert not Extension.objects.exists()


def test_only_what_is_open_to_the_person_is_offered(cast: Cast) -> None:
    def offered(task: RectificationTask, who: str) -> set[str]:
        html = signed_in(cast.people[who]).get(f"/problems/{task.no}/").content.decode()
        moves = ("ask-extension", "withdraw-extension", "grant-extension", "refuse-extension", "extend")
        return {move for move in moves if f"/problems/{task.no}/{move}/" in html}

    red = fresh(case_at_a1(cast, "rectifying", prohibition=red_line()))
    assert offered(red, "head_a1") == offered(red, "leader") == set()
    task = fresh(case_at_a1(cast, "rectifying"))
    assert offered(task, "clerk_a1") == {"ask-extension"}
    assert offered(task, "task_force") == offered(task, "leader") == {"extend"}
    extensions.ask(
        task_id=task.pk,
        actor=cast.head_a1,
        version=None,
        to_on=later(40),
        ground="works",
        words="消防验收要排到下月",
    )
    assert offered(task, "clerk_a1") == {"withdraw-extension"}
    assert offered(task, "task_force") == {"grant-extension", "refuse-extension"}
    assert offered(task, "leader") == offered(task, "inspector_a") == set()


def test_beyond_what_the_task_force_may_give_it_is_told_whose_it_is(cast: Cast) -> None:
    task = fresh(case_at_a1(cast, "rectifying"))
    page = send(signed_in(cast.task_force), task, "extend", **request_of(to_on=str(later(95))))
    assert "延到2月19日要由分管领导批准" in text_of(page)
    assert send(signed_in(cast.leader), task, "extend", **request_of(to_on=str(later(95)))).status_code == 302
    assert fresh(task).due_on == later(95)


def test_after_the_close_out_nothing_is_extended_any_more(cast: Cast) -> None:
    task = case_at_a1(cast, "closed")
    before = AuditEntry.objects.count()
    for who, move in ((cast.head_a1, "ask-extension"), (cast.task_force, "extend")):
        answer = send(signed_in(who), task, move, **request_of())
        assert answer.status_code == 409
        assert "当前状态是“已销号”，不能" in text_of(answer)
    assert not Extension.objects.exists() and AuditEntry.objects.count() == before

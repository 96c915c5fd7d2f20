"""固定文字 in the browser: previewed, saved as versions, restored, taken by what is drafted afterwards."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from inspections.models import Paper, StandingText
from inspections.workflows import papers
from inspections.workflows import report as workflow
from shuangjian.journal.models import AuditEntry
from shuangjian.policy.models import Term
from tests.cast import Cast
from tests.inspections.cases import case_at_a1
from tests.inspections.papering import notice
from tests.registry import signed_in, submit, text_of

pytestmark = [pytest.mark.documents, pytest.mark.usefixtures("standing_policy", "policy")]
PAGE = "/settings/texts/unit_report/opening/"
NEW = "{督导机构}对{单位}开展{学期}督导。"


def save(client: Client, text: str = NEW, *, version: int = 0, reason: str = "统一格式", **more: Any) -> Any:
    return submit(client, f"{PAGE}edit/", {"text": text, "reason": reason, **more}, version=version)


def test_a_new_version_is_previewed_saved_and_used(cast: Cast, term: Term) -> None:
    client = signed_in(cast.supervision)
    before = workflow.draft(kind="unit", term=term, organisation=cast.a1, actor=cast.supervision)
    seen = save(client, do="preview", reason="")
    assert "某县人民政府教育督导委员会办公室对某小学开展2026年秋季学期督导。" in text_of(seen)
    assert NEW in seen.content.decode()
    assert not StandingText.objects.exists()
    assert save(client, do="save").status_code == 302
    row = StandingText.objects.get()
    assert (row.version, row.text, row.made_by) == (1, NEW, cast.supervision)
    entry = AuditEntry.objects.get(action="inspections.standing_text.changed")
    assert (entry.after["key"], entry.before) == ("opening", {"version": 0})
    after = workflow.draft(kind="unit", term=term, organisation=cast.a2, actor=cast.supervision)
    assert after.standing["opening"] == {"version": 1, "text": NEW}
    before.refresh_from_db()
    assert before.standing["opening"]["version"] == 0
    listed = text_of(signed_in(cast.leader).get("/settings/texts/"))
    assert f"第1版，{cast.supervision.name}" in listed


@pytest.mark.parametrize(
    ("text", "reason", "says"),
    [
        ("{学期}由{校长}督导。", "改", "没有“{校长}”这个占位"),
        ("督导。", "改", "缺少占位“{学期}”"),
        ("{学期督导。", "改", "花括号没有成对"),
        (NEW, " ", "请填写修改原因"),
        ("", "改", "请填写文字"),
    ],
)
def test_bad_input_is_named_and_kept(cast: Cast, text: str, reason: str, says: str) -> None:
    answer = save(signed_in(cast.supervision), text, reason=reason, do="save")
    assert answer.status_code == 200
    assert says in text_of(answer)
    assert text in answer.content.decode()
    assert not StandingText.objects.exists()


def test_the_same_text_again_is_no_version(cast: Cast) -> None:
    client = signed_in(cast.supervision)
    save(client)
    assert "和现行的文字一样" in text_of(save(client, version=1))
    assert StandingText.objects.count() == 1


def test_who_saw_an_older_version_is_told_of_the_newer(cast: Cast) -> None:
    client = signed_in(cast.supervision)
    save(client)
    late = save(client, "{学期}督导。", version=0)
    assert late.status_code == 409
    assert "{学期}督导。" in late.content.decode()
    assert StandingText.objects.count() == 1


def test_earlier_versions_are_read_and_restored_as_a_new_one(cast: Cast) -> None:
    client = signed_in(cast.supervision)
    save(client)
    old = client.get(f"{PAGE}?version=0")
    assert "平台原文" in text_of(old)
    assert "这是旧版" in text_of(old)
    answer = submit(client, f"{PAGE}restore/", {"old": "0"}, version=1)
    assert "已恢复，存为第2版" in text_of(client.get(answer.url))
    first, second = StandingText.objects.order_by("version")
    assert (second.version, second.restores, first.restores) == (2, 0, None)
    assert "对你单位（{单位类别}" in second.text
    assert "没有第9版" in text_of(client.get(submit(client, f"{PAGE}restore/", {"old": "9"}, version=2).url))
    assert "请选择" in text_of(client.get(submit(client, f"{PAGE}restore/", {"old": "x"}, version=2).url))


def test_only_the_supervision_office_writes(cast: Cast) -> None:
    for person in (cast.leader, cast.task_force, cast.system_admin):
        client = signed_in(person)
        page = client.get(PAGE)
        assert page.status_code == 200
        assert "修改</a>" not in page.content.decode()
        assert client.get(f"{PAGE}edit/").status_code == 403
    assert signed_in(cast.head_a1).get(PAGE).status_code == 403
    assert signed_in(cast.leader).get("/settings/texts/unit_report/nothing/").status_code == 404


def test_a_paper_takes_the_texts_in_force_when_it_is_drafted(cast: Cast) -> None:
    client = signed_in(cast.supervision)
    before = notice(cast, cast.a1, [case_at_a1(cast, "planning")])
    address = "/settings/texts/notice/rights/edit/"
    assert "缺少占位“{异议期限}”" in text_of(submit(client, address, {"text": "可以提出。", "reason": "改"}))
    text = "对{单位}认定的事实有异议的，{异议期限}个工作日内向{发文机关}提出。"
    assert (
        submit(client, address, {"text": text, "reason": "统一", "do": "save"}, version=0).status_code == 302
    )
    assert "第1版" in text_of(client.get("/settings/texts/"))
    printed = "".join(text_of(client.get(f"/papers/{before.no}/preview/")).split())
    assert "可在收到本通知书之日起5个工作日内书面提出" in printed
    fresh_from(before, cast)
    printed = "".join(text_of(client.get(f"/papers/{before.no}/preview/")).split())
    assert f"对{cast.a1.name}认定的事实有异议的，5个工作日内向云溪县教育局提出。" in printed
    assert "可在收到本通知书之日起" not in printed
    before.refresh_from_db()
    assert before.data["standing"]["rights"] == {"version": 1, "text": text}


def fresh_from(row: Paper, cast: Cast) -> None:
    """修改内容: the records and the standing texts are read anew."""
    papers.refresh(
        paper_id=row.pk,
        actor=cast.supervision,
        version=row.version,
        tasks=list(row.tasks.all()),
        delivery=row.delivery,
        given=row.data["given"],
    )

"""台账视图: a named address, for oneself or shared; whoever opens it sees what is his, as of now."""

from __future__ import annotations

from typing import Any

import pytest

from inspections.models import LedgerView
from inspections.workflows import ledger_views as workflow
from shuangjian.journal.models import AuditEntry
from tests.cast import Cast
from tests.inspections.cases import case_at_a1, case_in
from tests.registry import signed_in, submit, text_of

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.overview,
    pytest.mark.usefixtures("standing_policy", "policy"),
]
NEW = "/ledger/views/new/?tab=overdue&rule=4&sort=unit&state=&page=3&no=2026-0001&select=all"


def save(cast: Cast, who: str, name: str, readers: str = "own", address: str = NEW) -> Any:
    return submit(signed_in(cast.people[who]), address, {"name": name, "readers": readers})


def offered(cast: Cast, who: str) -> list[str]:
    """The names under 「视图」 in the ledger."""
    return [view.name for view in signed_in(cast.people[who]).get("/ledger/").context["views"]]


def test_a_view_is_a_plain_address_without_page_and_selection(cast: Cast) -> None:
    answer = save(cast, "task_force", "按单位看第4条逾期")
    assert answer.status_code == 302
    assert answer.url == "/ledger/?rule=4&tab=overdue&sort=unit"
    ledger = signed_in(cast.task_force).get(answer.url)
    assert 'aria-current="page">按单位看第4条逾期' in ledger.content.decode()
    words = text_of(signed_in(cast.task_force).get("/ledger/views/"))
    assert "逾期；条目：第4条 严控书面作业总量；按单位排列" in words


def test_only_what_is_shared_is_others_and_nobody_changes_anothers(cast: Cast) -> None:
    save(cast, "supervision", "自己用")
    save(cast, "supervision", "大家用", "office")
    assert offered(cast, "supervision") == ["大家用", "自己用"]
    assert offered(cast, "task_force") == offered(cast, "leader") == ["大家用"]
    shared, own = (LedgerView.objects.get(name=name) for name in ("大家用", "自己用"))
    fields = {"name": "改了", "readers": "office"}
    for who, view, status in (("leader", shared, 403), ("task_force", own, 404), ("clerk_a1", shared, 403)):
        answer = submit(signed_in(cast.people[who]), f"/ledger/views/{view.pk}/", fields, version=1)
        assert answer.status_code == status, who
    assert set(LedgerView.objects.values_list("name", flat=True)) == {"大家用", "自己用"}
    # Its owner may be gone one day: the task force clears shared ones away.
    cleared = submit(
        signed_in(cast.task_force), f"/ledger/views/{shared.pk}/", {"do": "delete"}, version=shared.version
    )
    assert cleared.status_code == 302
    assert offered(cast, "leader") == []


def test_sharing_renaming_and_deleting_are_written_down(cast: Cast) -> None:
    save(cast, "task_force", "逾期")
    view = LedgerView.objects.get()
    client, page = signed_in(cast.task_force), f"/ledger/views/{view.pk}/"
    submit(client, page, {"name": "第4条逾期", "readers": "office"}, version=1)
    submit(client, page, {"name": "第4条逾期", "readers": "office"}, version=2)  # nothing new
    stale = submit(client, page, {"name": "旧", "readers": "own"}, version=1)
    assert stale.status_code == 409
    submit(client, page, {"do": "delete"}, version=2)
    assert not LedgerView.objects.exists()
    entries = AuditEntry.objects.filter(action__startswith="inspections.ledger_view.").order_by("seq")
    assert [(entry.action.rpartition(".")[2], entry.after["is_shared"]) for entry in entries] == [
        ("saved", False),
        ("changed", True),
        ("deleted", True),
    ]


def test_its_limits_are_said_beside_the_entries(cast: Cast) -> None:
    save(cast, "task_force", "逾期")
    for fields, words in (
        ({"name": "逾期", "readers": "own"}, "已经有叫“逾期”的视图"),
        ({"name": "", "readers": "own"}, "请填写名称"),
        ({"name": "甲" * 21, "readers": "own"}, "最多20"),
        ({"name": "乙", "readers": "everybody"}, "请从列表中选择谁能用"),
    ):
        answer = submit(signed_in(cast.task_force), NEW, fields)
        assert answer.status_code == 200
        assert words in text_of(answer), fields
    assert "筛选条件太长" in text_of(save(cast, "task_force", "长", address=f"{NEW}&q={'字' * 400}"))
    made = [LedgerView(owner=cast.task_force, name=f"第{at}个") for at in range(workflow.MOST_OF_ONE - 1)]
    LedgerView.objects.bulk_create(made)
    assert f"每人最多存{workflow.MOST_OF_ONE}个" in text_of(save(cast, "task_force", "再一个"))
    assert save(cast, "supervision", "逾期").status_code == 302  # the same name is another person's, too


def test_it_shows_what_there_is_now(cast: Cast) -> None:
    url = save(cast, "task_force", "城关", "office", "/ledger/views/new/?q=cgxx&tab=open").url
    case_at_a1(cast, "planning")
    case_in("planning", unit=cast.b1, found_by=cast.supervision)
    for who in ("task_force", "leader"):
        assert signed_in(cast.people[who]).get(url).context["page_obj"].paginator.count == 1

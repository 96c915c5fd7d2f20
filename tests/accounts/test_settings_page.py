"""县级设置, the help, and beginning an installation on the server."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from shuangjian.accounts.models import County, Organisation, User
from shuangjian.accounts.roles import Role
from shuangjian.journal.audit import verify_chain
from shuangjian.journal.models import AuditEntry
from tests.cast import Cast
from tests.registry import signed_in, submit, text_of


def fields(**changed: Any) -> dict[str, Any]:
    county = County.objects.get()
    names = [field.name for field in County._meta.fields if field.name not in ("id", "version")]
    return {name: getattr(county, name) for name in names} | changed


def save(client: Client, version: int | None = None, **changed: Any) -> Any:
    version = County.objects.get().version if version is None else version
    return submit(client, reverse("settings"), fields(**changed), version=version)


@pytest.fixture
def system(cast: Cast) -> Client:
    return signed_in(cast.people["system_admin"])


def test_the_names_are_changed_and_printed_on_every_page(cast: Cast, system: Client) -> None:
    assert save(system, hotline="0000-6129999", icp_no="某ICP备00000001号", verify_days=8).status_code == 302
    page = text_of(Client().get("/"))
    assert "0000-6129999" in page
    assert "某ICP备00000001号" in page
    entry = AuditEntry.objects.select_related("text").get(action="accounts.county.changed")
    assert (entry.before, entry.after) == ({"verify_days": 10}, {"verify_days": 8})
    assert "0000-6129999" in entry.text.text


def test_nothing_changed_is_no_entry(cast: Cast, system: Client) -> None:
    assert save(system).status_code == 302
    assert not AuditEntry.objects.filter(action="accounts.county.changed").exists()
    assert County.objects.get().version == 1


@pytest.mark.parametrize(
    "bad",
    [
        {"name": ""},
        {"portal_name": "长" * 41},
        {"bureau_name": "云溪县\n教育局"},
        {"doc_code": "云教督\u202e"},
        {"host_name": "零\x00字节"},
        {"plan_days": "0"},
        {"plan_days": "61"},
        {"verify_days": "-1"},
        {"verify_days": "十天"},
        {"look_back_days": "999999999999999999999"},
        {"independence_months": "1e3"},
    ],
)
def test_a_value_that_cannot_be_is_refused_and_what_was_typed_stays(
    cast: Cast, system: Client, bad: dict[str, Any]
) -> None:
    before = County.objects.values().get()
    response = save(system, **bad, hotline="0000-6127777")
    assert response.status_code == 200
    assert "处需要修改" in text_of(response)
    assert "0000-6127777" in response.content.decode()
    assert County.objects.values().get() == before


def test_the_slower_of_two_is_told(cast: Cast, system: Client) -> None:
    assert save(system, hotline="0000-6121111").status_code == 302
    late = save(system, version=1, hotline="0000-6122222", portal_name="双减门户")
    assert late.status_code == 409
    assert "双减门户" in text_of(late)
    assert County.objects.get().hotline == "0000-6121111"


def test_it_belongs_to_the_system_administrator_alone(cast: Cast) -> None:
    for name in ("security_admin", "auditor", "leader", "task_force", "clerk_a1"):
        client = signed_in(cast.people[name])
        assert client.get(reverse("settings")).status_code == 403
        assert save(client, hotline="0000-6123333").status_code == 403
    assert County.objects.get().hotline == "0000-6120012"


# --- Help ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("clerk_a1", "学校管理员、机构管理员"),
        ("manager_a3", "校长、机构负责人"),
        ("team_inspector", "责任督学、检查组成员"),
        ("task_force", "双减专班"),
        ("supervision", "督导室"),
        ("leader", "分管领导"),
        ("partner", "科室、部门联络员"),
        ("auditor", "系统管理员、安全管理员、审计员"),
    ],
)
def test_the_help_names_ones_own_part_first(cast: Cast, name: str, part: str) -> None:
    page = text_of(signed_in(cast.people[name]).get(reverse("help")))
    assert f"您的部分： {part} " in page


def test_anybody_reads_the_help_with_the_hotline(cast: Cast) -> None:
    page = text_of(Client().get(reverse("help")))
    assert "您的部分" not in page
    assert "请拨打值班电话 0000-6120012" in page
    County.objects.update(hotline="")
    assert "请联系云溪县教育局双减工作人员" in text_of(Client().get(reverse("help")))


def test_the_help_says_the_limits_that_hold(cast: Cast, settings: Any) -> None:
    page = text_of(Client().get(reverse("help")))
    assert f"连续输错{settings.AXES_FAILURE_LIMIT}次" in page
    assert f"{settings.SESSION_IDLE_SECONDS // 60}分钟没有操作" in page
    assert f"最长{settings.SESSION_COOKIE_AGE // 3600}小时" in page


# --- The server ---------------------------------------------------------------


def test_an_installation_begins_with_three_administrators(
    db: None, capsys: Any, try_to_sign_in: Callable[..., Any]
) -> None:
    call_command("open_county", "云溪县", "--doc-code", "云教督")
    printed = [line.split("\t") for line in capsys.readouterr().out.splitlines() if "\t" in line]
    assert [username for _, username, _ in printed] == ["xitong", "anquan", "shenji"]
    assert [next(iter(user.roles)) for user in User.objects.order_by("pk")] == [
        Role.SYSTEM_ADMIN,
        Role.SECURITY_ADMIN,
        Role.AUDITOR,
    ]
    for _, username, password in printed:
        client = Client()
        assert try_to_sign_in(username, password, client=client).status_code == 302
        assert client.get(reverse("rules"))["Location"] == reverse("me-password")
    with pytest.raises(CommandError, match="已经开通过"):
        call_command("open_county", "云溪县")
    assert Organisation.objects.count() == 1
    assert verify_chain() == []


def test_a_forgotten_password_of_an_administrator_is_given_anew_on_the_server(
    cast: Cast, capsys: Any, try_to_sign_in: Callable[..., Any]
) -> None:
    for _ in range(5):
        try_to_sign_in("auditor", "wrong-password")
    call_command("reissue_password", "auditor")
    password = capsys.readouterr().out.split("\t")[2].split("\n")[0]
    assert try_to_sign_in("auditor", password).status_code == 302
    entry = AuditEntry.objects.filter(action="accounts.user.password_reset").get()
    assert entry.actor_id is None
    with pytest.raises(CommandError):
        call_command("reissue_password", "nobody_here")

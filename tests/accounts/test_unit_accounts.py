"""为单位开账号: whom the register names and who has no account, opened many at once, granted by another."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from shuangjian.accounts import grants, slips, unit_accounts
from shuangjian.accounts.models import GrantRequest, Headship, Organisation, User
from shuangjian.accounts.roles import Role
from shuangjian.journal.errors import NotAllowed, Refused
from shuangjian.journal.models import AuditEntry
from tests.cast import LONG_AGO, Cast
from tests.registry import signed_in, submit, text_of

pytestmark = pytest.mark.django_db


def school(code: str, contact: str = "周琳", head: str = "黄河", **fields: object) -> Organisation:
    unit = Organisation.objects.create(
        kind="school", code=code, name=f"学校{code}", contact_name=contact, **fields
    )
    if head:
        Headship.objects.create(organisation=unit, name=head, from_on=LONG_AGO)
    return unit


def offered() -> dict[str, tuple[str, str]]:
    return {one.username: (one.name, one.roles_in_words) for one in unit_accounts.openings()[0]}


def test_what_the_register_names_and_nobody_holds_is_offered(cast: Cast) -> None:
    before = offered()
    school("3152000098")
    assert {name: said for name, said in offered().items() if name not in before} == {
        "x3152000098": ("周琳", "学校管理员"),
        "x3152000098-fzr": ("黄河", "校长"),
    }
    assert not any("3152000001" in name for name in before), "A1 has both"


def test_one_person_gets_one_account_with_both_roles(cast: Cast) -> None:
    school("3152000098", contact="黄河")
    assert offered()["x3152000098"] == ("黄河", "学校管理员、校长")


def test_who_is_filled_in_for_has_ended_or_has_no_name_is_left_out(cast: Cast) -> None:
    lacking = unit_accounts.openings()[1]
    school("3152000097", filer=cast.a1)
    school("3152000096", status="closed", closed_on="2026-08-31")
    school("3152000095", contact="", head="")
    assert not any(code in name for name in offered() for code in ("3152000097", "3152000096", "3152000095"))
    assert unit_accounts.openings()[1] == lacking + 1


def test_opened_granted_by_another_printed_and_used(cast: Cast) -> None:
    school("3152000098")
    system = signed_in(cast.system_admin)  # type: ignore[arg-type]
    answer = submit(system, reverse("unit-accounts"), {"account": ["x3152000098", "x3152000098-fzr"]})
    assert answer["Location"] == reverse("slips")
    user = User.objects.get(username="x3152000098")
    assert not user.has_usable_password() and user.posts == []
    request = GrantRequest.objects.get(user=user)
    assert (request.role, request.state) == (Role.SCHOOL_ADMIN, "asked")
    grants.confirm(request_id=request.pk, actor=cast.security_admin, version=None)  # type: ignore[arg-type]
    (slip,) = slips.print_slips(actor=cast.system_admin, usernames=["x3152000098"])  # type: ignore[arg-type]
    assert [post.organisation.code for post in slip.posts] == ["3152000098"]
    fields = {"username": "x3152000098", "code": slip.code, "password": "liu-xi-7531", "again": "liu-xi-7531"}
    newcomer = Client()
    assert newcomer.post(reverse("activate"), fields).status_code == 302
    assert newcomer.get("/desk/").status_code == 200


def test_nobody_is_opened_twice(cast: Cast) -> None:
    school("3152000098")
    unit_accounts.open_accounts(actor=cast.system_admin, usernames=["x3152000098"])  # type: ignore[arg-type]
    assert "x3152000098" not in offered() and "x3152000098-2" not in offered()
    entries = AuditEntry.objects.count()
    with pytest.raises(Refused, match="已经开过"):
        unit_accounts.open_accounts(
            actor=cast.system_admin,
            usernames=["x3152000098-fzr", "x3152000098"],  # type: ignore[arg-type]
        )
    assert AuditEntry.objects.count() == entries
    assert not User.objects.filter(username="x3152000098-fzr").exists()


def test_only_the_system_administrator_opens(cast: Cast) -> None:
    school("3152000098")
    for other in (cast.security_admin, cast.task_force, cast.auditor):
        with pytest.raises(NotAllowed):
            unit_accounts.open_accounts(actor=other, usernames=["x3152000098"])  # type: ignore[arg-type]


@pytest.mark.parametrize("chosen", [[], ["nobody"], ["x" * 200], [f"a{at}" for at in range(41)]])
def test_an_odd_choice_is_refused_in_words(cast: Cast, chosen: list[str]) -> None:
    page = submit(signed_in(cast.system_admin), reverse("unit-accounts"), {"account": chosen})  # type: ignore[arg-type]
    assert page.status_code == 200 and "没有开账号" in text_of(page)


def test_the_list_asks_no_more_for_many_units(cast: Cast) -> None:
    system = signed_in(cast.system_admin)  # type: ignore[arg-type]

    def queries(start: int, count: int) -> int:
        for at in range(count):
            school(f"31529{start + at:05d}")
        system.get(reverse("unit-accounts"))
        with CaptureQueriesContext(connection) as asked:
            system.get(reverse("unit-accounts"))
        return len(asked)

    assert queries(0, 2) == queries(100, 40) <= 15

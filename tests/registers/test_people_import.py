"""People and their accounts by a workbook: asked for by one administrator, granted by another, printed."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.test import Client
from openpyxl import load_workbook

from inspections.imports.people.columns import SHEET
from inspections.imports.people.kind import PEOPLE
from inspections.imports.plans import Plan
from inspections.models import Import
from shuangjian.accounts import slips
from shuangjian.accounts.models import GrantRequest, Headship, Membership, Organisation, User
from shuangjian.accounts.roles import Role
from shuangjian.journal.models import AuditEntry, Notification
from tests.cast import LONG_AGO, Cast
from tests.inspections.importing import confirm, fill, raw, send, template
from tests.registry import signed_in, submit, text_of

pytestmark = [pytest.mark.registers, pytest.mark.django_db]
CLERK = {"name": "周琳", "code": "3152000003", "role": "学校管理员", "title": "教导主任"}


def planned(*rows: dict[str, Any]) -> Plan:
    return PEOPLE.plan([raw(SHEET, *rows)], User.objects.get(username="system_admin"), lambda *_: None)


def faults(*rows: dict[str, Any]) -> dict[str, str]:
    return {fault.cell: fault.words for fault in planned(*rows).faults}


def told(plan: Plan) -> dict[str, tuple[str, list[str]]]:
    return {row.key: (row.action, row.lines) for row in plan.rows}


def test_from_the_template_to_the_slip_by_two_administrators(cast: Cast) -> None:
    unit = Organisation.objects.create(kind="school", code="3152000098", name="河口小学", contact_name="周琳")
    Headship.objects.create(organisation=unit, name="黄河", from_on=LONG_AGO)
    system = signed_in(cast.system_admin)  # type: ignore[arg-type]
    assert "用表格导入" in text_of(system.get("/settings/users/"))
    book = template(system, "people")
    sheet = book["人员账号"]
    assert "模板" in sheet["A1"].value
    fill(sheet, 3, 姓名="周琳", 单位代码="3152000098", 角色="学校管理员", 手机号="13800000001")
    fill(sheet, 4, 姓名="黄河", 单位代码=3152000098, 角色="校长", 职务="校长", 开始日期="２０２６年9月1日")
    fill(sheet, 5, 姓名="吴芳", 单位代码="3152000098", 角色="督学")
    page = text_of(send(system, "people", book))
    assert "C5" not in page and "D5" in page and "责任督学要设在督学责任区上" in page
    assert not User.objects.filter(username__startswith="x3152000098").exists()
    assert "已写入2个账号" in confirm(system, "good")
    clerk = User.objects.get(username="x3152000098")
    assert (clerk.name, clerk.phone, clerk.has_usable_password(), clerk.posts) == (
        "周琳", "13800000001", False, [],
    )  # fmt: skip
    asked = GrantRequest.objects.get(user__username="x3152000098-fzr")
    assert (asked.role, str(asked.from_on), asked.state) == (Role.HEAD, "2026-09-01", "asked")
    notice = Notification.objects.get(recipient=cast.security_admin)
    assert notice.title == "请确认：用表格导入的人员的角色"  # of the whole file one
    security = signed_in(cast.security_admin)  # type: ignore[arg-type]
    picks = [f"{one.pk}:{one.version}" for one in GrantRequest.objects.all()]
    submit(security, "/settings/grants/confirm/", {"pick": picks})
    assert Membership.objects.filter(organisation=unit).count() == 2
    (slip,) = slips.print_slips(actor=cast.system_admin, usernames=["x3152000098"])  # type: ignore[arg-type]
    fields = {"username": "x3152000098", "code": slip.code, "password": "liu-xi-7531", "again": "liu-xi-7531"}
    assert Client().post("/activate/", fields).status_code == 302
    sheet.delete_rows(5)
    assert "2个账号与平台一样，不用导入" in text_of(send(system, "people", book))
    assert AuditEntry.objects.filter(action="accounts.user.created").count() == 2


def test_the_filled_template_holds_who_is_there_and_a_row_for_each_post_that_nobody_holds(cast: Cast) -> None:
    _, data = PEOPLE.template(cast.system_admin, is_filled=True)  # type: ignore[arg-type]
    book = load_workbook(io.BytesIO(data))
    rows = {tuple(cell.value for cell in row[:4]) for row in book["人员账号"].iter_rows(min_row=3)}
    assert ("李静", cast.a1.code, "城关小学", "学校管理员") in rows
    assert (None, cast.a2.code, "实验学校", "校长") in rows
    assert not any(row[3] in ("系统管理员", "安全管理员", "审计员") for row in rows)
    assert "不用导入" in text_of(send(signed_in(cast.system_admin), "people", book))  # type: ignore[arg-type]


def test_whose_account_a_row_is_about(cast: Cast) -> None:
    known = {"name": "李静", "code": cast.a1.code, "role": "学校管理员"}
    assert told(planned(known)) == {"clerk_a1": ("keep", [])}
    phone = known | {"phone": "１３８０００００００２"}
    assert told(planned(phone)) == {"clerk_a1": ("change", ["手机号：13800000002"])}
    (one,) = planned(CLERK, CLERK | {"role": "校长"}).rows  # one person, two posts
    assert (one.key, len(one.lines)) == ("x3152000003", 2)
    elsewhere = CLERK | {"code": cast.a2.code}
    assert len(planned(CLERK, elsewhere).rows) == 2  # of the same name, at another unit
    same = {"phone": "13800000003"}
    assert len(planned(CLERK | same, elsewhere | same).rows) == 1
    assert set(told(planned(CLERK | {"username": "Zhou.Lin"}))) == {"zhou.lin"}
    assert told(planned(known | {"role": "校长"}))["clerk_a1"][0] == "change"


def test_each_fault_is_named_by_its_cell(cast: Cast) -> None:
    assert faults(CLERK | {"code": "3152999999"}) == {"B2": "平台里没有代码为3152999999的单位，请核对"}
    assert not faults(CLERK)
    assert "角色只能填" in faults(CLERK | {"role": "系统管理员"})["D2"]
    assert "账号“clerk_a1”是李静的" in faults(CLERK | {"username": "clerk_a1"})["I2"]
    assert "同一个岗位" in faults(CLERK, CLERK)["D3"]
    assert "结束日期不能早于" in faults(CLERK | {"to_on": "2026-01-01"})["G2"]
    assert "最多提前60天" in faults(CLERK | {"from_on": "2028-01-01"})["F2"]
    moved = {"name": "李静", "code": cast.a1.code, "role": "学校管理员", "from_on": "2026-09-01"}
    assert "收回后重新申请" in faults(moved)["F2"]
    admin = {"name": "冯磊", "code": "YX00", "role": "双减专班"}
    assert "三员" in faults(admin)["D2"]
    assert "只写数字和短横" in faults(CLERK | {"phone": "无"})["H2"]


@pytest.mark.parametrize("who", ["security_admin", "auditor", "task_force", "clerk_a1"])
def test_nobody_but_the_system_administrator_imports_people(cast: Cast, who: str) -> None:
    browser = signed_in(getattr(cast, who))
    assert browser.get("/imports/people/").status_code == 403
    assert browser.get("/imports/people/template/").status_code == 403
    system = signed_in(cast.system_admin)  # type: ignore[arg-type]
    book = template(system, "people")
    fill(book["人员账号"], 3, 姓名="周琳", 单位代码="3152000003", 角色="学校管理员")
    send(system, "people", book)
    assert browser.get(f"/imports/{Import.objects.get().pk}/").status_code in (403, 404)
    assert system.get("/imports/units/").status_code == 403

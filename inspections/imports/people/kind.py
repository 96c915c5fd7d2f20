"""People as a kind of workbook: who reads one in, its template, one account opened and its roles asked for.

No account so opened has a password before its slip is printed (``accounts.slips``, P17), and none may do
anything before another administrator granted its roles (``accounts.grants``).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from django.urls import reverse

from inspections.imports.base import OneByOne, Permitted
from inspections.imports.people.columns import SHEET, UNIT_NAME
from inspections.imports.people.planning import PlannedPerson, plan_of
from inspections.imports.plans import Plan, PlannedRow, Progress
from inspections.imports.writing import written
from inspections.models import ImportRow
from shuangjian import clock
from shuangjian.accounts import grants, unit_accounts, workflows
from shuangjian.accounts.models import Membership, Organisation, User
from shuangjian.accounts.roles import ADMIN_ROLES, Role

_NOTES = (
    "从第3行起填写，一人一个岗位一行；不要合并单元格，不要改表头，姓名空着的行不导入。",
    "新的人开账号、申请角色；已有的人只申请新岗位、补手机号，姓名和在任岗位不改。",
    "角色由安全管理员确认后生效，再由系统管理员打印激活条当面交给本人；表里不填密码。",
    "系统管理员、安全管理员、审计员不能用表格开，请逐个办理。",
)


class PeopleImport(OneByOne, Permitted):
    """Everybody but the three administrators, opened by the system administrator."""

    what: ClassVar[str] = "people"
    title: ClassVar[str] = "人员账号"
    noun: ClassVar[str] = "个账号"
    key_heading: ClassVar[str] = "账号"
    permission: ClassVar[str] = "inspections.import_people"
    has_blank: ClassVar[bool] = True
    filled_label: ClassVar[str] = "下载带单位和现有人员的表"
    next_page: ClassVar[tuple[str, str]] = ("slips", "打印激活条")
    guidance: ClassVar[str] = (
        "一人一个岗位一行，没有账号的开账号。角色由安全管理员确认，激活条由您打印，不设初始密码。"
    )

    def template(self, user: User, *, is_filled: bool) -> tuple[str, bytes]:
        if not is_filled:
            return "人员账号导入模板.xlsx", written([SHEET], {}, _NOTES)
        rows = [[values.get(column.field, "") for column in SHEET] for values in (*_held(), *_vacant())]
        return f"人员账号{clock.today():%Y%m%d}.xlsx", written([SHEET], {SHEET.name: rows}, _NOTES)

    def plan(self, sheets: list[dict[str, Any]], user: User, progress: Progress) -> Plan:
        return plan_of(sheets, progress)

    def write_one(self, planned: PlannedRow, user: User, row: ImportRow) -> Organisation:
        """Open or correct the account and ask for its roles; whoever decides is told once a file."""
        assert isinstance(planned, PlannedPerson)  # noqa: S101  (what ``plan`` above made)
        assert planned.organisation is not None  # noqa: S101
        account, phone = planned.account, planned.phone
        if account is None:
            account = workflows.open_unused(
                actor=user, username=planned.key, name=planned.name, phone=phone or ""
            )
        elif phone is not None:
            workflows.edit_account(
                user_id=account.pk, actor=user, version=planned.version, name=account.name, phone=phone
            )
        for post in planned.posts:
            grants.ask(
                user_id=account.pk,
                actor=user,
                version=None,
                role=post.role,
                organisation=post.organisation,
                title=post.title,
                from_on=post.from_on or clock.today(),
                to_on=post.to_on,
                lot=f"import:{row.batch_id}",
            )
        return planned.organisation

    def address_of(self, row: ImportRow) -> str:
        return reverse("user", args=[row.key])


PEOPLE = PeopleImport()


# --- What the template is filled with ----------------------------------------------
def _held() -> Iterator[dict[str, str]]:
    """The posts that somebody holds, but those of the three administrators."""
    posts = Membership.objects.not_over(clock.today()).exclude(role__in=ADMIN_ROLES)
    posts = posts.filter(user__is_active=True).select_related("user", "organisation")
    order = ("organisation__kind", "organisation__pinyin_key", "organisation_id", "user__username", "pk")
    for post in posts.order_by(*order):
        yield {
            "name": post.user.name,
            "code": post.organisation.code,
            UNIT_NAME: post.organisation.name,
            "role": post.get_role_display(),
            "title": post.title,
            "from_on": post.from_on.isoformat(),
            "to_on": post.to_on.isoformat() if post.to_on else "",
            "phone": post.user.phone,
            "username": post.user.username,
        }


def _vacant() -> Iterator[dict[str, str]]:
    """A row for each post of a unit that nobody holds, with the name where the unit's entry tells one."""
    filled = unit_accounts.filled_posts()
    named = {(one.unit.pk, role): one for one in unit_accounts.openings()[0] for role in one.roles}
    units = Organisation.objects.units().active().filter(filer=None).order_by("kind", "pinyin_key", "pk")
    for unit in units:
        for role in unit_accounts.ROLES[unit.kind]:
            if (unit.pk, role) in filled:
                continue
            known = named.get((unit.pk, role))
            yield {
                "name": known.name if known else "",
                "code": unit.code,
                UNIT_NAME: unit.name,
                "role": Role(role).label,
                "title": known.title if known else "",
            }

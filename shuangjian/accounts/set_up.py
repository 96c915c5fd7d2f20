"""The first three steps in a county that is still empty: what is done, what is left, where it is done."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Exists, QuerySet

from shuangjian import clock
from shuangjian.accounts.models import County, Membership, Organisation, User
from shuangjian.accounts.roles import COUNTY_ROLES, Role
from shuangjian.navigation import page_url


@dataclass(frozen=True)
class Step:
    """One step of setting up. ``url`` is empty where somebody else does it: then ``who`` says who."""

    what: str
    about: str
    who: str
    url: str
    is_done: bool


def steps_of(user: User) -> list[Step]:
    """The three steps as this person sees them; none once all are done. One query."""
    county = _with_facts().first()
    if county is None:
        return []
    steps = [
        Step(
            "核对县级设置",
            "文书上的全称、发文代字，页脚的主办单位和值班电话",
            Role.SYSTEM_ADMIN.label,
            page_url("settings", user),
            bool(county.doc_code and county.letter_code and county.host_name and county.hotline),
        ),
        Step(
            "给县里的人开账号",
            "分管领导、双减专班、督导室至少各1人",
            Role.SYSTEM_ADMIN.label,
            page_url("user-new", user) or page_url("users", user),
            all(getattr(county, f"has_{role}") for role in COUNTY_ROLES),
        ),
        Step(
            "登记乡镇、责任区，再登记学校和机构",
            "乡镇、督学责任区和科室先登记名称；学校和机构有名册的用表格导入，也可以逐个新增",
            Role.TASK_FORCE.label,
            page_url("imports" if county.has_places else "places", user),  # type: ignore[attr-defined]
            county.has_units,  # type: ignore[attr-defined]
        ),
    ]
    return [] if all(step.is_done for step in steps) else steps


def _with_facts() -> QuerySet[County]:
    """The county, knowing whether it has units and somebody in each of its roles."""
    posts = Membership.objects.in_force(clock.today()).filter(user__is_active=True)
    held = {f"has_{role}": Exists(posts.filter(role=role)) for role in COUNTY_ROLES}
    has_places = Exists(Organisation.objects.filter(kind__in=["township", "area"]))
    return County.objects.annotate(
        has_units=Exists(Organisation.objects.units()), has_places=has_places, **held
    )

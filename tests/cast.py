"""The standing cast: a county with two areas, people of every role, known to every test by name.

Area A: primary school A1 (grades 1–6), nine-year school A2, institution A3. Area B: junior school B1.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from schools.models import School
from shuangjian.accounts.models import County, Headship, Membership, Organisation, User
from shuangjian.accounts.roles import Role
from tests.poured import Poured
from tutoring.models import Institution

PASSWORD = "云溪-test-2026"
LONG_AGO = date(2020, 1, 1)
# The day on which they mostly act: a working morning in the third step of the plan.
NOVEMBER = datetime(2026, 11, 16, 9, 0, tzinfo=ZoneInfo("Asia/Shanghai"))


@dataclass
class Cast:
    """Everybody and every unit. ``people`` is by short name, ``units`` too."""

    people: dict[str, User]
    units: dict[str, Organisation]

    def __getattr__(self, name: str) -> User | Organisation:
        if name.startswith("_"):
            raise AttributeError(name)
        if name in self.people:
            return self.people[name]
        if name in self.units:
            return self.units[name]
        raise AttributeError(name)


def _unit(kind: str, code: str, name: str, **fields: object) -> Organisation:
    return Organisation.objects.create(kind=kind, code=code, name=name, **fields)


def person(username: str, name: str, role: str | None, organisation: Organisation | None) -> User:
    """A person with one post since long ago, or with none."""
    user = User(username=username, name=name)
    user.set_password(PASSWORD)
    user.save()
    if role is not None and organisation is not None:
        Membership.objects.create(user=user, organisation=organisation, role=role, from_on=LONG_AGO)
    return user


def _assemble() -> Cast:
    County.objects.create(
        pk=1,
        name="云溪县",
        portal_name="云溪县双减工作平台",
        bureau_name="云溪县教育局",
        government_name="云溪县人民政府",
        supervision_office_name="云溪县人民政府教育督导委员会办公室",
        superior_office_name="市人民政府教育督导委员会办公室",
        doc_code="云教督",
        letter_code="云教函",
        hotline="0000-6120012",
    )
    kinds = Organisation.Kind
    county = _unit(kinds.COUNTY, "YX00", "云溪县")
    office = _unit(kinds.OFFICE, "YX-K01", "基础教育股")
    partner = _unit(kinds.OFFICE, "YX-B01", "县市场监督管理局")
    town = _unit(kinds.TOWNSHIP, "YX-T01", "城关镇")
    area_a = _unit(kinds.AREA, "YX-Q01", "第一督学责任区")
    area_b = _unit(kinds.AREA, "YX-Q02", "第二督学责任区")
    a1 = _unit(kinds.SCHOOL, "3152000001", "城关小学", area=area_a, township=town)
    a2 = _unit(kinds.SCHOOL, "3152000002", "实验学校", area=area_a, township=town)
    b1 = _unit(kinds.SCHOOL, "3152000003", "第二中学", area=area_b, township=town)
    a3 = _unit(kinds.INSTITUTION, "91520000MA6XXXXX05", "启明教育培训中心", area=area_a, township=town)
    School.objects.create(organisation=a1, school_type="primary", grades=[1, 2, 3, 4, 5, 6], pupil_count=600)
    School.objects.create(
        organisation=a2, school_type="nine_year", grades=list(range(1, 10)), pupil_count=900
    )
    School.objects.create(organisation=b1, school_type="junior", grades=[7, 8, 9], pupil_count=700)
    Institution.objects.create(
        organisation=a3, category="academic", modes=["offline"], licence_no="教民1520001"
    )
    people = {
        "leader": person("leader", "陈志远", Role.LEADER, county),
        "task_force": person("task_force", "何敏", Role.TASK_FORCE, county),
        "supervision": person("supervision", "王建", Role.SUPERVISION_OFFICE, county),
        "office_staff": person("office_staff", "刘洋", Role.OFFICE_STAFF, office),
        "partner": person("partner", "郑浩", Role.PARTNER, partner),
        "inspector_a": person("inspector_a", "周明", Role.AREA_INSPECTOR, area_a),
        "inspector_b": person("inspector_b", "吴芳", Role.AREA_INSPECTOR, area_b),
        "team_inspector": person("team_inspector", "孙涛", Role.TEAM_INSPECTOR, county),
        "clerk_a1": person("clerk_a1", "李静", Role.SCHOOL_ADMIN, a1),
        "head_a1": person("head_a1", "黄勇", Role.HEAD, a1),
        "clerk_a2": person("clerk_a2", "罗兰", Role.SCHOOL_ADMIN, a2),
        "clerk_b1": person("clerk_b1", "唐宁", Role.SCHOOL_ADMIN, b1),
        "head_b1": person("head_b1", "许峰", Role.HEAD, b1),
        "clerk_a3": person("clerk_a3", "赵琳", Role.INSTITUTION_ADMIN, a3),
        "manager_a3": person("manager_a3", "钱进", Role.MANAGER, a3),
        "system_admin": person("system_admin", "冯磊", Role.SYSTEM_ADMIN, county),
        "security_admin": person("security_admin", "蒋欣", Role.SECURITY_ADMIN, county),
        "auditor": person("auditor", "沈青", Role.AUDITOR, county),
        "stranger": person("stranger", "无职务", None, None),
    }
    for head, unit in (("head_a1", a1), ("head_b1", b1), ("manager_a3", a3)):
        user = people[head]
        Headship.objects.create(organisation=unit, name=user.name, user=user, from_on=LONG_AGO)
    units = {
        "county": county,
        "office": office,
        "department": partner,
        "town": town,
        "area_a": area_a,
        "area_b": area_b,
        "a1": a1,
        "a2": a2,
        "b1": b1,
        "a3": a3,
    }
    return Cast(people, units)


assemble = Poured(_assemble, "accounts", "schools", "tutoring")
"""Create the cast in the current database."""

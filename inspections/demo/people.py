"""Units and people of the demo county. Every name, number and address is invented."""

from __future__ import annotations

from datetime import date, timedelta

from inspections.demo.place import SINCE, Place
from inspections.models import CloseAuthority
from schools.models import Campus, School
from shuangjian.accounts.models import County, Organisation
from shuangjian.accounts.roles import Role
from tutoring.models import Institution, TeachingPlace


def build(place: Place) -> None:
    """Create the county's settings, units and people."""
    County.objects.update_or_create(
        pk=1,
        defaults={
            "name": "云溪县",
            "portal_name": "云溪县双减工作平台",
            "bureau_name": "云溪县教育局",
            "government_name": "云溪县人民政府",
            "supervision_office_name": "云溪县人民政府教育督导委员会办公室",
            "superior_office_name": "市人民政府教育督导委员会办公室",
            "doc_code": "云教督",
            "letter_code": "云教函",
            "host_name": "云溪县教育局",
            "hotline": "0000-6120012",
            "hotline_hours": "工作日8:30—17:30",
        },
    )
    _offices(place)
    _schools(place)
    _institutions(place)
    _people(place)


def _offices(place: Place) -> None:
    kind = Organisation.Kind
    place.unit("county", kind.COUNTY, "YX00", "云溪县")
    place.unit("basic", kind.OFFICE, "YX-K01", "基础教育股")
    place.unit("market", kind.OFFICE, "YX-B01", "云溪县市场监督管理局")
    for key, code, name in (
        ("chengguan", "YX-T01", "城关镇"),
        ("hekou", "YX-T02", "河口镇"),
        ("shiqiao", "YX-T03", "石桥乡"),
    ):
        place.unit(key, kind.TOWNSHIP, code, name)
    place.unit("area1", kind.AREA, "YX-Q01", "第一督学责任区")
    place.unit("area2", kind.AREA, "YX-Q02", "第二督学责任区")


def _school(
    place: Place,
    key: str,
    code: str,
    name: str,
    town: str,
    area: str,
    kind: str,
    grades: list[int],
    pupils: int,
    **more: object,
) -> None:
    filer = more.pop("filer", None)
    unit = place.unit(
        key,
        Organisation.Kind.SCHOOL,
        code,
        name,
        township=place.units[town],
        area=place.units[area],
        filer=place.units[str(filer)] if filer else None,
        address=f"{place.units[town].name}{more.pop('street', '文教路')}",
    )
    School.objects.create(organisation=unit, school_type=kind, grades=grades, pupil_count=pupils, **more)


def _schools(place: Place) -> None:
    six, nine = list(range(1, 7)), list(range(1, 10))
    _school(
        place, "cg", "3152900101", "城关小学", "chengguan", "area1", "primary", six, 1240, street="学府路12号"
    )
    _school(
        place,
        "sy",
        "3152900102",
        "云溪县实验学校",
        "chengguan",
        "area1",
        "nine_year",
        nine,
        2160,
        street="滨河路5号",
    )
    _school(
        place,
        "ez",
        "3152900103",
        "云溪县第二中学",
        "chengguan",
        "area1",
        "junior",
        [7, 8, 9],
        1480,
        street="文昌路30号",
    )
    _school(
        place,
        "yz",
        "3152900104",
        "云溪县第一中学",
        "chengguan",
        "area1",
        "senior",
        [10, 11, 12],
        2350,
        street="凤山路1号",
        is_boarding=True,
    )
    _school(place, "hk", "3152900201", "河口小学", "hekou", "area2", "primary", six, 620, street="沿江路8号")
    _school(
        place,
        "hkz",
        "3152900202",
        "河口中学",
        "hekou",
        "area2",
        "junior",
        [7, 8, 9],
        540,
        street="沿江路21号",
        is_boarding=True,
    )
    _school(
        place, "sq", "3152900301", "石桥中心小学", "shiqiao", "area2", "primary", six, 380, street="石桥街3号"
    )
    _school(
        place,
        "sqd",
        "3152900302",
        "石桥教学点",
        "shiqiao",
        "area2",
        "teaching_point",
        [1, 2, 3],
        26,
        street="石桥村",
        filer="sq",
    )
    _school(
        place,
        "lb",
        "3152900303",
        "柳坝小学",
        "shiqiao",
        "area2",
        "primary",
        [1, 2, 3, 4],
        41,
        street="柳坝村",
        filer="sq",
    )
    Campus.objects.create(school=place.units["sy"].school, name="滨河校区", address="城关镇滨河路5号")
    Campus.objects.create(school=place.units["sy"].school, name="东湖校区", address="城关镇东湖路17号")


def _institution(
    place: Place,
    key: str,
    code: str,
    name: str,
    area: str,
    category: str,
    subjects: str,
    modes: list[str],
    **more: object,
) -> None:
    unit = place.unit(
        key,
        Organisation.Kind.INSTITUTION,
        code,
        name,
        township=place.units["chengguan"],
        area=place.units[area],
        address="城关镇商贸街",
    )
    institution = Institution.objects.create(
        organisation=unit,
        category=category,
        subjects=subjects,
        modes=modes,
        licensing_office="云溪县教育局",
        licence_until=date(2028, 8, 31),
        is_nonprofit=category == "academic",
        **more,
    )
    TeachingPlace.objects.create(
        institution=institution,
        name="本部",
        address="城关镇商贸街",
        area_m2=320,
        lease_until=date(2027, 12, 31),
        fire_paper="消防验收合格",
    )


def _institutions(place: Place) -> None:
    _institution(
        place,
        "qm",
        "52529001MJX000011P",
        "启明教育培训中心",
        "area1",
        "academic",
        "语文、数学、英语",
        ["offline"],
        authority="education",
        licence_no="教民1529001001",
        legal_person="钱立",
        principal_name="钱立",
    )
    _institution(
        place,
        "xh",
        "92529001MA6X00002H",
        "星河艺术培训学校",
        "area1",
        "non_academic",
        "美术、音乐",
        ["offline"],
        authority="culture",
        licence_no="教民1529001002",
        legal_person="沈岚",
        principal_name="沈岚",
    )
    _institution(
        place,
        "tc",
        "92529001MA6X00003L",
        "童创科技培训中心",
        "area2",
        "non_academic",
        "编程、机器人",
        ["offline", "online"],
        authority="science",
        licence_no="教民1529001003",
        legal_person="高远",
        principal_name="高远",
    )


def _people(place: Place) -> None:
    person = place.person
    person("lingdao", "陈志远", Role.LEADER, "county", title="副局长", label="分管领导")
    person("zhuanban", "何敏", Role.TASK_FORCE, "county", title="双减专班", label="双减专班")
    person("dudao", "王建国", Role.SUPERVISION_OFFICE, "county", title="督导室主任", label="督导室")
    person("keshi", "刘洋", Role.OFFICE_STAFF, "basic", title="股长")
    person("lianluo", "郑浩", Role.PARTNER, "market", title="联络员")
    first = person("duxue1", "周明", Role.AREA_INSPECTOR, "area1", title="责任督学")
    second = person("duxue2", "吴芳", Role.AREA_INSPECTOR, "area2", title="责任督学")
    person(
        "jiancha",
        "孙涛",
        Role.TEAM_INSPECTOR,
        "county",
        title="检查组成员",
        label="检查组成员",
    )
    clerks = {
        "cg": ("chengguan", "李静", "黄勇"),
        "sy": ("shiyan", "罗兰", "郭峰"),
        "ez": ("erzhong", "唐宁", "许峰"),
        "yz": ("yizhong", "邓丽", "曹伟"),
        "hk": ("hekou", "彭雪", "曾强"),
        "hkz": ("hekouzhong", "田野", "董明"),
        "sq": ("shiqiao", "袁梅", "潘军"),
    }
    for key, (username, clerk, head) in clerks.items():
        person(username, clerk, Role.SCHOOL_ADMIN, key, title="教务主任")
        place.head(f"{username}-xiaozhang", head, key)
    for key, username, clerk, head in (
        ("qm", "qiming", "赵琳", "钱立"),
        ("xh", "xinghe", "梁冰", "沈岚"),
        ("tc", "tongchuang", "韩雨", "高远"),
    ):
        person(username, clerk, Role.INSTITUTION_ADMIN, key, title="教务")
        place.head(f"{username}-fuzeren", head, key, role=Role.MANAGER, post="负责人")
    person("xitong", "冯磊", Role.SYSTEM_ADMIN, "county", label="系统管理员")
    person("anquan", "蒋欣", Role.SECURITY_ADMIN, "county", label="安全管理员")
    person("shenji", "沈青", Role.AUDITOR, "county", label="审计员")
    for inspector, area in ((first, "area1"), (second, "area2")):
        CloseAuthority.objects.create(
            inspector=inspector,
            area=place.units[area],
            document_no=f"云教督授〔{SINCE.year}〕2号",
            from_on=SINCE,
            until_on=place.as_of + timedelta(days=365),
        )

"""Townships, areas, schools, institutions and inspectors beyond those of the walkthrough.

They come into the portal ahead of the self-checks of the term before, where one is known.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from typing import Any

from inspections.demo.last_term import days_since_its_end, term_before
from inspections.demo.place import SINCE, Account, Place
from inspections.demo.story import Story
from inspections.demo.wide.names import People
from inspections.models import CloseAuthority
from schools.models import Campus, School
from shuangjian.accounts.models import Headship, Membership, Organisation, User, pinyin_key
from shuangjian.accounts.roles import Role
from tutoring.models import Institution, TeachingPlace

BEFORE_ITS_END = 60  # days before the end of the last term: there the units come in
CAME_IN = 95  # days before the county's date, where no term before is known

KIND = Organisation.Kind
SIX, NINE, TWELVE = tuple(range(1, 7)), tuple(range(1, 10)), tuple(range(1, 13))
JUNIOR, SIX_OF_SECONDARY = (7, 8, 9), tuple(range(7, 13))
TYPE = School.SchoolType
_BOARDING: dict[str, Any] = {"is_boarding": True}
_PRIVATE: dict[str, Any] = {"sponsor": School.Sponsor.PRIVATE}

# Township: key, code, name, supervision area of its primary schools and villages.
TOWNS = (
    ("donghu", "YX-T04", "东湖街道", "area3"),
    ("qingyan", "YX-T05", "青岩镇", "area3"),
    ("baisha", "YX-T06", "白沙镇", "area4"),
    ("longtan", "YX-T07", "龙潭镇", "area4"),
    ("shuanghe", "YX-T08", "双河镇", "area4"),
    ("liuxi", "YX-T09", "柳溪镇", "area5"),
    ("yunfeng", "YX-T10", "云峰乡", "area5"),
    ("fenglin", "YX-T11", "枫林乡", "area5"),
    ("gaoping", "YX-T12", "高坪乡", "area3"),
)
AREAS = {"area3": "第三", "area4": "第四", "area5": "第五", "area6": "第六"}
OFFICES = (
    ("tutoring", "YX-K02", "校外培训监管股"),
    ("culture", "YX-B02", "云溪县文化广电和旅游局"),
    ("science", "YX-B03", "云溪县科学技术局"),
)
# Account, area: the inspectors; each area of the width has two, so that finder and verifier can differ.
INSPECTORS = (
    ("duxue3", "area3"),
    ("duxue4", "area3"),
    ("duxue5", "area4"),
    ("duxue6", "area4"),
    ("duxue7", "area5"),
    ("duxue8", "area5"),
    ("duxue9", "area6"),
    ("duxue10", "area6"),
)


@dataclass(frozen=True)
class Unit:
    """One unit of the width before it exists. ``key`` is the account of its clerk."""

    key: str
    kind: str
    code: str
    name: str
    town: str
    area: str
    street: str
    type: str = ""  # of a school
    grades: tuple[int, ...] = ()
    pupils: int = 0
    filer: str = ""  # key of the school that answers for it
    is_boarding: bool = False
    sponsor: str = School.Sponsor.PUBLIC
    campuses: tuple[tuple[str, str], ...] = ()
    category: str = ""  # of an institution
    subjects: str = ""
    authority: str = ""
    modes: tuple[str, ...] = ("offline",)
    places: tuple[str, ...] = ()
    operating: str = Institution.Status.NORMAL

    @property
    def is_school(self) -> bool:
        return self.kind == KIND.SCHOOL

    @property
    def clerk(self) -> str:
        return self.filer or self.key

    @property
    def head(self) -> str:
        return f"{self.clerk}-{'xiaozhang' if self.is_school else 'fuzeren'}"

    @property
    def post(self) -> str:
        return "校长" if self.is_school else "负责人"


@dataclass
class Width:
    """The units of the width in the order of their codes, and who inspects where."""

    units: list[Unit] = field(default_factory=list)

    @property
    def schools(self) -> list[Unit]:
        return [unit for unit in self.units if unit.is_school]

    @property
    def institutions(self) -> list[Unit]:
        return [unit for unit in self.units if not unit.is_school]


def inspectors_of(unit: Unit) -> tuple[str, str]:
    """Two inspectors of the unit's area; where the area has one, a member of the county's team helps."""
    own = [account for account, area in INSPECTORS if area == unit.area]
    if len(own) == 2:
        return own[0], own[1]
    return ("duxue1" if unit.area == "area1" else "duxue2"), "jiancha2"


# --- Which units there are ----------------------------------------------------
def imagined(rng: Random) -> Width:
    """All units of the width; how many pupils and which modes is drawn."""
    return Width([*_schools(rng), *_institutions(rng)])


def _account(name: str) -> str:
    """The account of a unit: its name in pinyin, without what all have in common."""
    for common in ("云溪县", "培训学校", "培训中心", "俱乐部", "工作室", "镇", "乡"):
        name = name.replace(common, "")
    return pinyin_key(name).partition(" ")[0][:40]


# Schools of the county town: name, township, area, kind, grades, street, what else is known.
_IN_TOWN: tuple[tuple[str, str, str, str, tuple[int, ...], str, dict[str, Any]], ...] = (
    ("城南小学", "chengguan", "area1", TYPE.PRIMARY, SIX, "城南路21号", {}),
    ("城北小学", "chengguan", "area3", TYPE.PRIMARY, SIX, "北门街6号", {}),
    (
        "文峰小学",
        "chengguan",
        "area1",
        TYPE.PRIMARY,
        SIX,
        "文峰路18号",
        {"campuses": (("本部", "城关镇文峰路18号"), ("北校区", "城关镇塔山路2号"))},
    ),
    ("云溪县第三中学", "chengguan", "area6", TYPE.JUNIOR, JUNIOR, "塔山路40号", {}),
    ("云溪县第四中学", "chengguan", "area6", TYPE.COMPLETE, SIX_OF_SECONDARY, "凤山路66号", _BOARDING),
    ("云溪县特殊教育学校", "chengguan", "area3", TYPE.SPECIAL, NINE, "北门街30号", _BOARDING),
    ("育才学校", "chengguan", "area6", TYPE.NINE_YEAR, NINE, "滨河路99号", _PRIVATE),
    ("东湖小学", "donghu", "area3", TYPE.PRIMARY, SIX, "湖滨路3号", {}),
    ("湖滨小学", "donghu", "area3", TYPE.PRIMARY, SIX, "湖滨路77号", {}),
    ("东湖中学", "donghu", "area6", TYPE.JUNIOR, JUNIOR, "学苑路1号", {}),
    ("明德实验学校", "donghu", "area6", TYPE.TWELVE_YEAR, TWELVE, "学苑路15号", _PRIVATE | _BOARDING),
    ("云纺小学", "donghu", "area3", TYPE.PRIMARY, SIX, "纺织路9号", {"sponsor": School.Sponsor.ENTERPRISE}),
)


def _schools(rng: Random) -> Iterator[Unit]:
    numbers = {town: number for number, (town, *_) in enumerate(TOWNS, start=4)}
    numbers |= {"chengguan": 1, "hekou": 2, "shiqiao": 3}
    taken = dict.fromkeys(numbers, 20)

    def school(name: str, town: str, area: str, kind: str, grades: tuple[int, ...], street: str, **more):  # type: ignore[no-untyped-def]
        taken[town] += 1
        size = {TYPE.TEACHING_POINT: (9, 38), TYPE.SPECIAL: (70, 110)}.get(kind, (70, 130))  # type: ignore[call-overload]
        many = 1 if kind in (TYPE.TEACHING_POINT, TYPE.SPECIAL) else len(grades) * (3 if "城" in name else 1)
        return Unit(
            key=_account(name),
            kind=KIND.SCHOOL,
            code=f"31529{numbers[town]:03d}{taken[town]:02d}",
            name=name,
            town=town,
            area=area,
            street=street,
            type=kind,
            grades=grades,
            pupils=rng.randint(*size) * many,
            **more,
        )

    for name, town, area, kind, grades, street, more in _IN_TOWN:
        yield school(name, town, area, kind, grades, street, **more)
    for town, _, full, area in TOWNS[1:]:
        short = full[:-1]
        if town in ("yunfeng", "gaoping"):
            central = school(
                f"{short}学校", town, "area6", TYPE.NINE_YEAR, NINE, "中心街10号", is_boarding=True
            )
            yield central
        else:
            central = school(f"{short}中心小学", town, area, TYPE.PRIMARY, SIX, "中心街12号")
            yield central
            complete = town == "longtan"
            kind, grades = (TYPE.COMPLETE, SIX_OF_SECONDARY) if complete else (TYPE.JUNIOR, JUNIOR)
            yield school(f"{short}中学", town, "area6", kind, grades, "中心街50号", is_boarding=True)
        for village, is_point in VILLAGES[town]:
            if is_point:
                yield school(
                    f"{village}教学点",
                    town,
                    area,
                    TYPE.TEACHING_POINT,
                    (1, 2, 3),
                    f"{village}村",
                    filer=central.key,
                )
            else:
                yield school(f"{village}小学", town, area, TYPE.PRIMARY, SIX, f"{village}村")
    yield school("临江小学", "hekou", "area2", TYPE.PRIMARY, SIX, "临江村")
    yield school("沙洲教学点", "hekou", "area2", TYPE.TEACHING_POINT, (1, 2), "沙洲村", filer="hekou")
    yield school("竹坪教学点", "shiqiao", "area2", TYPE.TEACHING_POINT, (1, 2, 3), "竹坪村", filer="shiqiao")


# Village, whether it has a 教学点 only.
VILLAGES: dict[str, tuple[tuple[str, bool], ...]] = {
    "qingyan": (("上寨", False), ("石门", True), ("大坪", True)),
    "baisha": (("渡口", False), ("长堤", False), ("芦滩", True)),
    "longtan": (("泉塘", False), ("落雁", True), ("黄泥坳", True)),
    "shuanghe": (("两岔", False), ("马鞍", True), ("枣林", True)),
    "liuxi": (("桃源", False), ("茶亭", True), ("碾坪", True)),
    "yunfeng": (("云顶", True), ("青冈", True)),
    "fenglin": (("红叶", False), ("岩口", False), ("杉树", True)),
    "gaoping": (("松岗", False), ("坪上", True)),
}

# Name, category, subjects, authority, town, more places.
_ART, _SPORT, _TECH, _EDU = "culture", "sport", "science", "education"
_SHOPS = (
    ("朝阳教育培训中心", True, "语文、数学", _EDU, "chengguan", ()),
    ("博文教育培训中心", True, "英语", _EDU, "chengguan", ("城南点",)),
    ("春雨教育培训中心", True, "语文、英语", _EDU, "donghu", ()),
    ("恒学教育培训中心", True, "数学、物理", _EDU, "longtan", ()),
    ("新知教育培训中心", True, "数学、英语", _EDU, "qingyan", ()),
    ("墨香书画培训学校", False, "书法、国画", _ART, "chengguan", ("东湖点", "河口点")),
    ("蓝天舞蹈培训学校", False, "舞蹈", _ART, "chengguan", ("东湖点",)),
    ("小画家美术培训中心", False, "美术", _ART, "chengguan", ()),
    ("雅韵古筝培训中心", False, "古筝、琵琶", _ART, "chengguan", ()),
    ("童声声乐培训中心", False, "声乐", _ART, "donghu", ()),
    ("琴键音乐培训学校", False, "钢琴、乐理", _ART, "chengguan", ("湖滨点", "龙潭点")),
    ("七彩美术培训学校", False, "素描、色彩", _ART, "donghu", ()),
    ("金话筒口才培训中心", False, "主持、朗诵", _ART, "chengguan", ()),
    ("云裳舞蹈培训中心", False, "民族舞、街舞", _ART, "donghu", ("青岩点",)),
    ("鼓乐时光培训中心", False, "架子鼓", _ART, "chengguan", ()),
    ("泥巴陶艺培训中心", False, "陶艺", _ART, "longtan", ()),
    ("弈趣围棋培训中心", False, "围棋", _SPORT, "chengguan", ()),
    ("飞跃跆拳道俱乐部", False, "跆拳道", _SPORT, "chengguan", ()),
    ("劲羽羽毛球俱乐部", False, "羽毛球", _SPORT, "donghu", ()),
    ("晨光篮球培训中心", False, "篮球", _SPORT, "chengguan", ("体育场点",)),
    ("碧波游泳培训中心", False, "游泳", _SPORT, "donghu", ()),
    ("少年武术培训学校", False, "武术", _SPORT, "qingyan", ()),
    ("小跑步体适能中心", False, "体适能", _SPORT, "chengguan", ()),
    ("轮滑小将培训中心", False, "轮滑", _SPORT, "hekou", ()),
    ("未来机器人培训中心", False, "机器人", _TECH, "chengguan", ()),
    ("代码星球培训中心", False, "编程", _TECH, "chengguan", ()),
    ("乐创科技培训中心", False, "创客、编程", _TECH, "donghu", ("白沙点",)),
    ("小小工程师培训中心", False, "模型、机器人", _TECH, "longtan", ()),
    ("百川艺术培训学校", False, "美术、书法", _ART, "baisha", ()),
    ("青禾美术培训中心", False, "美术", _ART, "qingyan", ()),
    ("山泉音乐培训中心", False, "吉他、声乐", _ART, "longtan", ()),
    ("河畔舞蹈培训中心", False, "舞蹈", _ART, "hekou", ()),
    ("柳溪书法培训中心", False, "书法", _ART, "liuxi", ()),
    ("双河艺术培训学校", False, "美术、舞蹈", _ART, "shuanghe", ()),
    ("启航英语口语培训中心", True, "英语", _EDU, "chengguan", ()),
    ("学海培训中心", False, "书法、围棋", _ART, "chengguan", ()),
    ("阳光美术培训中心", False, "美术", _ART, "donghu", ()),
)
CONVERTED, CLOSED = "学海培训中心", "启航英语口语培训中心"
_OPERATING = {
    CONVERTED: Institution.Status.CONVERTED,
    "新知教育培训中心": Institution.Status.CONVERTING,
    "碧波游泳培训中心": Institution.Status.SUSPENDED,
}
_LETTERS = "ABCDEFGHJKLMNPQRTUWXY"  # of a 统一社会信用代码


def _institutions(rng: Random) -> Iterator[Unit]:
    areas = {"hekou": "area2", "baisha": "area4", "longtan": "area4", "liuxi": "area5", "shuanghe": "area4"}
    for number, (name, academic, subjects, authority, town, more) in enumerate(_SHOPS, start=21):
        is_online = authority == _TECH and rng.random() < 0.6
        yield Unit(
            key=_account(name),
            kind=KIND.INSTITUTION,
            code=f"{52 if academic else 92}529001MA7Y{number:05d}{_LETTERS[number % len(_LETTERS)]}"[:18],
            name=name,
            town=town,
            area=areas.get(town, "area3" if number % 3 else "area5"),
            street=rng.choice(("商贸街", "文化路", "人民路", "湖滨路", "新区大道"))
            + f"{rng.randint(2, 188)}号",
            category=Institution.Category.ACADEMIC if academic else Institution.Category.NON_ACADEMIC,
            subjects=subjects,
            authority=authority,
            modes=("offline", "online") if is_online else ("offline",),
            places=more,
            operating=_OPERATING.get(name, Institution.Status.NORMAL),
        )


# --- Writing them -------------------------------------------------------------
def come_in(place: Place, width: Width) -> Story:
    """One day the whole county is in the register, with its people."""
    yield place.ago(_came_in(place), "10:00")
    people = People(place.rng, taken=[user.name for user in place.people.values()])
    _frame(place)
    _write_units(place, width)
    _write_facts(place, width)
    _inspectors(place, people)
    _clerks(place, width, people)


def _came_in(place: Place) -> int:
    """Days before the county's date."""
    return days_since_its_end(place) + BEFORE_ITS_END if term_before(place) else CAME_IN


def _frame(place: Place) -> None:
    for key, code, name, _ in TOWNS:
        place.unit(key, KIND.TOWNSHIP, code, name)
    for number, (key, word) in enumerate(AREAS.items(), start=3):
        place.unit(key, KIND.AREA, f"YX-Q{number:02d}", f"{word}督学责任区")
    for key, code, name in OFFICES:
        place.unit(f"office-{key}", KIND.OFFICE, code, name)


def _write_units(place: Place, width: Width) -> None:
    filers = {"hekou": "hk", "shiqiao": "sq"}
    for step in (False, True):  # who files for others first
        batch = [unit for unit in width.units if bool(unit.filer) is step]
        rows = Organisation.objects.bulk_create(
            Organisation(
                kind=unit.kind,
                code=unit.code,
                name=unit.name,
                pinyin_key=pinyin_key(unit.name),
                opened_on=date(place.rng.randint(1952, 2012) if unit.is_school else 2019, 9, 1),
                township=place.units[unit.town],
                area=place.units[unit.area],
                filer=place.units[filers.get(unit.filer, unit.filer)] if unit.filer else None,
                address=f"{place.units[unit.town].name}{unit.street}",
            )
            for unit in batch
        )
        place.units |= {unit.key: row for unit, row in zip(batch, rows, strict=True)}


def _write_facts(place: Place, width: Width) -> None:
    School.objects.bulk_create(
        School(
            organisation=place.units[unit.key],
            school_type=unit.type,
            sponsor=unit.sponsor,
            grades=list(unit.grades),
            is_boarding=unit.is_boarding,
            pupil_count=unit.pupils,
        )
        for unit in width.schools
    )
    Campus.objects.bulk_create(
        Campus(school_id=place.units[unit.key].pk, name=name, address=address)
        for unit in width.schools
        for name, address in unit.campuses
    )
    Institution.objects.bulk_create(
        Institution(
            organisation=place.units[unit.key],
            category=unit.category,
            subjects=unit.subjects,
            modes=list(unit.modes),
            authority=unit.authority,
            licensing_office="云溪县教育局",
            licence_no=f"教民1529001{number:03d}",
            licence_until=place.as_of + timedelta(days=place.rng.randint(60, 1200)),
            is_nonprofit=unit.category == Institution.Category.ACADEMIC,
            operating_status=unit.operating,
        )
        for number, unit in enumerate(width.institutions, start=11)
    )
    TeachingPlace.objects.bulk_create(
        TeachingPlace(
            institution_id=place.units[unit.key].pk,
            name=name,
            address=place.units[unit.key].address if name == "本部" else f"{name[:-1]}商业街{number}号",
            area_m2=place.rng.randint(9, 60) * 10,
            lease_until=place.as_of + timedelta(days=place.rng.randint(90, 1400)),
            fire_paper="消防验收合格" if place.rng.random() < 0.8 else "",
        )
        for unit in width.institutions
        for number, name in enumerate(("本部", *unit.places), start=1)
    )


def _inspectors(place: Place, people: People) -> None:
    for account, area in INSPECTORS:
        inspector = place.person(account, people.one(), Role.AREA_INSPECTOR, area, title="责任督学")
        CloseAuthority.objects.create(
            inspector=inspector,
            area=place.units[area],
            document_no=f"云教督授〔{place.as_of.year}〕1号",
            from_on=SINCE,
            until_on=place.as_of + timedelta(days=300),
        )
    place.person("jiancha2", people.one(), Role.TEAM_INSPECTOR, "county", title="检查组成员")
    place.person("jianguan", people.one(), Role.OFFICE_STAFF, "office-tutoring", title="股长")
    for key in ("culture", "science"):
        place.person(f"lianluo-{key}", people.one(), Role.PARTNER, f"office-{key}", title="联络员")


def _clerks(place: Place, width: Width, people: People) -> None:
    """A clerk and a head for every unit that answers for itself, in four statements."""
    since = place.ago(_came_in(place)).date()
    posts: list[tuple[Unit, str, User, str, str]] = []
    for unit in width.units:
        if unit.filer:
            continue
        clerk_role, head_role = (
            (Role.SCHOOL_ADMIN, Role.HEAD) if unit.is_school else (Role.INSTITUTION_ADMIN, Role.MANAGER)
        )
        for username, role, title in (
            (unit.key, clerk_role, "教务主任" if unit.is_school else "教务"),
            (unit.head, head_role, unit.post),
        ):
            name = people.one()
            user = User(
                username=username,
                name=name,
                pinyin_key=pinyin_key(name),
                is_demo=True,
                password=place.password,
            )
            posts.append((unit, username, user, role, title))
    User.objects.bulk_create(user for _, _, user, _, _ in posts)
    Membership.objects.bulk_create(
        Membership(user=user, organisation=place.units[unit.key], role=role, title=title, from_on=since)
        for unit, _, user, role, title in posts
    )
    Headship.objects.bulk_create(
        Headship(
            organisation=place.units[unit.key],
            name=user.name,
            post=title,
            user=user,
            from_on=SINCE,
            document_no="云教任〔2023〕6号" if unit.is_school else "",
        )
        for unit, _, user, _, title in posts
        if title == unit.post
    )
    Institution.objects.bulk_update(
        [
            Institution(pk=place.units[unit.key].pk, legal_person=user.name, principal_name=user.name)
            for unit, _, user, _, title in posts
            if title == unit.post and not unit.is_school
        ],
        ["legal_person", "principal_name"],
    )
    for unit, username, user, held, _ in posts:
        place.people[username] = user
        place.accounts.append(Account(f"{Role(held).label}（{unit.name}）", user))

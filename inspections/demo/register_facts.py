"""What a school or an institution of the demo county states in its registers where nothing is planted."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from random import Random
from typing import Any

from inspections.demo.wide.names import People
from shuangjian.accounts.models import Organisation
from shuangjian.policy.models import Term
from shuangjian.registers import identity

Lines = dict[str, dict[str, Any]]  # answers by the key of their line
Figures = Mapping[tuple[str, str, int | None], str]  # (item, indicator, grade) -> value
_YES, _NO = True, False


def _whole(text: str) -> int:
    return int(float(text))


# --- Schools ------------------------------------------------------------------
def school_registers(unit: Organisation, term: Term, figures: Figures, rng: Random) -> dict[str, Lines]:
    """Every register of a school; one that teaches no compulsory grade keeps fewer."""
    facts = unit.school.facts()
    grades = sorted(facts.grades)
    stated = {
        "results": {"unit": {"grades_only": _YES, "published": _NO, "seated": _NO}},
        "courses": {
            "unit": {"complete": _YES, "public": _YES} | ({"zero_start": _YES} if 1 in grades else {})
        },
        "clubs": _clubs(unit, rng),
        "rooms": {
            "r1": {"kind": "library", "hours": "20", "logged": _YES},
            "r2": {"kind": "gym", "hours": "10", "logged": _YES},
        },
        "exercises": {"unit": {"own": rng.choice(("own", "national")), "times": "5"}},
        "screens": _screens(figures, rng),
        "reading": {"unit": {"reviewed": _YES, "forced": _NO, "kinds": str(rng.randint(0, 2))}},
        "parents": {"unit": dict.fromkeys(("prints", "groups", "together", "beyond", "marks"), _NO)},
        "training": {
            "unit": {"planned": _YES, "sessions": str(rng.randint(2, 8)), "teachers": str(rng.randint(3, 90))}
        },
        "appraisal": {"unit": {"yearly": _YES, "titles": _YES, "pay": _YES, "by_scores": _NO}},
        "care": _care(unit),
    }
    stated |= _times(facts.grades_of, grades, figures, rng)
    duty = facts.grades_of(["lower", "upper", "junior"])
    if duty:
        stated |= {
            "homework": _homework(facts.grades_of, duty, figures, rng),
            "exams": _exams(facts.grades_of, duty, figures),
            "after_school": _after_school(unit, figures, rng),
            "holidays": {"unit": {"lessons": _NO, "early_start": _NO}},
            "classes": _classes(unit, term),
        }
    return stated


def _homework(of_stages: Any, duty: list[int], figures: Figures, rng: Random) -> Lines:
    lines: Lines = {}
    for grade in duty:
        item = "R04-1" if grade < 3 else "R04-3" if grade in of_stages(["junior"]) else "R04-2"
        usual = {"R04-1": 0, "R04-2": rng.randint(40, 58), "R04-3": rng.randint(65, 88)}[item]
        minutes = _whole(figures.get((item, "书面家庭作业", grade), str(usual)))
        lines[str(grade)] = {"minutes": str(minutes)}
        if grade >= 3:
            main = minutes * 4 // 5
            lines[str(grade)] |= {"main": str(main), "others": str(minutes - main)}
    return lines


def _exams(of_stages: Any, duty: list[int], figures: Figures) -> Lines:
    lines: Lines = {}
    for grade in duty:
        if grade < 3:
            lines[str(grade)] = {"paper": figures.get(("R06-1", "纸笔考试", grade), "0")}
            continue
        junior = grade in of_stages(["junior"])
        planned = figures.get(
            ("R06-3" if junior else "R06-2", "学校组织的考试", grade), "2" if junior else "1"
        )
        lines[str(grade)] = {"planned": planned, "held": str(min(_whole(planned), 1 if junior else 0))}
        if (mock := figures.get(("R06-3", "模拟考试", grade))) is not None:
            lines[str(grade)]["mock"] = mock
    return lines


def _times(of_stages: Any, grades: list[int], figures: Figures, rng: Random) -> dict[str, Lines]:
    """Timetable, beginning of lessons and sport, which bear one another out."""
    asked = {
        "primary": ("08:20", ["lower", "upper"]),
        "junior": ("08:00", ["junior"]),
        "senior": ("08:00", ["senior"]),
    }
    begins = {key: (at, set(of_stages(stages))) for key, (at, stages) in asked.items() if of_stages(stages)}
    minutes = _whole(figures.get(("R12-1", "校内体育活动", None), str(rng.randint(65, 85))))
    timetable: Lines = {}
    for grade in grades:
        lessons = 26 if grade < 3 else 30 if grade in of_stages(["upper"]) else 34
        at = next(at for at, own in begins.values() if grade in own)
        timetable[str(grade)] = {"lessons": str(lessons), "sport": "4", "lesson_minutes": "40", "begins": at}
    sport = {
        "minutes": str(minutes),
        "break_minutes": "30",
        "after_minutes": str(max(minutes - 60, 0)),
        "kept_in": _NO,
    }
    return {
        "timetable": timetable,
        "sleep": {key: {"begins": at, "early": _NO} for key, (at, _) in begins.items()},
        "sport": {"unit": sport},
    }


def _after_school(unit: Organisation, figures: Figures, rng: Random) -> Lines:
    pupils = unit.school.pupil_count
    days = figures.get(("R10-1", "课后服务天数", None), "5")
    hours = figures.get(("R10-1", "课后服务时长", None), "2")
    return {
        "unit": {
            "days": days, "hours": hours, "begins": "16:00", "ends": "18:00",
            "pupils": str(pupils * rng.randint(78, 97) // 100),
            "offers": ["homework", "sport", "art", "reading"], "voluntary": _YES, "teaches": _NO,
            "fee": "0" if pupils < 100 else str(rng.choice((180, 240, 300))), "fee_public": _YES,
        }
    }  # fmt: skip


def _classes(unit: Organisation, term: Term) -> Lines:
    count = max(unit.school.pupil_count // 270, 1)
    if count < 2:
        return {"unit": {"count": "1", "way": "none", "special": _NO}}
    published = (term.first_on - timedelta(days=3)).isoformat()
    return {
        "unit": {
            "count": str(count), "way": "lot", "witnessed": _YES, "published_on": published, "special": _NO,
        }
    }  # fmt: skip


_CLUBS = (
    ("合唱团", "art"),
    ("足球队", "sport"),
    ("科技小组", "science"),
    ("读书会", "reading"),
    ("种植园", "labour"),
)


def _clubs(unit: Organisation, rng: Random) -> Lines:
    names = [
        ("合唱团", "art"),
        ("足球队", "sport"),
        ("科技小组", "science"),
        ("读书会", "reading"),
        ("种植园", "labour"),
    ]
    chosen = names[: 2 if unit.school.pupil_count < 200 else 5]
    return {
        f"r{number}": {
            "name": name,
            "kind": kind,
            "times": str(rng.randint(8, 30)),
            "pupils": str(min(rng.randint(20, 60), max(unit.school.pupil_count // 3, 1))),
        }
        for number, (name, kind) in enumerate(chosen, start=1)
    }


def _screens(figures: Figures, rng: Random) -> Lines:
    apps = str(rng.randint(0, 4))
    share = str(_whole(figures.get(("R09-2", "电子产品教学时长占比", None), str(rng.randint(10, 28)))))
    return {"unit": {"share": share, "kept": _YES, "homework": _NO, "apps": apps, "filed_apps": apps}}


def _care(unit: Organisation) -> Lines:
    if not unit.school.is_boarding:
        return {}
    said = {"kind": "evening", "begins": "19:00", "ends": "20:30", "voluntary": _YES, "as_service": _NO}
    return {"r1": said | {"pupils": str(unit.school.pupil_count // 2)}}


# --- Institutions ---------------------------------------------------------------
def institution_registers(
    unit: Organisation, number: int, term: Term, figures: Figures, rng: Random, names: People
) -> dict[str, Lines]:
    """Every register of an institution; ``number`` makes its papers and addresses its own."""
    one = unit.institution
    academic = one.category == one.Category.ACADEMIC
    lessons = _lessons(unit, academic, figures, rng)
    pupils = sum(int(line["pupils"]) for line in lessons.values())
    owed = pupils * rng.randint(300, 700)
    materials = str(rng.randint(3, 12))
    return {
        "registration": {"unit": _registration(unit, number, term)},
        "premises": {
            "r1": {
                "address": place_of(unit, number),
                "owned": "own",
                "fire_no": f"云消合〔2024〕{number}号",
                "fire_on": date(2024, 5, 1 + number % 28).isoformat(),
                "drill_on": (term.first_on + timedelta(days=9)).isoformat(),
                "pupils": str(rng.randint(30, 90)),
                "area": str(rng.randint(28, 60) * 10),
            }
        },
        "people": _people(number, academic, rng, names),
        "lessons": lessons,
        "materials": {
            "unit": {
                "count": materials,
                "filed": materials,
                "filing_no": f"云教材备{number}号",
                "foreign": _NO,
            }
        },
        "fees": {
            "r1": _fee("学期班", "period", rng.randint(12, 38) * 100) | {"months": "3", "ahead": "1"},
            "r2": _fee("课时班", "lessons", rng.randint(20, 48) * 100)
            | {"lessons": "60", "ahead": "0", "remaining": "10"},
        },
        "funds": {
            "unit": {
                "way": "custody",
                "bank": "云溪农村商业银行",
                "account": f"{number:04d}",
                "agreed_on": "2025-09-01",
                "balance": str(owed + 6000),
                "owed": str(owed),
                "loans": _NO,
            }
        },
        "contracts": {"unit": {"pupils": str(pupils), "signed": str(pupils), "model": _YES}},
        "complaints": {"unit": {"received": "1", "settled": "1", "refunds": "0"}},
        "publicity": {"r1": _publicity("秋季班开班通知", term)},
        "penalties": {},
    }


def place_of(unit: Organisation, number: int) -> str:
    """The address of an institution's own place."""
    return f"{unit.address}{number}室"


def _registration(unit: Organisation, number: int, term: Term) -> dict[str, Any]:
    one = unit.institution
    said = {
        "platform_no": f"PX1529{number:05d}",
        "platform_on": (term.first_on - timedelta(days=5)).isoformat(),
        "certificate": "civil" if one.is_nonprofit else "business",
        "certificate_no": f"YX{number:06d}",
        "listing": "approved",
        "status": "converting" if one.operating_status == one.Status.CONVERTING else "none",
    }
    if one.category == one.Category.NON_ACADEMIC:
        said["agreed"] = f"云文旅函〔2024〕{number}号"
    return said


def _fee(name: str, by: str, amount: int) -> dict[str, Any]:
    return {"name": name, "by": by, "amount": str(amount), "public": _YES}


def _publicity(name: str, term: Term) -> dict[str, Any]:
    from_on = (term.first_on - timedelta(days=7)).isoformat()
    return {"name": name, "place": "door", "from_on": from_on, "promise": _NO, "pupils": _NO}


def _people(number: int, academic: bool, rng: Random, names: People) -> Lines:
    posts = ("teacher", "teacher", "teacher", "research", "manager", "other")[: rng.randint(4, 6)]
    lines: Lines = {}
    for at, post in enumerate(posts, start=1):
        paper = {"teacher": "teacher" if academic else "skill"}.get(post, "none")
        lines[f"r{at}"] = {
            "name": names.one(),
            "identity": identity.digest_of("person", f"演示{number} {at}"),
            "post": post,
            "paper": paper,
            "contract": _YES,
            "checked": _YES,
        } | ({"paper_no": f"20215290{number:03d}{at:02d}"} if paper != "none" else {})
    return lines


def _lessons(unit: Organisation, academic: bool, figures: Figures, rng: Random) -> Lines:
    facts = unit.institution.facts()
    days = [["2", "4"], ["1", "3", "5"]][rng.randint(0, 1)] if academic else ["6", "7"]
    common = {"audience": "primary", "pupils": str(rng.randint(8, 30))}
    lines: Lines = {}
    if "offline" in facts.modes:
        lines["r1"] = common | {
            "name": "小学班", "mode": "offline", "days": days, "minutes": "45", "rest": "10",
            "begins": "18:30", "ends": figures.get(("R17-1", "线下结束时间", None), "20:00"),
        }  # fmt: skip
    if "online" in facts.modes:
        lines["r2"] = common | {
            "name": "线上班", "mode": "online", "days": days, "begins": "19:00",
            "ends": figures.get(("R17-2", "线上结束时间", None), "20:40"),
            "minutes": figures.get(("R17-2", "线上每课时", None), "30"),
            "rest": figures.get(("R17-2", "线上课间", None), "10"),
        }  # fmt: skip
    return lines

"""What the policy data files must look like. A file that says otherwise is refused with the place named."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from shuangjian.policy.judging import BadFigure, parse
from shuangjian.policy.models import Indicator, Limit, Obligation, Prohibition, Rule, Rung
from shuangjian.policy.scope import STAGES

GROUP_SIZES = {"school": 12, "institution": 5, "family": 4, "government": 9}
ITEM_COUNT = 105
_ANSWERERS = {"school", "institution", "parent", "bureau"}
_CATEGORIES = {"academic", "non_academic"}
_MODES = {"online", "offline"}
_SEVERITIES = {"ordinary", *Prohibition.Severity.values}
_TERM_CODE = re.compile(r"\d{4}-(autumn|spring)")


class BadData(Exception):
    """A data file contradicts itself or the schema; names the file and the place."""


Shape = Mapping[str, Any]  # key -> type or tuple of types


def check_entry(entry: Any, place: str, needed: Shape, optional: Shape | None = None) -> None:
    """Refuse an entry with a missing key, an unknown key or a value of another type."""
    if not isinstance(entry, dict):
        raise BadData(f"{place}：应为一组键值")
    allowed = {**needed, **(optional or {})}
    if missing := needed.keys() - entry.keys():
        raise BadData(f"{place}：缺{'、'.join(sorted(missing))}")
    if unknown := entry.keys() - allowed.keys():
        raise BadData(f"{place}：不认识{'、'.join(sorted(map(str, unknown)))}")
    for key, value in entry.items():
        kinds = allowed[key]
        # true is an int to Python, never to a reader of the file.
        if not isinstance(value, kinds) or (isinstance(value, bool) and kinds is not bool):
            raise BadData(f"{place}：{key}的值不对")


def check_known(values: Iterable[Any], allowed: Iterable[Any], place: str, what: str) -> None:
    if unknown := [value for value in values if value not in set(allowed)]:
        raise BadData(f"{place}：{what}{unknown[0]}不认识")


def _unique(values: Iterable[str], place: str) -> None:
    seen: set[str] = set()
    for value in values:
        if value in seen:
            raise BadData(f"{place}：{value}重复")
        seen.add(value)


# --- Rules, items, limits -------------------------------------------------------------------------
_BOOK: Shape = {
    "version": str, "in_force_from": date, "plan": str, "answers": list, "answer_rules": list,
    "groups": list, "roles": dict, "sources": dict, "rules": list,
}  # fmt: skip
_GROUP: Shape = {
    "code": str, "title": str, "count": int,
    "self_check_by": str, "cross_check_by": list, "inspected_by": list,
}  # fmt: skip
_SOURCE: Shape = {"title": str, "number": str, "date": (int, str, date), "verified": bool}
_RULE: Shape = {
    "code": str, "title": str, "group": str, "self_check_by": str, "requirement": str, "source": str,
    "verified": bool, "check_items": list,
}  # fmt: skip
_ITEM: Shape = {"code": str, "answered_by": list, "text": str, "evidence": str}
_ITEM_MORE: Shape = {
    "prohibitions": list, "local": list, "measure": list, "local_plan": str, "evidence_required": bool,
}  # fmt: skip
_MEASURE: Shape = {
    "name": str, "unit": str, "op": str, "limit": (int, float, str), "stage": str, "src": str,
    "in_force": bool, "verified": bool,
}  # fmt: skip


def check_rules(data: dict[str, Any], scope: dict[str, Any], prohibitions: Iterable[str]) -> None:
    """Thirty rules in order, in groups of 12, 5, 4 and 9, with 105 items, every word and source known.

    ``prohibitions`` are the codes that an item may name. Raises BadData.
    """
    check_entry(data, "rules.yaml", _BOOK)
    codes = [rule.get("code") for rule in data["rules"]]
    if codes != [f"R{number:02d}" for number in range(1, 31)]:
        raise BadData("rules.yaml：应为R01至R30共30条，按顺序排列")
    for group in data["groups"]:
        check_entry(group, "rules.yaml：groups", _GROUP, {"note": str})
    if {group["code"]: group["count"] for group in data["groups"]} != GROUP_SIZES:
        raise BadData("rules.yaml：应为四组，分别12、5、4、9条")
    for code, source in data["sources"].items():
        check_entry(
            source, f"rules.yaml：{code}", _SOURCE, {"note": str, "confidence": str, "in_force_from": date}
        )
    for group_code, size in GROUP_SIZES.items():
        found = sum(1 for rule in data["rules"] if rule.get("group") == group_code)
        if found != size:
            raise BadData(f"rules.yaml：{group_code}组应为{size}条，现在是{found}条")
    for rule in data["rules"]:
        _check_rule(rule, data["sources"], scope["labels"], set(prohibitions))
    count = sum(len(rule["check_items"]) for rule in data["rules"])
    if count != ITEM_COUNT:
        raise BadData(f"rules.yaml：检查项应为{ITEM_COUNT}项，现在是{count}项")
    items = {item["code"] for rule in data["rules"] for item in rule["check_items"]}
    check_known(scope["rules"], codes, "scope.yaml", "条目")
    check_known(scope["items"], items, "scope.yaml", "检查项")


def _check_rule(
    rule: dict[str, Any], sources: dict[str, Any], labels: dict[str, Any], forbidden: set[str]
) -> None:
    place = f"rules.yaml：{rule['code']}"
    check_entry(rule, place, _RULE, {"also": list, "verified_note": str})
    check_known([rule["group"]], Rule.Group.values, place, "分组")
    for entry in rule.get("also", []):
        check_entry(entry, f"{place}的also", {"src": str, "use": str})
        check_known([entry["src"]], sources, place, "依据文件")
    expected = [f"{rule['code']}-{ordinal}" for ordinal in range(1, len(rule["check_items"]) + 1)]
    if [item.get("code") for item in rule["check_items"]] != expected:
        raise BadData(f"{place}：检查项应按{rule['code']}-1起顺序编号")
    for item in rule["check_items"]:
        place = f"rules.yaml：{item['code']}"
        check_entry(item, place, _ITEM, _ITEM_MORE)
        check_known(item["answered_by"], _ANSWERERS, place, "填报人")
        check_known([*item.get("prohibitions", []), *item.get("local", [])], forbidden, place, "禁止事项")
        for measure in item.get("measure", []):
            _check_measure(measure, place, sources, labels)


def _check_measure(
    measure: dict[str, Any], place: str, sources: dict[str, Any], labels: dict[str, Any]
) -> None:
    check_entry(measure, f"{place}的限值", _MEASURE, {"from": date, "to": date})
    check_known([measure["src"]], sources, place, "依据文件")
    check_known([measure["op"]], Limit.Op.values, place, "限值写法")
    check_known([measure["stage"]], labels, place, "适用范围")
    if measure["in_force"] == ("to" in measure):
        raise BadData(f"{place}：已被取代的限值写明最后一天（to），现行的不写")
    try:
        parse(value_kind_of(measure), str(measure["limit"]))
    except BadFigure as error:
        raise BadData(f"{place}：限值{measure['limit']}写得不对，{error}") from error


def value_kind_of(measure: dict[str, Any]) -> str:
    """Clock for figures in 时刻, else number."""
    return Indicator.ValueKind.CLOCK if measure["unit"] == "时刻" else Indicator.ValueKind.NUMBER


def check_scope(data: dict[str, Any]) -> None:
    """Stages, categories and modes are words that scope.py knows; else BadData."""
    check_entry(data, "scope.yaml", {"labels": dict, "rules": dict, "items": dict})
    for part in data.values():
        for name, entry in part.items():
            check_entry(entry, f"scope.yaml：{name}", {}, {"stages": list, "categories": list, "modes": list})
            check_known(entry.get("stages", []), STAGES, f"scope.yaml：{name}", "学段")
            check_known(entry.get("categories", []), _CATEGORIES, f"scope.yaml：{name}", "机构类别")
            check_known(entry.get("modes", []), _MODES, f"scope.yaml：{name}", "培训方式")


# --- Prohibitions and proofs ----------------------------------------------------------------------
_PROHIBITION: Shape = {
    "code": str, "kind": str, "rule": str, "phrase": str, "applies_to": list,
    "severity": str, "verified": bool,
}  # fmt: skip
_PROHIBITION_MORE: Shape = {
    "read_in": str, "basis": str, "basis_verified": bool, "consequence": str, "note": str,
    "limit": str, "same_as": str,
}  # fmt: skip


def check_prohibitions(data: dict[str, Any]) -> None:
    """Each list holds as many of each verb as it says (15 严禁, 15 不得), all with a basis; else BadData."""
    check_entry(data, "prohibitions.yaml", {"severity_levels": dict, "handling": list, "lists": list})
    check_known(data["severity_levels"], Prohibition.Severity.values, "prohibitions.yaml", "性质")
    heads: Shape = {
        "code": str, "title": str, "version": str, "in_force_from": date,
        "counts": dict, "prohibitions": list,
    }  # fmt: skip
    for listing in data["lists"]:
        check_entry(listing, "prohibitions.yaml：lists", heads)
        place = f"prohibitions.yaml：{listing['code']}"
        for entry in listing["prohibitions"]:
            _check_prohibition(entry, place)
        for kind, size in listing["counts"].items():
            found = sum(1 for entry in listing["prohibitions"] if entry["kind"] == kind)
            if found != size:
                raise BadData(f"{place}：“{kind}”应为{size}个，现在是{found}个")
    _unique((listing["code"] for listing in data["lists"]), "prohibitions.yaml")
    _unique(
        (entry["code"] for listing in data["lists"] for entry in listing["prohibitions"]), "prohibitions.yaml"
    )


def _check_prohibition(entry: dict[str, Any], place: str) -> None:
    check_entry(entry, place, _PROHIBITION, _PROHIBITION_MORE)
    check_known([entry["severity"]], Prohibition.Severity.values, f"{place} {entry['code']}", "性质")
    check_known(
        entry["applies_to"], {"school", "institution", "bureau"}, f"{place} {entry['code']}", "适用对象"
    )
    if not entry.get("read_in" if entry["verified"] else "basis"):
        raise BadData(f"{place} {entry['code']}：已核的写明读自哪里，未核的写明依据")


def check_proofs(data: dict[str, Any]) -> None:
    """Proofs with known severities; else BadData."""
    check_entry(data, "proofs.yaml", {"proofs": list})
    shape: Shape = {"code": str, "title": str, "text": str, "severities": list, "required": bool}
    for entry in data["proofs"]:
        check_entry(entry, "proofs.yaml", shape, {"rules": list, "count": int, "fresh_days": int})
        check_known(entry["severities"], _SEVERITIES, f"proofs.yaml：{entry['code']}", "性质")
    _unique((entry["code"] for entry in data["proofs"]), "proofs.yaml")


def check_guidance(data: dict[str, Any], rules: dict[str, Any]) -> None:
    """What is said of every check item of the rulebook, and of no other; else BadData."""
    codes = {item["code"] for rule in rules["rules"] for item in rule["check_items"]}
    check_known(data, codes, "guidance.yaml", "检查项")
    if missing := codes - data.keys():
        raise BadData(f"guidance.yaml：缺{'、'.join(sorted(missing))}")
    for code, entry in data.items():
        check_entry(entry, f"guidance.yaml {code}", {"counts": str}, {"good": str, "bad": str, "basis": str})


# --- Plan and terms -------------------------------------------------------------------------------
_DAY: Shape = {"year": int, "month_day": str}
_STEP: Shape = {
    "code": str, "title": str, "start": dict, "end": dict, "source": str, "actors": list, "obligations": list,
    "deliverables": list, "done_when": str, "when_missed": str,
}  # fmt: skip
_STEP_MORE: Shape = {
    "ladder_ceiling": int,
    "forms": list,
    "name_of_campaign": str,
    "caution": str,
    "note": str,
}
_OBLIGATION: Shape = {"code": str, "who": (str, list), "what": str, "proof": str}
_OBLIGATION_MORE: Shape = {"due": dict, "due_rule": str, "repeats": str, "source": str, "default": bool}


def check_plan(data: dict[str, Any]) -> None:
    """Two stages with six steps; each duty has a date or a rule for it; rungs in order; else BadData."""
    whole: Shape = {
        "version": str,
        "goals": list,
        "escalation_default": list,
        "stages": list,
        "ledger_of_missed": list,
    }
    check_entry(data, "plan.yaml", whole)
    for goal in data["goals"]:
        more = {"by": dict, "within_years": int, "note": str}
        check_entry(goal, "plan.yaml：goals", {"code": str, "text": str, "source": str}, more)
    for rung in data["escalation_default"]:
        check_entry(
            rung, "plan.yaml：escalation_default", {"after": int, "audience": str, "to": str, "how": str}
        )
        check_known([rung["audience"]], Rung.Audience.values, "plan.yaml", "提醒对象")
    after = [rung["after"] for rung in data["escalation_default"]]
    if after != sorted(set(after)):
        raise BadData("plan.yaml：逾期提醒应按工作日数由小到大排列")
    stage_shape: Shape = {"code": str, "title": str, "start": dict, "end": dict, "source": str, "steps": list}
    for stage in data["stages"]:
        check_entry(stage, "plan.yaml：stages", stage_shape)
        for step in stage["steps"]:
            _check_step(step, stage)
    steps = [step["code"] for stage in data["stages"] for step in stage["steps"]]
    if len(data["stages"]) != 2 or len(steps) != 6:
        raise BadData("plan.yaml：应为两个阶段、六个步骤")
    duties = [
        one["code"] for stage in data["stages"] for step in stage["steps"] for one in step["obligations"]
    ]
    _unique([*steps, *duties], "plan.yaml")


def _check_step(step: dict[str, Any], stage: dict[str, Any]) -> None:
    check_entry(step, "plan.yaml：steps", _STEP, _STEP_MORE)
    place = f"plan.yaml：{step['code']}"
    if not _at(stage["start"]) <= _at(step["start"]) <= _at(step["end"]) <= _at(stage["end"]):
        raise BadData(f"{place}：起止日期不在所属阶段内")
    for duty in step["obligations"]:
        place = f"plan.yaml：{duty.get('code')}"
        check_entry(duty, place, _OBLIGATION, _OBLIGATION_MORE)
        who = duty["who"] if isinstance(duty["who"], list) else [duty["who"]]
        check_known(who, Obligation.Who.values, place, "责任方")
        if ("due" in duty) == ("due_rule" in duty):
            raise BadData(f"{place}：写明期限日期（due）或期限规则（due_rule），二者取一")
        if "due" in duty and not _at(step["start"]) <= _at(duty["due"]) <= _at(step["end"]):
            raise BadData(f"{place}：期限不在步骤起止日期内")
        check_known([duty.get("repeats", "once")], Obligation.Repeats.values, place, "重复方式")


def check_duties(data: dict[str, Any], plan: dict[str, Any]) -> None:
    """Each line says of a known obligation how it is fulfilled, once; a record has forms; else BadData."""
    check_entry(data, "duties.yaml", {"plan": str, "duties": list})
    steps = [step for stage in plan["stages"] for step in stage["steps"]]
    codes = {one["code"] for step in steps for one in step["obligations"]}
    for line in data["duties"]:
        check_entry(line, "duties.yaml", {"code": str, "by": str}, {"forms": list})
        place = f"duties.yaml：{line['code']}"
        if line["code"] not in codes:
            raise BadData(f"{place}：方案里没有这项任务")
        check_known([line["by"]], Obligation.Fulfilled.values, place, "完成方式")
        if (line["by"] == Obligation.Fulfilled.RECORD) != bool(line.get("forms")):
            raise BadData(f"{place}：填报记录的写明形式（forms），其他的不写")
    _unique((line["code"] for line in data["duties"]), "duties.yaml")


def _at(entry: dict[str, Any]) -> date:
    """A relative date as one of 2001 and the years after it, to compare and to see that the day exists."""
    check_entry(entry, "plan.yaml：日期", _DAY)
    return resolve(entry, 2001)


def resolve(entry: dict[str, Any], start_year: int) -> date:
    """``{year: 1, month_day: "07-31"}`` of a plan that starts in ``start_year``. Raises BadData if no day."""
    try:
        return date.fromisoformat(f"{start_year + entry['year']}-{entry['month_day']}")
    except ValueError as error:
        raise BadData(f"plan.yaml：没有{entry['month_day']}这一天") from error


def check_terms(data: dict[str, Any]) -> None:
    """Terms in order of time, none overlapping another; else BadData."""
    check_entry(data, "terms.yaml", {"school_years": list})
    last = date.min
    for year in data["school_years"]:
        check_entry(year, "terms.yaml", {"start_year": int, "terms": list})
        for term in year["terms"]:
            check_entry(term, "terms.yaml", {"code": str, "title": str, "first_on": date, "last_on": date})
            if not _TERM_CODE.fullmatch(term["code"]):
                raise BadData(f"terms.yaml：学期代码{term['code']}应写成2026-autumn或2027-spring")
            if not last < term["first_on"] < term["last_on"]:
                raise BadData(f"terms.yaml：{term['code']}的日期与前一学期重叠或先后颠倒")
            last = term["last_on"]


def check_calendar(data: dict[str, Any]) -> None:
    """The notice of each year by its number, as documents are numbered; else BadData."""
    check_entry(data, "calendar.yaml", {"documents": dict})
    for year, document in data["documents"].items():
        if not isinstance(year, int) or not isinstance(document, str) or "〔" not in document:
            raise BadData(f"calendar.yaml：{year}写成年份和文号，例如2026: 国办发明电〔2025〕7号")

"""Which check items and limits concern a unit: computed from what the register knows, never ticked (P16)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from shuangjian.accounts.models import Organisation
from shuangjian.policy.models import CheckItem, Limit

# Grades of a stage by 学制: 五四制 has five primary grades and four junior ones (P16).
_STAGE_GRADES = {
    "63": {
        "lower": frozenset({1, 2}),
        "upper": frozenset({3, 4, 5, 6}),
        "junior": frozenset({7, 8, 9}),
        "final": frozenset({9}),
        "senior": frozenset({10, 11, 12}),
    },
    "54": {
        "lower": frozenset({1, 2}),
        "upper": frozenset({3, 4, 5}),
        "junior": frozenset({6, 7, 8, 9}),
        "final": frozenset({9}),
        "senior": frozenset({10, 11, 12}),
    },
}
STAGES = frozenset(_STAGE_GRADES["63"])
_GRADE_NAMES = "一二三四五六七八九"


# Whose rules each kind of organisation answers, and by which word the data names it.
_ANSWERS = {
    "school": ("school", "school"),
    "institution": ("institution", "institution"),
    "office": ("government", "bureau"),
}


@dataclass(frozen=True, kw_only=True)
class UnitFacts:
    """What decides scope: kind; grades taught and 学制 of a school; category and modes of an institution.

    Of an office of the county: the rules that it is charged with (``RuleCharge``). ``exempt``: (code, reason)
    of the rules and items that the county's own word leaves out for this unit (``Exemption``).
    """

    kind: str
    grades: frozenset[int] = frozenset()
    system: str = "63"
    category: str = ""
    modes: frozenset[str] = frozenset()
    charges: frozenset[str] = frozenset()
    exempt: frozenset[tuple[str, str]] = frozenset()

    def exemption_from(self, item: CheckItem) -> str:
        """The county's reason why the unit is left out of the item or its rule; empty where it is not."""
        said = dict(self.exempt)
        return said.get(item.code) or said.get(item.rule.code, "")

    def grades_of(self, stages: Iterable[str]) -> list[int]:
        """The taught grades that belong to ``stages``, ascending; all taught grades if no stage is named."""
        wanted = list(stages)
        if not wanted:
            return sorted(self.grades)
        return sorted(self.grades.intersection(stage_grades(self.system, wanted)))


def facts_of(organisation: Organisation) -> UnitFacts:
    """What decides which check items and limits concern a unit, or an office of the county.

    Raises ObjectDoesNotExist for a unit without its facts, which the register does not allow.
    """
    if organisation.kind == Organisation.Kind.OFFICE:
        codes = frozenset(charge.rule_code for charge in organisation.charges.all())  # lists prefetch them
        return UnitFacts(kind="office", charges=codes)
    facts: UnitFacts = getattr(organisation, organisation.kind).facts()  # of the app that owns the kind
    left_out = {(one.code, one.reason) for one in organisation.exemptions.all() if one.ended_at is None}
    return replace(facts, exempt=frozenset(left_out)) if left_out else facts


def stage_grades(system: str, stages: Iterable[str]) -> list[int]:
    """The grades of ``stages`` under a 学制, ascending."""
    table = _STAGE_GRADES[system]
    return sorted(frozenset().union(*(table[stage] for stage in stages)))


def grade_name(grade: int) -> str:
    """三年级, 初一 is written 七年级, 高一."""
    return f"高{_GRADE_NAMES[grade - 10]}" if grade >= 10 else f"{_GRADE_NAMES[grade - 1]}年级"


def is_asked_of(item: CheckItem, kind: str) -> bool:
    """Is ``item`` one that this kind of organisation answers? Needs ``item.rule`` loaded."""
    group, word = _ANSWERS[kind]
    return item.rule.group == group and word in item.answered_by


def group_of(kind: str) -> str:
    """The group of rules that this kind of organisation answers."""
    return _ANSWERS[kind][0]


def concerns(item: CheckItem, facts: UnitFacts) -> bool:
    """Does ``item`` concern a unit with ``facts``? Needs ``item.rule`` loaded."""
    if not is_asked_of(item, facts.kind) or (facts.exempt and facts.exemption_from(item)):
        return False
    if facts.kind == "office":
        return item.rule.code in facts.charges
    if facts.kind == "school":
        return bool(facts.grades_of(item.stages)) if item.stages else True
    if item.categories and facts.category not in item.categories:
        return False
    return not (item.modes and facts.modes.isdisjoint(item.modes))


def why_out_of_scope(item: CheckItem, facts: UnitFacts) -> str:
    """The reason, in words, why a unit of the item's own kind is not asked it."""
    if reason := facts.exemption_from(item):
        return f"，县里确定不在适用范围：{reason}"
    if facts.kind == "office":
        return "由其他科室牵头"
    if facts.kind == "school":
        return "本校没有相应年级，不用填写"
    if item.modes and facts.modes.isdisjoint(item.modes):
        return f"本机构没有{'线上' if 'online' in item.modes else '线下'}培训，不用填写"
    return "本机构不是学科类，不用填写"


def limits_for(limits: Iterable[Limit], facts: UnitFacts, grade: int | None = None) -> list[Limit]:
    """The limits in the list that concern a unit (and one of its grades), in order."""
    return [limit for limit in limits if _limit_concerns(limit, facts, grade)]


def _limit_concerns(limit: Limit, facts: UnitFacts, grade: int | None) -> bool:
    if limit.categories and facts.category not in limit.categories:
        return False
    if limit.modes and facts.modes.isdisjoint(limit.modes):
        return False
    if not limit.stages or facts.kind != "school":
        return True
    grades = facts.grades_of(limit.stages)
    return grade in grades if grade is not None else bool(grades)

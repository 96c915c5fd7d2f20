"""What a round would add to the load of each unit before it is published, and what of it is known already."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from inspections.burden import asking, meter
from inspections.models import BoundCell, ReturnTemplate, Round
from inspections.workflows import budgets
from shuangjian.accounts.models import Organisation
from shuangjian.policy.models import CheckItem
from shuangjian.policy.scope import UnitFacts, facts_of

InScope = Iterable[tuple[Organisation, list[CheckItem]]]
_NAMED = 3  # units that a refusal names


@dataclass(frozen=True)
class Addition:
    """One unit: what stands in the month, what the round adds, what the budget allows."""

    unit: Organisation
    before: int
    inputs: int
    most: int | None

    @property
    def after(self) -> int:
        return self.before + self.inputs

    @property
    def is_over(self) -> bool:
        return self.most is not None and self.after > self.most


@dataclass
class Known:
    """An item whose answer stands elsewhere: in which places, for how many of the units."""

    item: CheckItem
    places: list[str] = field(default_factory=list)
    units: int = 0


@dataclass(frozen=True)
class Launch:
    """The whole round by its units, and the items that are asked a second time."""

    additions: Sequence[Addition]
    known: Sequence[Known]

    @property
    def over(self) -> list[Addition]:
        """The units beyond their budget, the furthest first."""
        beyond = [one for one in self.additions if one.is_over]
        return sorted(beyond, key=lambda one: one.before + one.inputs - (one.most or 0), reverse=True)

    @property
    def over_words(self) -> str:
        """Why the round is not published as it stands; empty within the budget."""
        if not self.over:
            return ""
        named = "、".join(f"{one.unit.name}{one.after}项" for one in self.over[:_NAMED])
        more = f"等{len(self.over)}个单位" if len(self.over) > _NAMED else ""
        return f"截止当月的填报超出预算：{named}{more}"

    def of_kind(self, kind: str) -> tuple[int, int] | None:
        """(least, most) inputs that it asks of a unit of the kind; None of no unit."""
        counts = [one.inputs for one in self.additions if one.unit.kind == kind]
        return (min(counts), max(counts)) if counts else None


def of_round(round_: Round, in_scope: InScope) -> Launch:
    """What publishing ``round_`` would mean for each unit, by the budget in force."""
    asked = [(unit, items, facts_of(unit)) for unit, items in in_scope if items]
    budget = budgets.in_force()
    month = meter.month_of(round_.due_on)
    before = meter.read([unit for unit, _, _ in asked], month, month)
    additions = [
        Addition(
            unit,
            before.get((unit.pk, month), meter.Load()).inputs,
            sum(asking.inputs_of_item(item, facts, round_.due_on) for item in items),
            budget.inputs_of(unit.kind) if budget is not None else None,
        )
        for unit, items, facts in asked
    ]
    return Launch(additions, _known(round_, asked))


def _known(round_: Round, asked: Sequence[tuple[Organisation, list[CheckItem], UnitFacts]]) -> list[Known]:
    """By item where else it is answered: in a register, another round of the term, a table that goes up."""
    earlier = meter.asked_by_rounds([unit.pk for unit, _, _ in asked], [round_.term_id])
    tables = _keyed_in()
    found: dict[str, Known] = {}
    for unit, items, facts in asked:
        registers = asking.answered_by_registers(facts)
        for item in items:
            places = [f"登记档案“{registers[item.code].title}”"] if item.code in registers else []
            rounds = earlier.get((unit.pk, round_.term_id), [])
            places += [f"“{one.title}”" for one in rounds if item.code in one.codes]
            places += [tables[one.name] for one in item.asked_figures if one.name in tables]
            if places:
                row = found.setdefault(item.code, Known(item))
                row.units += 1
                row.places += [one for one in places if one not in row.places]
    return sorted(found.values(), key=lambda one: (one.item.rule.number, one.item.ordinal))


def _keyed_in() -> dict[str, str]:
    """By its name each figure that a table in use has keyed in by hand: asked twice, it is the same."""
    cells = BoundCell.objects.filter(
        template__state=ReturnTemplate.State.IN_USE, statistic__isnull=False, statistic__query=""
    )
    rows = cells.order_by("pk").values_list("statistic__name", "template__name")
    return {name: f"上报表“{table}”" for name, table in rows}

"""What the law asks of each kind of visit: how many inspectors, with which cards, and which papers.

Source: practice.md P9 (kinds differ in law); 教育督导条例 art. 16 (three for special and comprehensive
supervision), 行政处罚法 art. 42 (two with 执法证, card shown).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import prefetch_related_objects

from inspections.models import InspectorCard, Problem, Visit, VisitDocument
from inspections.querysets import ANNOUNCED_KINDS

K, Paper, Card = Visit.Kind, VisitDocument.Kind, InspectorCard.Kind
ANY_CARD = (Card.SUPERVISOR, Card.ENFORCEMENT)


@dataclass(frozen=True, kw_only=True)
class VisitKind:
    """One kind. ``cards``: one of these each member needs; ``is_strict``: without them it is not begun.

    ``counts``: towards the unit's most visits a term; what facts call for (举报核查, 回头看) does not.
    """

    least: int
    cards: tuple[InspectorCard.Kind, ...]
    origin: Problem.Origin
    papers: tuple[VisitDocument.Kind, ...] = ()
    is_strict: bool = False
    counts: bool = True

    @property
    def is_bureaus(self) -> bool:
        """The bureau's own check, whose papers it issues; the others are the supervision office's."""
        return self.origin in (Problem.Origin.COUNTY_INSPECTION, Problem.Origin.COMPLAINT)


KINDS: dict[Visit.Kind, VisitKind] = {
    K.REGULAR: VisitKind(least=1, cards=(Card.SUPERVISOR,), origin=Problem.Origin.REGULAR_SUPERVISION),
    K.SPECIAL: VisitKind(
        least=3,
        cards=(Card.SUPERVISOR,),
        origin=Problem.Origin.GOVERNMENT_SUPERVISION,
        papers=(Paper.NOTICE, Paper.SELF_REPORT, Paper.OPINION),
    ),
    K.COMPREHENSIVE: VisitKind(
        least=3,
        cards=(Card.SUPERVISOR,),
        origin=Problem.Origin.GOVERNMENT_SUPERVISION,
        papers=(Paper.NOTICE, Paper.SELF_REPORT, Paper.OPINION),
    ),
    K.COUNTY_CHECK: VisitKind(least=2, cards=ANY_CARD, origin=Problem.Origin.COUNTY_INSPECTION),
    K.ENFORCEMENT: VisitKind(
        least=2, cards=(Card.ENFORCEMENT,), origin=Problem.Origin.COUNTY_INSPECTION, is_strict=True
    ),
    K.RANDOM: VisitKind(
        least=2, cards=ANY_CARD, origin=Problem.Origin.COUNTY_INSPECTION, papers=(Paper.DRAW_LIST,)
    ),
    K.COMPLAINT: VisitKind(
        least=2, cards=ANY_CARD, origin=Problem.Origin.COMPLAINT, papers=(Paper.SOURCE,), counts=False
    ),
    K.LOOK_BACK: VisitKind(least=1, cards=ANY_CARD, origin=Problem.Origin.REGULAR_SUPERVISION, counts=False),
}
COUNTED = [kind.value for kind, rule in KINDS.items() if rule.counts]


def kind_of(value: str) -> VisitKind:
    return KINDS[Visit.Kind(value)]


def too_few(value: str, people: int) -> str:
    """Why so many people are too few for the kind, as a sentence; empty where they are enough."""
    least = kind_of(value).least
    return "" if people >= least else f"{Visit.Kind(value).label}至少要{least}名督学，现在选了{people}名"


def is_announced(kinds: Iterable[str]) -> bool:
    return not set(ANNOUNCED_KINDS).isdisjoint(kinds)


def summary(value: str) -> str:
    """「至少2人，须持行政执法证；材料：抽查名单」, for the form that plans a visit."""
    rule = kind_of(value)
    words = f"至少{rule.least}人，持{'或'.join(card.label for card in rule.cards)}"
    papers = "、".join(paper.label for paper in rule.papers)
    return f"{words}；材料：{papers}" if papers else words


# --- What is missing of one visit ---------------------------------------------


@dataclass(frozen=True)
class Gap:
    """One thing that a kind asks for and the visit has not. ``bars``: it is not begun without."""

    words: str
    bars: bool = False


def kinds_of(visit: Visit) -> list[str]:
    """The visit's own kind and those joined to it, each once."""
    return list(dict.fromkeys([visit.kind, *(purpose.kind for purpose in visit.joined.all())]))


def gaps(visit: Visit) -> list[Gap]:
    """People, cards and papers that are missing now. Five queries at most, however many there are."""
    prefetch_related_objects([visit], "members__user", "joined", "documents")
    members, kinds = list(visit.members.all()), kinds_of(visit)
    held = {(card.user_id, card.kind) for card in valid_cards([m.user_id for m in members], visit)}
    has = {row.kind for row in visit.documents.all()}
    if visit.draw_id is not None or any(purpose.draw_id for purpose in visit.joined.all()):
        has.add(Paper.DRAW_LIST)
    found: dict[str, Gap] = {}
    for kind in kinds:
        rule = kind_of(kind)
        words = too_few(kind, len(members))
        if words:
            found[words] = Gap(words, bars=rule.is_strict)
        for member in members:
            if not any((member.user_id, card) in held for card in rule.cards):
                cards = "或".join(card.label for card in rule.cards)
                words = f"{member.user.name}没有登记有效的{cards}"
                found[words] = Gap(words, bars=rule.is_strict)
        for paper in rule.papers:
            if paper not in has:
                found[f"缺{paper.label}"] = Gap(f"缺{paper.label}")
    return list(found.values())


def valid_cards(user_ids: Iterable[int], visit: Visit) -> list[InspectorCard]:
    """Cards of these people that are valid on the visit's day."""
    cards = InspectorCard.objects.filter(user__in=list(user_ids))
    return [card for card in cards if card.valid_until is None or card.valid_until >= visit.planned_on]


def card_words(visit: Visit, user_ids: Iterable[int]) -> dict[int, str]:
    """By person the card that his visit's kinds ask for, as the record prints it: 「督学证云督012」."""
    wanted = [card.value for kind in kinds_of(visit) for card in kind_of(kind).cards]
    cards = [card for card in valid_cards(user_ids, visit) if card.kind in wanted]
    found: dict[int, str] = {}
    for card in sorted(cards, key=lambda one: wanted.index(one.kind)):
        found.setdefault(card.user_id, str(card))
    return found

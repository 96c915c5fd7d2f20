"""The kinds of printouts by key, in the order of the list."""

from __future__ import annotations

from inspections.printouts.archive import Archive
from inspections.printouts.base import Printable
from inspections.printouts.brief import PrintedBrief
from inspections.printouts.case import PrintedCase
from inspections.printouts.ledger import PrintedLedger
from inspections.printouts.matrix import PrintedMatrix
from inspections.printouts.model_notice import PrintedModelNotice
from inspections.printouts.period import PrintedPeriod
from inspections.printouts.poster import PrintedPoster
from inspections.printouts.publicity import PrintedLetter, PrintedPlacard
from inspections.printouts.results import PrintedResults
from inspections.printouts.self_check import PrintedCheck
from inspections.printouts.upward_return import PrintedReturn
from inspections.printouts.visit import PrintedVisit

KINDS: dict[str, Printable] = {
    kind.key: kind
    for kind in (
        PrintedLedger(),
        PrintedBrief(),
        PrintedCheck(),
        PrintedVisit(),
        PrintedCase(),
        PrintedPeriod(),
        PrintedResults(),
        PrintedModelNotice(),
        PrintedLetter(),
        PrintedPlacard(),
        Archive(),
        PrintedReturn(),
        PrintedPoster(),
        PrintedMatrix(),
    )
}
EVERYBODY_WHO_PRINTS = frozenset().union(*(kind.roles for kind in KINDS.values()))

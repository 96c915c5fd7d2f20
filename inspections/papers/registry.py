"""The kinds of papers that the portal drafts, in the order in which they are offered; the slots of their
standing texts are registered with them."""

from __future__ import annotations

from inspections import standing
from inspections.papers.circular import CIRCULAR
from inspections.papers.kinds import PaperKind
from inspections.papers.letters import CONSULT, TRANSFER
from inspections.papers.notice import NOTICE, ORDER
from inspections.papers.opinion import OPINION
from inspections.papers.praise import PRAISE
from inspections.papers.proposal import PROPOSAL
from inspections.papers.talk import TALK
from inspections.papers.talk_record import TALK_RECORD

_ALL = (
    NOTICE, ORDER, OPINION, TALK, TALK_RECORD, CIRCULAR, PROPOSAL, PRAISE, TRANSFER, CONSULT
)  # fmt: skip
for _kind in _ALL:
    standing.register(_kind.key.value, standing.Paper(_kind.key.label, _kind.slots, _kind.examples))
KINDS: dict[str, PaperKind] = {kind.key.value: kind for kind in _ALL}

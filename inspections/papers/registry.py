"""The kinds of papers that the portal drafts, in the order in which they are offered."""

from __future__ import annotations

from inspections.papers.kinds import PaperKind
from inspections.papers.notice import NOTICE, ORDER
from inspections.papers.opinion import OPINION

KINDS: dict[str, PaperKind] = {kind.key.value: kind for kind in (NOTICE, ORDER, OPINION)}

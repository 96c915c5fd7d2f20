"""What the county's work is measured by: rulebook, limits, prohibitions, plan, terms, working days.

Changes by document, not by daily work: rows are loaded from reviewed data files (``load_policy``); a version
that is in use is never rewritten.
"""

from shuangjian.policy.models.calendar import CalendarEdition, CountedDate, SchoolYear, Term, TermPeriod
from shuangjian.policy.models.duties import Duty, DutyRecord
from shuangjian.policy.models.guidance import Guidance
from shuangjian.policy.models.local import Exemption, LocalItem, LocalRule, LocalState
from shuangjian.policy.models.plan import Obligation, Phase, Plan, Rung, Stage
from shuangjian.policy.models.prohibitions import Prohibition, ProhibitionList
from shuangjian.policy.models.rulebook import (
    CheckItem,
    Indicator,
    Limit,
    ProofRequirement,
    Rule,
    Rulebook,
    RuleCharge,
    Source,
)

__all__ = [
    "CalendarEdition",
    "CheckItem",
    "CountedDate",
    "Duty",
    "DutyRecord",
    "Exemption",
    "Guidance",
    "Indicator",
    "Limit",
    "LocalItem",
    "LocalRule",
    "LocalState",
    "Obligation",
    "Phase",
    "Plan",
    "Prohibition",
    "ProhibitionList",
    "ProofRequirement",
    "Rule",
    "RuleCharge",
    "Rulebook",
    "Rung",
    "SchoolYear",
    "Source",
    "Stage",
    "Term",
    "TermPeriod",
]

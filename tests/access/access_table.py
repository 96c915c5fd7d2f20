"""What each route of the portal answers to whom: stated here by hand, not read from the views.

Key: the route's name, after a colon which of its moves is asked. Everybody whom ``get`` or ``post`` does not
name gets 403, or the sign-in page if he is nobody. ``about`` names a record of world.py that exists on side A
and on side B; ``sees`` says for whom it exists (else 404), ``may`` who of them has the right (else 403).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

COUNTY = frozenset({"leader", "task_force", "supervision"})
INSPECTORS = frozenset({"inspector_a", "inspector_b", "team_inspector"})
CLERKS = frozenset({"clerk_a1", "clerk_a2", "clerk_b1", "clerk_a3"})
HEADS = frozenset({"head_a1", "head_b1", "manager_a3"})
UNITS = CLERKS | HEADS
OFFICES = frozenset({"office_staff", "partner"})
ADMINS = frozenset({"system_admin", "security_admin", "auditor"})
READERS = COUNTY | INSPECTORS | UNITS
DECIDERS = COUNTY | INSPECTORS  # each of what is his to decide
ANSWER_READERS = READERS | {"office_staff"}  # of self-checks and problems: an office has its own
PROBLEM_READERS = ANSWER_READERS | {"partner"}  # a department: what was handed over to it
BUSINESS = READERS | OFFICES
POSTS = BUSINESS | ADMINS  # everybody who holds a post
SIGNED_IN = POSTS | {"stranger"}
PUBLIC = SIGNED_IN | {"nobody"}
EVERYBODY = PUBLIC

# One person of each role: the everyday run asks these about their own side's records.
ONE_OF_EACH_ROLE = (
    "leader", "task_force", "supervision", "office_staff", "partner", "inspector_a", "team_inspector",
    "clerk_a1", "head_a1", "clerk_a3", "manager_a3", "system_admin", "security_admin", "auditor",
    "stranger", "nobody",
)  # fmt: skip

Sides = tuple[frozenset[str], frozenset[str]]


def both(*names: str, a: str = "", b: str = "") -> Sides:
    """The same people for both sides, and those of one side alone."""
    common = frozenset(names)
    return common | set(a.split()), common | set(b.split())


_OFFICE = tuple(COUNTY)
AT_THE_UNIT = both(
    *_OFFICE, a="inspector_a team_inspector clerk_a1 head_a1", b="inspector_b clerk_b1 head_b1"
)
OF_THE_UNIT = both(a="clerk_a1 head_a1", b="clerk_b1 head_b1")
ITS_HEAD = both(a="head_a1", b="head_b1")
ITS_INSPECTOR = both(a="inspector_a", b="inspector_b")
SCHOOL_PEOPLE = both("clerk_a1", "clerk_a2", "clerk_b1", "head_a1", "head_b1")
# An unannounced visit does not exist for the unit; the team's inspector sees the one he goes on.
PLANNED = both(*_OFFICE, a="inspector_a", b="inspector_b")
BEGUN = both(*_OFFICE, a="inspector_a clerk_a1 head_a1", b="inspector_b clerk_b1 head_b1")
UNDER_WAY = both(*_OFFICE, a="inspector_a team_inspector clerk_a1 head_a1", b="inspector_b clerk_b1 head_b1")
PREPARING = both("task_force", "supervision", a="inspector_a", b="inspector_b")
GOING = both(a="inspector_a team_inspector", b="inspector_b")
CHOOSING = both("supervision", a="inspector_a team_inspector", b="inspector_b")
SENT = both("supervision", a="inspector_a", b="inspector_b")
PLAN_REVIEWERS = both("task_force", "supervision", a="inspector_a team_inspector", b="inspector_b")
# A department sees what was handed over to it: side A's case.
AT_ITS_DEPARTMENT = AT_THE_UNIT[0] | {"partner"}, AT_THE_UNIT[1]
RECEIVERS = both("task_force", "supervision", a="partner")
NOBODY = both()
COMPLAINT_READERS = frozenset({"task_force", "leader", "office_staff"})
COMPLAINT = both("task_force", "leader")  # an office has those of its own officer
INQUIRY = both("task_force", "leader", a="clerk_a1 head_a1", b="clerk_b1 head_b1")
LEAD_READERS = COUNTY | {"inspector_a", "inspector_b", "partner"}
LEAD = both(*_OFFICE, a="inspector_a", b="inspector_b")
LEAD_HANDED_OVER = both(*_OFFICE, "partner", a="inspector_a", b="inspector_b")
LEAD_OFFICE = both("task_force", "supervision")
LEAD_CHECKERS = both("task_force", "supervision", a="inspector_a", b="inspector_b")


@dataclass(frozen=True)
class Row:
    """What is expected of one route. ``None``: the method isn't offered."""

    get: frozenset[str] | None = None
    post: frozenset[str] | None = None
    about: str = ""
    sees: Sides | None = None
    may: Sides | None = None
    more: dict[str, Any] = field(default_factory=dict)  # further parts of the address
    shows: int = 200  # what a GET answers when all is well
    takes: int = 400  # what a POST without key answers when all is well: refused before the view


def page(get: frozenset[str], **more: Any) -> Row:
    return Row(get=get, **more)


def form(people: frozenset[str], **more: Any) -> Row:
    return Row(get=people, post=people, **more)


def button(people: frozenset[str], **more: Any) -> Row:
    return Row(post=people, **more)


def _only(*names: str) -> frozenset[str]:
    return frozenset(names)


_SYSTEM, _KEEPERS = _only("system_admin"), _only("system_admin", "security_admin")
_TASK_FORCE, _SUPERVISION = _only("task_force"), _only("supervision")
_IMPORTERS = UNITS | _TASK_FORCE | _SYSTEM
# The task force only while it types in the unit's paper (代填).
_FILLERS = UNITS | _TASK_FORCE | {"office_staff"}
_WRITERS = _only("task_force", "supervision")
_CONDUCTORS = INSPECTORS | {"supervision"}
_RECHECKERS = COUNTY | {"inspector_a", "inspector_b"}
_REGISTRARS = _only("task_force", "supervision", "inspector_a", "inspector_b")


_OF_SCHOOLS = _only("clerk_a1", "clerk_a2", "clerk_b1", "head_a1", "head_b1")
_SURVEY_READERS, _CODE_KEEPERS = COUNTY | INSPECTORS | _OF_SCHOOLS, _OF_SCHOOLS | _TASK_FORCE
_PAPER_READERS = COUNTY | UNITS | {"inspector_a", "inspector_b", "partner"}  # a department: its letters
_SANCTION_READERS = COUNTY | UNITS | {"office_staff"}


_MODEL_READERS = COUNTY | UNITS | {"inspector_a", "inspector_b"}


def _problem(state: str, move: str, may: Sides, sees: Sides = AT_THE_UNIT) -> Row:
    return form(PROBLEM_READERS, about=f"problems.{state}", sees=sees, may=may, more={"move": move})


def _transfer(move: str, may: Sides) -> Row:
    return _problem("transferred", move, may, sees=AT_ITS_DEPARTMENT)


def _review(state: str, kind: str, may: Sides) -> Row:
    return page(DECIDERS, about=f"problems.{state}", sees=AT_THE_UNIT, may=may, more={"kind": kind})


def _visit(state: str, move: str, sees: Sides, may: Sides) -> Row:
    return form(INSPECTORS | COUNTY, about=f"visits.{state}", sees=sees, may=may, more={"move": move})


def _report(state: str, move: str, sees: Sides, may: Sides, **more: Any) -> Row:
    return form(COUNTY, about=f"reports.{state}", sees=sees, may=may, more={"move": move}, **more)


def _paper(state: str, move: str, sees: Sides, may: Sides, **more: Any) -> Row:
    return form(
        COUNTY | UNITS | {"partner"}, about=f"papers.{state}", sees=sees, may=may, more={"move": move}, **more
    )


def _check(state: str, move: str, may: Sides, **more: Any) -> Row:
    return form(_FILLERS, about=f"checks.{state}", sees=AT_THE_UNIT, may=may, more={"move": move}, **more)


def _sanction(state: str, move: str, may: Sides) -> Row:
    return form(
        _SANCTION_READERS,
        about=f"sanctions.{state}",
        sees=AT_THE_ANSWERING_UNIT,
        may=may,
        more={"move": move},
    )


def _bulletin(state: str, move: str) -> Row:
    return form(_WRITERS, about=f"bulletins.{state}", sees=COUNTY_ALONE, more={"move": move})


def _complaint(state: str, move: str, *who: str) -> Row:
    may = both(*(who or ("task_force",)))
    return form(COMPLAINT_READERS, about=f"complaints.{state}", sees=COMPLAINT, may=may, more={"move": move})


def _inquiry(move: str, may: Sides) -> Row:
    people = _only("task_force", "office_staff") | UNITS
    return form(people, about="inquiry", sees=INQUIRY, may=may, more={"move": move})


def _lead(state: str, move: str, sees: Sides, may: Sides) -> Row:
    return form(_REGISTRARS | {"partner"}, about=f"leads.{state}", sees=sees, may=may, more={"move": move})


def _doubt(move: str) -> Row:
    return form(_REGISTRARS, about="doubts.open", sees=LEAD, may=LEAD_CHECKERS, more={"move": move})


def _duty(which: str, move: str, sees: Sides, may: Sides, **more: Any) -> Row:
    return form(UNITS | _WRITERS, about=f"duties.{which}", sees=sees, may=may, more={"move": move}, **more)


def _account(move: str, people: frozenset[str], who: str = "clerk_a2") -> Row:
    right = (people, people)
    return form(_KEEPERS, about="account", may=right, more={"username": who, "move": move})


def _grant(move: str, people: frozenset[str]) -> Row:
    """Of a role that the system administrator asked for."""
    return form(_KEEPERS, about="grant", may=(people, people), more={"move": move})


def _question(move: str, may: Sides) -> Row:
    people = _WRITERS | UNITS | {"office_staff"}
    return form(people, about="question", sees=AT_THE_QUESTION, may=may, more={"move": move})


def _model(state: str, move: str, may: Sides) -> Row:
    return form(_MODEL_READERS, about=f"models.{state}", sees=AT_THE_CASE, may=may, more={"move": move})


def _experience(state: str, move: str, may: Sides) -> Row:
    return form(COUNTY, about=f"experiences.{state}", sees=COUNTY_ALONE, may=may, more={"move": move})


def _disclosure(state: str, move: str, may: Sides) -> Row:
    people = UNITS | {"leader"}
    about = f"disclosures.{state}"
    return form(people, about=about, sees=AT_THE_ANSWERING_UNIT, may=may, more={"move": move})


def _handover(move: str, may: Sides) -> Row:
    return form(BUSINESS, about="handover", sees=AT_THE_HANDOVER, may=may, more={"move": move})


AT_THE_CASE = both(*_OFFICE, a="inspector_a clerk_a1 head_a1", b="inspector_b clerk_b1 head_b1")
AT_THE_QUESTION = both(*_WRITERS, a="clerk_a1 head_a1", b="clerk_b1 head_b1")  # until it is answered
AT_THE_HANDOVER = both(*_WRITERS, a="clerk_a1 head_a1", b="clerk_b1 head_b1")
# Accountability concerns the county and who answers for the unit, no inspector.
AT_THE_ANSWERING_UNIT = both(*_OFFICE, a="clerk_a1 head_a1", b="clerk_b1 head_b1")
ITS_OFFICE = both("task_force", "supervision")
EVERY_ONE = (EVERYBODY, EVERYBODY)
COUNTY_ALONE = both(*_OFFICE)


def _return(state: str, move: str, who: str) -> Row:
    return form(COUNTY, about=f"returns.{state}", sees=COUNTY_ALONE, may=both(who), more={"move": move})


def _table(state: str, move: str) -> Row:
    return form(_TASK_FORCE, about=f"tables.{state}", sees=COUNTY_ALONE, more={"move": move})


TABLE: dict[str, Row] = {
    # --- Open to everybody
    "home": page(PUBLIC),
    "rules": page(PUBLIC),
    "rule": page(PUBLIC, about="rule", sees=EVERY_ONE),
    "help": page(PUBLIC),
    "sitemap": page(PUBLIC),
    "sitemap-xml": page(PUBLIC),
    "accessibility": page(PUBLIC),
    "offline": page(PUBLIC),
    "offline-worker": page(PUBLIC),
    "phone": page(PUBLIC),
    "outbox": page(PUBLIC),
    "app-manifest": page(PUBLIC),
    "login": form(PUBLIC, shows=302, takes=302),
    "activate": form(PUBLIC, shows=302, takes=302),
    "look": button(PUBLIC, takes=303),
    # --- One's own
    "logout": button(SIGNED_IN, takes=302),
    "me": page(SIGNED_IN),
    "me-password": form(SIGNED_IN),
    "me-post": button(SIGNED_IN),
    "me-session": form(SIGNED_IN, takes=200),
    "me-mail": form(SIGNED_IN),
    "suggestions": page(SIGNED_IN),
    "suggestion-new": form(SIGNED_IN),
    "suggestion": page(SIGNED_IN, about="suggestion", sees=both("task_force", a="clerk_a1", b="clerk_b1")),
    "suggestion-answer": button(_TASK_FORCE, about="suggestion"),
    # --- What an item means: what is said of it, what was asked
    "guidance-edit": form(_TASK_FORCE, more={"number": 4, "code": "R04-1"}),
    "questions": page(BUSINESS),
    "question-new": form(UNITS | {"office_staff"}, more={"code": "R04-1"}),
    "question": page(BUSINESS, about="question", sees=AT_THE_QUESTION),
    "question-move:answer": _question("answer", both(*_WRITERS)),
    "question-move:lead": _question("lead", both(*_WRITERS)),
    "question-move:withdraw": _question("withdraw", both(a="clerk_a1", b="clerk_b1")),
    # --- Model cases: open to everybody once on notice; inside for the county, the area, the unit
    "models": page(PUBLIC),
    "model": page(PUBLIC, about="models.published", sees=EVERY_ONE),
    "model:gone": page(PUBLIC, about="models.withdrawn", sees=EVERY_ONE, shows=410),
    "model:draft": page(PUBLIC, about="models.draft", sees=NOBODY),
    "model-object": form(PUBLIC, about="models.notice", sees=EVERY_ONE),
    "model-objected": page(PUBLIC, about="models.notice", sees=EVERY_ONE),
    "model-picture": page(PUBLIC, about="model_picture", sees=EVERY_ONE),
    "model-cases": page(_MODEL_READERS),
    "model-case-new": form(_MODEL_READERS - {"leader"}),
    "model-case": page(_MODEL_READERS, about="models.reading", sees=AT_THE_CASE),
    "model-case-move:edit": _model("draft", "edit", OF_THE_UNIT),
    "model-case-move:submit": _model("draft", "submit", OF_THE_UNIT),
    "model-case-move:admit": _model("submitted", "admit", ITS_OFFICE),
    "model-case-move:send-back": _model("submitted", "send-back", ITS_OFFICE),
    "model-case-move:read": _model("reading", "read", LEAD_CHECKERS),
    "model-case-move:pictures": _model("published", "pictures", ITS_OFFICE),
    "model-case-move:announce": _model("reading", "announce", both("leader")),
    "model-case-move:object": _model("notice", "object", ITS_OFFICE),
    "model-case-move:publish": _model("notice", "publish", both("leader")),
    "model-case-move:decline": _model("reading", "decline", both("leader")),
    "model-case-move:propose": _model("published", "propose", ITS_OFFICE),
    "model-case-move:keep": _model("published", "keep", both("leader")),
    "model-case-move:withdraw": _model("published", "withdraw", both("leader")),
    "model-case-move:revoke": _model("published", "revoke", NOBODY),  # of families alone
    "model-case-move:retract": _model("submitted", "retract", OF_THE_UNIT),
    "model-objection-move": form(_WRITERS, about="objection", sees=EVERY_ONE, more={"move": "dismiss"}),
    # --- 经验交流, 集中宣传, what is made public of accountability
    "exchange": page(PUBLIC),
    "contribution": page(PUBLIC, about="experiences.published", sees=EVERY_ONE),
    "contribution:gone": page(PUBLIC, about="experiences.recalled", sees=EVERY_ONE, shows=410),
    "contribution:draft": page(PUBLIC, about="experiences.draft", sees=NOBODY),
    "contribution-picture": page(PUBLIC, about="experience_picture", sees=EVERY_ONE),
    "experiences": page(COUNTY),
    "experience-new": form(_WRITERS, more={"kind": "article"}),
    "experience": page(COUNTY, about="experiences.draft", sees=COUNTY_ALONE),
    "experience-move:edit": _experience("draft", "edit", ITS_OFFICE),
    "experience-move:publish": _experience("draft", "publish", both("leader", "supervision")),
    "experience-move:recall": _experience("published", "recall", ITS_OFFICE),
    "publicity": page(PUBLIC),
    "publicity-work": page(COUNTY | UNITS),
    "lists": page(PUBLIC),
    "list": page(PUBLIC, about="disclosures.published", sees=EVERY_ONE),
    "list:gone": page(PUBLIC, about="disclosures.taken_down", sees=EVERY_ONE, shows=410),
    "list:proposed": page(PUBLIC, about="disclosures.proposed", sees=NOBODY),
    "disclosures": page(COUNTY | UNITS),
    "disclosure-exposed": form(_WRITERS),
    "disclosure-white-list": form(_WRITERS),
    "disclosure-circular": form(_WRITERS, more={"no": "2026-0000"}, shows=404),
    "disclosure": page(COUNTY | UNITS, about="disclosures.proposed", sees=AT_THE_ANSWERING_UNIT),
    "disclosure-move:state": _disclosure("proposed", "state", OF_THE_UNIT),
    "disclosure-move:publish": _disclosure("proposed", "publish", both("leader")),
    "disclosure-move:decline": _disclosure("proposed", "decline", both("leader")),
    "disclosure-move:repair": _disclosure("published", "repair", both("leader")),
    "disclosure-move:take-down": _disclosure("published", "take-down", both("leader")),
    # --- Handing over a post: the offices, the unit, who gives, who takes
    "handovers": page(BUSINESS),
    "handover-new": form(BUSINESS),
    "handover-of": form(_WRITERS | UNITS, about="giver", sees=AT_THE_HANDOVER),
    "handover": page(BUSINESS, about="handover", sees=AT_THE_HANDOVER),
    "handover-move:give": _handover("give", both(a="clerk_a1", b="clerk_b1")),
    "handover-move:take": _handover("take", both(a="head_a1", b="head_b1")),
    "handover-move:cancel": _handover("cancel", both(*_WRITERS, a="clerk_a1", b="clerk_b1")),
    "desk": page(POSTS),
    "search": page(POSTS - {"auditor"}),
    "notices": page(POSTS),
    "notices-read": button(POSTS),
    "jobs": page(POSTS),
    "job": page(POSTS, about="job", sees=both("supervision")),
    "job-cancel": button(POSTS, about="job", sees=both("supervision")),
    "job-retry": button(POSTS, about="job", sees=both("supervision")),
    # --- Administrators
    "audit": page(_only("auditor")),
    "settings": form(_SYSTEM),
    "status": page(_SYSTEM),
    "demo-day": form(_SYSTEM, shows=404),  # outside demo mode nobody has it
    "channels": page(_SYSTEM),
    "channel-new": form(_SYSTEM),
    "channel": form(_SYSTEM, about="channel"),
    "channel-move:test": button(_SYSTEM, about="channel", more={"move": "test"}),
    "channel-move:off": button(_SYSTEM, about="channel", more={"move": "off"}),
    "channel-move:on": button(_SYSTEM, about="channel", more={"move": "on"}),
    "slips": form(_SYSTEM),
    "unit-accounts": form(_SYSTEM),
    "places": page(COUNTY | _SYSTEM),
    "place-new": form(_TASK_FORCE, more={"kind": "township"}),
    "zone": page(COUNTY | _SYSTEM, about="zone"),
    "zone-move": form(_TASK_FORCE, about="zone"),
    "place-rename": form(_TASK_FORCE, about="zone"),
    "place-close": form(_TASK_FORCE, about="zone"),
    "users": page(_KEEPERS),
    "user-new": form(_SYSTEM),
    "user": page(_KEEPERS, about="account", more={"username": "clerk_a2"}),
    "user-move:edit": _account("edit", _SYSTEM),
    "user-move:disable": _account("disable", _SYSTEM),
    "user-move:enable": _account("enable", _SYSTEM),
    "user-move:reset-password": _account("reset-password", _SYSTEM),
    "user-move:reset of an administrator": _account("reset-password", frozenset(), who="auditor"),
    "user-move:grant": _account("grant", _KEEPERS),
    "user-move:end-post": _account("end-post", _only("security_admin")),
    "user-move:end-post of an administrator": _account("end-post", _only("security_admin"), who="auditor"),
    "grants": page(_KEEPERS),
    "grants-confirm": form(_KEEPERS, shows=302),
    "grant-move:confirm": _grant("confirm", _only("security_admin")),
    "grant-move:refuse": _grant("refuse", _only("security_admin")),
    "grant-move:withdraw": _grant("withdraw", _SYSTEM),
    "user-move:grant to oneself": _account("grant", _SYSTEM, who="security_admin"),
    "user-move:unlock": _account("unlock", _only("security_admin")),
    # --- Plan, files, units
    "plan": page(BUSINESS),
    "phase-dates": form(_TASK_FORCE, about="phase", sees=both("task_force")),
    "duties": page(READERS),
    "duty": page(READERS, about="duties.filed", sees=AT_THE_UNIT),
    "duty:county": page(READERS, about="duties.county", sees=COUNTY_ALONE),
    "duty-move:file": _duty("filed", "file", AT_THE_UNIT, OF_THE_UNIT),
    "duty-move:file of a locked one": _duty("locked", "file", AT_THE_UNIT, OF_THE_UNIT, shows=302),
    "duty-move:mark": _duty("county", "mark", COUNTY_ALONE, both("task_force")),
    "duty-move:reopen": _duty("locked", "reopen", AT_THE_UNIT, both("task_force")),
    "duty-record": form(UNITS, about="record", sees=OF_THE_UNIT),
    "rule-offices": form(_TASK_FORCE),
    "rulebook-versions": page(COUNTY | _SYSTEM),
    "local-rules": page(COUNTY | _SYSTEM),
    "local-new:rule": form(_TASK_FORCE, more={"noun": "rule"}),
    "local-new:item": form(_TASK_FORCE, more={"noun": "item"}),
    "local-edit:rule": form(_TASK_FORCE, about="local_rule", more={"noun": "rule"}),
    "local-edit:item": form(_TASK_FORCE, about="local_item", more={"noun": "item"}),
    "local-remove": button(_TASK_FORCE, about="local_item", more={"noun": "item"}),
    "local-publish": form(_TASK_FORCE),
    "exemptions": page(COUNTY | _SYSTEM),
    "exemption-new": form(_TASK_FORCE),
    "exemption-end": button(_TASK_FORCE, about="exemption"),
    "terms": page(COUNTY | _SYSTEM),
    "term-year-new": form(_TASK_FORCE),
    "term-edit": form(_TASK_FORCE, more={"code": "2027-spring"}),
    "calendar": page(COUNTY | _SYSTEM),
    "calendar-year": page(COUNTY | _SYSTEM, more={"year": 2026}),
    "standing-texts": page(COUNTY | _SYSTEM),
    "standing-text": page(COUNTY | _SYSTEM, more={"kind": "unit_report", "key": "opening"}),
    "standing-text-edit": form(_SUPERVISION, more={"kind": "unit_report", "key": "opening"}),
    "standing-text-restore": button(_SUPERVISION, more={"kind": "unit_report", "key": "opening"}),
    "calendar-days": form(_TASK_FORCE, more={"year": 2026}),
    "calendar-whole": form(_TASK_FORCE, more={"year": 2027}),
    "file": page(POSTS, about="file", sees=AT_THE_UNIT),
    "file-original": form(_only("leader", "supervision"), about="file", sees=AT_THE_UNIT),
    "uploads": button(BUSINESS, takes=412),  # the protocol's own answer to who does not name its version
    "upload": page(BUSINESS, about="upload", sees=ITS_INSPECTOR),
    "board": page(COUNTY),
    "board-table": page(COUNTY),
    "board-county": page(COUNTY),
    "board-page": page(COUNTY),
    "board-cell": page(COUNTY, about="unit", sees=COUNTY_ALONE, more={"number": 4}),
    "units": page(COUNTY | INSPECTORS),
    "unit": page(READERS, about="unit", sees=AT_THE_UNIT),
    "unit-heads": form(CLERKS | _TASK_FORCE, about="unit", sees=AT_THE_UNIT),
    "unit-head": form(CLERKS | _TASK_FORCE, about="headship", sees=AT_THE_UNIT),
    "imports": page(_IMPORTERS),
    "import-new": form(_IMPORTERS, may=both("task_force"), more={"what": "units"}),
    "import-new:a register": form(_IMPORTERS, may=SCHOOL_PEOPLE, more={"what": "clubs"}),
    "import-new:an old ledger": form(_IMPORTERS, may=both("task_force"), more={"what": "old-ledger"}),
    "import-new:people": form(_IMPORTERS, may=both("system_admin"), more={"what": "people"}),
    "import-template": page(_IMPORTERS, may=both("task_force"), more={"what": "units"}),
    "import-template:people": page(_IMPORTERS, may=both("system_admin"), more={"what": "people"}),
    "import": form(_IMPORTERS, about="imported", sees=both("task_force")),
    "import:people": form(_IMPORTERS, about="people_imported", sees=both("system_admin")),
    "export-new": form(POSTS, may=both(*COUNTY, *INSPECTORS), more={"key": "units"}),
    "export": page(POSTS, about="exported", sees=both("supervision")),
    "unit-close": form(_TASK_FORCE, about="unit", sees=AT_THE_UNIT),
    "unit-merge": form(_TASK_FORCE, about="unit", sees=AT_THE_UNIT),
    "school-new": form(_TASK_FORCE),
    "school-edit": form(
        _only("task_force", "clerk_a1", "clerk_a2", "clerk_b1"), about="unit", sees=AT_THE_UNIT
    ),
    "institution-new": form(_TASK_FORCE),
    "institution-edit": form(
        _only("task_force", "clerk_a3"),
        about="institution",
        sees=both("task_force", "clerk_a3"),
    ),
    # --- Registers
    "registers": page(READERS, shows=200),
    "unit-registers": page(READERS, about="unit", sees=AT_THE_UNIT),
    "unit-register": page(READERS, about="unit", sees=AT_THE_UNIT, more={"key": "clubs"}),
    "unit-register:of the county alone": page(
        READERS, about="unit", sees=both("task_force", "supervision"), more={"key": "serving_teachers"}
    ),
    "register-edit": form(
        UNITS | _TASK_FORCE, about="unit", sees=AT_THE_UNIT, may=OF_THE_UNIT, more={"key": "clubs"}
    ),
    "register-edit:the bureau's": form(
        UNITS | _TASK_FORCE, about="institution", sees=both("task_force", "clerk_a3", "manager_a3"),
        may=both("task_force"), more={"key": "registration"},
    ),
    "doubts": page(LEAD_READERS - {"partner"}),
    "doubt": page(LEAD_READERS - {"partner"}, about="doubts.open", sees=LEAD),
    "doubt-move:register": _doubt("register"),
    "doubt-move:join": _doubt("join"),
    "doubt-move:dismiss": _doubt("dismiss"),
    # --- Which units meet the rules
    "attainment": page(COUNTY | INSPECTORS),
    "attainment-rules": page(COUNTY | INSPECTORS),
    "attainment-unit": page(READERS, about="unit", sees=AT_THE_UNIT),
    "goals": page(COUNTY),
    "goal-now": page(COUNTY, more={"measure": "troubled"}),
    "goal-rows": page(COUNTY, more={"term": "2026-spring", "measure": "attained"}),
    "goal-correct": form(_TASK_FORCE, more={"term": "2026-spring", "measure": "attained"}),
    "patterns": page(COUNTY),
    "pattern": page(COUNTY, about="pattern"),
    "pattern-move:dismiss": form(COUNTY, about="pattern", more={"move": "dismiss"}),
    # --- What is asked of units
    "burden": page(BUSINESS),
    "burden-budget": form(_TASK_FORCE),
    "burden-unit": page(READERS, about="unit", sees=AT_THE_UNIT),
    # --- The parents' questionnaire
    "survey-answer": form(PUBLIC, about="survey_code", sees=EVERY_ONE, takes=200),
    "survey-thanks": page(PUBLIC, about="survey_code", sees=EVERY_ONE),
    "surveys": page(_SURVEY_READERS),
    "survey-new": form(_TASK_FORCE),
    "survey": page(_SURVEY_READERS, about="surveys.open", sees=(_SURVEY_READERS, _SURVEY_READERS)),
    "survey:draft": page(_SURVEY_READERS, about="surveys.draft", sees=COUNTY_ALONE),
    "survey-unit": page(_SURVEY_READERS, about="unit", sees=AT_THE_UNIT, more={"term": "2026-autumn"}),
    "survey-move:edit": form(
        _only("task_force", "leader"),
        about="surveys.draft", sees=COUNTY_ALONE, may=both("task_force"), more={"move": "edit"},
    ),
    "survey-move:open": form(
        _only("task_force", "leader"), about="surveys.draft", sees=COUNTY_ALONE, more={"move": "open"}
    ),
    "survey-codes": page(_CODE_KEEPERS),
    "survey-code-replace": form(
        _CODE_KEEPERS, about="unit", sees=both("task_force", a="clerk_a1 head_a1", b="clerk_b1 head_b1")
    ),
    # --- Bulletins
    "bulletins": page(READERS),
    "bulletin-new": form(_WRITERS),
    "bulletin": page(READERS, about="bulletins.published", sees=AT_THE_UNIT),
    "bulletin:draft": page(READERS, about="bulletins.draft", sees=COUNTY_ALONE),
    "bulletin-move:edit": _bulletin("draft", "edit"),
    "bulletin-move:publish": _bulletin("draft", "publish"),
    "bulletin-move:correct": _bulletin("published", "correct"),
    "bulletin-move:recall": _bulletin("published", "recall"),
    # --- Leads: the area's inspector sees all of his, a department what was handed over to it.
    # --- 举报和反映: 双减专班 and the leader, an office what it was given; units only what they are asked.
    "complaints": page(COMPLAINT_READERS),
    "complaint-new": form(_TASK_FORCE),
    "complaint-settings": form(_TASK_FORCE),
    "complaint-route": button(_TASK_FORCE),
    "complaint-erasures": form(_only("task_force", "leader")),
    "complaint-erasure": button(
        _only("task_force", "leader"),
        about="erasure",
        sees=COMPLAINT,
        may=both("leader"),
        more={"move": "erase"},
    ),
    "complaint": page(COMPLAINT_READERS, about="complaints.received", sees=COMPLAINT),
    "complaint-contact": button(
        _only("task_force", "office_staff"), about="complaints.received", sees=both("task_force")
    ),
    "complaint-move:accept": _complaint("received", "accept"),
    "complaint-move:assign": _complaint("received", "assign"),
    "complaint-move:refuse": _complaint("received", "refuse"),
    "complaint-move:return": _complaint("received", "return"),
    "complaint-move:merge": _complaint("received", "merge"),
    "complaint-move:refer": _complaint("accepted", "refer"),
    "complaint-move:correct": _complaint("accepted", "correct"),
    "complaint-move:ask-unit": _complaint("accepted", "ask-unit"),
    "complaint-move:to-problem": _complaint("accepted", "to-problem"),
    "complaint-move:to-visit": _complaint("accepted", "to-visit"),
    "complaint-move:pause": _complaint("accepted", "pause"),
    "complaint-move:extend": _complaint("accepted", "extend", "leader"),
    "complaint-move:answer": _complaint("accepted", "answer"),
    "complaint-move:resume": _complaint("paused", "resume"),
    "complaint-move:call-back": _complaint("answered", "call-back"),
    "complaint-move:close": _complaint("answered", "close"),
    "complaint-move:record-result": _complaint("referred", "record-result"),
    "inquiries": page(COMPLAINT_READERS | UNITS),
    "inquiry-new": form(_TASK_FORCE),
    "inquiry": page(COMPLAINT_READERS | UNITS, about="inquiry", sees=INQUIRY),
    "inquiry-move:reply": _inquiry("reply", OF_THE_UNIT),
    "inquiry-move:withdraw": _inquiry("withdraw", both("task_force")),
    "complain": form(PUBLIC, takes=200),
    "complain-send": button(PUBLIC),
    "track": form(PUBLIC, takes=200),
    "track-reverify": button(PUBLIC),
    "leads": page(LEAD_READERS),
    "lead-new": form(_REGISTRARS),
    "lead:pending": page(LEAD_READERS, about="leads.pending", sees=LEAD),
    "lead:verified": page(LEAD_READERS, about="leads.verified", sees=LEAD),
    "lead:handed over": page(LEAD_READERS, about="leads.handed_over", sees=LEAD_HANDED_OVER),
    "lead:closed": page(LEAD_READERS, about="leads.closed", sees=LEAD_HANDED_OVER),
    "lead:ruled out": page(LEAD_READERS, about="leads.ruled_out", sees=LEAD),
    "lead-move:verify": _lead("pending", "verify", LEAD, LEAD_CHECKERS),
    "lead-move:rule-out": _lead("pending", "rule-out", LEAD, LEAD_CHECKERS),
    "lead-move:correct": _lead("pending", "correct", LEAD, LEAD_CHECKERS),
    "lead-move:correct after the check": _lead("verified", "correct", LEAD, LEAD_OFFICE),
    "lead-move:hand-over": _lead("verified", "hand-over", LEAD, LEAD_OFFICE),
    "lead-move:link": _lead("verified", "link", LEAD, LEAD_OFFICE),
    "lead-move:take-back": _lead("handed_over", "take-back", LEAD_HANDED_OVER, LEAD_OFFICE),
    "lead-move:reply": _lead("handed_over", "reply", LEAD_HANDED_OVER, both("partner")),
    "lead-move:close": _lead("handed_over", "close", LEAD_HANDED_OVER, LEAD_OFFICE),
    # --- Rounds and self-checks. What is not answered through is led back to what is missing (302).
    "rounds": page(COUNTY),
    "round-new": form(_TASK_FORCE),
    "round": page(COUNTY, about="rounds.open", sees=COUNTY_ALONE),
    "round-preview": page(COUNTY, about="rounds.draft", sees=COUNTY_ALONE),
    "round-move:edit": form(
        _only("task_force", "leader"),
        about="rounds.draft", sees=COUNTY_ALONE, may=both("task_force"), more={"move": "edit"},
    ),
    "round-move:publish": form(
        _only("task_force", "leader"), about="rounds.draft", sees=COUNTY_ALONE, more={"move": "publish"}
    ),
    "round-move:close": form(
        _only("task_force", "leader"),
        about="rounds.open", sees=COUNTY_ALONE, may=both("task_force"), more={"move": "close"},
    ),
    "checks": page(ANSWER_READERS),
    "check": page(ANSWER_READERS, about="checks.filling", sees=AT_THE_UNIT),
    "check:submitted": page(ANSWER_READERS, about="checks.submitted", sees=AT_THE_UNIT),
    "check-review": page(_FILLERS, about="checks.filling", sees=AT_THE_UNIT, may=OF_THE_UNIT),
    "check-rule": form(
        _FILLERS, about="checks.filling", sees=AT_THE_UNIT, may=OF_THE_UNIT, more={"number": 2}
    ),
    "check-save": button(
        _FILLERS, about="checks.filling", sees=AT_THE_UNIT, may=OF_THE_UNIT, more={"number": 2}
    ),
    "check-registered": button(
        _FILLERS, about="checks.filling", sees=AT_THE_UNIT, may=OF_THE_UNIT
    ),
    "check-evidence": form(
        _FILLERS, about="checks.filling", sees=AT_THE_UNIT, may=OF_THE_UNIT,
        more={"number": 2, "code": "R02-1"},
    ),
    "check-move:key-in": _check("filling", "key-in", both("task_force"), shows=302),
    "check-move:stop-keying": _check("filling", "stop-keying", NOBODY),
    "check-move:submit-keyed": _check("filling", "submit-keyed", NOBODY),
    "check-move:send-to-head": _check("filling", "send-to-head", OF_THE_UNIT, shows=302),
    "check-move:confirm": _check("filling", "confirm", ITS_HEAD, shows=302),
    "check-move:submit-scan": _check("filling", "submit-scan", OF_THE_UNIT, shows=302),
    "check-move:accept": _check("submitted", "accept", both("task_force")),
    "check-move:send-back": _check("submitted", "send-back", both("task_force")),
    # --- Problems
    "problems": page(PROBLEM_READERS),
    "problem-new": form(_REGISTRARS),
    **{
        f"problem:{state}": page(PROBLEM_READERS, about=f"problems.{state}", sees=AT_THE_UNIT)
        for state in ("planning", "rectifying", "verifying", "closed", "light", "objected", "parked")
    },
    "problem:transferred": page(PROBLEM_READERS, about="problems.transferred", sees=AT_ITS_DEPARTMENT),
    "problem-file": page(PROBLEM_READERS, about="problems.closed", sees=AT_THE_UNIT),
    "problem-file:transferred": page(
        PROBLEM_READERS, about="problems.transferred", sees=AT_ITS_DEPARTMENT
    ),
    # --- Where a case leaves its straight way. 督导室 found these, so that it answers no objection to them.
    "problem-move:acknowledge": _problem("planning", "acknowledge", OF_THE_UNIT),
    "problem-move:acknowledge twice": _problem("acknowledged", "acknowledge", NOBODY),
    "problem-move:object": _problem("acknowledged", "object", OF_THE_UNIT),
    "problem-move:object before 签收": _problem("planning", "object", NOBODY),
    "problem-move:reject-objection": _problem("objected", "reject-objection", both("task_force", "leader")),
    "problem-move:uphold-objection": _problem("objected", "uphold-objection", both("leader")),
    "problem-move:withdraw": _problem("rectifying", "withdraw", both("leader")),
    "problem-move:park": _problem("rectifying", "park", both("task_force")),
    "problem-move:keep-parked": _problem("parked", "keep-parked", both("task_force")),
    "problem-move:resume": _problem("parked", "resume", both("task_force")),
    "problem-move:transfer": _problem("rectifying", "transfer", both("task_force", "supervision")),
    "problem-move:accept-transfer": _transfer("accept-transfer", RECEIVERS),
    "problem-move:contest-transfer": _transfer("contest-transfer", RECEIVERS),
    "problem-move:insist-transfer": _transfer("insist-transfer", NOBODY),
    "problem-move:report-transfer": _transfer("report-transfer", NOBODY),
    "problem-move:take-back": _transfer("take-back", both("task_force", "supervision")),
    "problem-move:ask-superior": _problem("verified", "ask-superior", NOBODY),
    "problem-move:superior-agreed": _problem("superior", "superior-agreed", both("task_force")),
    "problem-move:superior-refused": _problem("superior", "superior-refused", both("task_force")),
    # --- 回头看: who closed (the task force) and who verified (督导室) leave it to others.
    "rechecks": page(_RECHECKERS),
    "recheck": page(_RECHECKERS, about="recheck", sees=PLANNED),
    "recheck-result": form(_RECHECKERS, about="recheck", sees=PLANNED, may=ITS_INSPECTOR),
    "recheck-draw": page(_RECHECKERS, about="draw"),
    "problem-move:plan": _problem("planning", "plan", OF_THE_UNIT),
    "problem-move:approve-plan": _problem("plan_review", "approve-plan", PLAN_REVIEWERS),
    "problem-move:return-plan": _problem("plan_review", "return-plan", PLAN_REVIEWERS),
    "problem-move:add-evidence": _problem("rectifying", "add-evidence", OF_THE_UNIT),
    "problem-move:measure-done": _problem("rectifying", "measure-done", OF_THE_UNIT),
    "problem-move:apply": _problem("rectifying", "apply", OF_THE_UNIT),
    "problem-move:close-light": _problem("light", "close-light", ITS_HEAD),
    "problem-move:close-light of another track": _problem("rectifying", "close-light", NOBODY),
    "problem-move:verify": _problem("verifying", "verify", PLAN_REVIEWERS),
    "problem-move:verify-and-close": _problem("verifying", "verify-and-close", NOBODY),
    "problem-move:send-back": _problem("verifying", "send-back", PLAN_REVIEWERS),
    "problem-move:close": _problem("verified", "close", both("task_force")),
    "problem-move:ask-extension": _problem("rectifying", "ask-extension", OF_THE_UNIT),
    "problem-move:ask-extension twice": _problem("asked", "ask-extension", NOBODY),
    "problem-move:withdraw-extension": _problem("asked", "withdraw-extension", OF_THE_UNIT),
    "problem-move:grant-extension": _problem("asked", "grant-extension", both("task_force")),
    "problem-move:refuse-extension": _problem("asked", "refuse-extension", both("task_force")),
    "problem-move:extend": _problem("rectifying", "extend", both("task_force", "leader")),
    # --- 约谈、通报: the unit sees its own once the paper is issued; who decided, the leader, answers none.
    "sanctions": page(_SANCTION_READERS),
    "sanction-new": form(_only("leader")),
    "sanction:instructed": page(_SANCTION_READERS, about="sanctions.instructed", sees=COUNTY_ALONE),
    **{
        f"sanction:{state}": page(_SANCTION_READERS, about=f"sanctions.{state}", sees=AT_THE_ANSWERING_UNIT)
        for state in ("notified", "handled", "closed", "appealed")
    },
    "sanction-move:issue": form(
        _SANCTION_READERS, about="sanctions.instructed", sees=COUNTY_ALONE, may=ITS_OFFICE,
        more={"move": "issue"},
    ),
    "sanction-move:handle": _sanction("notified", "handle", ITS_OFFICE),
    "sanction-move:keep": _sanction(
        "handled", "keep", both("task_force", "supervision", a="clerk_a1 head_a1", b="clerk_b1 head_b1")
    ),
    "sanction-move:close": _sanction("handled", "close", ITS_OFFICE),
    "sanction-move:revoke": _sanction("handled", "revoke", both("leader")),
    "sanction-move:appeal": _sanction(
        "notified", "appeal", both("task_force", "supervision", a="head_a1", b="head_b1")
    ),
    "sanction-move:reject-appeal": _sanction("appealed", "reject-appeal", both("supervision")),
    "sanction-move:grant-appeal": _sanction("appealed", "grant-appeal", both("supervision")),
    "sanction-move:answer of none": _sanction("notified", "reject-appeal", NOBODY),
    "problem-call": form(_WRITERS, about="problems.rectifying", sees=AT_THE_UNIT),
    # --- 审核. A self-check of the queue is reviewed on its own page (302); what is settled says so to all.
    "reviews": page(DECIDERS),
    "review:plan": _review("plan_review", "plan", PLAN_REVIEWERS),
    "review:verify": _review("verifying", "verify", PLAN_REVIEWERS),
    "review:close": _review("verified", "close", both("task_force")),
    "review:extension": _review("asked", "extension", both("task_force")),
    "review:settled": _review("closed", "close", AT_THE_UNIT),
    "review:check": page(
        DECIDERS, about="checks.submitted", sees=AT_THE_UNIT, more={"kind": "check"}, shows=302
    ),
    # --- Ledger
    "ledger": page(COUNTY),
    "ledger-views": page(COUNTY),
    "ledger-view-new": form(COUNTY),
    "ledger-view": form(COUNTY, about="ledger_view", sees=COUNTY_ALONE, may=both(*_WRITERS)),
    "ledger-export": form(COUNTY),
    "ledger-act:remind": form(COUNTY, may=both("task_force", "supervision"), more={"move": "remind"}),
    "ledger-act:reassign": form(COUNTY, may=both("task_force", "supervision"), more={"move": "reassign"}),
    "ledger-act:extend": form(COUNTY, may=both("task_force"), more={"move": "extend"}),
    "ledger-act:close": form(COUNTY, more={"move": "close"}),
    "ledger-run": page(COUNTY, about="bulk", sees=both("task_force")),
    # --- Visits
    "field": page(INSPECTORS),
    "visits": page(READERS),
    "visit-new": form(COUNTY | {"inspector_a", "inspector_b"}),
    "visit:planned": page(READERS, about="visits.planned", sees=PLANNED),
    "visit:ongoing": page(READERS, about="visits.ongoing", sees=UNDER_WAY),
    "visit:confirmed": page(READERS, about="visits.confirmed", sees=BEGUN),
    "visit-sum": form(_CONDUCTORS, about="visits.summing_up", sees=BEGUN, may=ITS_INSPECTOR),
    "visit-item": form(_CONDUCTORS, about="visits.ongoing.item", sees=UNDER_WAY, may=GOING),
    "visit-photos": form(_CONDUCTORS, about="visits.ongoing.item", sees=UNDER_WAY, may=GOING),
    "visit-prepare": form(INSPECTORS | COUNTY, about="visits.planned", sees=PLANNED, may=PREPARING),
    "visit-documents": form(INSPECTORS | COUNTY, about="visits.planned", sees=PLANNED, may=PREPARING),
    "coverage": page(COUNTY | {"inspector_a", "inspector_b"}),
    "sync-devices": button(_CONDUCTORS),
    "sync-visits": page(_CONDUCTORS),
    "sync-visit": page(_CONDUCTORS, about="visits.ongoing", sees=GOING),
    "sync-operations": button(_CONDUCTORS),
    "device-move:revoke": button(SIGNED_IN, about="device", sees=ITS_INSPECTOR, more={"move": "revoke"}),
    "sync-conflicts": page(_CONDUCTORS),
    "sync-conflict": form(_CONDUCTORS, about="conflict", sees=CHOOSING),
    "sync-import": form(_CONDUCTORS, takes=200),
    "sync-refused-list": page(_CONDUCTORS),
    "sync-refused": form(_CONDUCTORS, about="refused", sees=SENT),
    "visit-many": form(COUNTY),
    "visit-batch": page(COUNTY, about="visit_batch", sees=COUNTY_ALONE),
    # --- What an inspector states of himself, and 双随机抽取: that one is made, anybody of the work may know.
    "inspector-own": page(_CONDUCTORS),
    "inspector-state:card": form(_CONDUCTORS, more={"move": "card"}),
    "inspector-state:relative": form(_CONDUCTORS, more={"move": "relative"}),
    "inspector-end-relative": button(_CONDUCTORS, about="relative", sees=ITS_INSPECTOR),
    "draws": page(BUSINESS),
    "draw-new": form(_WRITERS),
    "draw-elsewhere": form(_WRITERS),
    "draw:announced": page(BUSINESS, about="draws.announced"),
    "draw:drawn": page(BUSINESS, about="draws.drawn"),
    "draw-inputs": page(BUSINESS, about="draws.drawn", sees=COUNTY_ALONE),  # others once it is over
    "draw-move:draw": form(_WRITERS, about="draws.announced", more={"move": "draw"}),
    "draw-move:cancel": form(_WRITERS, about="draws.announced", more={"move": "cancel"}),
    "visit-move:start": _visit("planned", "start", PLANNED, ITS_INSPECTOR),
    "visit-move:cancel": _visit("planned", "cancel", PLANNED, PREPARING),
    "visit-move:reopen": _visit("summing_up", "reopen", BEGUN, ITS_INSPECTOR),
    "visit-move:sign-on-paper": _visit("summing_up", "sign-on-paper", BEGUN, ITS_INSPECTOR),
    "visit-move:confirm-by-scan": _visit("summing_up", "confirm-by-scan", BEGUN, ITS_INSPECTOR),
    "visit-move:attach-scan": _visit("confirmed", "attach-scan", BEGUN, ITS_INSPECTOR),
    # --- Printouts: one's own. What each is about is asked for in the address; without it there is nothing.
    "printouts": page(ANSWER_READERS),
    "printout-new:ledger": form(COUNTY, more={"kind": "ledger"}),
    "printout-new:table": form(COUNTY, more={"kind": "table"}),
    "printout-new:brief": form(COUNTY, more={"kind": "brief"}),
    "printout-new:period": form(COUNTY, more={"kind": "period"}),
    "printout-new:check": form(ANSWER_READERS, more={"kind": "check"}, shows=404, takes=400),
    "printout-new:visit": form(READERS, more={"kind": "visit"}, shows=404),
    "printout-new:case": form(ANSWER_READERS, more={"kind": "case"}, shows=404),
    "printout-new:results": form(COUNTY, more={"kind": "results"}, shows=404),
    "printout-new:models": form(COUNTY, more={"kind": "models"}, shows=404),
    "printout-new:letter": form(COUNTY | UNITS, more={"kind": "letter"}),
    "printout-new:placard": form(COUNTY | UNITS, more={"kind": "placard"}),
    "printout-new:archive": form(_WRITERS, more={"kind": "archive"}, shows=404),
    "printout": page(ANSWER_READERS, about="printout", sees=both(a="clerk_a1", b="clerk_b1")),
    "printout-new:return": form(COUNTY, more={"kind": "return"}, shows=404),
    # --- Tables that go up
    "returns": page(COUNTY),
    "return": page(COUNTY, about="returns.sent", sees=COUNTY_ALONE),
    "return-fill": form(_TASK_FORCE, about="returns.filling", sees=COUNTY_ALONE),
    "return-workbook": page(COUNTY, about="returns.filling", sees=COUNTY_ALONE),
    "return-data:json": page(COUNTY, about="returns.sent", sees=COUNTY_ALONE, more={"kind": "json"}),
    "return-data:csv": page(COUNTY, about="returns.review", sees=COUNTY_ALONE, more={"kind": "csv"}),
    "return-move:refresh": _return("filling", "refresh", "task_force"),
    "return-move:submit": _return("filling", "submit", "task_force"),
    "return-move:check": _return("review", "check", "supervision"),  # the task force filled it in
    "return-move:return": _return("approval", "return", "leader"),
    "return-move:send": _return("approval", "send", "leader"),
    "return-move:attach-scan": _return("sent", "attach-scan", "task_force"),
    "return-move:correct": _return("sent", "correct", "task_force"),
    "return-move:discard": _return("correction", "discard", "task_force"),
    "statistics": page(COUNTY),
    "statistic": page(COUNTY, about="statistic", sees=COUNTY_ALONE),
    "statistic-new": form(_TASK_FORCE),
    "statistic-end": form(_TASK_FORCE, about="statistic", sees=COUNTY_ALONE),
    "return-templates": page(COUNTY),
    "return-template": page(COUNTY, about="tables.in_use", sees=COUNTY_ALONE),
    "return-template-new": form(_TASK_FORCE),
    "return-template-ship": button(_TASK_FORCE),
    "return-template-cell": form(
        _TASK_FORCE, about="tables.draft", sees=COUNTY_ALONE, more={"sheet": 0, "place": "A2"}
    ),
    "return-template-move:publish": _table("draft", "publish"),
    "return-template-move:discard": _table("draft", "discard"),
    "return-template-move:end": _table("in_use", "end"),
    # --- Reports
    "reports": page(READERS),
    "report-new": form(_SUPERVISION),
    "report:issued": page(READERS, about="reports.issued", sees=AT_THE_UNIT),
    "report:draft": page(READERS, about="reports.draft", sees=COUNTY_ALONE),
    "report-preview": page(COUNTY, about="reports.draft", sees=COUNTY_ALONE),
    "report-word": page(COUNTY, about="reports.draft", sees=COUNTY_ALONE),
    "report-workbook": page(COUNTY, about="reports.draft", sees=COUNTY_ALONE),
    "report-figures": page(COUNTY, about="reports.issued", sees=COUNTY_ALONE),
    "report-figure": page(COUNTY, about="reports.issued", sees=COUNTY_ALONE, more={"key": "problems"}),
    "report-section": form(
        COUNTY, about="reports.draft", sees=COUNTY_ALONE, may=both("supervision"), more={"key": "practice"}
    ),
    "report-batch-new": form(_SUPERVISION),
    "report-batch": page(COUNTY, about="batch", sees=COUNTY_ALONE),
    "report-move:refresh": _report("draft", "refresh", COUNTY_ALONE, both("supervision")),
    "report-move:draft-pdf": _report("draft", "draft-pdf", COUNTY_ALONE, COUNTY_ALONE),
    "report-move:submit": _report("draft", "submit", COUNTY_ALONE, both("supervision")),
    "report-move:sign": _report("draft", "sign", COUNTY_ALONE, both("leader")),
    "report-move:return": _report("draft", "return", COUNTY_ALONE, both("leader")),
    "report-move:correct": _report("issued", "correct", COUNTY_ALONE, both("supervision")),
    "report-move:withdraw": _report("issued", "withdraw", COUNTY_ALONE, both("leader")),
    "report-move:attach-scan": _report("issued", "attach-scan", COUNTY_ALONE, both("supervision")),
    # --- The form of a close-out
    "close-form": page(ANSWER_READERS, about="problems.closed", sees=AT_THE_UNIT),
    "close-form-preview": page(ANSWER_READERS, about="problems.closed", sees=AT_THE_UNIT),
    "close-form-print": Row(post=COUNTY, about="problems.closed", sees=COUNTY_ALONE),
    "close-form-scan": form(COUNTY, about="problems.closed", sees=COUNTY_ALONE),
    # --- Papers
    "papers": page(_PAPER_READERS),
    "paper-new": page(_WRITERS),
    "paper-draft": form(_WRITERS, about="unit", sees=ITS_OFFICE, more={"kind": "notice"}),
    "paper-check": page(READERS),
    "paper:issued": page(_PAPER_READERS, about="papers.issued", sees=BEGUN),
    "paper:draft": page(_PAPER_READERS, about="papers.draft", sees=COUNTY_ALONE),
    "paper-preview": page(COUNTY, about="papers.draft", sees=COUNTY_ALONE),
    "paper-word": page(COUNTY, about="papers.draft", sees=COUNTY_ALONE),
    "paper-move:save": _paper("draft", "save", COUNTY_ALONE, ITS_OFFICE, shows=302),
    "paper-move:refresh": _paper("draft", "refresh", COUNTY_ALONE, ITS_OFFICE),
    "paper-move:draft-pdf": _paper("draft", "draft-pdf", COUNTY_ALONE, COUNTY_ALONE),
    "paper-move:submit": _paper("draft", "submit", COUNTY_ALONE, ITS_OFFICE),
    "paper-move:discard": _paper("draft", "discard", COUNTY_ALONE, ITS_OFFICE),
    "paper-move:sign": _paper("draft", "sign", COUNTY_ALONE, both("leader")),
    "paper-move:return": _paper("draft", "return", COUNTY_ALONE, both("leader")),
    "paper-move:withdraw": _paper("issued", "withdraw", BEGUN, both("leader")),
    "paper-move:attach-scan": _paper("issued", "attach-scan", BEGUN, ITS_OFFICE),
    "paper-move:serve": _paper("issued", "serve", BEGUN, ITS_OFFICE),
    "paper-move:receive": _paper("issued", "receive", BEGUN, OF_THE_UNIT),
}  # fmt: skip

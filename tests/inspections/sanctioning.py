"""Cases of accountability in any state, brought there by the moves of the portal itself."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from inspections.models import Sanction
from inspections.workflows import sanctions
from inspections.workflows.sanctions import Commitment
from shuangjian import clock
from shuangjian.accounts.models import Organisation
from shuangjian.policy import calendar
from tests.cast import Cast

ADDRESSES = {"review_address": "文教路1号教育局3楼", "complaint_address": "市府路9号"}


def fresh(row: Sanction) -> Sanction:
    rows = Sanction.objects.select_related("organisation").prefetch_related("commitments", "appeals")
    return rows.get(pk=row.pk)


def instructed(cast: Cast, unit: Organisation | None = None, **changed: Any) -> Sanction:
    fields: dict[str, Any] = {
        "actor": cast.leader,
        "organisation": unit or cast.units["a1"],
        "kind": "talk",
        "ground": "late_twice",
        "facts": "作业公示问题两次逾期未改",
        "instruction": "同意约谈",
    }
    return sanctions.instruct(**(fields | changed))


def paper_of(row: Sanction, **changed: Any) -> dict[str, Any]:
    """What the office says of the paper, without a mistake: a talk some days later, on a working day."""
    fields: dict[str, Any] = {
        "issuer": "云溪县人民政府教育督导委员会办公室",
        "document_no": f"云教督约〔2026〕{row.pk}号",
        "issued_on": clock.today(),
        **ADDRESSES,
    }
    if row.kind == "talk":
        day = calendar.next_working_day(clock.today() + timedelta(days=4))
        fields |= {"meeting_at": clock.now() + (day - clock.today()), "place": "教育局二楼会议室"}
    else:
        fields["heard"] = "校长书面说明了情况"
    return fields | changed


def outcome_of(row: Sanction, **changed: Any) -> dict[str, Any]:
    fields: dict[str, Any] = {"outcome": "指出问题，单位认可", "handled_on": clock.today()}
    if row.kind == "talk":
        fields |= {
            "attendance": "陈志远 分管领导\n张华 校长",
            "commitments": [Commitment("每周公示作业", "李静", clock.today() + timedelta(days=20))],
        }
    return fields | changed


def bring_to(cast: Cast, row: Sanction, state: str, *, words: str = "", number: str = "") -> Sanction:
    """On to ``state`` by the office and the leader; it is handled on the day of the talk."""
    common: dict[str, Any] = {"sanction_id": row.pk, "version": None}
    if state == "revoked":
        return fresh(sanctions.revoke(actor=cast.leader, words=words or "情况有变", **common))
    if state == "instructed":
        return fresh(row)
    paper = paper_of(row)
    if number:
        paper |= {"document_no": number}
    sanctions.issue(actor=cast.supervision, **common, **paper)
    if state == "notified":
        return fresh(row)
    day = fresh(row).meeting_at or clock.now()
    with clock.at(day):
        outcome = outcome_of(row)
        if words:
            outcome |= {"outcome": words, "attendance": words}
            outcome["commitments"] = [Commitment(words, words[:20], clock.today() + timedelta(days=20))]
        sanctions.handle(actor=cast.supervision, **common, **outcome)
        if state == "closed":
            for one in fresh(row).commitments.all():
                sanctions.keep(actor=cast.task_force, commitment_id=one.pk, words="已做到", **common)
            sanctions.close(actor=cast.supervision, **common)
    return fresh(row)


def appealed(cast: Cast, row: Sanction, way: str = "review", **changed: Any) -> Sanction:
    fields: dict[str, Any] = {
        "actor": cast.head_a1,
        "version": None,
        "words": "事实有出入，请复核",
        "asked_on": clock.today(),
    }
    sanctions.appeal(sanction_id=row.pk, way=way, **(fields | changed))
    return fresh(row)

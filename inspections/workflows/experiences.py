"""经验交流 on its way: written by one of the county's staff, published by another, recalled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db import transaction

from inspections.models import Experience, ExperiencePicture
from inspections.workflows.model_cases import refuse_numbers
from shuangjian import clock
from shuangjian.accounts.machine import Machine, Transition, acting_role
from shuangjian.accounts.models import User
from shuangjian.files.models import StoredFile
from shuangjian.journal import audit, numbers
from shuangjian.journal.errors import NotAllowed, Refused

S, KIND = Experience.State, Experience.Kind
MOST_PICTURES = 9


def _t(label: str, source: str, target: str | None, permission: str) -> Transition:
    return Transition(label=label, source=frozenset({source}), target=target, permission=permission)


TRANSITIONS = {
    "edit": _t("修改", S.DRAFT, None, "inspections.write_experience"),
    "publish": _t("发布", S.DRAFT, S.PUBLISHED, "inspections.publish_experience"),
    "recall": _t("撤回", S.PUBLISHED, S.RECALLED, "inspections.write_experience"),
}
MACHINE: Machine[Experience] = Machine(Experience, "inspections.experience", TRANSITIONS)
audit.name_actions({"inspections.experience.written": "写经验交流"})


@dataclass(frozen=True, kw_only=True)
class Contribution:
    """What is written; which of it a kind has is checked by ``_write``."""

    title: str
    on: date
    body: str = ""
    place: str = ""
    people_count: int | None = None
    outlet: str = ""
    link: str = ""


def write(
    *, kind: str, contribution: Contribution, actor: User, files: Sequence[StoredFile] = ()
) -> Experience:
    """A new draft. Raises NotAllowed, Refused (what its kind needs; numbers that may be somebody's)."""
    if not actor.has_perm("inspections.write_experience", Experience()):
        raise NotAllowed("经验交流由双减专班和督导室编写")
    year = clock.today().year
    with transaction.atomic():
        row = Experience(kind=kind, written_by=actor, written_at=clock.now())
        _write(row, contribution)
        row.no = f"{year}-E{numbers.take('experience', year):04d}"
        row.save()
        _attach(row, files)
        audit.record(
            action="inspections.experience.written",
            subject=row,
            actor=actor,
            role=acting_role(actor),
            after={"state": row.state, "kind": kind},
        )
    return row


def edit(
    *,
    experience_id: int,
    actor: User,
    version: int | None,
    contribution: Contribution,
    files: Sequence[StoredFile] = (),
    removed: Sequence[int] = (),
) -> Experience:
    with MACHINE.moving("edit", row_id=experience_id, actor=actor, version=version) as step:
        _write(step.row, contribution)
        step.row.pictures.filter(pk__in=list(removed)).delete()
        _attach(step.row, files)
    return step.row


def _write(row: Experience, said: Contribution) -> None:
    missing = {
        KIND.ARTICLE: "" if said.body else "请填写内容",
        KIND.MEETING: "" if said.place and said.people_count else "请填写地点和参加人数",
        KIND.MEDIA: "" if said.outlet and said.link else "请填写媒体和链接",
    }[KIND(row.kind)]
    if missing:
        raise Refused(missing)
    for label, words in (("标题", said.title), ("内容", said.body)):
        refuse_numbers(label, words)
    row.title, row.on, row.body, row.place = said.title, said.on, said.body, said.place
    row.people_count, row.outlet, row.link = said.people_count, said.outlet, said.link


def _attach(row: Experience, files: Sequence[StoredFile]) -> None:
    if any(not one.content_type.startswith("image/") for one in files):
        raise Refused("这里只放图片")
    if row.pictures.count() + len(files) > MOST_PICTURES:
        raise Refused(f"图片最多{MOST_PICTURES}张，请删去几张")
    ExperiencePicture.objects.bulk_create(
        ExperiencePicture(experience=row, stored_file=stored) for stored in files
    )


def publish(*, experience_id: int, actor: User, version: int | None) -> Experience:
    """发布 by another than wrote it, who looked at words and pictures."""
    with MACHINE.moving("publish", row_id=experience_id, actor=actor, version=version) as step:
        step.row.published_by, step.row.published_at = actor, clock.now()
    return step.row


def recall(*, experience_id: int, actor: User, version: int | None, words: str) -> Experience:
    """撤回: the public page answers 410 with the reason."""
    with MACHINE.moving("recall", row_id=experience_id, actor=actor, version=version) as step:
        step.row.recall_words = step.note = words
    return step.row

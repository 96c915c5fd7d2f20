"""Printouts: ordered once, made by a job from what was frozen then, the rights judged again before.

Ordering freezes figures and words in one transaction with the job. The same person who orders the same
content again within minutes gets the order that stands. Whatever a job makes twice has the same bytes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from hashlib import sha256
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q
from django.http import Http404

from inspections.models import Printout
from inspections.printouts.base import Made, Printable, Subject, template_version
from inspections.printouts.kinds import KINDS
from inspections.reports.data import dump
from shuangjian import clock, pdf
from shuangjian.accounts.machine import acting_role
from shuangjian.accounts.models import User
from shuangjian.files.models import StoredFile
from shuangjian.files.services import store_generated
from shuangjian.journal import audit, jobs, numbers
from shuangjian.journal.errors import DomainError, NotAllowed

JOB = "printouts.make"
SAME_WITHIN = timedelta(minutes=10)

audit.name_actions(
    {"inspections.printout.ordered": "生成打印件", "inspections.printout.made": "打印件已生成"}
)


def order(*, kind: str, actor: User, parameters: Mapping[str, str]) -> Printout:
    """Freeze what is asked for and order its file; the standing order where it is the same content.

    Raises NotAllowed, Http404 or PermissionDenied where it isn't the person's to print, Refused where
    there is nothing to print yet.
    """
    printable = KINDS[kind]
    if not printable.admits(actor):
        raise NotAllowed("您的角色不能打印这一种")
    subject = printable.subject(actor, parameters)
    data = dump(printable.take(actor, parameters))
    digest = _digest(kind, parameters, data)
    with transaction.atomic():
        User.objects.select_for_update().get(pk=actor.pk)  # two clicks at once: the second finds the first
        return _standing(actor, digest) or _ordered(printable, actor, parameters, subject, data, digest)


def _standing(actor: User, digest: str) -> Printout | None:
    is_good = Q(stored_file__isnull=False) | Q(job__state__in=["queued", "running"])
    since = clock.now() - SAME_WITHIN
    return Printout.objects.filter(
        is_good, ordered_by=actor, digest=digest, ordered_at__gte=since, ordered_at__lte=clock.now()
    ).first()


def _ordered(
    printable: Printable,
    actor: User,
    parameters: Mapping[str, str],
    subject: Subject,
    data: dict[str, Any],
    digest: str,
) -> Printout:
    year = clock.today().year
    printout = Printout.objects.create(
        no=f"{year}-Y{numbers.take('printout', year):04d}",
        kind=printable.key,
        title=subject.title[:200],
        parameters=dict(parameters),
        data=data,
        digest=digest,
        template_version=template_version(),
        organisation=subject.organisation,
        back=subject.back,
        ordered_by=actor,
    )
    audit.record(
        action="inspections.printout.ordered",
        subject=printout,
        actor=actor,
        organisation=subject.organisation,
        role=acting_role(actor),
        after={"kind": printable.key, "digest": digest},
    )
    printout.job = jobs.enqueue(
        kind=JOB,
        key=f"printout:{printout.pk}",
        payload={"printout": printout.pk},
        owner=actor,
        title=printout.title,
        url=printout.get_absolute_url(),
    )
    printout.save(update_fields=["job"])
    return printout


def _digest(kind: str, parameters: Mapping[str, str], data: Mapping[str, Any]) -> str:
    """Of the content alone: when it was taken makes no other paper."""
    content = {name: value for name, value in data.items() if name != "as_of"}
    whole = [kind, dict(parameters), content, template_version()]
    return sha256(json.dumps(whole, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def make(printout_id: int, progress: pdf.Progress) -> Made | None:
    """The file, for whom may still print it; None where it is there already. Raises jobs.Failure."""
    printout = Printout.objects.select_related("ordered_by").get(pk=printout_id)
    if printout.stored_file_id is not None:
        return None
    printable = KINDS[printout.kind]
    owner = printout.ordered_by
    try:
        if not owner.is_active or not printable.admits(owner):
            raise NotAllowed
        printable.subject(owner, printout.parameters)
    except (Http404, PermissionDenied, DomainError) as refused:
        raise jobs.Failure("您已不能查看其中的内容，没有生成") from refused
    try:
        return printable.make(printout, progress)
    except pdf.CannotRender as cause:
        raise jobs.Failure(str(cause)) from cause


def keep(printout_id: int, made: Made | None) -> StoredFile:
    """Give the order its file, once."""
    printout = Printout.objects.select_for_update(of=("self",)).get(pk=printout_id)
    if made is not None and printout.stored_file is None:
        stored = store_generated(data=made.content, name=made.name, content_type=made.content_type)
        printout.stored_file = stored
        printout.save(update_fields=["stored_file"])
        audit.record(
            action="inspections.printout.made",
            subject=printout,
            actor=printout.ordered_by,
            organisation=printout.organisation,
            role=acting_role(printout.ordered_by),
            after={"sha256": stored.sha256},
        )
    assert printout.stored_file is not None  # noqa: S101  (None is made only where it was there)
    return printout.stored_file

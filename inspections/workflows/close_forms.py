"""销号确认单 of a closed round: what the records say is frozen when it is ordered, a job sets the file.

Printed again (a look-back was made, a name was spelt wrong), the row takes the new facts and a new file; the
signed sheet's scan stays beside it (P3). Source: documents.md §5, workflow.md §3.
"""

from __future__ import annotations

from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse

from inspections.check_codes import code_of
from inspections.models import CloseOutForm, RectificationTask
from inspections.papers import close_out
from inspections.reports.data import dump
from shuangjian import clock
from shuangjian.accounts.machine import acting_role
from shuangjian.accounts.models import User
from shuangjian.files.models import StoredFile
from shuangjian.journal import audit, jobs
from shuangjian.journal.conflict import check_version
from shuangjian.journal.errors import NotAllowed, Refused
from shuangjian.journal.models import Job

JOB = "close_forms.print"
audit.name_actions(
    {
        "inspections.close_form.ordered": "打印销号确认单",
        "inspections.close_form.printed": "销号确认单已生成",
        "inspections.close_form.scan_attached": "上传销号确认单扫描件",
    }
)


def closed_rounds() -> QuerySet[RectificationTask]:
    """Closed rounds with all that the form reads."""
    rows = RectificationTask.objects.filter(state=RectificationTask.State.CLOSED)
    return rows.select_related(
        "problem__organisation", "problem__rule", "problem__prohibition", "applied_by", "closed_by"
    ).prefetch_related(
        "measures",
        "extensions",
        "evidence__stored_file",
        "evidence__requirement",
        "decisions__decided_by",
        "rechecks__done_by",
    )


def order(*, task_id: int, actor: User) -> Job:
    """Freeze what the form says and ask for its file. Raises NotAllowed, and Refused while one is made."""
    with transaction.atomic():
        locked = RectificationTask.objects.select_for_update().get(pk=task_id)
        if not actor.has_perm("inspections.print_close_form", locked):
            raise NotAllowed("销号确认单由双减专班、督导室或分管领导打印")
        if locked.state != RectificationTask.State.CLOSED:
            raise Refused("销号以后才有销号确认单")
        form = CloseOutForm.objects.filter(task=locked).first()
        if form is not None and any(job.is_open for job in jobs_of(form)[:1]):
            raise Refused("正在生成，请等它完成")
        task = closed_rounds().get(pk=task_id)
        data = dump(close_out.load(task))
        facts = {
            "data": data,
            "check_code": code_of([task.close_no, data]),
            "file": None,
            "sha256": "",
            "ordered_by": actor,
            "ordered_at": clock.now(),
        }
        if form is None:
            form = CloseOutForm.objects.create(task=task, **facts)
        else:
            for name, value in facts.items():
                setattr(form, name, value)
            form.version += 1
            form.save()
        _record("ordered", form, actor)
        return jobs.enqueue(
            kind=JOB,
            key=f"close-form:{form.pk}:{form.version}",
            payload={"close_form": form.pk, "version": form.version},
            owner=actor,
            title=f"销号确认单{task.close_no}",
            url=reverse("close-form", args=[form.no]),
        )


def jobs_of(form: CloseOutForm) -> QuerySet[Job]:
    """The printings of a form, newest first."""
    return Job.objects.filter(kind=JOB, payload__close_form=form.pk).order_by("-pk")


def complete(*, form_id: int, version: int, file: StoredFile) -> CloseOutForm:
    """The system's step: the file stands. One that was overtaken by a newer order changes nothing."""
    with transaction.atomic():
        rows = CloseOutForm.objects.select_related("task__problem__organisation")
        form = rows.select_for_update(of=("self",)).get(pk=form_id)
        if form.version != version or form.file_id is not None:
            return form
        form.file, form.sha256 = file, file.sha256
        form.template_version = close_out.template_version()
        form.save()
        _record("printed", form, None, sha256=file.sha256)
        return form


def attach_scan(*, form_id: int, actor: User, version: int | None, scan: StoredFile) -> CloseOutForm:
    """Keep the signed and sealed sheet: its hash joins the record, it replaces nothing."""
    with transaction.atomic():
        rows = CloseOutForm.objects.select_related("task__problem__organisation")
        form = rows.select_for_update(of=("self",)).get(pk=form_id)
        check_version(form, version)
        if not actor.has_perm("inspections.print_close_form", form.task):
            raise NotAllowed("扫描件由双减专班、督导室或分管领导上传")
        form.scan = scan
        form.version += 1
        form.save()
        _record("scan_attached", form, actor, scan=scan.sha256)
        return form


def _record(what: str, form: CloseOutForm, actor: User | None, **after: object) -> None:
    audit.record(
        action=f"inspections.close_form.{what}",
        subject=form,
        actor=actor,
        organisation=form.organisation,
        role=acting_role(actor),
        after={"number": form.data["number"], **after},
    )

"""The demo county while it is being built: its date, its units and people by short name, its cases."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from random import Random

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from inspections import extension_limits
from inspections.models import Problem, RectificationTask, Visit
from inspections.workflows import extensions, problems, rectification
from inspections.workflows.problems import PlannedMeasure
from shuangjian import clock
from shuangjian.accounts.models import Headship, Membership, Organisation, User
from shuangjian.accounts.roles import Role
from shuangjian.files import services as files
from shuangjian.files.models import StoredFile
from shuangjian.journal import jobs
from shuangjian.journal.demo_clock import OPENS_AT
from shuangjian.journal.models import Job
from shuangjian.policy import calendar
from shuangjian.policy.models import CheckItem, ProofRequirement
from shuangjian.policy.selectors import term_on

SINCE = date(2023, 9, 1)

# 措施, 责任人, within how many days
MeasureWords = tuple[str, str, int]


@dataclass
class Account:
    """One line of the printed list of demo accounts."""

    role: str
    user: User


@dataclass
class Place:
    """The county while it is being built: units and people by short name. ``password`` is a hash.

    Everything drawn by lot is drawn from ``rng``, in the order of time.
    """

    as_of: date
    password: str
    seed: int | str = 0
    rng: Random = field(init=False)
    units: dict[str, Organisation] = field(default_factory=dict)
    people: dict[str, User] = field(default_factory=dict)
    accounts: list[Account] = field(default_factory=list)
    _items: dict[str, CheckItem] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.rng = Random(self.seed)  # noqa: S311

    def apart(self, name: str) -> Place:
        """The same county with a lot of its own: what is drawn there changes nothing that is drawn here."""
        return replace(self, seed=f"{self.seed}, {name}")

    # --- Time -----------------------------------------------------------------
    def ago(self, days: int, at: str = "09:00") -> datetime:
        """An instant so many days before the county's date, on a working day.

        A rest day gives the next working day, or the one before where that would be the county's date itself.
        """
        on = calendar.next_working_day(self.as_of - timedelta(days=days)) if days else self.as_of
        while days and (on >= self.as_of or not calendar.is_working_day(on)):
            on -= timedelta(days=1)
        return timezone.make_aware(datetime.combine(on, time.fromisoformat(at)))

    @property
    def opens(self) -> datetime:
        """The instant at which the county's clock begins to run."""
        return timezone.make_aware(datetime.combine(self.as_of, OPENS_AT))

    # --- Units and people -----------------------------------------------------
    def unit(self, key: str, kind: str, code: str, name: str, **facts: object) -> Organisation:
        self.units[key] = Organisation.objects.create(
            kind=kind, code=code, name=name, opened_on=SINCE, **facts
        )
        return self.units[key]

    def person(
        self,
        username: str,
        name: str,
        role: str,
        unit: str,
        *,
        title: str = "",
        label: str = "",
    ) -> User:
        user = User.objects.create(username=username, name=name, is_demo=True, password=self.password)
        organisation = self.units[unit]
        Membership.objects.create(user=user, organisation=organisation, role=role, title=title, from_on=SINCE)
        self.people[username] = user
        self.accounts.append(Account(label or f"{Role(role).label}（{organisation.name}）", user))
        return user

    def head(self, username: str, name: str, unit: str, *, role: str = Role.HEAD, post: str = "校长") -> User:
        user = self.person(username, name, role, unit, title=post)
        Headship.objects.create(
            organisation=self.units[unit],
            name=name,
            post=post,
            user=user,
            from_on=SINCE,
            document_no="云教任〔2023〕6号",
        )
        return user

    # --- What cases are made of -----------------------------------------------
    def item(self, code: str) -> CheckItem:
        """The check item of the rulebook in force."""
        if not self._items:
            askable = CheckItem.objects.askable().select_related("rule").prefetch_related("prohibitions")
            self._items = {item.code: item for item in askable}
        return self._items[code]

    def photo(self, by: str, name: str, picture: bytes) -> StoredFile:
        """A picture given through the one entrance for files."""
        upload = SimpleUploadedFile(name, picture, content_type="image/jpeg")
        return files.receive(upload=upload, uploader=self.people[by])

    def table(self, by: str, name: str, workbook: bytes) -> StoredFile:
        """A workbook that is to be read in, through the same entrance."""
        upload = SimpleUploadedFile(name, workbook, content_type=files.XLSX)
        return files.receive(upload=upload, uploader=self.people[by], kinds=files.TABLE)

    def register(
        self,
        unit: str,
        item: str,
        fact: str,
        *,
        by: str,
        origin: str,
        days: int,
        breaks: bool = False,
        rectifying: str = Problem.Rectifying.BY_DATE,
    ) -> Case:
        """Register a problem today, to be put right within so many days."""
        asked = self.item(item)
        problem = problems.register(
            organisation=self.units[unit],
            rule=asked.rule,
            item=asked,
            fact=fact,
            origin=origin,
            prohibition=asked.gravest_prohibition() if breaks else None,
            rectifying=rectifying,
            due_on=clock.today() + timedelta(days=days),
            found_by=self.people[by],
            term=term_on(clock.today()),
        )
        return Case(self, problem)

    def case_of(self, visit: Visit, item: str) -> Case:
        """The case that a visit's finding became."""
        return Case(self, Problem.objects.get(source_finding__visit=visit, item__code=item))


def do_now(job: Job) -> None:
    """Do in this process what a worker would take. Raises RuntimeError where its effect was not written."""
    if not jobs.run_now(job.pk):
        job.refresh_from_db()
        raise RuntimeError(f"{job} was not done: {job.state} {job.error}")


@dataclass
class Case:
    """One problem on its way: each method is one move by one person, today."""

    place: Place
    problem: Problem
    _task: RectificationTask | None = None  # as the last move left it

    @property
    def task(self) -> RectificationTask:
        if self._task is None:
            self._task = self.problem.tasks.select_related("problem__organisation").latest("ordinal")
        return self._task

    def plan(self, who: str, *measures: MeasureWords) -> None:
        task, today = self.task, clock.today()
        self._task = rectification.submit_plan(
            task_id=task.pk,
            actor=self.place.people[who],
            version=task.version,
            measures=[
                PlannedMeasure(
                    text=text, person=person, due_on=min(today + timedelta(days=days), task.due_on)
                )
                for text, person, days in measures
            ],
        )

    def approve(self, who: str, words: str = "同意。") -> None:
        self.move(who, rectification.approve_plan, words=words)

    def return_plan(self, who: str, words: str) -> None:
        self.move(who, rectification.return_plan, words=words)

    def prove(
        self, who: str, requirement: str | None = None, note: str = "", pictures: Sequence[StoredFile] = ()
    ) -> None:
        need = ProofRequirement.objects.get(code=requirement) if requirement else None
        self.move(who, rectification.add_evidence, requirement=need, note=note, files=pictures)

    def measures_done(self, who: str, count: int) -> None:
        """The first measures of the plan are done today."""
        for measure in self.task.plan.filter(done_on__isnull=True)[:count]:
            self.move(who, rectification.finish_measure, measure_id=measure.pk, note="按计划完成")

    def apply(self, who: str, statement: str) -> None:
        """Apply for close-out; what was planned is done by now."""
        self.measures_done(who, self.task.plan.count())
        self.move(who, rectification.apply, statement=statement)

    def verify(self, who: str, words: str, *, on_site: bool = True, visit: Visit | None = None) -> None:
        method = "on_site" if on_site else "on_paper"
        self.move(who, rectification.verify, method=method, words=words, visit=visit)

    def verify_and_close(self, who: str, words: str, *, visit: Visit | None = None) -> None:
        self.move(who, rectification.verify_and_close, method="on_site", words=words, visit=visit)

    def send_back(self, who: str, missing: str, days: int) -> None:
        by = clock.today() + timedelta(days=days)
        self.move(who, rectification.send_back, missing=missing, missing_by=by)

    def close(self, who: str, words: str = "同意销号。") -> None:
        self.move(who, rectification.close, words=words)

    def ask_for_time(self, who: str, days: int, ground: str, words: str) -> None:
        """The head asks for so many days more, or for as many as there can be."""
        to_on = min(self.task.due_on + timedelta(days=days), extension_limits.latest_date(self.task))
        self.move(who, extensions.ask, to_on=to_on, ground=ground, words=words)

    def give_time(self, who: str, words: str = "同意，请按新的期限完成。") -> None:
        self.move(who, extensions.grant, words=words)

    def refuse_time(self, who: str, words: str) -> None:
        self.move(who, extensions.refuse, words=words)

    def close_light(self, who: str, words: str) -> None:
        self.move(who, rectification.close_light, words=words)

    def move(self, who: str, run, **arguments: object) -> None:  # type: ignore[no-untyped-def]
        """Any move of the task's machine, by its workflow's function."""
        task = self.task
        self._task = run(task_id=task.pk, actor=self.place.people[who], version=task.version, **arguments)

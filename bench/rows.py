"""Rows of every listed noun, many at once and without the workflows: only their number matters here."""

from __future__ import annotations

from datetime import timedelta


class Rows:
    """Adds rows of every listed noun: to one school, its clerk, its inspector and the office."""

    def __init__(self) -> None:
        from inspections.models import Visit
        from shuangjian.accounts.models import Organisation, User
        from shuangjian.policy.selectors import current_rulebook, current_term, rules_for

        self.unit = Organisation.objects.get(memberships__user__username="chengguan")
        self.clerk = User.objects.get(username="chengguan")
        self.person = User.objects.get(username="zhuanban")
        self.inspector = User.objects.get(username="duxue1")
        self.rules = list(rules_for("school"))
        book, term = current_rulebook(), current_term()
        assert book is not None and term is not None
        self.book, self.term = book, term
        self.kinds = list(Visit.Kind)
        self.count = 0

    def grow_to(self, count: int) -> None:
        from django.db import transaction

        with transaction.atomic():
            for number in range(self.count, count):
                self._add(number)
        self.count = count

    def _add(self, number: int) -> None:
        from inspections.models import Problem, RectificationTask, Round, SelfCheck, Visit
        from schools.models import School
        from shuangjian import clock
        from shuangjian.accounts.models import Organisation

        today, now = clock.today(), clock.now()
        problem = Problem.objects.create(
            no=f"9999-{number:04d}",
            organisation=self.unit,
            rule=self.rules[number % len(self.rules)],
            fact="测量用的问题",
            origin="county_inspection",
            found_on=today,
            found_by=self.person,
            registered_at=now,
        )
        states = ("planning", "plan_review", "rectifying", "verifying")
        RectificationTask.objects.create(
            problem=problem,
            state=states[number % len(states)],
            due_on=today + timedelta(days=number % 30),
            created_at=now,
        )
        round_ = Round.objects.create(
            title=f"测量{number}",
            term=self.term,
            rulebook=self.book,
            unit_kinds=["school"],
            due_on=today,
            state="published",
            published_at=now,
            created_by=self.person,
        )
        SelfCheck.objects.create(
            no=f"9999-C{number:04d}", round=round_, organisation=self.unit, due_on=today, state="not_started"
        )
        visit = Visit.objects.create(
            no=f"9999-V{number:04d}",
            kind=self.kinds[number % len(self.kinds)],
            organisation=self.unit,
            rulebook=self.book,
            planned_on=today,
            created_by=self.person,
        )
        visit.members.create(user=self.inspector, is_lead=True)
        school = Organisation.objects.create(
            kind="school",
            code=f"99{number:08d}",
            name=f"测量小学{number}",
            area=self.unit.area,
            township=self.unit.township,
        )
        School.objects.create(organisation=school, school_type="primary", grades=[1, 2, 3, 4, 5, 6])
        self._add_of_people(number)

    def _add_of_people(self, number: int) -> None:
        from shuangjian import clock
        from shuangjian.accounts.models import User
        from shuangjian.journal import audit
        from shuangjian.journal.models import Job, Notification

        now = clock.now()
        User.objects.create(username=f"celiang{number}", name=f"测量{number}")
        Notification.objects.create(
            recipient=self.clerk, kind="bench", title="测量", dedupe_key=f"bench-{number}", created_at=now
        )
        Job.objects.create(
            kind="bench",
            key=f"bench-{number}",
            owner=self.person,
            state="done",
            due_at=now,
            created_at=now,
            finished_at=now,
        )
        action, _ = audit.known_actions()[number % len(audit.known_actions())]
        audit.record(action=action, subject=self.unit, actor=self.person, organisation=self.unit)

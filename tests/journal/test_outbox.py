"""Notices: one a person and matter, in the transaction of their cause."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import transaction

from shuangjian.journal import outbox
from shuangjian.journal.models import Notification
from tests.cast import Cast, assemble
from tests.parallel import at_once


def notify(*people: Any, key: str = "matter:1", **more: Any) -> int:
    with transaction.atomic():
        return outbox.notify(
            recipients=people, **{"kind": "test", "title": "请看", "dedupe_key": key, **more}
        )


def test_everybody_gets_one_notice_of_a_matter_however_often_it_is_sent(cast: Cast) -> None:
    assert notify(cast.clerk_a1, cast.head_a1, cast.clerk_a1) == 2
    assert notify(cast.clerk_a1, cast.clerk_b1) == 1
    assert notify(cast.clerk_a1, key="matter:2") == 1
    assert Notification.objects.count() == 4


def test_nobody_to_tell_is_no_fault(cast: Cast) -> None:
    assert notify() == 0


@pytest.mark.django_db(transaction=True)
def test_a_notice_is_written_in_the_transaction_of_its_cause() -> None:
    cast = assemble()
    with pytest.raises(transaction.TransactionManagementError):
        outbox.notify(recipients=[cast.clerk_a1], kind="test", title="请看", dedupe_key="k")
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        notify(cast.clerk_a1)
        raise ZeroDivisionError
    assert not Notification.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_the_same_matter_told_by_two_at_once_is_told_once() -> None:
    cast = assemble()
    people = [cast.people[name] for name in sorted(cast.people)]
    found = at_once(lambda: notify(*people), lambda: notify(*reversed(people)))
    assert not [fault for fault in found if isinstance(fault, Exception)]
    assert Notification.objects.count() == len(people)


def test_a_title_too_long_for_its_column_is_cut_not_refused(cast: Cast) -> None:
    notify(cast.clerk_a1, title="长" * 300)
    assert len(Notification.objects.get().title) == 200


def test_many_notices_are_given_at_once_each_once(cast: Cast) -> None:
    notices = [
        outbox.Notice(
            recipient_id=user.pk, kind="test", title="请看", dedupe_key=f"matter:{matter}", subject=cast.a1
        )
        for user in cast.people.values()
        for matter in range(3)
    ]
    assert outbox.give(notices) == len(notices)
    assert outbox.give(notices[::-1]) == 0
    assert Notification.objects.count() == len(notices)
    row = Notification.objects.first()
    assert (row.subject_type, row.subject_id) == ("accounts.organisation", str(cast.a1.pk))


def test_one_sees_ones_own_notices_alone(cast: Cast) -> None:
    notify(cast.clerk_a1)
    seen = {name for name, user in cast.people.items() if Notification.objects.visible_to(user).exists()}
    assert seen == {"clerk_a1"}

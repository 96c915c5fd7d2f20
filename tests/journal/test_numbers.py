"""Running numbers: none given twice, none lost with a transaction that failed."""

from __future__ import annotations

import pytest
from django.db import connection, transaction

from shuangjian.journal import numbers
from shuangjian.journal.models import Series
from tests.parallel import at_once


def take(kind: str = "problem", year: int = 2026) -> int:
    with transaction.atomic():
        return numbers.take(kind, year)


@pytest.mark.django_db(transaction=True)
def test_a_number_is_taken_in_the_transaction_that_uses_it() -> None:
    with pytest.raises(transaction.TransactionManagementError):
        numbers.take("problem", 2026)
    assert not Series.objects.exists()


def test_each_kind_and_year_counts_from_one(db: None) -> None:
    assert [take(), take(), take("visit"), take(year=2027), take()] == [1, 2, 1, 1, 3]


def test_a_failed_transaction_gives_its_number_back(db: None) -> None:
    take()
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        assert numbers.take("problem", 2026) == 2
        raise ZeroDivisionError
    assert take() == 2


@pytest.mark.django_db(transaction=True)
def test_numbers_taken_at_the_same_time_are_all_different_and_have_no_gap() -> None:
    def several() -> list[int]:
        return [take() for _ in range(25)]

    found = at_once(several, several, several, several)
    assert sorted(number for mine in found for number in mine) == list(range(1, 101))


@pytest.mark.django_db(transaction=True)
def test_whoever_comes_second_waits_until_the_first_has_decided() -> None:
    """The second gets the number that the first gives back, not the one after it."""
    take()
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        numbers.take("problem", 2026)
        with connection.cursor() as cursor:  # as seen by anybody else: the row is held
            cursor.execute("SELECT count(*) FROM pg_locks WHERE relation = 'journal_series'::regclass")
            assert cursor.fetchone()[0] > 0
        raise ZeroDivisionError
    assert at_once(take, take) in ([2, 3], [3, 2])

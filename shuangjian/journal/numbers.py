"""Running numbers by kind and year (2026-0147 and its like)."""

from __future__ import annotations

from django.db import connection, transaction

from shuangjian.journal.models import Series


def take(kind: str, year: int) -> int:
    """The next number of a series, from 1. Locks the series until the caller's transaction ends.

    A rolled-back transaction gives its number back, so a series taken only at signing has no gaps.
    """
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("a number is taken in the transaction that uses it")
    table = Series._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} AS series (kind, year, last) VALUES (%s, %s, 1)"  # noqa: S608  (our own table's name)
            " ON CONFLICT (kind, year) DO UPDATE SET last = series.last + 1 RETURNING last",
            [kind, year],
        )
        return int(cursor.fetchone()[0])

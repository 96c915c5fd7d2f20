"""Locks of what has no row to lock: held to the end of the transaction, each under a number of its own."""

from __future__ import annotations

from enum import IntEnum, unique

from django.db import connection


@unique
class Lock(IntEnum):
    """The numbers of pg_advisory_xact_lock. One in use never changes: old and new code wait for it."""

    AUDIT_CHAIN = 0x5A1D  # taken last in a transaction, so it is held briefly
    LADDER = 0x5A1E  # whoever fires rungs
    DOUBTS = 0x5A2E  # the records of units are compared by one transaction at a time
    PATTERNS = 0x5A2F  # what the nightly search found is written down by one transaction at a time
    POLICY_DATA = 0x5C01  # two loaders never write beside each other
    CALENDAR = 0x5C02  # two editions of a year are never made beside each other
    STANDING_TEXTS = 0x5C03  # nor two versions of a text
    GUIDANCE = 0x5C05  # nor two of what is said of an item
    LOCAL_RULES = 0x5C06  # two who change the county's additions
    BURDEN = 0x5C08  # setting a budget, publishing a round under it


def hold(lock: Lock) -> None:
    """Wait for whoever has it; it is ours until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [lock])

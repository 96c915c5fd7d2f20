"""What is kept beside the rows that it is made of, for speed; each is proved by what it was made from.

Written in the transaction of its rows. Nothing here mends: a difference is a fault to be explained first.
"""

from __future__ import annotations

from collections.abc import Iterator

from django.db import connection

# What is kept, and a statement that gives number, kept and true value of every row in which they differ.
_PROOFS = (
    (
        "提交的各条结论",
        """
        SELECT c.no || '第' || s.ordinal || '次提交', s."values"::text, made.said::text
        FROM inspections_submission s JOIN inspections_selfcheck c ON c.id = s.self_check_id,
            LATERAL (SELECT COALESCE(jsonb_object_agg(key, COALESCE(value -> 'value', '""')), '{}') AS said
                     FROM jsonb_each(s.answers)) made
        WHERE s."values" <> made.said ORDER BY s.id
        """,
    ),
    (
        "自查的提交次数",
        """
        SELECT c.no, c.submission_count::text, count(s.id)::text
        FROM inspections_selfcheck c LEFT JOIN inspections_submission s ON s.self_check_id = c.id
        GROUP BY c.id HAVING c.submission_count <> count(s.id) ORDER BY c.id
        """,
    ),
)
KEPT = tuple(what for what, _ in _PROOFS)


def differences() -> Iterator[str]:
    """One line for each row whose kept value is not that of its raw rows, in words; none: all are right."""
    with connection.cursor() as cursor:
        for what, statement in _PROOFS:
            cursor.execute(statement)
            for row, kept, true in cursor.fetchall():
                yield f"{what}：{row}存的是{kept}，原始记录是{true}"

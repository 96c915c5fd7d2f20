"""The trail: an entry a change, chained, unchangeable for the database itself, and what betrays tampering."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Any

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import Error, connection, transaction

from script.lib.postgres import WEB
from shuangjian.accounts.models import Organisation
from shuangjian.journal import audit
from shuangjian.journal.models import AuditEntry, AuditText
from tests.cast import Cast, assemble
from tests.parallel import at_once


def write(cast: Cast, count: int = 1, **more: Any) -> list[AuditEntry]:
    with transaction.atomic():
        return [
            audit.record(
                action="accounts.user.signed_in",
                subject=cast.a1,
                actor=cast.clerk_a1,
                organisation=cast.a1,
                role="school_admin",
                **more,
            )
            for _ in range(count)
        ]


def past_the_triggers(statement: str, *values: Any) -> None:
    """What somebody with the database's own key could do."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(statement, values)
        cursor.execute("SET LOCAL session_replication_role = origin")


def faults() -> list[str]:
    return [fault.what for fault in audit.verify_chain()]


# --- Writing ---------------------------------------------------------------------------------------------
@pytest.mark.django_db(transaction=True)
def test_an_entry_outside_the_transaction_of_its_change_is_refused() -> None:
    cast = assemble()
    with pytest.raises(transaction.TransactionManagementError):
        audit.record(action="accounts.user.signed_in", subject=cast.a1, actor=None)
    assert not AuditEntry.objects.exists()


def test_entries_are_numbered_and_chained_from_a_fixed_beginning(cast: Cast) -> None:
    first, second = write(cast, 2)
    assert (first.seq, second.seq) == (1, 2)
    assert first.prev_hash == audit.GENESIS
    assert second.prev_hash == first.hash
    assert (first.format, first.algorithm, len(first.hash)) == (1, "sha256", 64)
    assert first.subject_no == cast.a1.code
    assert faults() == []


def test_every_kind_of_fact_reads_back_as_it_was_hashed(cast: Cast) -> None:
    write(
        cast,
        before={"due_on": date(2026, 10, 22), "rate": 0.1, "sum": Decimal("1.10")},
        after={"members": [1, 2], "nested": {"b": None, "a": True}, "words": "𠮷"},
        note="有\u3000字\n第二行",
    )
    assert faults() == []


def test_an_entry_and_its_change_stand_or_fall_together(cast: Cast) -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        write(cast)
        raise ZeroDivisionError
    assert not AuditEntry.objects.exists()
    assert write(cast)[0].seq == 1


@pytest.mark.django_db(transaction=True)
def test_entries_written_at_the_same_time_make_one_chain_without_gaps() -> None:
    cast = assemble()
    found = at_once(*[lambda: [write(cast) for _ in range(10)]] * 4)
    assert not [fault for fault in found if isinstance(fault, Exception)]
    assert list(AuditEntry.objects.order_by("seq").values_list("seq", flat=True)) == list(range(1, 41))
    assert faults() == []


def test_peoples_words_are_kept_apart_and_only_their_salted_digest_is_chained(cast: Cast) -> None:
    one, two = write(cast, 2, note="家长王某来电反映")
    row = AuditEntry.objects.filter(pk=one.pk).values().get()
    assert "王某" not in repr(row)
    assert len(row["note_digest"]) == 64
    assert row["note_digest"] != two.note_digest  # the same words twice cannot be recognised
    assert one.text.text == "家长王某来电反映"


# --- Append-only -----------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE journal_auditentry SET action = 'x'",
        "UPDATE journal_auditentry SET at = now()",
        "DELETE FROM journal_auditentry",
        "TRUNCATE journal_auditentry CASCADE",
        "UPDATE journal_audittext SET text = 'x'",
    ],
)
def test_the_database_refuses_its_own_owner(cast: Cast, statement: str) -> None:
    write(cast, note="原话")
    with pytest.raises(Error, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # nothing else may stand in the way
        cursor.execute(statement)
    assert faults() == []
    assert AuditEntry.objects.get().text.text == "原话"


@pytest.mark.django_db(transaction=True)
def test_the_web_role_may_write_and_read_the_trail_and_nothing_else() -> None:
    cast = assemble()
    write(cast, note="原话")
    call_command("grant_roles", "--role", WEB)
    call_command("grant_roles", "--role", WEB)  # idempotent
    server = connection.settings_dict
    with psycopg.connect(
        host=server["HOST"], port=server["PORT"] or None, user=WEB, dbname=server["NAME"], autocommit=True
    ) as web:
        assert web.execute("SELECT count(*) FROM journal_auditentry").fetchone() == (1,)
        for statement in (
            "UPDATE journal_auditentry SET action = 'x'",
            "DELETE FROM journal_auditentry",
            "TRUNCATE journal_auditentry",
            "ALTER TABLE journal_auditentry DISABLE TRIGGER ALL",
            "DROP TRIGGER auditentry_no_change ON journal_auditentry",
            "SET session_replication_role = replica",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                web.execute(statement)
        web.execute("UPDATE accounts_organisation SET address = '新址'")  # business rows are its work


def test_words_can_be_erased_by_law_and_the_chain_holds(cast: Cast) -> None:
    entry = write(cast, note="须删除的原话")[0]
    AuditText.objects.filter(entry=entry).delete()
    assert faults() == []
    assert AuditEntry.objects.get().note_digest


def test_a_role_that_is_not_there_is_named(db: None) -> None:
    with pytest.raises(CommandError, match="no_such_role"):
        call_command("grant_roles", "--role", "no_such_role")


# --- Tampering -------------------------------------------------------------------------------------------
def test_an_edited_entry_is_found(cast: Cast) -> None:
    write(cast, 5)
    past_the_triggers("UPDATE journal_auditentry SET action = 'accounts.user.x' WHERE seq = 3")
    assert faults() == ["第3号记录的内容被改动"]


def test_a_changed_time_is_found(cast: Cast) -> None:
    write(cast, 3)
    past_the_triggers("UPDATE journal_auditentry SET at = at - interval '1 day' WHERE seq = 2")
    assert faults() == ["第2号记录的内容被改动"]


def test_an_entry_deleted_from_the_middle_is_found(cast: Cast) -> None:
    write(cast, 5)
    past_the_triggers("DELETE FROM journal_auditentry WHERE seq IN (2, 3)")
    assert faults() == ["缺少第2号到第3号记录"]


def test_two_swapped_entries_are_found(cast: Cast) -> None:
    write(cast, 4)
    past_the_triggers("UPDATE journal_auditentry SET seq = 5 - seq + 100 WHERE seq IN (2, 3)")
    past_the_triggers("UPDATE journal_auditentry SET seq = seq - 100 WHERE seq > 100")
    assert {"第2号记录与前一号不相连", "第2号记录的内容被改动"} <= set(faults())


def test_an_inserted_entry_is_found(cast: Cast) -> None:
    write(cast, 3)
    past_the_triggers("UPDATE journal_auditentry SET seq = 4 WHERE seq = 3")
    columns = (
        "at, actor_role, action, subject_type, subject_id, subject_no, before, after, note_digest,"
        " format, algorithm"
    )
    past_the_triggers(
        f"INSERT INTO journal_auditentry (seq, {columns}, prev_hash, hash)"
        f" SELECT 3, {columns}, hash, repeat('f', 64) FROM journal_auditentry WHERE seq = 2"
    )
    assert {"第3号记录的内容被改动", "第4号记录与前一号不相连"} <= set(faults())


def test_changed_words_are_found(cast: Cast) -> None:
    write(cast, note="原话")
    past_the_triggers("UPDATE journal_audittext SET text = '改过的话'")
    assert faults() == ["第1号记录的文字被改动"]


def test_an_unknown_format_or_algorithm_is_said(cast: Cast) -> None:
    write(cast)
    past_the_triggers("UPDATE journal_auditentry SET algorithm = 'rot13'")
    assert faults() == ["第1号记录的格式或算法不认识"]


def rewrite_from(seq: int) -> None:
    """Change an entry and make all after it fit again, as somebody could who knows how it is computed."""
    past_the_triggers("UPDATE journal_auditentry SET actor_role = 'head' WHERE seq = %s", seq)
    entries = list(AuditEntry.objects.order_by("seq"))
    for previous, entry in pairwise(entries):
        if entry.seq >= seq:
            entry.prev_hash = previous.hash
            entry.hash = audit._hash(entry)
            past_the_triggers(
                "UPDATE journal_auditentry SET prev_hash = %s, hash = %s WHERE seq = %s",
                entry.prev_hash,
                entry.hash,
                entry.seq,
            )


def test_a_rewritten_end_is_found_by_the_checkpoint(cast: Cast) -> None:
    write(cast, 4)
    audit.write_checkpoint()
    rewrite_from(3)
    assert len(faults()) == 1
    assert "第4号记录与" in faults()[0]
    assert faults()[0].endswith("的校验点不一致")


def test_a_tail_cut_off_and_an_old_database_put_back_are_found_by_the_checkpoint(cast: Cast) -> None:
    write(cast, 4)
    audit.write_checkpoint()
    past_the_triggers("DELETE FROM journal_auditentry WHERE seq > 2")
    assert faults() == [f"缺少第3号到第4号记录，{audit.read_checkpoints()[0].day}的校验点里还有"]
    write(cast, 2)  # and life goes on: other entries under the same numbers
    assert len(faults()) == 1
    assert "校验点不一致" in faults()[0]


# --- Checkpoints -----------------------------------------------------------------------------------------
def test_a_checkpoint_is_written_once_for_each_head(cast: Cast) -> None:
    assert audit.write_checkpoint() is None  # nothing to hold yet
    entry = write(cast)[0]
    mark = audit.write_checkpoint()
    assert mark is not None
    assert (mark.seq, mark.hash, mark.is_genuine) == (1, entry.hash, True)
    assert audit.write_checkpoint() is None
    write(cast)
    audit.write_checkpoint()
    assert [mark.seq for mark in audit.read_checkpoints()] == [1, 2]


def test_a_forged_or_broken_checkpoint_is_said_and_does_not_excuse_the_chain(cast: Cast) -> None:
    write(cast, 2)
    audit.write_checkpoint()
    path = audit.checkpoint_file()
    honest = path.read_text()
    path.write_text(honest.replace('"seq": 2', '"seq": 1') + "half a li")
    assert [what for what in faults() if what.endswith("的校验点签名不对")] == faults()
    assert len(faults()) == 2


def test_the_command_ends_with_an_error_that_names_the_entries(cast: Cast, capsys: Any) -> None:
    write(cast, 3)
    call_command("verify_audit")
    assert "3条记录，链条完好" in capsys.readouterr().out
    past_the_triggers("UPDATE journal_auditentry SET action = 'x' WHERE seq IN (1, 3)")
    with pytest.raises(CommandError) as said:
        call_command("verify_audit")
    assert str(said.value).splitlines() == ["第1号记录的内容被改动", "第3号记录的内容被改动"]


# --- Reading ---------------------------------------------------------------------------------------------
def test_the_story_of_one_thing_is_its_own_newest_first(cast: Cast) -> None:
    write(cast, 2)
    with transaction.atomic():
        audit.record(action="accounts.user.signed_in", subject=cast.b1, actor=None, note="别的单位")
    assert [entry.seq for entry in audit.story_of(cast.a1)] == [2, 1]
    assert [entry.text.text for entry in audit.story_of(Organisation.objects.get(pk=cast.b1.pk))] == [
        "别的单位"
    ]


def test_the_auditor_alone_reads_the_trail_as_a_whole(cast: Cast) -> None:
    write(cast, 2)
    readers = {name for name, user in cast.people.items() if AuditEntry.objects.visible_to(user).exists()}
    assert readers == {"auditor"}

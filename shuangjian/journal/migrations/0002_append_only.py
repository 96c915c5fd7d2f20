"""The database itself refuses to change or remove audit entries, whoever asks.

The text of an entry may be erased by law (DELETE by the owner), never changed.
"""

from django.db import migrations

REFUSE = """
CREATE FUNCTION journal_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit trail is append-only (% on %)', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER auditentry_no_change BEFORE UPDATE OR DELETE ON journal_auditentry
    FOR EACH ROW EXECUTE FUNCTION journal_refuse_change();
CREATE TRIGGER auditentry_no_truncate BEFORE TRUNCATE ON journal_auditentry
    FOR EACH STATEMENT EXECUTE FUNCTION journal_refuse_change();
CREATE TRIGGER audittext_no_change BEFORE UPDATE ON journal_audittext
    FOR EACH ROW EXECUTE FUNCTION journal_refuse_change();
"""
ALLOW = """
DROP TRIGGER audittext_no_change ON journal_audittext;
DROP TRIGGER auditentry_no_truncate ON journal_auditentry;
DROP TRIGGER auditentry_no_change ON journal_auditentry;
DROP FUNCTION journal_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("journal", "0001_initial")]
    operations = [migrations.RunSQL(REFUSE, ALLOW)]

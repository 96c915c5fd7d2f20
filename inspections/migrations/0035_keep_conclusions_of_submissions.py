from django.db import migrations, models

# What a submission says of each item, taken out of what it froze; see models.Submission.values.
FILL = """
    SET LOCAL statement_timeout = 0;  -- a province has a hundred thousand of them
    UPDATE inspections_submission SET "values" = COALESCE(
        (SELECT jsonb_object_agg(key, COALESCE(value -> 'value', '""')) FROM jsonb_each(answers)), '{}')
"""


class Migration(migrations.Migration):
    dependencies = [("inspections", "0034_take_over_old_ledgers")]

    operations = [
        migrations.AddField(
            "submission", "values", models.JSONField(default=dict, editable=False), preserve_default=False
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
    ]

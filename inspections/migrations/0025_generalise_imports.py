from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("inspections", "0024_add_burden_budget")]

    operations = [
        migrations.RemoveConstraint("unitimport", "unit_import_confirmed_has_time"),
        migrations.RemoveConstraint("unitimport", "unit_import_done_has_time"),
        migrations.RemoveConstraint("unitimportrow", "one_row_per_unit_and_import"),
        migrations.RemoveConstraint("unitimportrow", "unit_import_row_done_has_unit"),
        migrations.RenameModel("UnitImport", "Import"),
        migrations.RenameModel("UnitImportRow", "ImportRow"),
        migrations.RenameField("importrow", "unit_import", "batch"),
        migrations.RenameField("importrow", "code", "key"),
        migrations.AlterField("importrow", "key", models.CharField(max_length=40, verbose_name="代码")),
        migrations.AlterField("importrow", "sheet", models.CharField(max_length=31)),
        migrations.AddField(
            "importrow", "digest", models.CharField(max_length=32, default=""), preserve_default=False
        ),
        migrations.AddField(
            "import", "what", models.CharField(max_length=40, default="units"), preserve_default=False
        ),
        migrations.AddField("import", "plan", models.JSONField(default=dict)),
        migrations.AlterField(
            "import",
            "state",
            models.CharField(
                choices=[
                    ("checking", "核对中"),
                    ("checked", "待确认"),
                    ("running", "导入中"),
                    ("done", "已导入"),
                    ("dropped", "已放弃"),
                ],
                default="checking",
                max_length=8,
                verbose_name="状态",
            ),
        ),
        # What waits for its confirmation was looked through by the page; it is to be uploaded again.
        migrations.RunSQL(
            "UPDATE inspections_import SET state = 'dropped', sheets = '[]' WHERE state = 'checked'",
            migrations.RunSQL.noop,
        ),
        migrations.AddConstraint(
            "import",
            models.CheckConstraint(
                condition=Q(state__in=["running", "done"], confirmed_at__isnull=False)
                | Q(state__in=["checking", "checked", "dropped"], confirmed_at__isnull=True),
                name="import_confirmed_has_time",
            ),
        ),
        migrations.AddConstraint(
            "import",
            models.CheckConstraint(
                condition=Q(state="done", finished_at__isnull=False)
                | (~Q(state="done") & Q(finished_at__isnull=True)),
                name="import_done_has_time",
            ),
        ),
        migrations.AddConstraint(
            "importrow",
            models.UniqueConstraint(fields=["batch", "key"], name="one_row_per_subject_and_import"),
        ),
        migrations.AddConstraint(
            "importrow",
            models.CheckConstraint(
                condition=~Q(state="done") | Q(organisation__isnull=False), name="import_row_done_has_unit"
            ),
        ),
    ]

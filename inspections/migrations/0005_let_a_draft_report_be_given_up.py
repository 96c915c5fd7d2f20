from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):

    dependencies = [
        ("inspections", "0004_add_oversight_and_bulk_runs"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="supervisionreport", name="a_signed_report_has_number_and_date"
        ),
        migrations.AlterField(
            model_name="supervisionreport",
            name="state",
            field=models.CharField(
                choices=[
                    ("draft", "草稿"),
                    ("review", "待审签"),
                    ("issuing", "签发中"),
                    ("issued", "已签发"),
                    ("corrected", "已更正"),
                    ("withdrawn", "已撤回"),
                    ("discarded", "已作废"),
                ],
                default="draft",
                max_length=10,
                verbose_name="状态",
            ),
        ),
        migrations.AddConstraint(
            model_name="supervisionreport",
            constraint=models.CheckConstraint(
                name="a_signed_report_has_number_and_date",
                condition=Q(
                    state__in=["draft", "review", "discarded"],
                    document_number__isnull=True,
                    signed_on__isnull=True,
                )
                | (
                    ~Q(state__in=["draft", "review", "discarded"])
                    & Q(document_number__isnull=False, signed_on__isnull=False)
                ),
            ),
        ),
    ]

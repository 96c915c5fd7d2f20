"""Papers beside reports; numbers are counted by 代字, so reports signed before get theirs and its series."""

import django.db.models.deletion
import shuangjian.clock
from django.conf import settings
from django.db import migrations, models


def count_by_code(apps, schema_editor):
    """The 代字 stands in each number; its series goes on after the last one."""
    reports = apps.get_model("inspections", "SupervisionReport").objects.filter(document_number__isnull=False)
    series = apps.get_model("journal", "Series").objects
    for report in reports.only("pk", "document_no"):
        reports.filter(pk=report.pk).update(document_code=report.document_no.partition("〔")[0])
    counted = (
        reports.order_by()
        .values("document_code", "document_year")
        .annotate(last=models.Max("document_number"))
    )
    for row in counted:
        series.update_or_create(
            kind=f"document:{row['document_code']}", year=row["document_year"], defaults={"last": row["last"]}
        )
    series.filter(kind="report_document").delete()


def count_reports_alone(apps, schema_editor):
    """The one series of a year that there was before."""
    reports = apps.get_model("inspections", "SupervisionReport").objects.filter(document_number__isnull=False)
    series = apps.get_model("journal", "Series").objects
    for row in reports.order_by().values("document_year").annotate(last=models.Max("document_number")):
        series.update_or_create(
            kind="report_document", year=row["document_year"], defaults={"last": row["last"]}
        )


class Migration(migrations.Migration):
    dependencies = [
        ("journal", "0005_job_times_of_the_county"),
        ("accounts", "0006_add_letter_code"),
        ("files", "0002_keep_workbooks"),
        ("inspections", "0011_add_sanctions"),
        ("policy", "0005_duties"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Paper",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("version", models.PositiveIntegerField(default=1, editable=False)),
                ("no", models.CharField(max_length=20, unique=True, verbose_name="编号")),
                ("title", models.CharField(max_length=120, verbose_name="标题")),
                (
                    "state",
                    models.CharField(
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
                ("as_of", models.DateTimeField(verbose_name="数据截至")),
                ("data", models.JSONField()),
                ("sections", models.JSONField(default=dict)),
                ("return_words", models.CharField(blank=True, max_length=300, verbose_name="退回意见")),
                ("document_code", models.CharField(blank=True, max_length=20, verbose_name="发文代字")),
                ("document_year", models.PositiveSmallIntegerField(blank=True, null=True)),
                (
                    "document_number",
                    models.PositiveIntegerField(blank=True, null=True, verbose_name="发文序号"),
                ),
                ("document_no", models.CharField(blank=True, max_length=40, verbose_name="发文字号")),
                (
                    "check_code",
                    models.CharField(blank=True, db_index=True, max_length=9, verbose_name="验证码"),
                ),
                ("signed_on", models.DateField(blank=True, null=True, verbose_name="签发日期")),
                ("final_sha256", models.CharField(blank=True, max_length=64)),
                ("template_version", models.CharField(blank=True, max_length=20)),
                ("withdrawn_reason", models.CharField(blank=True, max_length=200, verbose_name="撤回原因")),
                ("created_at", models.DateTimeField(default=shuangjian.clock.now, editable=False)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("notice", "整改通知书"),
                            ("order", "责令整改通知书"),
                            ("opinion", "督导意见书"),
                        ],
                        max_length=16,
                        verbose_name="文种",
                    ),
                ),
                (
                    "delivery",
                    models.CharField(
                        choices=[("online", "系统签收"), ("on_paper", "书面送达")],
                        default="online",
                        max_length=10,
                        verbose_name="送达方式",
                    ),
                ),
                ("served_on", models.DateField(blank=True, null=True, verbose_name="送达日期")),
                (
                    "served_by",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("direct", "直接送达"),
                            ("left", "留置送达"),
                            ("post", "邮寄送达"),
                            ("online", "系统签收"),
                        ],
                        max_length=10,
                        verbose_name="送达方式（实际）",
                    ),
                ),
                ("receiver", models.CharField(blank=True, max_length=30, verbose_name="收件人")),
                ("receiver_post", models.CharField(blank=True, max_length=30, verbose_name="收件人职务")),
                ("servers", models.CharField(blank=True, max_length=60, verbose_name="送达人")),
                ("refusal", models.CharField(blank=True, max_length=200, verbose_name="拒收事由")),
                ("witness", models.CharField(blank=True, max_length=30, verbose_name="见证人")),
            ],
            options={
                "ordering": ["-no"],
                "abstract": False,
            },
        ),
        migrations.RemoveConstraint(
            model_name="supervisionreport",
            name="document_numbers",
        ),
        migrations.AddField(
            model_name="supervisionreport",
            name="check_code",
            field=models.CharField(blank=True, db_index=True, max_length=9, verbose_name="验证码"),
        ),
        migrations.AddField(
            model_name="supervisionreport",
            name="document_code",
            field=models.CharField(blank=True, max_length=20, verbose_name="发文代字"),
        ),
        migrations.AddField(
            model_name="supervisionreport",
            name="scan",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="files.storedfile",
                verbose_name="盖章扫描件",
            ),
        ),
        migrations.RunPython(count_by_code, count_reports_alone),
        migrations.AddConstraint(
            model_name="supervisionreport",
            constraint=models.UniqueConstraint(
                condition=models.Q(("document_number__isnull", False)),
                fields=("document_code", "document_year", "document_number"),
                name="report_document_numbers",
            ),
        ),
        migrations.AddField(
            model_name="paper",
            name="created_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="paper",
            name="draft_file",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="files.storedfile",
            ),
        ),
        migrations.AddField(
            model_name="paper",
            name="final_file",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="files.storedfile",
            ),
        ),
        migrations.AddField(
            model_name="paper",
            name="organisation",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="papers", to="accounts.organisation"
            ),
        ),
        migrations.AddField(
            model_name="paper",
            name="sanction",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="papers",
                to="inspections.sanction",
            ),
        ),
        migrations.AddField(
            model_name="paper",
            name="scan",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="files.storedfile",
                verbose_name="盖章扫描件",
            ),
        ),
        migrations.AddField(
            model_name="paper",
            name="service_noted_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="paper",
            name="signed_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="paper",
            name="submitted_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="paper",
            name="tasks",
            field=models.ManyToManyField(
                blank=True, related_name="papers", to="inspections.rectificationtask"
            ),
        ),
        migrations.AddField(
            model_name="paper",
            name="transfer",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="papers",
                to="inspections.transfer",
            ),
        ),
        migrations.AddField(
            model_name="paper",
            name="visit",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="papers",
                to="inspections.visit",
            ),
        ),
        migrations.AddIndex(
            model_name="paper",
            index=models.Index(fields=["kind", "state"], name="inspections_kind_a9a68a_idx"),
        ),
        migrations.AddConstraint(
            model_name="paper",
            constraint=models.UniqueConstraint(
                condition=models.Q(("document_number__isnull", False)),
                fields=("document_code", "document_year", "document_number"),
                name="paper_document_numbers",
            ),
        ),
        migrations.AddConstraint(
            model_name="paper",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("document_number__isnull", True),
                        ("signed_on__isnull", True),
                        ("state__in", ["draft", "review", "discarded"]),
                    ),
                    models.Q(
                        models.Q(("state__in", ["draft", "review", "discarded"]), _negated=True),
                        ("document_number__isnull", False),
                        ("signed_on__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="a_signed_paper_has_number_and_date",
            ),
        ),
        migrations.AddConstraint(
            model_name="paper",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "issued"), _negated=True),
                    models.Q(("final_file__isnull", False), models.Q(("final_sha256", ""), _negated=True)),
                    _connector="OR",
                ),
                name="an_issued_paper_has_its_file",
            ),
        ),
        migrations.AddConstraint(
            model_name="paper",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("sanction__isnull", True), ("visit__isnull", True)),
                    models.Q(("transfer__isnull", True), ("visit__isnull", True)),
                    models.Q(("sanction__isnull", True), ("transfer__isnull", True)),
                    _connector="OR",
                ),
                name="a_paper_has_one_occasion",
            ),
        ),
        migrations.AddConstraint(
            model_name="paper",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("served_by", ""), ("served_on__isnull", True), ("service_noted_by__isnull", True)
                    ),
                    models.Q(
                        ("served_on__isnull", False),
                        ("service_noted_by__isnull", False),
                        models.Q(("served_by", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="a_served_paper_says_how",
            ),
        ),
        migrations.AddConstraint(
            model_name="paper",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("served_by", "left"), _negated=True),
                    models.Q(
                        models.Q(("witness", ""), _negated=True), models.Q(("refusal", ""), _negated=True)
                    ),
                    _connector="OR",
                ),
                name="a_paper_left_behind_has_its_witness",
            ),
        ),
        migrations.AddConstraint(
            model_name="paper",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("served_by__in", ["direct", "online"]), _negated=True),
                    models.Q(("receiver", ""), _negated=True),
                    _connector="OR",
                ),
                name="a_paper_is_received_by_somebody",
            ),
        ),
        migrations.CreateModel(
            name='CloseOutForm',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.PositiveIntegerField(default=1, editable=False)),
                ('data', models.JSONField()),
                ('check_code', models.CharField(db_index=True, max_length=9, verbose_name='验证码')),
                ('sha256', models.CharField(blank=True, max_length=64)),
                ('template_version', models.CharField(blank=True, max_length=20)),
                ('ordered_at', models.DateTimeField()),
                ('file', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='files.storedfile')),
                ('ordered_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('scan', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='files.storedfile', verbose_name='签字盖章的扫描件')),
                ('task', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='close_form', to='inspections.rectificationtask')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('file__isnull', True), ('sha256', '')), models.Q(('file__isnull', False), models.Q(('sha256', ''), _negated=True)), _connector='OR'), name='a_close_out_form_s_file_has_its_hash')],
            },
        ),
    ]

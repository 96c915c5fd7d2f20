"""What was found: a problem with its number. After registration its facts are only added to."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from inspections.querysets import ProblemQuerySet
from shuangjian.accounts.models import Organisation
from shuangjian.journal.models import Versioned
from shuangjian.policy.models import CheckItem, Limit, Prohibition, Rule, Term
from shuangjian.registers.models import Doubt

# P8: 立行立改, or at most 30 days; a date moved beyond them leaves the light track.
LIGHT_TRACK_DAYS = 30
# workflow.md §3: 立行立改 proves itself within 3–7 days, 10 at most.
AT_ONCE_MOST_DAYS = 10


class Problem(Versioned):
    """One problem at one unit (2026-0147), found by a self-check, a visit or staff. Kept for ever.

    ``origin`` decides who closes it (P7); ``severity`` critical is a red line (红线); ``light_track``:
    P8.
    """

    class Origin(models.TextChoices):
        SELF_CHECK = "self_check", "自查"
        COUNTY_INSPECTION = "county_inspection", "县级检查"
        REGULAR_SUPERVISION = "regular_supervision", "经常性督导"
        GOVERNMENT_SUPERVISION = "government_supervision", "政府督导"
        COMPLAINT = "complaint", "举报"
        MEDIA = "media", "媒体"
        SUPERIOR = "superior", "上级交办"

    class Severity(models.TextChoices):
        ORDINARY = "ordinary", "一般问题"
        MAJOR = "major", "禁止事项"
        CRITICAL = "critical", "红线"

    class Rectifying(models.TextChoices):
        AT_ONCE = "at_once", "立行立改"
        BY_DATE = "by_date", "限期整改"
        LONG_TERM = "long_term", "长期坚持"

    no = models.CharField("编号", max_length=20, unique=True)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="problems")
    term = models.ForeignKey(Term, models.PROTECT, null=True, blank=True, related_name="problems")
    rule = models.ForeignKey(Rule, models.PROTECT, related_name="problems")
    item = models.ForeignKey(CheckItem, models.PROTECT, null=True, blank=True, related_name="problems")
    prohibition = models.ForeignKey(
        Prohibition, models.PROTECT, null=True, blank=True, related_name="problems"
    )
    limit = models.ForeignKey(Limit, models.PROTECT, null=True, blank=True, related_name="+")
    fact = models.CharField("发现情况", max_length=300)
    origin = models.CharField("来源", max_length=24, choices=Origin)
    severity = models.CharField("性质", max_length=10, choices=Severity, default=Severity.ORDINARY)
    rectifying = models.CharField("整改类别", max_length=10, choices=Rectifying, default=Rectifying.BY_DATE)
    light_track = models.BooleanField("自查轻办", default=False)
    superior_no = models.CharField(
        "交办文号", max_length=60, blank=True
    )  # of what an office above handed down
    found_on = models.DateField("发现日期")
    found_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="problems_found")
    source_answer = models.ForeignKey(
        "inspections.Answer", models.PROTECT, null=True, blank=True, related_name="problems"
    )
    source_finding = models.ForeignKey(
        "inspections.VisitFinding", models.PROTECT, null=True, blank=True, related_name="problems"
    )
    # What its facts raised: the doubt that it was registered for, and those that were joined to it.
    doubts = models.ManyToManyField(Doubt, related_name="problems", blank=True)
    registered_at = models.DateTimeField()
    # 历史台账: the row by which it was taken over from the county's old ledger, and the number it had there.
    import_row = models.OneToOneField(
        "inspections.ImportRow", models.PROTECT, null=True, blank=True, related_name="problem"
    )
    old_no = models.CharField("原编号", max_length=40, blank=True)

    objects = ProblemQuerySet.as_manager()

    class Meta:
        ordering = ["-no"]
        constraints = [
            models.CheckConstraint(
                name="severe_problem_names_its_prohibition",
                condition=Q(severity="ordinary") | Q(prohibition__isnull=False),
            ),
            models.CheckConstraint(
                name="light_track_is_ordinary_and_self_reported",
                condition=Q(light_track=False) | Q(severity="ordinary", origin="self_check"),
            ),
            models.CheckConstraint(
                name="what_was_handed_down_names_its_document",
                condition=~Q(origin="superior") | ~Q(superior_no=""),
            ),
            models.UniqueConstraint(
                name="one_problem_of_an_old_number",
                fields=["organisation", "old_no"],
                condition=~Q(old_no=""),
            ),
        ]
        indexes = [models.Index(fields=["organisation", "rule"]), models.Index(fields=["severity"])]

    def __str__(self) -> str:
        return self.no

    @property
    def origin_told(self) -> str:
        """The origin as the unit may read it: that somebody spoke is nobody's business there (P22)."""
        is_complaint = self.origin == self.Origin.COMPLAINT
        return "县教育局核查" if is_complaint else str(self.get_origin_display())

    @property
    def is_red_line(self) -> bool:
        return self.severity == self.Severity.CRITICAL

    @property
    def is_taken_over(self) -> bool:
        """历史台账导入: it is older than the portal's own registration of it."""
        return self.import_row_id is not None

    @property
    def needs_three_people(self) -> bool:
        """Finder, verifier and closer of a 严禁 or a red line are three people (P7)."""
        return self.is_red_line or (self.prohibition is not None and self.prohibition.kind == "严禁")


class CloseAuthority(models.Model):
    """授权督学销号 (P7): the written authority of an inspector to close ordinary problems of his area."""

    inspector = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="close_authorities")
    area = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    document_no = models.CharField("授权文号", max_length=60)
    from_on = models.DateField("起")
    until_on = models.DateField("止")

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="authority_dates_in_order", condition=Q(until_on__gte=models.F("from_on"))
            )
        ]

    def __str__(self) -> str:
        return self.document_no

"""Lists of what is forbidden (严禁, 不得) in their versions."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models


class ProhibitionList(models.Model):
    """One version of a list of 严禁 and 不得: the national one, the county's own, a yearly negative list.

    A version stays in force until the next one of the same ``code``; it is never rewritten once used.
    """

    code = models.CharField(max_length=20)  # national-2018, county-plan
    version = models.CharField(max_length=20)
    title = models.CharField(max_length=120)
    in_force_from = models.DateField()
    severity_levels = models.JSONField(default=dict)  # {critical: {title, ladder}}
    handling = models.JSONField(default=list)  # [words] what always follows a breach
    digest = models.CharField(max_length=64)

    class Meta:
        ordering = ["code", "-in_force_from", "-pk"]
        constraints = [models.UniqueConstraint(name="one_list_version", fields=["code", "version"])]

    def __str__(self) -> str:
        return self.title


class Prohibition(models.Model):
    """One forbidden behaviour. ``severity`` critical alone makes it a red line (红线), whatever its verb."""

    class Severity(models.TextChoices):
        CRITICAL = "critical", "红线"
        MAJOR = "major", "禁止"

    list = models.ForeignKey(ProhibitionList, models.CASCADE, related_name="prohibitions")
    code = models.CharField(max_length=6)
    kind = models.CharField(max_length=4)  # 严禁, 不得, 不能: the wording of the source
    rule_code = models.CharField(max_length=6)
    phrase = models.CharField(max_length=120)
    applies_to = ArrayField(models.CharField(max_length=12))
    severity = models.CharField(max_length=10, choices=Severity)
    verified = models.BooleanField(default=False)
    read_in = models.CharField(max_length=120, blank=True)  # where the wording was read
    basis = models.CharField(max_length=120, blank=True)  # the other document it rests on while it was not
    basis_verified = models.BooleanField(default=False)
    consequence = models.CharField(max_length=120, blank=True)
    limit_value = models.CharField(max_length=10, blank=True)  # 20:30, where the words hold a figure
    same_as = models.CharField(max_length=6, blank=True)  # the code of the same behaviour in another list
    note = models.TextField(blank=True)

    class Meta:
        ordering = ["code"]
        constraints = [models.UniqueConstraint(name="one_prohibition_code", fields=["list", "code"])]

    def __str__(self) -> str:
        return f"{self.kind}{self.phrase}"

    @property
    def is_red_line(self) -> bool:
        return self.severity == self.Severity.CRITICAL

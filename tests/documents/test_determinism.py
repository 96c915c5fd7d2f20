"""The same report gives the same bytes: in one process, in another, after other papers."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys

import pytest

from inspections.reports import rendering
from script.lib.places import ROOT
from tests.documents import samples
from tests.documents.conftest import Paper

pytestmark = pytest.mark.documents

PROGRAM = """
import django, hashlib
django.setup()
from inspections.reports import rendering
from tests.documents import samples
print(hashlib.sha256(rendering.pdf_of(samples.unit_report())).hexdigest())
"""


def test_another_process_gives_the_same_bytes(unit_paper: Paper) -> None:
    answer = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        cwd=ROOT,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "shuangjian.settings_test", "PYTHONHASHSEED": "7"},
        capture_output=True,
        check=True,
        text=True,
    )
    assert answer.stdout.split()[-1] == hashlib.sha256(unit_paper.data).hexdigest()


def test_other_papers_in_between_change_nothing(unit_paper: Paper, draft_paper: Paper) -> None:
    rendering.pdf_of(samples.unit_report(samples.unit_data(2)))
    assert rendering.pdf_of(samples.unit_report()) == unit_paper.data


def test_another_text_gives_other_bytes(unit_paper: Paper) -> None:
    report = samples.unit_report()
    report.sections["practice"] += "补一句。"
    assert rendering.pdf_of(report) != unit_paper.data

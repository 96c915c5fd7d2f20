"""What the heaviest pages of supervision weigh on the line (ux.md §5), as they are really sent."""

from __future__ import annotations

import gzip

import pytest

from shuangjian.accounts.models import User
from shuangjian.policy.models import Term
from tests.cast import Cast
from tests.inspections.checking import check_of, fill, publish
from tests.inspections.visiting import begun
from tests.registry import signed_in

pytestmark = pytest.mark.usefixtures("standing_policy")
MOST_KB = 30  # of the page itself; its styles and scripts come from the browser's store


def sent(person: User, path: str) -> float:
    """KB of the answer as it leaves, compressed."""
    answer = signed_in(person).get(path, headers={"Accept-Encoding": "gzip"})
    assert answer.status_code == 200 and answer.headers["Content-Encoding"] == "gzip", path
    assert "</html>" in gzip.decompress(answer.content).decode()
    return len(answer.content) / 1024


def test_a_checklist_of_a_whole_school(cast: Cast, term: Term) -> None:
    visit = begun(cast)
    assert sent(cast.inspector_a, f"/visits/{visit.no}/") <= MOST_KB


def test_a_whole_check_and_its_preview(cast: Cast, term: Term) -> None:
    round_ = publish(cast, term)
    check = fill(check_of(cast.a1), cast.clerk_a1)
    assert sent(cast.task_force, f"/rounds/{round_.pk}/preview/") <= MOST_KB
    for page in ("", "4/", "review/"):
        assert sent(cast.clerk_a1, f"/checks/{check.no}/{page}") <= MOST_KB

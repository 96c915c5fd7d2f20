"""Forms of judging what the nightly search found."""

from __future__ import annotations

from inspections.forms.fields import words_field
from shuangjian.accounts.move_pages import MoveForm


class DismissForm(MoveForm):
    words = words_field(
        "理由", "写明核实的情况，例如“同一套印发的记录表，内容各校自填”", missing="请写明排除的理由"
    )

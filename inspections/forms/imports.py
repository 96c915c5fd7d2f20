"""The form of an import: one workbook."""

from __future__ import annotations

from django import forms

from shuangjian.files.child import SHEET_ROWS
from shuangjian.files.forms import FilesField, FilesInput
from shuangjian.files.services import XLSX


class WorkbookForm(forms.Form):
    """The filled template."""

    workbook = FilesField(
        label="填好的表",
        most=1,
        widget=FilesInput(attrs={"accept": f".xlsx,{XLSX}"}),
        help_text=f"xlsx格式，不超过10MB，每张表不超过{SHEET_ROWS}行；上传后先核对，确认以前什么也不写入",
        error_messages={"required": "请选择填好的表"},
    )

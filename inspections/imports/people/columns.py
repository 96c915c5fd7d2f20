"""The columns of the workbook of people: one row is one post of one person.

Source: practice.md P17 (accounts without mail or an own phone); decisions.md, "Roles".
"""

from __future__ import annotations

from inspections.imports.sheets import Column, Sheet, titled
from shuangjian.accounts.roles import ADMIN_ROLES, Role

UNIT_NAME = "_unit"  # beside the fields of the accounts' own forms: for the eye alone

SHEET = titled(
    Sheet(
        "人员账号",
        "people",
        (
            Column("name", "姓名", required=True, example="周琳", also=("人员姓名", "人员", "名字"),
                   hint="空着的行不导入"),
            Column("code", "单位代码", "code", required=True, width=22, example="3152000099",
                   hint="文本格式；县级、科室、责任区填平台里的代码",
                   also=("学校标识码", "统一社会信用代码", "信用代码", "学校代码", "机构代码", "代码")),
            Column(UNIT_NAME, "单位名称", width=24, also=("单位", "学校", "机构", "学校名称", "机构名称"),
                   hint="只供核对，不改单位的名称"),
            Column("role", "角色", "choice", required=True, width=14, example="学校管理员",
                   choices=[one for one in Role.choices if one[0] not in ADMIN_ROLES],
                   spellings=((Role.TASK_FORCE, "专班"), (Role.LEADER, "局领导"), (Role.PARTNER, "联络员"),
                              (Role.AREA_INSPECTOR, "督学"), (Role.OFFICE_STAFF, "股室")),
                   also=("岗位", "权限"), hint="一人有几个岗位的，一个岗位写一行"),
            Column("title", "职务", example="教导主任", also=("行政职务", "职位")),
            Column("from_on", "开始日期", "date", example="2026-09-01", hint="空着的从导入当天起",
                   also=("任职日期", "起始日期", "任职时间")),
            Column("to_on", "结束日期", "date", example="2027-01-31", also=("到期日期", "截止日期"),
                   hint="代理、挂职、借调等有期限的填写"),
            Column("phone", "手机号", "code", width=16, hint="选填，文本格式", example="13800000000",
                   also=("手机", "电话", "联系电话", "手机号码", "联系方式")),
            Column("username", "账号", width=18, also=("用户名", "登录名", "登录账号"), example="zhoulin",
                   hint="新账号空着的，平台按单位代码编；已有账号、又有同名的要写明"),
        ),
        ignored=("序号", "备注"),
        needed=("name", "code", "role"),
    ),
    "人员账号",
)  # fmt: skip

"""The columns of the workbook of units.

A column's ``field`` is that of the form in which the same fact is filled in by hand.

Source: practice.md P13 (schools), P14 (institutions, teaching places), P15 (heads), P16 (grades).
"""

from __future__ import annotations

from inspections.imports.sheets import Column, Sheet
from schools.models import School
from tutoring.models import Institution

_CODE_HINT = "文本格式，不要让表格软件改成数字；已有的单位按代码核对，代码相同的就是修改"
_COMMON = (
    Column("township", "所在乡镇", "township", required=True, hint="填平台里的乡镇名称", example="城关镇"),
    Column("area", "督学责任区", "area", hint="填平台里的责任区名称", example="第一督学责任区", width=18),
    Column("filer", "填报主体代码", "unit", width=16,
           hint="由中心校、总部代为填报的，填它的代码；自己填报的空着"),
    Column("opened_on", "设立日期", "date", example="2001-09-01"),
    Column("address", "地址", example="城关镇文教路1号", width=28),
    Column("contact_name", "联系人", example="周琳"),
    Column("contact_phone", "联系电话", hint="数字和短横", example="0912-6120012", width=16,
           also=("电话", "联系方式")),
)  # fmt: skip
_HEAD = (
    Column("head_name", "现任负责人", hint="校长或机构负责人；与平台里现任的不同才登记", example="黄勇"),
    Column("head_post", "负责人职务", hint="空着的，学校按校长、机构按负责人登记", example="校长"),
    Column("head_from_on", "任职日期", "date", hint="填了现任负责人的新任职必填", example="2024-08-20"),
    Column("head_document_no", "任免文号", example="云教任〔2024〕3号", width=20),
)

SCHOOLS = Sheet(
    "学校",
    "school",
    (
        Column("name", "名称", required=True, example="河口小学", width=24,
               also=("学校", "学校名称", "单位", "单位名称", "校名")),
        Column("code", "学校标识码", "code", required=True, hint=_CODE_HINT, example="3152000099", width=16,
               also=("学校代码", "单位代码", "标识码", "代码")),
        Column("school_type", "办学类型", "choice", required=True, choices=School.SchoolType.choices,
               example="小学"),
        Column("sponsor", "举办者", "choice", hint="新学校空着的按公办",
               choices=School.Sponsor.choices, example="公办"),
        Column("system", "学制", "choice", hint="新学校空着的按六三制",
               choices=School.System.choices, example="六三制"),
        Column("grades", "实际开设年级", "grades", required=True, example="1至6", width=16,
               hint="只写现在有学生的年级，例如1至6，或7、8、9"),
        Column("is_boarding", "寄宿制", "yes_no", hint="是或否", example="否", width=10),
        Column("pupil_count", "在校学生数", "number", required=True, example="320", width=12, unit="人",
               also=("学生数", "在校生数", "在校生人数", "学生人数")),
        *_COMMON,
        *_HEAD,
    ),
)  # fmt: skip
INSTITUTIONS = Sheet(
    "机构",
    "institution",
    (
        Column("name", "名称", required=True, example="育才艺术培训中心", width=24,
               also=("机构", "机构名称", "单位", "单位名称")),
        Column("code", "统一社会信用代码", "code", required=True, hint=_CODE_HINT, width=22,
               example="91350100M000100Y43", also=("信用代码", "机构代码", "单位代码", "代码")),
        Column("category", "培训类别", "choice", required=True, choices=Institution.Category.choices,
               example="非学科类"),
        Column("modes", "培训形式", "choices", required=True, hint="线上线下都有的写“线下、线上”",
               choices=Institution.Mode.choices, example="线下"),
        Column("subjects", "培训内容", example="舞蹈、围棋", width=20),
        Column("authority", "主管部门", "choice", required=True, choices=Institution.Authority.choices,
               example="文化和旅游"),
        Column("licensing_office", "审批机关", example="云溪县文化和旅游局", width=20),
        Column("licence_no", "办学许可证号", example="文民1520007", width=16),
        Column("licence_until", "许可证有效期至", "date", example="2028-12-31", width=16),
        Column("is_nonprofit", "非营利性", "yes_no", hint="是或否", example="否", width=10),
        Column("sponsor_name", "举办者", example="甲公司"),
        Column("legal_person", "法定代表人", example="钱一"),
        Column("principal_name", "校长（行政负责人）", example="钱二", width=18),
        Column("operating_status", "办学状态", "choice", hint="新机构空着的按正常；注销在机构页面办理",
               choices=[one for one in Institution.Status.choices if one[0] != "cancelled"], example="正常"),
        *_COMMON,
        *_HEAD,
    ),
)  # fmt: skip
_OF_UNIT = "填所属单位的代码，单位可以在本文件里，也可以已在平台"
CAMPUSES = Sheet(
    "校区",
    "school",
    (
        Column("unit", "学校标识码", "code", required=True, hint=_OF_UNIT, example="3152000099", width=16),
        Column("name", "校区名称", required=True, hint="同名的是修改", example="北校区", width=20),
        Column("address", "地址", required=True, example="城关镇北门路8号", width=28),
    ),
    holds="rows",
    needed=("unit", "name"),
)
PLACES = Sheet(
    "教学地点",
    "institution",
    (
        Column("unit", "统一社会信用代码", "code", required=True, hint=_OF_UNIT, example="91350100M000100Y43",
               width=22),
        Column("name", "教学地点名称", required=True, hint="同名的是修改", example="总部", width=20),
        Column("address", "地址", required=True, example="城关镇新华路8号", width=28),
        Column("area_m2", "建筑面积（平方米）", "number", example="320.5", width=18,
               unit="平方米"),
        Column("lease_until", "租赁到期", "date", example="2028-08-31"),
        Column("fire_paper", "消防手续", hint="文书名称和编号", example="云消合〔2024〕9号", width=22),
    ),
    holds="rows",
    needed=("unit", "name"),
)  # fmt: skip
SHEETS = (SCHOOLS, INSTITUTIONS, CAMPUSES, PLACES)

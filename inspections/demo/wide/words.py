"""What may be short at a unit, item by item: the fact, how it is put right, what shows that it was."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from random import Random

from inspections.demo.wide.units import Unit

CN = "零一二三四五六七八九十"
LOWER, UPPER, JUNIOR, SENIOR = (1, 2), (3, 4, 5, 6), (7, 8, 9), (10, 11, 12)
ANY = LOWER + UPPER + JUNIOR + SENIOR
DUTY = LOWER + UPPER + JUNIOR


@dataclass(frozen=True)
class Fault:
    """One kind of shortcoming. ``{g}`` is a grade in words, ``{n}`` a small number."""

    item: str
    fact: str
    measure: str
    proof: str
    grades: tuple[int, ...] = ()  # schools that teach one of them; empty for institutions
    academic: bool = True  # of institutions: can it be one of a 非学科类?
    non_academic: bool = True
    breaks: bool = False  # it touches a 严禁 or 不得
    indicator: str = ""  # the figure that lies beyond its limit, in the lowest grade concerned
    over: tuple[int, int] = (0, 0)  # between these values

    def concerns(self, unit: Unit) -> bool:
        if unit.is_school:
            return bool(set(self.grades) & set(unit.grades))
        if self.grades:
            return False
        return self.academic if unit.category == "academic" else self.non_academic


@dataclass(frozen=True)
class Said:
    """A fault as it stands at one unit, in words."""

    fault: Fault
    grade: int
    fact: str
    measure: str
    proof: str
    figure: str = ""


SCHOOL_FAULTS = (
    Fault(
        "R01-1",
        "学期工作计划里还写有“{g}期末平均分进入全县前{n}名”",
        "修订计划，删去分数和名次指标",
        "计划已修订印发，教师会上说明",
        ANY,
    ),
    Fault(
        "R01-3",
        "作业设计和课后服务表现没有写进年度考核办法",
        "修订考核办法并经教代会通过",
        "考核办法已修订，写明分值",
        ANY,
    ),
    Fault(
        "R02-1",
        "{g}每周少上{n}节综合实践课，改上语文、数学",
        "恢复课表，教务处每天巡课",
        "课表已恢复，附两周巡课记录",
        ANY,
    ),
    Fault(
        "R02-4",
        "本学期教研计划没有作业设计的内容",
        "补列{n}次作业设计教研并按期开展",
        "教研计划已补，附第一次记录",
        ANY,
    ),
    Fault("R03-2", "{g}编班有家长见证，结果没有公示", "补公示编班结果{n}天", "公示照片和见证人签名", DUTY),
    Fault(
        "R04-1",
        "{g}有{n}个班布置抄写生字的书面家庭作业",
        "取消书面作业，改为课内完成",
        "两周作业公示均无书面作业",
        LOWER,
    ),
    Fault(
        "R04-2",
        "{g}各科书面作业合计日均{v}分钟",
        "年级组每天统筹，超过的当天调减",
        "连续两周公示合计不超过60分钟",
        UPPER,
        indicator="书面家庭作业",
        over=(63, 78),
    ),
    Fault(
        "R04-3",
        "{g}各科书面作业合计日均{v}分钟，数学试卷偏多",
        "教务处核定各科用时，按周公示",
        "连续两周公示合计不超过90分钟",
        JUNIOR,
        indicator="书面家庭作业",
        over=(94, 118),
    ),
    Fault(
        "R04-4",
        "{g}有{n}个班没有每天公示作业",
        "班级作业公示栏每天填写，年级组检查",
        "公示栏照片和检查登记",
        DUTY,
    ),
    Fault(
        "R05-2",
        "{g}语文有把错题罚抄{n}遍的情况",
        "停止罚抄，改为面批订正",
        "教师会记录，抽查作业本无罚抄",
        ANY,
        breaks=True,
    ),
    Fault(
        "R05-3",
        "{g}有{n}个班要求家长批改口算并签字",
        "停止要求家长批改，由教师全批全改",
        "告家长书和抽查记录",
        ANY,
        breaks=True,
    ),
    Fault(
        "R05-4", "{g}用班级微信群布置背诵并要求发视频", "停止在群里布置作业", "群公告截图，班主任承诺", ANY
    ),
    Fault("R06-1", "{g}上月有一次纸笔单元测验", "取消纸笔测验，改为游戏化测评", "测评方案和实施记录", LOWER),
    Fault(
        "R06-2",
        "{g}本学期组织了{n}次单元测验并登记分数",
        "取消单元测验，不再登记分数",
        "教务处检查记录",
        UPPER,
    ),
    Fault("R06-3", "{g}除期中外还安排了{n}次月考", "撤销月考安排", "教务日程已改，告知家长", JUNIOR),
    Fault("R07-2", "{g}期中成绩单写有分数", "改用等级加评语", "新成绩单样式", ANY),
    Fault("R07-3", "{g}有{n}个班按测验结果排座位", "按身高和轮换排座位", "座位表和轮换记录", ANY),
    Fault(
        "R09-2",
        "{g}数学课多媒体使用偏多，每节约{n}0分钟",
        "控制屏幕使用，集体备课时核定",
        "备课记录和巡课记录",
        ANY,
    ),
    Fault("R09-4", "有{n}个学习类应用没有备案", "停用未备案应用", "停用通知和应用清单", ANY),
    Fault("R10-1", "周五没有开展课后服务", "周五增开体育、阅读、劳动服务", "周五服务签到表", DUTY),
    Fault(
        "R10-3",
        "{g}课后服务有{n}次讲评试卷",
        "课后服务只做作业辅导和兴趣活动",
        "课后服务安排表和巡查记录",
        DUTY,
        breaks=True,
    ),
    Fault("R10-4", "课后服务补贴使用情况没有公示", "按学期公示收支", "公示照片", DUTY),
    Fault("R11-1", "阅读课有安排，{g}本月只上了{n}节", "按课表落实阅读课", "阅读课记录", ANY),
    Fault("R11-2", "学习有困难的学生有名单，{g}没有辅导记录", "每周辅导并记录", "辅导记录", ANY),
    Fault("R12-1", "{g}雨天没有室内活动安排，当周{n}天不足1小时", "制定雨天室内活动方案", "活动登记", ANY),
    Fault("R12-2", "劳动实践有计划，{g}没有记录", "补建记录，每月检查", "劳动记录册", ANY),
    Fault("R12-3", "音乐室、美术室没有使用登记", "建立登记，每天开放", "使用登记", ANY),
    Fault("R12-4", "{g}要求学生提前{n}0分钟到校早读", "取消提前到校", "新作息时间表", ANY),
    Fault(
        "R12-6", "{g}有{n}个班课间不让学生出教室", "课间一律到室外活动，值日教师巡查", "值日巡查记录", DUTY
    ),
)
INSTITUTION_FAULTS = (
    Fault("R13-1", "许可证挂在办公室，前台没有公示", "证照移到前台公示", "前台照片"),
    Fault("R13-1", "实际使用的教室比许可证所列多{n}间", "停用未列入的教室", "停用后的照片"),
    Fault("R13-2", "收费公示牌没有写课时单价", "更换公示牌，写明课时和单价", "新公示牌照片"),
    Fault("R13-2", "抽查{n}份合同，一次收费超过3个月", "多收部分退还或转入监管账户", "退费登记和账户凭证"),
    Fault("R13-3", "有{n}名学员的学费没有进入监管账户", "补缴进入监管账户", "银行回单"),
    Fault("R13-4", "朋友圈宣传写有“全县第一”", "删除宣传，宣传内容先报审", "删除后的截图"),
    Fault("R14-2", "有{n}个班次的内容没有备案", "补办备案，备案前停课", "备案表", non_academic=False),
    Fault("R14-3", "课后布置练习册{n}页", "停止布置作业", "班级群公告"),
    Fault("R15-2", "授课人员公示缺{n}人的照片和证号", "补齐公示", "公示栏照片", non_academic=False),
    Fault("R15-3", "{n}名从业人员没有准入查询记录", "补做准入查询，补签合同", "查询结果和合同首页"),
    Fault("R15-4", "专职教研人员不足从业人员的一半，缺{n}人", "招聘专职教研人员", "聘用合同和备案表"),
    Fault("R16-2", "宣传单写有“包过级”字样", "收回宣传单，重新印制", "新宣传单"),
    Fault("R17-1", "周三晚班20:4{n}才下课", "晚班提前到20:20下课", "新课程表", breaks=True),
    Fault("R17-3", "周二、周四15:30有班次，与小学上课时间冲突", "班次改到17:00以后", "新课程表", breaks=True),
)


def some(rng: Random, unit: Unit, many: int, *, but: Iterable[str] = (), breaking: bool = True) -> list[Said]:
    """So many faults that the unit can have, of different items, none of the items in ``but``."""
    known = set(but)
    pool = [
        fault
        for fault in (SCHOOL_FAULTS if unit.is_school else INSTITUTION_FAULTS)
        if fault.concerns(unit) and fault.item not in known and (breaking or not fault.breaks)
    ]
    found: dict[str, Said] = {}
    while pool and len(found) < many:
        fault = pool.pop(rng.randrange(len(pool)))
        if fault.item not in found:
            found[fault.item] = _said(rng, unit, fault)
    return list(found.values())


def _said(rng: Random, unit: Unit, fault: Fault) -> Said:
    grades = sorted(set(fault.grades) & set(unit.grades))
    grade = rng.choice(grades) if grades else 0
    value = str(rng.randint(*fault.over)) if fault.indicator else ""
    words = {"g": grade_words(grade), "n": rng.randint(2, 4), "v": value}
    return Said(
        fault,
        grade,
        fault.fact.format(**words),
        fault.measure.format(**words),
        fault.proof.format(**words),
        value,
    )


def grade_words(grade: int) -> str:
    """三年级; 高一 to 高三 above the ninth."""
    return f"高{CN[grade - 9]}" if grade > 9 else f"{CN[grade]}年级"

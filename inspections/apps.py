from django.apps import AppConfig


class InspectionsConfig(AppConfig):
    name = "inspections"
    label = "inspections"
    verbose_name = "督导与整改"

    def ready(self) -> None:
        # Jobs and permissions register themselves.
        from inspections import (  # noqa: F401
            audit_codes,
            digests,
            duty_days,
            front_lines,
            jobs,
            models,
            permissions,
            permissions_complaints,
            permissions_detours,
            permissions_disclosures,
            permissions_doubts,
            permissions_experiences,
            permissions_models,
            permissions_papers,
            permissions_patterns,
            permissions_returns,
            permissions_sanctions,
            permissions_surveys,
            rule_counts,
        )
        from inspections.review_queue import count_for
        from inspections.selectors import doubts_waiting_for, patterns_waiting_for
        from inspections.workflows import (  # noqa: F401  (some name their actions)
            check_breaks,
            doubts,
            patterns,
            recounts,
            surveys,
            visit_photos,
        )
        from shuangjian.accounts.roles import COUNTY_ROLES, UNIT_ROLES
        from shuangjian.files.access import register_link
        from shuangjian.journal.audit import name_families, name_nouns
        from shuangjian.journal.deliveries import count_for_digest
        from shuangjian.navigation import register_badge

        name_nouns(
            {
                "inspections.bulkrun": "批量办理",
                "inspections.ledgerview": "台账视图",
                "inspections.bulletin": "通知公告",
                "inspections.burdenbudget": "填报预算",
                "inspections.closeoutform": "销号确认单",
                "inspections.complaint": "反映",
                "inspections.complainterasure": "到期清除",
                "inspections.complaintlimits": "反映办理时限",
                "inspections.complaintroute": "反映经办人",
                "inspections.goalsnapshot": "学期指标",
                "inspections.disclosure": "名单和通报公开",
                "inspections.experience": "经验交流",
                "inspections.handover": "岗位交接",
                "inspections.modelcase": "典型案例",
                "inspections.modelobjection": "典型案例公示反映",
                "inspections.paper": "公文",
                "inspections.pattern": "研判提示",
                "inspections.printout": "打印件",
                "inspections.problem": "问题",
                "inspections.question": "填报答疑",
                "inspections.recheck": "回头看",
                "inspections.recheckdraw": "回头看抽取",
                "inspections.rectificationtask": "整改",
                "inspections.reportbatch": "全部单位报告",
                "inspections.round": "自查批次",
                "inspections.sanction": "约谈通报",
                "inspections.selfcheck": "自查",
                "inspections.standingtext": "固定文字",
                "inspections.suggestion": "意见建议",
                "inspections.supervisionreport": "督导报告",
                "inspections.returntemplate": "上报表样式",
                "inspections.statistic": "上报指标",
                "inspections.export": "导出",
                "inspections.import": "导入",
                "inspections.unitinquiry": "情况核实",
                "inspections.upwardreturn": "上报表",
                "inspections.survey": "家长问卷",
                "inspections.surveycode": "问卷二维码",
                "inspections.declaredrelative": "回避申报",
                "inspections.inspectorcard": "督导证件",
                "inspections.device": "督学手机",
                "inspections.syncoperation": "手机上的内容",
                "inspections.visit": "督导",
                "inspections.visitbatch": "批量安排",
                "inspections.visitdraw": "双随机抽取",
            }
        )
        name_families(
            {
                "inspections.batch": "inspections.visitbatch",
                "inspections.bulk": "inspections.bulkrun",
                "inspections.card": "inspections.inspectorcard",
                "inspections.close_form": "inspections.closeoutform",
                "inspections.goals": "inspections.goalsnapshot",
                "inspections.relative": "inspections.declaredrelative",
                "inspections.unit": "accounts.organisation",
            }
        )
        audit_codes.register()
        recounts.register()
        check_breaks.register()
        duty_days.register()
        rule_counts.register()
        front_lines.register()
        visit_photos.register()
        register_badge("reviews", count_for)
        register_badge("doubts", doubts_waiting_for)
        register_badge("patterns", patterns_waiting_for)
        count_for_digest(digests.counts_for)
        register_link(models.AnswerEvidence, "stored_file")
        register_link(models.SelfCheck, "scan")
        register_link(models.Evidence, "stored_file")
        register_link(models.Extension, "sealed_page")
        register_link(models.Objection, "stored_file")
        register_link(models.Transfer, "receipt")
        register_link(models.Transfer, "result_file")
        register_link(models.Import, "stored_file")
        register_link(models.Export, "stored_file")
        register_link(models.ReturnTemplate, "stored_file")
        register_link(models.UpwardReturn, "workbook")
        register_link(models.UpwardReturn, "scan")
        register_link(models.BulletinFile, "stored_file")
        register_link(models.ModelCase, "consent", roles=COUNTY_ROLES | UNIT_ROLES)
        register_link(models.ModelEvidence, "stored_file")
        register_link(models.ExperiencePicture, "stored_file")
        register_link(models.Visit, "scan")
        register_link(models.VisitDocument, "stored_file")
        register_link(models.VisitDraw, "document", roles=COUNTY_ROLES)
        register_link(models.BulkRun, "stored_file", roles=COUNTY_ROLES)
        register_link(models.Printout, "stored_file")
        register_link(models.FindingPhoto, "stored_file")
        register_link(models.ComplaintPhoto, "stored_file")
        register_link(models.CloseOutForm, "file")
        register_link(models.CloseOutForm, "scan")
        for document in (models.SupervisionReport, models.Paper):
            register_link(document, "final_file")
            register_link(document, "scan")
            register_link(document, "draft_file", roles=COUNTY_ROLES)
        register_link(models.ReportBatch, "archive", roles=COUNTY_ROLES)
        register_link(models.ReportBatchRow, "stored_file", roles=COUNTY_ROLES)

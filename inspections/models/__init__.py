"""What supervision finds and makes happen, one module per noun."""

from inspections.models.attainment import Attainment, AttainmentCount
from inspections.models.bulk import BulkRow, BulkRun
from inspections.models.bulletin import Bulletin, BulletinFile, BulletinRecipient
from inspections.models.burden import BurdenBudget
from inspections.models.close_out_form import CloseOutForm
from inspections.models.complaint import (
    Complaint,
    ComplaintContact,
    ComplaintPhoto,
    ComplaintStep,
    UnitInquiry,
)
from inspections.models.complaint_rules import ComplaintErasure, ComplaintLimits, ComplaintRoute
from inspections.models.detours import Objection, Transfer
from inspections.models.disclosure import Disclosure
from inspections.models.draw import VisitDraw
from inspections.models.experience import Experience, ExperiencePicture
from inspections.models.export import Export
from inspections.models.extension import Extension
from inspections.models.goal import GoalFigure, GoalSnapshot
from inspections.models.handover import Handover, HandoverItem
from inspections.models.imports import Import, ImportRow
from inspections.models.inspector import DeclaredRelative, InspectorCard
from inspections.models.ledger_view import LedgerView
from inspections.models.model_case import ModelCase, ModelEvidence, ModelObjection, ModelReading
from inspections.models.paper import Paper
from inspections.models.pattern import Pattern, PatternRow
from inspections.models.printout import Printout
from inspections.models.problem import CloseAuthority, Problem
from inspections.models.question import Question, QuestionAnswer
from inspections.models.recheck import Recheck, RecheckDraw
from inspections.models.rectification import Decision, Evidence, Measure, RectificationTask
from inspections.models.report import SupervisionReport
from inspections.models.report_batch import ReportBatch, ReportBatchRow
from inspections.models.sanction import Sanction, SanctionAppeal, SanctionCommitment
from inspections.models.self_check import (
    Answer,
    AnswerEvidence,
    Figure,
    ReturnNote,
    Round,
    SelfCheck,
    Submission,
)
from inspections.models.standing_text import StandingText
from inspections.models.suggestion import Suggestion
from inspections.models.survey import (
    Survey,
    SurveyCode,
    SurveyCount,
    SurveyResult,
    SurveySheet,
    SurveyUnit,
)
from inspections.models.sync import Device, FieldConflict, RecordBlock, SyncOperation
from inspections.models.upward_return import (
    BoundCell,
    ReturnLine,
    ReturnTemplate,
    Statistic,
    UpwardReturn,
)
from inspections.models.visit import FindingPhoto, Visit, VisitFinding, VisitMember
from inspections.models.visit_plan import JoinedPurpose, VisitBatch, VisitDocument, VisitNote

__all__ = [
    "Answer",
    "AnswerEvidence",
    "Attainment",
    "AttainmentCount",
    "BoundCell",
    "BulkRow",
    "BulkRun",
    "Bulletin",
    "BulletinFile",
    "BulletinRecipient",
    "BurdenBudget",
    "CloseAuthority",
    "CloseOutForm",
    "Complaint",
    "ComplaintContact",
    "ComplaintErasure",
    "ComplaintLimits",
    "ComplaintPhoto",
    "ComplaintRoute",
    "ComplaintStep",
    "Decision",
    "DeclaredRelative",
    "Device",
    "Disclosure",
    "Evidence",
    "Experience",
    "ExperiencePicture",
    "Export",
    "Extension",
    "FieldConflict",
    "Figure",
    "FindingPhoto",
    "GoalFigure",
    "GoalSnapshot",
    "Handover",
    "HandoverItem",
    "Import",
    "ImportRow",
    "InspectorCard",
    "JoinedPurpose",
    "LedgerView",
    "Measure",
    "ModelCase",
    "ModelEvidence",
    "ModelObjection",
    "ModelReading",
    "Objection",
    "Paper",
    "Pattern",
    "PatternRow",
    "Printout",
    "Problem",
    "Question",
    "QuestionAnswer",
    "Recheck",
    "RecheckDraw",
    "RecordBlock",
    "RectificationTask",
    "ReportBatch",
    "ReportBatchRow",
    "ReturnLine",
    "ReturnNote",
    "ReturnTemplate",
    "Round",
    "Sanction",
    "SanctionAppeal",
    "SanctionCommitment",
    "SelfCheck",
    "StandingText",
    "Statistic",
    "Submission",
    "Suggestion",
    "SupervisionReport",
    "Survey",
    "SurveyCode",
    "SurveyCount",
    "SurveyResult",
    "SurveySheet",
    "SurveyUnit",
    "SyncOperation",
    "Transfer",
    "UnitInquiry",
    "UpwardReturn",
    "Visit",
    "VisitBatch",
    "VisitDocument",
    "VisitDraw",
    "VisitFinding",
    "VisitMember",
    "VisitNote",
]

"""The roles of the portal and the sets in which pages and workflows speak of them.

Refuses per-user rights: what somebody may do follows from a role held on a unit between two dates.
"""

from django.db import models


class Role(models.TextChoices):
    LEADER = "leader", "分管领导"
    TASK_FORCE = "task_force", "双减专班"
    SUPERVISION_OFFICE = "supervision_office", "督导室"
    OFFICE_STAFF = "office_staff", "科室"
    PARTNER = "partner", "部门联络员"
    AREA_INSPECTOR = "area_inspector", "责任督学"
    TEAM_INSPECTOR = "team_inspector", "检查组成员"
    SCHOOL_ADMIN = "school_admin", "学校管理员"
    HEAD = "head", "校长"
    INSTITUTION_ADMIN = "institution_admin", "机构管理员"
    MANAGER = "manager", "机构负责人"
    SYSTEM_ADMIN = "system_admin", "系统管理员"
    SECURITY_ADMIN = "security_admin", "安全管理员"
    AUDITOR = "auditor", "审计员"


COUNTY_ROLES = frozenset({Role.LEADER, Role.TASK_FORCE, Role.SUPERVISION_OFFICE})
# 双减专班 and 督导室: the county's offices that run the work from day to day.
OFFICE_ROLES = frozenset({Role.TASK_FORCE, Role.SUPERVISION_OFFICE})
INSPECTOR_ROLES = frozenset({Role.AREA_INSPECTOR, Role.TEAM_INSPECTOR})
UNIT_HEADS = frozenset({Role.HEAD, Role.MANAGER})
UNIT_CLERKS = frozenset({Role.SCHOOL_ADMIN, Role.INSTITUTION_ADMIN})
UNIT_ROLES = UNIT_HEADS | UNIT_CLERKS
# Who answers for an organisation (self-checks, problems), and who signs for it. An office of the county has
# no account of a head: its staff fill in and sign the county's own rules.
ANSWERING_ROLES = UNIT_ROLES | {Role.OFFICE_STAFF}
SIGNING_ROLES = UNIT_HEADS | {Role.OFFICE_STAFF}
# The three administrators exclude one another and see no business records (三权分立).
ADMIN_ROLES = frozenset({Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDITOR})
KEEPER_ROLES = frozenset({Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN})  # keep accounts and what they may do
EVERYBODY_SIGNED_IN = frozenset(Role)
BUSINESS_ROLES = EVERYBODY_SIGNED_IN - ADMIN_ROLES
# Who reads visits and reports. 科室 answers the county's own rules, 部门联络员 sees only what was handed over
# (decisions.md, Roles).
SUPERVISION_ROLES = BUSINESS_ROLES - {Role.OFFICE_STAFF, Role.PARTNER}
# Who reads self-checks and problems.
ANSWER_READERS = SUPERVISION_ROLES | {Role.OFFICE_STAFF}

# On which kind of unit each role is held (Organisation.Kind).
UNIT_KINDS_OF_ROLES: dict[str, str] = {
    Role.LEADER: "county",
    Role.TASK_FORCE: "county",
    Role.SUPERVISION_OFFICE: "county",
    Role.OFFICE_STAFF: "office",
    Role.PARTNER: "office",
    Role.AREA_INSPECTOR: "area",
    Role.TEAM_INSPECTOR: "county",
    Role.SCHOOL_ADMIN: "school",
    Role.HEAD: "school",
    Role.INSTITUTION_ADMIN: "institution",
    Role.MANAGER: "institution",
    Role.SYSTEM_ADMIN: "county",
    Role.SECURITY_ADMIN: "county",
    Role.AUDITOR: "county",
}

"""The statements of ``bulk``: units and people of the whole size, then the rows of one term after another."""

UNITS = """
    CREATE TEMP TABLE bulk_unit ON COMMIT PRESERVE ROWS AS
    WITH areas AS (
            SELECT array_agg(id ORDER BY id) AS ids FROM accounts_organisation WHERE kind = 'area'),
        towns AS (
            SELECT array_agg(id ORDER BY id) AS ids FROM accounts_organisation WHERE kind = 'township'),
        numbered AS (
            SELECT n, (%(kinds)s::int[])[n %% 10 + 1] AS kind FROM generate_series(1, %(many)s) n),
        made AS (
            INSERT INTO accounts_organisation (version, kind, code, name, pinyin_key, status, opened_on,
                closing_document, address, contact_name, contact_phone, area_id, township_id)
            SELECT 1, CASE WHEN kind < 3 THEN 'school' ELSE 'institution' END,
                CASE WHEN kind < 3 THEN '33' || lpad(n::text, 8, '0') ELSE '52' || lpad(n::text, 16, '0') END,
                '第' || n || CASE WHEN kind < 3 THEN '学校' ELSE '培训中心' END, 'di' || n, 'active',
                %(since)s, '', '', '', '', areas.ids[n %% cardinality(areas.ids) + 1],
                towns.ids[n %% cardinality(towns.ids) + 1]
            FROM numbered, areas, towns
            RETURNING id, code)
    SELECT made.id, right(made.code, 8)::int AS n,
        (%(kinds)s::int[])[right(made.code, 8)::int %% 10 + 1] AS kind
    FROM made
"""
SCHOOLS = """
    INSERT INTO schools_school (organisation_id, school_type, sponsor, system, grades, is_boarding,
        pupil_count)
    SELECT id, %(word)s, 'public', '63', %(grades)s, false, 300 + n %% 1500
    FROM bulk_unit WHERE kind = %(number)s
"""
INSTITUTIONS = """
    INSERT INTO tutoring_institution (organisation_id, category, subjects, modes, authority, licensing_office,
        licence_no, is_nonprofit, sponsor_name, legal_person, principal_name, operating_status)
    SELECT id, %(word)s, '', '{offline}', 'education', '', '', false, '', '', '', 'normal'
    FROM bulk_unit WHERE kind = %(number)s
"""
PEOPLE = """
    INSERT INTO accounts_user (password, is_superuser, username, name, phone, is_active, is_demo,
        must_change_password, created_at, version, mail, wants_mail)
    SELECT %(password)s, false, 'd' || n, '第' || n || '人', '', true, true, false, %(at)s, 1, '', false
    FROM bulk_unit
"""
POSTS = """
    INSERT INTO accounts_membership (role, title, from_on, user_id, organisation_id)
    SELECT CASE WHEN kind < 3 THEN 'school_admin' ELSE 'institution_admin' END, '', %(since)s, u.id, b.id
    FROM bulk_unit b JOIN accounts_user u ON u.username = 'd' || b.n
"""
WAYS = """
    CREATE TEMP TABLE bulk_answer (kind int, variant int, item_id bigint, value text);
    CREATE TEMP TABLE bulk_frozen (kind int, variant int, answers jsonb, said jsonb)
"""
# A unit changes its variant from term to term.
_VARIANT = "(b.n * 31 + %(ordinal)s * 17 + %(seed)s) %% %(variants)s"
# 2026-C1000001 and so on: the series of the small county stand far below.
_CHECKS = """
    INSERT INTO inspections_selfcheck (version, no, round_id, organisation_id, state, due_on, confirmation,
        submitted_at, confirmed_by_id, confirmed_name, accepted_at, accepted_by_id, submission_count)
    SELECT 1, %(year)s || '-C' || (%(ordinal)s + 1) * 1000000 + b.n, %(round)s, b.id,
        CASE WHEN late THEN 'not_started' WHEN waits THEN 'submitted' ELSE 'accepted' END, %(due_on)s,
        'online', CASE WHEN NOT late THEN %(at)s END, CASE WHEN NOT late THEN %(staff)s END, '',
        CASE WHEN NOT (late OR waits) THEN %(at)s END, CASE WHEN NOT (late OR waits) THEN %(staff)s END,
        CASE WHEN late THEN 0 ELSE 1 END
    FROM (SELECT *, %(open_of)s = 90 AND n %% 20 = 0 AS late, %(open_of)s = 90 AND n %% 20 = 1 AS waits
          FROM bulk_unit) b
"""
_ANSWERS = f"""
    INSERT INTO inspections_answer (version, self_check_id, item_id, value, problem_text, reason,
        measure_text, person, updated_by_id, updated_at, is_keyed_in)
    SELECT 1, c.id, a.item_id, CASE WHEN c.submission_count = 0 THEN '' ELSE a.value END,
        CASE WHEN a.value = 'meets' OR c.submission_count = 0 THEN '' ELSE %(fact)s END, '', '', '',
        %(staff)s, %(at)s, false
    FROM bulk_unit b JOIN inspections_selfcheck c ON c.organisation_id = b.id AND c.round_id = %(round)s
        JOIN bulk_answer a ON a.kind = b.kind AND a.variant = {_VARIANT}
"""  # noqa: S608  (our own words)
_FROZEN = f"""
    INSERT INTO inspections_submission (self_check_id, ordinal, submitted_at, submitted_by_id, answers,
        "values")
    SELECT c.id, 1, %(at)s, %(staff)s, f.answers, f.said
    FROM bulk_unit b JOIN inspections_selfcheck c ON c.organisation_id = b.id AND c.round_id = %(round)s
        JOIN bulk_frozen f ON f.kind = b.kind AND f.variant = {_VARIANT}
    WHERE c.submission_count = 1
"""  # noqa: S608
_PROBLEMS = """
    INSERT INTO inspections_problem (version, no, organisation_id, term_id, rule_id, item_id, fact, origin,
        severity, rectifying, light_track, superior_no, found_on, found_by_id, source_answer_id,
        registered_at)
    SELECT 1, %(year)s || '-' || (%(ordinal)s + 1) * 1000000 + row_number() OVER (ORDER BY a.id),
        c.organisation_id, %(term)s, i.rule_id, i.id, %(fact)s, 'self_check', 'ordinary', 'by_date', true,
        '', %(found_on)s, %(staff)s, a.id, %(at)s
    FROM inspections_selfcheck c
        JOIN inspections_answer a ON a.self_check_id = c.id AND a.value IN ('partly', 'fails')
        JOIN policy_checkitem i ON i.id = a.item_id
    WHERE c.round_id = %(round)s AND c.organisation_id IN (SELECT id FROM bulk_unit)
"""
_TASKS = """
    INSERT INTO inspections_rectificationtask (version, problem_id, ordinal, state, due_on, plan_version,
        statement, closed_at, closed_by_id, close_no, created_at, overdue_noted_on)
    SELECT 1, p.id, 1, CASE WHEN right(p.no, 6)::int %% 100 < %(open_of)s THEN 'rectifying' ELSE 'closed' END,
        %(found_on)s + right(p.no, 6)::int %% 60 + 10, 1, '',
        CASE WHEN right(p.no, 6)::int %% 100 < %(open_of)s THEN NULL ELSE %(later)s END,
        CASE WHEN right(p.no, 6)::int %% 100 < %(open_of)s THEN NULL ELSE %(staff)s END, '', %(at)s, NULL
    FROM inspections_problem p JOIN inspections_answer a ON a.id = p.source_answer_id
        JOIN inspections_selfcheck c ON c.id = a.self_check_id AND c.round_id = %(round)s
    WHERE p.organisation_id IN (SELECT id FROM bulk_unit)
"""
_VISITS = """
    INSERT INTO inspections_visit (version, no, kind, organisation_id, term_id, rulebook_id, planned_on,
        plan_name, approval_no, off_plan_reason, over_budget_reason, begun_without, state, started_at,
        ended_at, record_no, summary, unit_remark, unit_person, unit_person_post, refused_reason, witness,
        inspector_confirmed_by_id, confirmed_at, signs_on_paper, stroke, created_by_id, created_at)
    SELECT 1, %(year)s || '-V' || (%(ordinal)s + 1) * 1000000 + b.n, 'regular', b.id, %(term)s, %(rulebook)s,
        %(due_on)s, '', '', '', '', '', 'confirmed', %(at)s, %(at)s, '', '', '', '负责人', '', '', '',
        %(staff)s, %(at)s, false, '[]', %(staff)s, %(at)s
    FROM bulk_unit b WHERE (b.n + %(ordinal)s) %% %(every)s = 0
"""
_FINDINGS = f"""
    INSERT INTO inspections_visitfinding (version, visit_id, item_id, value, text, breaks_prohibition,
        at_once, methods, marks, updated_by_id, updated_at)
    SELECT 1, v.id, a.item_id, 'meets', '', false, false, '{{}}', '{{}}', %(staff)s, %(at)s
    FROM bulk_unit b JOIN inspections_visit v ON v.organisation_id = b.id AND v.term_id = %(term)s
        JOIN bulk_answer a ON a.kind = b.kind AND a.variant = {_VARIANT} AND a.item_id %% 9 = 0
"""  # noqa: S608
OF_A_TERM = (_CHECKS, _ANSWERS, _FROZEN, _PROBLEMS, _TASKS, _VISITS, _FINDINGS)

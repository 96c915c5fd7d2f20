"""The four searches over a term, each by a rule that is stated with what it finds.

Everything is read in a number of queries that doesn't grow with the county; what is compared is compared in
memory. Nothing here writes. Figures of the rules are the portal's own, chosen so that chance doesn't do.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256

from django.db import connection
from django.db.models import Q
from django.urls import reverse

from inspections.models import AnswerEvidence, Attainment, Evidence, Pattern, Problem, Submission
from inspections.patterns import photos, sentences
from inspections.reports.data import Share
from inspections.reports.records import term_before
from shuangjian import clock
from shuangjian.accounts.models import Organisation
from shuangjian.files.models import StoredFile
from shuangjian.policy.models import Term
from shuangjian.registers.models import Doubt

ZONE_BASE, ZONE_UNITS = 5, 3  # units of which the rule is known, and of those that fall short
SAME_UNITS = 3  # units that answer for themselves with one sentence
PHOTO_UNITS = 2
RISING_DAYS, RISING_BEFORE, RISING_LEAST, RISING_TIMES = 30, 90, 3, 2
K = Pattern.Kind


@dataclass(frozen=True)
class Seen:
    """One row of a finding. ``ref`` is the same from night to night; ``unit_id`` whose it is."""

    ref: str
    unit_id: int
    words: str
    url: str


@dataclass(frozen=True)
class Finding:
    """What one search found: ``key`` of what, the fact, the rule with base and threshold, the rows."""

    kind: str
    key: str
    fact: str
    ground: str
    rows: tuple[Seen, ...]


def search(term: Term) -> Iterator[Finding]:
    """Everything that stands out in the term now."""
    yield from rules_in_zones(term)
    yield from same_sentences(term)
    yield from same_photos(term)
    yield from rising(term)


# --- The same rule in one zone ----------------------------------------------------------------------------
_IN_ZONES = """
    SELECT unit.area_id, one.key::int, array_agg(unit.id) FILTER (WHERE one.value IN ('partial', 'bad')),
           count(*)
    FROM inspections_attainment AS row
    JOIN accounts_organisation AS unit ON unit.id = row.organisation_id
    CROSS JOIN jsonb_each_text(row.marks) AS one
    WHERE row.term_id = %s AND unit.area_id IS NOT NULL AND one.value <> 'none'
    GROUP BY 1, 2
"""


def rules_in_zones(term: Term) -> Iterator[Finding]:
    """A rule that half of a zone's units, and twice as many as elsewhere by their share, fall short of.

    As the units were counted last (``Attainment``).
    """
    with connection.cursor() as cursor:
        cursor.execute(_IN_ZONES, [term.pk])
        cells = [(area, rule, failing or [], known) for area, rule, failing, known in cursor.fetchall()]
    everywhere: dict[int, tuple[int, int]] = {}
    for _, rule, failing, known in cells:
        before = everywhere.get(rule, (0, 0))
        everywhere[rule] = before[0] + len(failing), before[1] + known
    found = [cell for cell in cells if _stands_out(cell, everywhere[cell[1]])]
    rows = Attainment.objects.filter(term=term, organisation__in=[pk for cell in found for pk in cell[2]])
    by_unit = {row.organisation_id: row for row in rows.select_related("organisation")}
    areas = Organisation.objects.in_bulk([cell[0] for cell in found])
    for area_id, rule, failing, known in sorted(found, key=lambda cell: cell[:2]):
        area, (bad, base) = areas[area_id], everywhere[rule]
        elsewhere = f"{bad - len(failing)}/{base - known}个单位" if base > known else "没有查清的单位"
        yield Finding(
            kind=K.ZONE,
            key=f"zone:{area.code}:{rule}",
            fact=f"{area.name}{known}个查清的单位中，{len(failing)}个第{rule}条不符合或部分符合",
            ground=(
                f"查清的单位不少于{ZONE_BASE}个，其中没有做到的不少于{ZONE_UNITS}个、占一半以上，"
                f"占比是其他责任区的2倍以上；本责任区{_words(len(failing), known)}，其他责任区{elsewhere}"
            ),
            rows=tuple(_of_rule(by_unit[pk], rule, term) for pk in sorted(failing)),
        )


def _words(count: int, base: int) -> str:
    share = Share(count, base)
    return f"{share.percent_text}（{share.counts}）" if base >= 10 else f"{share.counts}"


def _stands_out(cell: tuple[int, int, list[int], int], everywhere: tuple[int, int]) -> bool:
    _, _, failing, known = cell
    count, (bad, base) = len(failing), everywhere
    others_bad, others = bad - count, base - known
    return (
        known >= ZONE_BASE
        and count >= ZONE_UNITS
        and 2 * count >= known
        and count * others >= 2 * others_bad * known
    )


def _of_rule(row: Attainment, rule: int, term: Term) -> Seen:
    unit = row.organisation
    mark = Attainment.Mark(row.marks[str(rule)]).label
    url = f"{reverse('board-cell', args=[unit.code, rule])}?term={term.code}"
    return Seen(f"rule:{rule}:{unit.code}", unit.pk, f"第{rule}条{mark}", url)


# --- The same sentence ------------------------------------------------------------------------------------
def same_sentences(term: Term) -> Iterator[Finding]:
    """A sentence that several self-checks of the term give in nearly the same words, as submitted last.

    Units for which one of them files (填报主体) count once.
    """
    latest = Submission.objects.filter(self_check__round__term=term).order_by("self_check_id", "-ordinal")
    rows = latest.distinct("self_check_id").values_list(
        "self_check__no",
        "self_check__organisation_id",
        "self_check__organisation__filer_id",
        "answers",
    )
    said: dict[tuple[str, str], tuple[int, int, str]] = {}
    for no, unit_id, filer_id, answers in sorted(rows, key=lambda one: one[0]):
        for code, answer in sorted(answers.items()):
            text = answer.get("problem_text") or answer.get("reason") or ""
            if text:
                said[no, code] = unit_id, filer_id or unit_id, text
    for group in sentences.groups({key: text for key, (_, _, text) in said.items()}):
        filers = {said[key][1] for key in group}
        if len(filers) < SAME_UNITS:
            continue
        words = min((said[key][2] for key in group), key=lambda text: (len(text), text))
        yield Finding(
            kind=K.SENTENCE,
            key=f"sentence:{sha256(sentences.plain(words).encode()).hexdigest()[:32]}",
            fact=f"{len(filers)}个单位的自查写了几乎相同的话：“{words}”"[:300],
            ground=(
                f"去掉标点和空格后不少于{sentences.SHORTEST}个字，{SAME_UNITS}个以上填报主体有"
                f"{sentences.ALIKE:.0%}以上相同；比对本学期{len(said)}句"
            ),
            rows=tuple(
                Seen(
                    f"{no}/{code}",
                    said[no, code][0],
                    f"{no} {_short(code)}：{said[no, code][2]}",
                    reverse("check", args=[no]),
                )
                for no, code in group
            ),
        )


def _short(code: str) -> str:
    """R04-2 as people write it: 4-2."""
    rule, _, item = code.removeprefix("R").partition("-")
    return f"{int(rule)}-{item}"


# --- The same picture -------------------------------------------------------------------------------------
@dataclass(frozen=True)
class _Used:
    """A picture given as proof: by which unit, who files for it, where it is read."""

    unit_id: int
    filer_id: int
    words: str
    url: str
    is_present: bool


def same_photos(term: Term) -> Iterator[Finding]:
    """A picture that two units and more gave as proof since the last term began, one of them in this term."""
    before = term_before(term)
    since = before.first_on if before is not None else term.first_on
    used: dict[int, list[_Used]] = {}
    pictures = Q(stored_file__content_type__startswith="image/", added_at__date__range=(since, term.last_on))
    proofs = AnswerEvidence.objects.filter(pictures).order_by("pk")
    for file_id, unit_id, filer_id, no, code, at in proofs.values_list(
        "stored_file_id",
        "answer__self_check__organisation_id",
        "answer__self_check__organisation__filer_id",
        "answer__self_check__no",
        "answer__item__code",
        "added_at",
    ):  # fmt: skip
        url = reverse("check", args=[no])
        present = clock.local_day(at) >= term.first_on
        used.setdefault(file_id, []).append(
            _Used(unit_id, filer_id or unit_id, f"自查{no} {_short(code)}的佐证", url, present)
        )
    for file_id, unit_id, filer_id, no, at in Evidence.objects.filter(pictures).order_by("pk").values_list(
        "stored_file_id",
        "task__problem__organisation_id",
        "task__problem__organisation__filer_id",
        "task__problem__no",
        "added_at",
    ):  # fmt: skip
        present = clock.local_day(at) >= term.first_on
        used.setdefault(file_id, []).append(
            _Used(unit_id, filer_id or unit_id, f"问题{no}的整改佐证", reverse("problem", args=[no]), present)
        )
    files = list(StoredFile.objects.filter(pk__in=used).order_by("pk"))
    for group in photos.groups(files):
        uses = [(stored, use) for stored in group for use in used[stored.pk]]
        filers = {use.filer_id for _, use in uses}
        if len(filers) < PHOTO_UNITS or not any(use.is_present for _, use in uses):
            continue
        first = group[0]
        yield Finding(
            kind=K.PHOTO,
            key=f"photo:{first.sha256[:32]}",
            fact=f"{len(filers)}个单位用了同一张照片作佐证：“{first.original_name}”等{len(uses)}处"[:300],
            ground=(
                f"文件内容相同，或外观几乎相同（重新保存、缩小过的也算）；{PHOTO_UNITS}个以上填报主体，"
                f"比对上学期以来的{len(files)}张"
            ),
            rows=tuple({seen.ref: seen for seen in (_of_picture(*one) for one in uses)}.values()),
        )


def _of_picture(stored: StoredFile, use: _Used) -> Seen:
    words = f"{use.words}：{stored.original_name}"
    return Seen(f"file:{stored.pk}:{use.words}"[:80], use.unit_id, words, use.url)


# --- More and more about one unit -------------------------------------------------------------------------
def rising(term: Term) -> Iterator[Finding]:
    """A unit of which there came more doubts and confirmed complaints in a month than in those before."""
    today = clock.today()
    month, before = today - timedelta(days=RISING_DAYS), today - timedelta(days=RISING_DAYS + RISING_BEFORE)
    came: dict[int, list[tuple[bool, Seen]]] = {}
    doubts = Doubt.objects.filter(raised_at__date__gt=before).exclude(state=Doubt.State.GONE)
    told_of = doubts.order_by("pk").values_list("no", "organisation_id", "fact", "raised_at")
    for no, unit_id, fact, at in told_of:
        is_new = clock.local_day(at) > month
        seen = Seen(f"doubt:{no}", unit_id, f"数据疑点{no}：{fact}", reverse("doubt", args=[no]))
        came.setdefault(unit_id, []).append((is_new, seen))
    found = Problem.objects.filter(origin=Problem.Origin.COMPLAINT, found_on__gt=before).exclude(
        tasks__state="withdrawn"
    )
    proved = found.order_by("pk").values_list("no", "organisation_id", "fact", "found_on")
    for no, unit_id, fact, on in proved:
        seen = Seen(f"problem:{no}", unit_id, f"举报属实{no}：{fact}", reverse("problem", args=[no]))
        came.setdefault(unit_id, []).append((on > month, seen))
    rising_units = {unit_id: told for unit_id, told in came.items() if _rises(told)}
    names = Organisation.objects.in_bulk(rising_units)
    for unit_id, told in sorted(rising_units.items()):
        new = [seen for is_new, seen in told if is_new]
        old = len(told) - len(new)
        yield Finding(
            kind=K.RISING,
            key=f"rising:{names[unit_id].code}",
            fact=f"{names[unit_id].name}近{RISING_DAYS}天有{len(new)}件疑点和查实的举报，此前{RISING_BEFORE}天共{old}件",
            ground=(
                f"近{RISING_DAYS}天不少于{RISING_LEAST}件，且不少于此前{RISING_BEFORE}天月均的{RISING_TIMES}倍；"
                "已消除的疑点、撤销的问题不计"
            ),
            rows=tuple(new),
        )


def _rises(told: Iterable[tuple[bool, Seen]]) -> bool:
    told = list(told)
    new = sum(is_new for is_new, _ in told)
    months = RISING_BEFORE / RISING_DAYS
    return new >= RISING_LEAST and new >= RISING_TIMES * (len(told) - new) / months

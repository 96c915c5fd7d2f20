"""减负典型案例 for everybody: what is on notice and what was published, without signing in or JavaScript.

No score, rank or plaque (P27); an institution's case says that it is no recommendation. What was withdrawn
answers 410 with the reason, what was never public does not exist.
"""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render

from inspections.forms.model_cases import PublicObjectionForm
from inspections.model_words import words_in_force
from inspections.models import ModelCase, ModelEvidence
from inspections.workflows import model_objections
from shuangjian import clock
from shuangjian.accounts.access import PUBLIC, access
from shuangjian.files.views import file_response
from shuangjian.journal.errors import Refused

PAGE_SIZE = 20
S = ModelCase.State


@access(roles=PUBLIC)
def model_list(request: HttpRequest) -> HttpResponse:
    """What is open to objections, then what was published, the latest first; narrowed by kind."""
    kind = request.GET.get("kind", "")
    kind = kind if kind in ModelCase.Kind.values else ""
    published = ModelCase.objects.published()
    rows = published.filter(kind=kind) if kind else published
    ordered = rows.select_related("organisation").defer("practice", "effect").order_by("-published_at", "-pk")
    on_notice = ModelCase.objects.on_notice(clock.today()).select_related("organisation")
    context = {
        "page_obj": Paginator(ordered, PAGE_SIZE).get_page(request.GET.get("page")),
        "on_notice": list(on_notice.defer("practice", "effect").order_by("organisation__pinyin_key", "pk")),
        "kinds": ModelCase.Kind.choices,
        "kind": kind,
        "said": words_in_force(),
    }
    return render(request, "public/model_list.html", context)


def _case(no: str) -> ModelCase:
    rows = ModelCase.objects.select_related("organisation")
    case = rows.filter(no=no).first() if "\x00" not in no else None
    if case is None or not case.was_public:
        raise Http404("没有这个案例")
    return case


@access(roles=PUBLIC)
def model_page(request: HttpRequest, no: str) -> HttpResponse:
    """One case; 410 with the reason where it was withdrawn."""
    case = _case(no)
    said = words_in_force()
    if case.state == S.WITHDRAWN:
        return render(request, "public/model_gone.html", {"case": case, "said": said}, status=410)
    context = {
        "case": case,
        "said": said,
        "is_open": case.state == S.NOTICE and _is_on_notice(case),
        "pictures": list(case.evidence.filter(is_public=True)) if case.state == S.PUBLISHED else [],
        "objected": case.objections.count() if case.state == S.PUBLISHED else 0,
    }
    return render(request, "public/model_case.html", context)


def _is_on_notice(case: ModelCase) -> bool:
    return ModelCase.objects.on_notice(clock.today()).filter(pk=case.pk).exists()


@access(roles=PUBLIC, methods=("GET", "POST"), audit="change")
def model_object(request: HttpRequest, no: str) -> HttpResponse:
    """反映情况 on a case while it stands on notice."""
    case = _case(no)
    if not _is_on_notice(case):
        raise Http404("公示期已经结束")
    form = PublicObjectionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            model_objections.make(case_id=case.pk, **form.cleaned_data)
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            return redirect("model-objected", no)
    context = {"case": case, "form": form, "said": words_in_force()}
    return render(request, "public/model_object.html", context)


@access(roles=PUBLIC)
def model_objected(request: HttpRequest, no: str) -> HttpResponse:
    """What happens with what was said; the same for everybody who comes here."""
    return render(request, "public/model_objected.html", {"case": _case(no), "said": words_in_force()})


@access(roles=PUBLIC)
def model_picture(request: HttpRequest, no: str, pk: int) -> HttpResponseBase:
    """A picture of a published case that the office chose for the public."""
    rows = ModelEvidence.objects.filter(
        pk=pk, is_public=True, case__no=no if "\x00" not in no else "", case__state=S.PUBLISHED
    )
    found = rows.select_related("stored_file").first()
    if found is None or not found.stored_file.content_type.startswith("image/"):
        raise Http404("没有这张图片")
    return file_response(found.stored_file)

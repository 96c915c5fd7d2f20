from django.urls import path

from inspections.views import papers

urlpatterns = [
    path("papers/", papers.paper_list, name="papers"),
    path("papers/new/", papers.paper_new, name="paper-new"),
    path("papers/new/<slug:kind>/<str:code>/", papers.paper_draft, name="paper-draft"),
    path("papers/check/", papers.paper_check, name="paper-check"),
    path("papers/<str:no>/", papers.paper_page, name="paper"),
    path("papers/<str:no>/preview/", papers.paper_preview, name="paper-preview"),
    path("papers/<str:no>/word/", papers.paper_word, name="paper-word"),
    path("papers/<str:no>/<slug:move>/", papers.paper_move, name="paper-move"),
]

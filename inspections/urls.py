"""Private routes of supervision, one list per noun."""

from django.urls import include, path

urlpatterns = [
    path("", include("inspections.urls_desk")),
    path("", include("inspections.urls_board")),
    path("", include("inspections.urls_plan")),
    path("", include("inspections.urls_rounds")),
    path("", include("inspections.urls_burden")),
    path("", include("inspections.urls_surveys")),
    path("", include("inspections.urls_checks")),
    path("", include("inspections.urls_problems")),
    path("", include("inspections.urls_doubts")),
    path("", include("inspections.urls_sanctions")),
    path("", include("inspections.urls_reviews")),
    path("", include("inspections.urls_visits")),
    path("sync/", include("inspections.urls_sync")),
    path("", include("inspections.urls_reports")),
    path("", include("inspections.urls_papers")),
    path("", include("inspections.urls_printouts")),
    path("", include("inspections.urls_returns")),
    path("", include("inspections.urls_units")),
    path("", include("inspections.urls_imports")),
    path("", include("inspections.urls_exports")),
    path("", include("inspections.urls_bulletins")),
    path("", include("inspections.urls_handovers")),
    path("", include("inspections.urls_models")),
    path("", include("inspections.urls_questions")),
    path("", include("inspections.urls_suggestions")),
    path("", include("inspections.urls_complaints")),
]

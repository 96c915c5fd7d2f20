from django.urls import path

from inspections.views import reports

urlpatterns = [
    path("reports/", reports.report_list, name="reports"),
    path("reports/new/", reports.report_new, name="report-new"),
    path("reports/<str:no>/", reports.report_page, name="report"),
    path("reports/<str:no>/preview/", reports.report_preview, name="report-preview"),
    path("reports/<str:no>/<slug:move>/", reports.report_move, name="report-move"),
]

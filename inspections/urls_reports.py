from django.urls import path

from inspections.views import report_batches, report_figures, report_text, reports, standing_texts

urlpatterns = [
    path("reports/", reports.report_list, name="reports"),
    path("reports/new/", reports.report_new, name="report-new"),
    path("reports/batches/", report_batches.report_batch_new, name="report-batch-new"),
    path("reports/batches/<int:pk>/", report_batches.report_batch_page, name="report-batch"),
    path("reports/<str:no>/", reports.report_page, name="report"),
    path("reports/<str:no>/preview/", reports.report_preview, name="report-preview"),
    path("reports/<str:no>/word/", reports.report_word, name="report-word"),
    path("reports/<str:no>/workbook/", reports.report_workbook, name="report-workbook"),
    path("reports/<str:no>/figures/", report_figures.report_figures, name="report-figures"),
    path("reports/<str:no>/figures/<slug:key>/", report_figures.report_figure, name="report-figure"),
    path("reports/<str:no>/sections/<slug:key>/", report_text.report_section, name="report-section"),
    path("reports/<str:no>/<slug:move>/", reports.report_move, name="report-move"),
    path("settings/texts/", standing_texts.standing_text_list, name="standing-texts"),
    path("settings/texts/<slug:kind>/<slug:key>/", standing_texts.standing_text_page, name="standing-text"),
    path(
        "settings/texts/<slug:kind>/<slug:key>/edit/",
        standing_texts.standing_text_edit,
        name="standing-text-edit",
    ),
    path(
        "settings/texts/<slug:kind>/<slug:key>/restore/",
        standing_texts.standing_text_restore,
        name="standing-text-restore",
    ),
]

from django.urls import path

from inspections.views import close_forms, ledger, ledger_views, problems, rechecks

urlpatterns = [
    path("problems/", problems.problem_list, name="problems"),
    path("problems/new/", problems.problem_new, name="problem-new"),
    path("problems/<str:no>/", problems.problem_page, name="problem"),
    path("problems/<str:no>/file/", problems.problem_file, name="problem-file"),
    path("problems/<str:no>/call/", problems.problem_call, name="problem-call"),
    path("problems/<str:no>/close-form/", close_forms.close_form, name="close-form"),
    path("problems/<str:no>/close-form/print/", close_forms.close_form_print, name="close-form-print"),
    path("problems/<str:no>/close-form/preview/", close_forms.close_form_preview, name="close-form-preview"),
    path("problems/<str:no>/close-form/scan/", close_forms.close_form_scan, name="close-form-scan"),
    path("problems/<str:no>/<slug:move>/", problems.problem_move, name="problem-move"),
    path("rechecks/", rechecks.recheck_list, name="rechecks"),
    path("rechecks/<int:pk>/", rechecks.recheck_page, name="recheck"),
    path("rechecks/<int:pk>/result/", rechecks.recheck_result, name="recheck-result"),
    path("rechecks/draws/<int:pk>/", rechecks.recheck_draw, name="recheck-draw"),
    path("ledger/", ledger.ledger_page, name="ledger"),
    path("ledger/export/", ledger.ledger_export, name="ledger-export"),
    path("ledger/views/", ledger_views.view_list, name="ledger-views"),
    path("ledger/views/new/", ledger_views.view_new, name="ledger-view-new"),
    path("ledger/views/<int:pk>/", ledger_views.view_edit, name="ledger-view"),
    path("ledger/runs/<int:pk>/", ledger.ledger_run, name="ledger-run"),
    path("ledger/<slug:move>/", ledger.ledger_act, name="ledger-act"),
]

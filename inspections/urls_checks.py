from django.urls import path

from inspections.views import check_rule, checks

urlpatterns = [
    path("checks/", checks.check_list, name="checks"),
    path("checks/<str:no>/", checks.check_page, name="check"),
    path("checks/<str:no>/review/", checks.check_review, name="check-review"),
    path("checks/<str:no>/registered/", checks.check_registered, name="check-registered"),
    path("checks/<str:no>/<int:number>/", check_rule.rule_page, name="check-rule"),
    path("checks/<str:no>/<int:number>/save/", check_rule.save, name="check-save"),
    path("checks/<str:no>/<int:number>/files/<str:code>/", check_rule.evidence, name="check-evidence"),
    path("checks/<str:no>/<slug:move>/", checks.check_move, name="check-move"),
]

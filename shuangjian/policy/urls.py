from django.urls import path

from shuangjian.policy import views, views_charges, views_settings

urlpatterns = [
    path("plan/", views.plan_page, name="plan"),
    path("rules/offices/", views_charges.rule_offices, name="rule-offices"),
    path("settings/rulebook/", views_settings.rulebook_versions, name="rulebook-versions"),
    path("settings/terms/", views_settings.term_list, name="terms"),
    path("settings/terms/new/", views_settings.term_year_new, name="term-year-new"),
    path("settings/terms/<str:code>/", views_settings.term_edit, name="term-edit"),
]

from django.urls import path

from shuangjian.policy import (
    views_calendar,
    views_charges,
    views_guidance,
    views_local,
    views_settings,
    views_terms,
)

urlpatterns = [
    path("rules/offices/", views_charges.rule_offices, name="rule-offices"),
    path("rules/<int:number>/<str:code>/", views_guidance.guidance_edit, name="guidance-edit"),
    path("settings/rulebook/", views_settings.rulebook_versions, name="rulebook-versions"),
    path("settings/rulebook/local/", views_local.local_rules, name="local-rules"),
    path("settings/rulebook/local/publish/", views_local.local_publish, name="local-publish"),
    path("settings/rulebook/local/<slug:noun>/new/", views_local.local_new, name="local-new"),
    path("settings/rulebook/local/<slug:noun>/<int:pk>/", views_local.local_edit, name="local-edit"),
    path(
        "settings/rulebook/local/<slug:noun>/<int:pk>/remove/", views_local.local_remove, name="local-remove"
    ),
    path("settings/rulebook/exemptions/", views_local.exemptions, name="exemptions"),
    path("settings/rulebook/exemptions/new/", views_local.exemption_new, name="exemption-new"),
    path("settings/rulebook/exemptions/<int:pk>/end/", views_local.exemption_end, name="exemption-end"),
    path("settings/terms/", views_terms.term_list, name="terms"),
    path("settings/terms/new/", views_terms.term_year_new, name="term-year-new"),
    path("settings/terms/<str:code>/", views_terms.term_edit, name="term-edit"),
    path("settings/calendar/", views_calendar.calendar_list, name="calendar"),
    path("settings/calendar/<int:year>/", views_calendar.calendar_year, name="calendar-year"),
    path("settings/calendar/<int:year>/days/", views_calendar.calendar_days, name="calendar-days"),
    path("settings/calendar/<int:year>/whole/", views_calendar.calendar_whole, name="calendar-whole"),
]

from django.urls import path

from inspections.views import surveys

urlpatterns = [
    path("parents/", surveys.survey_list, name="surveys"),
    path("parents/new/", surveys.survey_new, name="survey-new"),
    path("parents/codes/", surveys.code_list, name="survey-codes"),
    path("parents/codes/<str:code>/", surveys.code_replace, name="survey-code-replace"),
    path("parents/<slug:term>/", surveys.survey_page, name="survey"),
    path("parents/<slug:term>/units/<str:code>/", surveys.survey_unit, name="survey-unit"),
    path("parents/<slug:term>/<slug:move>/", surveys.survey_move, name="survey-move"),
]

from django.urls import path

from inspections.views import surveys_public

urlpatterns = [
    path("q/<slug:code>/", surveys_public.survey_answer, name="survey-answer"),
    path("q/<slug:code>/thanks/", surveys_public.survey_thanks, name="survey-thanks"),
]

from django.urls import path

from inspections.views import questions

urlpatterns = [
    path("questions/", questions.question_list, name="questions"),
    path("questions/new/<str:code>/", questions.question_new, name="question-new"),
    path("questions/<str:no>/", questions.question_page, name="question"),
    path("questions/<str:no>/<slug:move>/", questions.question_move, name="question-move"),
]

from django.urls import path

from inspections.views import goals

urlpatterns = [
    path("goals/", goals.goal_list, name="goals"),
    path("goals/now/<slug:measure>/", goals.rows_now, name="goal-now"),
    path("goals/<slug:term>/<slug:measure>/", goals.rows_frozen, name="goal-rows"),
    path("goals/<slug:term>/<slug:measure>/correct/", goals.correct, name="goal-correct"),
]

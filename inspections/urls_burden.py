from django.urls import path

from inspections.views import burden

urlpatterns = [
    path("burden/", burden.burden_list, name="burden"),
    path("burden/budget/", burden.burden_budget, name="burden-budget"),
    path("burden/<str:code>/", burden.burden_unit, name="burden-unit"),
]

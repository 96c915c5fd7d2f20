from django.urls import path

from inspections.views import model_cases

urlpatterns = [
    path("model-cases/", model_cases.model_list, name="model-cases"),
    path("model-cases/new/", model_cases.model_new, name="model-case-new"),
    path("model-cases/<str:no>/", model_cases.model_page, name="model-case"),
    path(
        "model-cases/objections/<int:pk>/<slug:move>/",
        model_cases.objection_move,
        name="model-objection-move",
    ),
    path("model-cases/<str:no>/<slug:move>/", model_cases.model_move, name="model-case-move"),
]

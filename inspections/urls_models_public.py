from django.urls import path

from inspections.views import models_public

urlpatterns = [
    path("models/", models_public.model_list, name="models"),
    path("models/<str:no>/", models_public.model_page, name="model"),
    path("models/<str:no>/object/", models_public.model_object, name="model-object"),
    path("models/<str:no>/objected/", models_public.model_objected, name="model-objected"),
    path("models/<str:no>/pictures/<int:pk>/", models_public.model_picture, name="model-picture"),
]

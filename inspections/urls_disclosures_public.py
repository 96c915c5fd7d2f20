from django.urls import path

from inspections.views import disclosures_public

urlpatterns = [
    path("lists/", disclosures_public.lists, name="lists"),
    path("lists/<str:no>/", disclosures_public.one_list, name="list"),
]

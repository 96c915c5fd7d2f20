from django.urls import path

from tutoring.views import institutions

urlpatterns = [
    path("units/new/institution/", institutions.institution_new, name="institution-new"),
    path("units/<str:code>/institution/", institutions.institution_edit, name="institution-edit"),
]

from django.urls import path

from tutoring import views

urlpatterns = [
    path("units/new/institution/", views.institution_new, name="institution-new"),
    path("units/<str:code>/institution/", views.institution_edit, name="institution-edit"),
]

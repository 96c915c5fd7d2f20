from django.urls import path

from schools import views

urlpatterns = [
    path("units/new/school/", views.school_new, name="school-new"),
    path("units/<str:code>/school/", views.school_edit, name="school-edit"),
]

from django.urls import path

from inspections.views import desk

urlpatterns = [path("desk/", desk.desk_page, name="desk")]

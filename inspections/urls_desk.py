from django.urls import path

from inspections.views import desk, search

urlpatterns = [
    path("desk/", desk.desk_page, name="desk"),
    path("search/", search.search_page, name="search"),
]

from django.urls import path

from inspections.views import units

urlpatterns = [
    path("units/", units.unit_list, name="units"),
    path("units/<str:code>/", units.unit_page, name="unit"),
    path("units/<str:code>/heads/", units.unit_heads, name="unit-heads"),
    path("units/<str:code>/heads/<int:pk>/", units.unit_head, name="unit-head"),
    path("units/<str:code>/close/", units.unit_close, name="unit-close"),
    path("units/<str:code>/merge/", units.unit_merge, name="unit-merge"),
]

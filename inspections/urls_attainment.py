from django.urls import path

from inspections.views import attainment

urlpatterns = [
    path("attainment/", attainment.attainment_list, name="attainment"),
    path("attainment/rules/", attainment.by_rule, name="attainment-rules"),
    path("attainment/<str:code>/", attainment.unit_attainment, name="attainment-unit"),
]

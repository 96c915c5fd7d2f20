from django.urls import path

from inspections.views import sanctions

urlpatterns = [
    path("sanctions/", sanctions.sanction_list, name="sanctions"),
    path("sanctions/new/", sanctions.sanction_new, name="sanction-new"),
    path("sanctions/<str:no>/", sanctions.sanction_page, name="sanction"),
    path("sanctions/<str:no>/<slug:move>/", sanctions.sanction_move, name="sanction-move"),
]

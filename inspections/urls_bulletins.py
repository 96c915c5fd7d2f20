from django.urls import path

from inspections.views import bulletins

urlpatterns = [
    path("bulletins/", bulletins.bulletin_list, name="bulletins"),
    path("bulletins/new/", bulletins.bulletin_new, name="bulletin-new"),
    path("bulletins/<str:no>/", bulletins.bulletin_page, name="bulletin"),
    path("bulletins/<str:no>/<slug:move>/", bulletins.bulletin_move, name="bulletin-move"),
]

from django.urls import path

from inspections.views import doubts

urlpatterns = [
    path("doubts/", doubts.doubt_list, name="doubts"),
    path("doubts/<str:no>/", doubts.doubt_page, name="doubt"),
    path("doubts/<str:no>/<slug:move>/", doubts.doubt_move, name="doubt-move"),
]

from django.urls import path

from inspections.views import rounds

urlpatterns = [
    path("rounds/", rounds.round_list, name="rounds"),
    path("rounds/new/", rounds.round_new, name="round-new"),
    path("rounds/<int:pk>/", rounds.round_page, name="round"),
    path("rounds/<int:pk>/preview/", rounds.round_preview, name="round-preview"),
    path("rounds/<int:pk>/<slug:move>/", rounds.round_move, name="round-move"),
]

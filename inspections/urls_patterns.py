from django.urls import path

from inspections.views import patterns

urlpatterns = [
    path("patterns/", patterns.pattern_list, name="patterns"),
    path("patterns/<str:no>/", patterns.pattern_page, name="pattern"),
    path("patterns/<str:no>/<slug:move>/", patterns.pattern_move, name="pattern-move"),
]

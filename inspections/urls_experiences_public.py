from django.urls import path

from inspections.views import experiences_public

urlpatterns = [
    path("exchange/", experiences_public.exchange, name="exchange"),
    path("exchange/<str:no>/", experiences_public.contribution, name="contribution"),
    path(
        "exchange/<str:no>/pictures/<int:pk>/",
        experiences_public.contribution_picture,
        name="contribution-picture",
    ),
]

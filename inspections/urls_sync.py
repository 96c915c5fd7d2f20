from django.urls import path

from inspections.views import sync

urlpatterns = [
    path("devices/", sync.register_device, name="sync-devices"),
    path("visits/", sync.visits_to_take, name="sync-visits"),
    path("visits/<str:no>/", sync.visit_to_take, name="sync-visit"),
    path("operations/", sync.operations, name="sync-operations"),
]

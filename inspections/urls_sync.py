from django.urls import path

from inspections.views import collisions, sync

urlpatterns = [
    path("devices/", sync.register_device, name="sync-devices"),
    path("devices/<int:pk>/<slug:move>/", collisions.device_move, name="device-move"),
    path("visits/", sync.visits_to_take, name="sync-visits"),
    path("visits/<str:no>/", sync.visit_to_take, name="sync-visit"),
    path("operations/", sync.operations, name="sync-operations"),
    path("conflicts/", collisions.conflict_list, name="sync-conflicts"),
    path("conflicts/<int:pk>/", collisions.conflict, name="sync-conflict"),
    path("import/", collisions.import_file, name="sync-import"),
    path("refused/", collisions.refused_list, name="sync-refused-list"),
    path("refused/<int:pk>/", collisions.refused, name="sync-refused"),
]

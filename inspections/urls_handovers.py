from django.urls import path

from inspections.views import handovers

urlpatterns = [
    path("handovers/", handovers.handover_list, name="handovers"),
    path("handovers/new/", handovers.handover_new, name="handover-new"),
    path("handovers/of/<str:username>/", handovers.handover_of, name="handover-of"),
    path("handovers/<str:no>/", handovers.handover_page, name="handover"),
    path("handovers/<str:no>/<slug:move>/", handovers.handover_move, name="handover-move"),
]

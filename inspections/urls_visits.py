from django.urls import path

from inspections.views import draws, inspectors, visit_planning, visit_preparing, visits

urlpatterns = [
    path("field/", visits.field, name="field"),
    path("field/own/", inspectors.inspector_own, name="inspector-own"),
    path("field/own/<slug:move>/", inspectors.inspector_state, name="inspector-state"),
    path(
        "field/own/relatives/<int:pk>/end/", inspectors.inspector_end_relative, name="inspector-end-relative"
    ),
    path("visits/", visits.visit_list, name="visits"),
    path("visits/new/", visits.visit_new, name="visit-new"),
    path("visits/coverage/", visit_planning.coverage, name="coverage"),
    path("visits/many/", visit_planning.visit_many, name="visit-many"),
    path("visits/many/<int:pk>/", visit_planning.visit_batch, name="visit-batch"),
    path("visits/draws/", draws.draw_list, name="draws"),
    path("visits/draws/new/", draws.draw_new, name="draw-new"),
    path("visits/draws/elsewhere/", draws.draw_elsewhere, name="draw-elsewhere"),
    path("visits/draws/<str:no>/", draws.draw_page, name="draw"),
    path("visits/draws/<str:no>/inputs/", draws.draw_inputs, name="draw-inputs"),
    path("visits/draws/<str:no>/<slug:move>/", draws.draw_move, name="draw-move"),
    path("visits/<str:no>/", visits.visit_page, name="visit"),
    path("visits/<str:no>/prepare/", visit_preparing.visit_prepare, name="visit-prepare"),
    path("visits/<str:no>/documents/", visit_preparing.visit_documents, name="visit-documents"),
    path("visits/<str:no>/sum/", visits.visit_sum, name="visit-sum"),
    path("visits/<str:no>/items/<str:code>/", visits.visit_item, name="visit-item"),
    path("visits/<str:no>/items/<str:code>/photos/", visits.visit_photos, name="visit-photos"),
    path("visits/<str:no>/<slug:move>/", visits.visit_move, name="visit-move"),
]

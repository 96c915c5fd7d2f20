from django.urls import path

from inspections.views import visits

urlpatterns = [
    path("field/", visits.field, name="field"),
    path("visits/", visits.visit_list, name="visits"),
    path("visits/new/", visits.visit_new, name="visit-new"),
    path("visits/<str:no>/", visits.visit_page, name="visit"),
    path("visits/<str:no>/sum/", visits.visit_sum, name="visit-sum"),
    path("visits/<str:no>/items/<str:code>/", visits.visit_item, name="visit-item"),
    path("visits/<str:no>/items/<str:code>/photos/", visits.visit_photos, name="visit-photos"),
    path("visits/<str:no>/<slug:move>/", visits.visit_move, name="visit-move"),
]

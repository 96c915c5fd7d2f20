from django.urls import path

from inspections.views import disclosures

urlpatterns = [
    path("disclosures/", disclosures.disclosure_list, name="disclosures"),
    path("disclosures/new/exposed/", disclosures.exposure_new, name="disclosure-exposed"),
    path("disclosures/new/white-list/", disclosures.white_list_new, name="disclosure-white-list"),
    path("disclosures/new/circular/<str:no>/", disclosures.circular_new, name="disclosure-circular"),
    path("disclosures/<str:no>/", disclosures.disclosure_page, name="disclosure"),
    path("disclosures/<str:no>/<slug:move>/", disclosures.disclosure_move, name="disclosure-move"),
]

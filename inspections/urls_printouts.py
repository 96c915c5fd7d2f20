from django.urls import path

from inspections.views import printouts

urlpatterns = [
    path("printouts/", printouts.printout_list, name="printouts"),
    path("printouts/new/<slug:kind>/", printouts.printout_new, name="printout-new"),
    path("printouts/<str:no>/", printouts.printout_page, name="printout"),
]

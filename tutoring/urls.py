from django.urls import path

from tutoring.views import institutions, leads

urlpatterns = [
    path("units/new/institution/", institutions.institution_new, name="institution-new"),
    path("units/<str:code>/institution/", institutions.institution_edit, name="institution-edit"),
    path("leads/", leads.lead_list, name="leads"),
    path("leads/new/", leads.lead_new, name="lead-new"),
    path("leads/<str:no>/", leads.lead_page, name="lead"),
    path("leads/<str:no>/<slug:move>/", leads.lead_move, name="lead-move"),
]

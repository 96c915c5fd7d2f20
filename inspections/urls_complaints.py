from django.urls import path

from inspections.views import complaints, inquiries

urlpatterns = [
    path("complaints/", complaints.complaint_list, name="complaints"),
    path("complaints/new/", complaints.complaint_new, name="complaint-new"),
    path("complaints/settings/", complaints.complaint_settings, name="complaint-settings"),
    path("complaints/settings/route/", complaints.complaint_route, name="complaint-route"),
    path("complaints/erasures/", complaints.erasure_list, name="complaint-erasures"),
    path("complaints/erasures/<str:no>/<slug:move>/", complaints.erasure_move, name="complaint-erasure"),
    path("complaints/<str:no>/", complaints.complaint_page, name="complaint"),
    path("complaints/<str:no>/contact/", complaints.complaint_contact, name="complaint-contact"),
    path("complaints/<str:no>/<slug:move>/", complaints.complaint_move, name="complaint-move"),
    path("inquiries/", inquiries.inquiry_list, name="inquiries"),
    path("inquiries/new/", inquiries.inquiry_new, name="inquiry-new"),
    path("inquiries/<str:no>/", inquiries.inquiry_page, name="inquiry"),
    path("inquiries/<str:no>/<slug:move>/", inquiries.inquiry_move, name="inquiry-move"),
]

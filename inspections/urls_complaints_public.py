from django.urls import path

from inspections.views import complaints_public

urlpatterns = [
    path("complain/new/", complaints_public.complain, name="complain"),
    path("complain/send/", complaints_public.complain_send, name="complain-send"),
    path("track/", complaints_public.track, name="track"),
    path("track/reverify/", complaints_public.track_reverify, name="track-reverify"),
]

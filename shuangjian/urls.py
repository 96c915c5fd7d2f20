"""The URL table: private routes by app; every anonymous route stands in urls_public.py."""

from django.urls import include, path

urlpatterns = [
    path("", include("shuangjian.urls_public")),
    path("", include("shuangjian.accounts.urls")),
    path("", include("shuangjian.accounts.urls_journal")),
    path("", include("shuangjian.files.urls")),
    path("", include("shuangjian.policy.urls")),
    path("", include("shuangjian.registers.urls")),
    path("", include("schools.urls")),
    path("", include("tutoring.urls")),
    path("", include("inspections.urls")),
]

handler400 = "shuangjian.views.bad_request"
handler403 = "shuangjian.views.forbidden"
handler404 = "shuangjian.views.not_found"
handler500 = "shuangjian.views.server_error"

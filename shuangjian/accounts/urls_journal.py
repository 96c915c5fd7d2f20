from django.urls import path

from shuangjian.accounts import views_journal as views

urlpatterns = [
    path("jobs/", views.job_list, name="jobs"),
    path("jobs/<int:pk>/", views.job_page, name="job"),
    path("jobs/<int:pk>/cancel/", views.job_cancel, name="job-cancel"),
    path("jobs/<int:pk>/retry/", views.job_retry, name="job-retry"),
    path("me/notices/", views.notice_list, name="notices"),
    path("me/notices/read/", views.notices_read, name="notices-read"),
    path("audit/", views.audit_trail, name="audit"),
]

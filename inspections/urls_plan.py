from django.urls import path

from inspections.views import duties, plan, publicity

urlpatterns = [
    path("plan/", plan.plan_page, name="plan"),
    path("plan/publicity/", publicity.publicity_work, name="publicity-work"),
    path("plan/steps/<int:pk>/", plan.phase_dates, name="phase-dates"),
    path("plan/duties/", duties.duty_list, name="duties"),
    path("plan/duties/<int:pk>/", duties.duty_page, name="duty"),
    path("plan/duties/<int:pk>/<slug:move>/", duties.duty_move, name="duty-move"),
    path("plan/records/<int:pk>/", duties.duty_record, name="duty-record"),
]

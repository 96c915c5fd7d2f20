from django.urls import path

from inspections.views import publicity_public

urlpatterns = [path("publicity/", publicity_public.publicity_month, name="publicity")]

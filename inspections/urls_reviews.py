from django.urls import path

from inspections.views import reviews

urlpatterns = [
    path("reviews/", reviews.review_list, name="reviews"),
    path("reviews/<slug:kind>/<str:no>/", reviews.review_page, name="review"),
]

from django.urls import path

from portal.catalogue import views

urlpatterns = [
    path("catalogue/", views.offered, name="catalogue"),
    path("order/<str:blueprint>/", views.order, name="order"),
    path("order/<str:blueprint>/check/", views.check, name="order-check"),
]

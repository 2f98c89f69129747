from django.urls import path

from portal.explanations import views

urlpatterns = [path("explanations/", views.catalogue, name="explanations")]

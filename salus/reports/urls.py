from django.urls import path

from salus.reports import views

app_name = "reports"
urlpatterns = [
    path("revenue", views.revenue, name="revenue"),
    path("day", views.day_close, name="day_close"),
]

from django.urls import path

from salus.safety import views

app_name = "safety"
urlpatterns = [
    path("rules", views.rules, name="rules"),
    path("rules/file", views.rules_file, name="rules_file"),
    path("rules/rates", views.rates, name="rates"),
    path("rules/<uuid:rule_id>", views.rule, name="rule"),
    path("rules/<uuid:rule_id>/decide", views.decide_rule, name="decide_rule"),
    path("rules/<uuid:rule_id>/review", views.review_rule, name="review_rule"),
    path("first-line/<uuid:patient_id>", views.first_line, name="first_line"),
    path("knowledge", views.knowledge, name="knowledge"),
    path("knowledge/compare", views.compare_knowledge, name="compare_knowledge"),
    path("knowledge/load", views.load_own_knowledge, name="load_own_knowledge"),
]

"""Every URL of the hospital: each room lists its own."""

from django.urls import include, path, re_path

from salus.core import pages, streams

urlpatterns = [
    path("", include("salus.ui.urls")),
    path("", include("salus.accounts.urls")),
    path("healthz", pages.healthz, name="healthz"),
    path("readyz", pages.readyz, name="readyz"),
    path("live", streams.live_stream, name="live"),
    path("patients/", include("salus.patients.urls")),
    path("coverage/", include("salus.coverage.urls")),
    path("encounters/", include("salus.encounters.urls")),
    path("appointments/", include("salus.scheduling.urls")),
    path("waiting-list/", include("salus.waitlist.urls")),
    path("queues/", include("salus.queues.urls")),
    path("chart/", include("salus.chart.urls")),
    path("forms/", include("salus.questionnaires.urls")),
    path("orders/", include("salus.orders.urls")),
    path("safety/", include("salus.safety.urls")),
    path("lab/", include("salus.lab.urls")),
    path("care/", include("salus.care.urls")),
    path("pharmacy/", include("salus.pharmacy.urls")),
    path("inventory/", include("salus.inventory.urls")),
    path("inbox/", include("salus.inbox.urls")),
    path("billing/", include("salus.billing.urls")),
    path("payments/", include("salus.payments.urls")),
    path("catalog/", include("salus.catalog.urls")),
    path("terminology/", include("salus.terminology.urls")),
    path("places/", include("salus.places.urls")),
    path("messages/", include("salus.messaging.urls")),
    path("staff/", include("salus.staff.urls")),
    path("reports/", include("salus.reports.urls")),
    path("audit/", include("salus.audit.urls")),
    path("", include("salus.portal.urls")),
    path("workflows/", include("salus.workflows.urls")),
    re_path(r"^fhir(?:/|$)", include("salus.fhir.urls")),
]

handler400 = "salus.core.pages.bad_request"
handler403 = "salus.core.pages.forbidden"
handler404 = "salus.core.pages.not_found"
handler500 = "salus.core.pages.server_error"

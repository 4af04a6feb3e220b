from django.urls import path

from salus.billing import views

app_name = "billing"
urlpatterns = [
    path("", views.worklist, name="worklist"),
    path("patients/<uuid:patient_id>", views.bill, name="bill"),
    path("patients/<uuid:patient_id>/issue", views.issue_invoice, name="issue"),
    path("invoices/<uuid:invoice_id>", views.invoice, name="invoice"),
    path("invoices/<uuid:invoice_id>/pay", views.take_payment, name="pay"),
    path("invoices/<uuid:invoice_id>/paper", views.invoice_pdf, name="invoice_pdf"),
    path("payments/<uuid:payment_id>", views.receipt, name="receipt"),
    path("payments/<uuid:payment_id>/paper", views.receipt_pdf, name="receipt_pdf"),
]

from django.urls import path

from salus.orders.views import composer, medicines, open, performing, record, shortcuts

app_name = "orders"
urlpatterns = [
    path("open", open.open_orders, name="open"),
    path("open/countersign", open.countersign, name="countersign"),
    path("open/hand-over", open.hand_over, name="hand_over"),
    path("to-do", performing.to_do, name="to_do"),
    path("order/<uuid:order_id>/perform", performing.perform, name="perform"),
    path("performed/<uuid:performance_id>/void", performing.void, name="void_performance"),
    path("sets", shortcuts.sets, name="sets"),
    path("sets/<uuid:set_id>", shortcuts.one_set, name="set"),
    path("sets/<uuid:set_id>/retire", shortcuts.retire_set, name="retire_set"),
    path("sets/items/<uuid:set_item_id>", shortcuts.change_item, name="change_item"),
    path("favourites/<uuid:favourite_id>/drop", shortcuts.drop_favourite, name="drop_favourite"),
    path("favourites/<uuid:favourite_id>/share", shortcuts.share_favourite, name="share_favourite"),
    path("<uuid:patient_id>/", record.orders, name="orders"),
    path("<uuid:patient_id>/medicines", medicines.medicines, name="medicines"),
    path("<uuid:patient_id>/medicines/from-outside", medicines.record_statement, name="record_statement"),
    path("find/medicine", medicines.find_medicine, name="find_medicine"),
    path("<uuid:patient_id>/medicines/reconcile", medicines.reconcile, name="reconcile"),
    path("statement/<uuid:statement_id>/end", medicines.end_statement, name="end_statement"),
    path("<uuid:patient_id>/new", composer.compose, name="compose"),
    path("<uuid:patient_id>/new/search", composer.search, name="search"),
    path("<uuid:patient_id>/new/pick", composer.pick, name="pick"),
    path("<uuid:patient_id>/new/reckon", composer.reckon, name="reckon"),
    path("<uuid:patient_id>/new/add", composer.add, name="add"),
    path("<uuid:patient_id>/new/remove", composer.remove, name="remove"),
    path("<uuid:patient_id>/new/sign", composer.sign, name="sign"),
    path("<uuid:patient_id>/new/set", shortcuts.add_set, name="add_set"),
    path("<uuid:patient_id>/new/keep", shortcuts.keep, name="keep"),
    path("<uuid:patient_id>/new/keep-set", shortcuts.keep_set, name="keep_set"),
    path("order/<uuid:order_id>/stop", record.stop, name="stop"),
    path("order/<uuid:order_id>/hold", record.hold, name="hold"),
    path("order/<uuid:order_id>/resume", record.resume, name="resume"),
    path("order/<uuid:order_id>/again", record.repeat, name="repeat"),
]

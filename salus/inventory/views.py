"""The screens of stock: what there is, one item with its lots, taking in, taking out for good."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from salus.core.door import door
from salus.core.errors import Conflict, Invalid
from salus.core.posted import posted_version
from salus.inventory import queries, services
from salus.inventory.forms import DiscardForm, ReceiveForm
from salus.inventory.models import Item
from salus.ui import formatting
from salus.ui.combobox import Option, offer, typed

_SHOWN = ("all", "soon", "expired", "out")


@door("inventory.view")
def stock(request: Any) -> HttpResponse:
    """What is on hand, what expires soon, what has run out."""
    show = request.GET.get("show", "all")
    page = request.GET.get("page", "1")
    found = queries.stock(
        request.act,
        show=show if show in _SHOWN else "all",
        page=int(page) if page.isascii() and page.isdigit() and 0 < int(page) < 1000 else 1,
    )
    return render(request, "inventory/stock.html", {"stock": found, "show": show if show in _SHOWN else "all"})


@door("inventory.view", methods=("POST",), effect=False)
def search(request: Any) -> HttpResponse:
    """Items by name, for a box."""
    found = queries.find_items(typed(request))
    return offer(request, (Option(str(one.id), formatting.units_in_full(one.name), one.unit) for one in found))


@door("inventory.view", methods=("POST",), effect=False)
def find(request: Any) -> HttpResponse:
    """Open the item that was chosen."""
    item_id = _read_id(request.POST.get("item_id", ""))
    address = reverse("inventory:item", args=[item_id]) if item_id else reverse("inventory:stock")
    return HttpResponseRedirect(address, status=303)


@door("inventory.view")
def item(request: Any, item_id: UUID) -> HttpResponse:
    """One item: its lots, the first to expire first, and what moved."""
    return render(request, "inventory/item.html", {"found": queries.item_stock(request.act, item_id)})


@door("inventory.receive_stock", methods=("GET", "POST"))
def receive_stock(request: Any) -> HttpResponse:
    """Take a lot in."""
    departments = [(str(one.id), one.name) for one in queries.storing_departments(request.act)]
    if request.method == "GET":
        return _receive_page(request, ReceiveForm(departments, initial=_wanted(request)))
    form = ReceiveForm(departments, request.POST)
    if not form.is_valid():
        return _receive_page(request, form, status=422)
    typed_in = dict(form.cleaned_data)
    delivery = typed_in.pop("delivery") or request.act.id
    try:
        lot = services.receive_stock(request.act, **typed_in, source=f"delivery:{delivery}")
    except Invalid as refusal:
        form.mend(dict(refusal.fields))
        return _receive_page(request, form, status=422)
    except services.AlreadyMoved:
        form.mend({"delivery": _("This delivery note already brought this lot.")})
        return _receive_page(request, form, status=409)
    messages.success(request, _("Lot %(number)s is in stock.") % {"number": lot.lot_number})
    return HttpResponseRedirect(reverse("inventory:item", args=[lot.item_id]), status=303)


@door("inventory.issue_stock", methods=("GET", "POST"))
def discard_lot(request: Any, lot_id: UUID) -> HttpResponse:
    """Take what is left of a lot out of stock for good."""
    form = DiscardForm(request.POST if request.method == "POST" else None)
    lot, its_item = queries.lot_line(request.act, lot_id)
    if form.is_bound and form.is_valid():
        services.discard_lot(
            request.act, lot_id=lot_id, version=posted_version(request), reason=form.cleaned_data["reason"]
        )
        messages.success(request, _("Lot %(number)s is out of stock.") % {"number": lot.lot_number})
        return HttpResponseRedirect(reverse("inventory:item", args=[its_item.id]), status=303)
    if lot.on_hand <= 0:
        raise Conflict(_("Nothing is left of this lot."))
    context = {"lot": lot, "item": its_item, "form": form}
    return render(request, "inventory/discard.html", context, status=422 if form.is_bound else 200)


def _receive_page(request: Any, form: ReceiveForm, status: int = 200) -> HttpResponse:
    chosen = _read_id(form["item_id"].value() or "")
    name = (Item.objects.filter(id=chosen).values_list("name", flat=True).first() if chosen else "") or ""
    context = {"form": form, "item_name": formatting.units_in_full(name)}
    return render(request, "inventory/receive.html", context, status=status)


def _wanted(request: Any) -> dict[str, str]:
    """The item from whose page one came."""
    item_id = _read_id(request.GET.get("item", ""))
    return {"item_id": str(item_id)} if item_id else {}


def _read_id(text: str) -> UUID | None:
    try:
        return UUID(str(text))
    except ValueError:
        return None

"""Whose record is on the screen: chosen in the session, shown on every page, said again by every form."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property, wraps
from typing import Any
from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from salus.core.act import Act
from salus.core.door import SAFE
from salus.core.errors import NotAllowed, NotFound
from salus.core.posted import require_same_patient
from salus.portal.queries.people import Whose, people_of
from salus.scheduling.queries.plans import clock_of

#: the key of the session under which the chosen patient stands
CHOSEN = "whose"
View = Callable[..., HttpResponse]


@dataclass(frozen=True)
class Own:
    """Somebody at the patients' own door, and the patient whom this page is about; who they all are is read where it is drawn."""

    act: Act
    patient_id: UUID

    @cached_property
    def people(self) -> list[Whose]:
        """All for whom he stands."""
        return people_of(self.act)

    @cached_property
    def whose(self) -> Whose:
        """The patient whom this page is about.

        :raises NotFound: if the record is no longer there
        """
        found = next((one for one in self.people if one.id == self.patient_id), None)
        if found is None:
            raise NotFound
        return found

    @property
    def others(self) -> list[Whose]:
        """The others for whom he stands."""
        return [one for one in self.people if one.id != self.patient_id]

    def may(self, right: str) -> bool:
        """Whether he may do that for this patient."""
        subject = self.act.subject(self.patient_id)
        return subject is not None and right in subject.rights


def chosen(request: Any) -> Own | None:
    """The patient whom the session names, or else oneself, or the first; None for who stands for nobody yet.

    From here on the act says on whose behalf it is done, where that is somebody else.
    """
    only = next(iter(request.act.stands_for)) if len(request.act.stands_for) == 1 else None
    if only is not None and request.method not in SAFE:
        # Nobody else can be meant: what is sent needs no names.
        return _on_behalf(request, only.patient_id, is_self=only.is_self)
    people = people_of(request.act)
    if not people:
        return None
    told = request.session.get(CHOSEN, "")
    whose = next((one for one in people if str(one.id) == told), people[0])
    own = _on_behalf(request, whose.id, is_self=whose.is_self)
    request.act.shows(*(one.id for one in people if one is not whose), action="search")  # names to choose from
    vars(own)["people"] = people
    return own


def _on_behalf(request: Any, patient_id: UUID, *, is_self: bool) -> Own:
    if not is_self:
        request.act = replace(request.act, on_behalf_of=patient_id)
    request.act.shows(patient_id)
    return Own(request.act, patient_id)


def of_patient(right: str = "") -> Callable[[View], View]:
    """For views about the chosen patient, which get an `Own` after the request; stands under `@door("portal.use")`.

    Drawn on the facility's clock. A form that was drawn for another patient is refused.
    :param right: what he must be allowed to do for the patient
    """

    def declare(view: View) -> View:
        @wraps(view)
        def shown(request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
            own = chosen(request)
            if own is None:
                return HttpResponseRedirect(reverse("portal:home"), status=303)
            if request.method not in SAFE:
                require_same_patient(request, own.patient_id)
            if right and not own.may(right):
                raise NotAllowed(right)
            with timezone.override(clock_of(own.act).zone):
                return view(request, own, *args, **kwargs)

        return shown

    return declare


def page(request: Any, template: str, own: Own | None, *, status: int = 200, **context: Any) -> HttpResponse:
    """A page of this door: with whose record it is, and the way to the others."""
    return render(request, f"portal/{template}", context | {"own": own}, status=status)

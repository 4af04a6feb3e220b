"""The administrator's screens for doctors and other staff."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _

from salus.accounts.models import Grant
from salus.core import files
from salus.core.door import door
from salus.core.errors import Conflict, Invalid, NotFound, Stale
from salus.core.posted import posted_version
from salus.places.models import Department
from salus.staff import queries, services
from salus.staff.forms import ProfileForm, RolesForm, SignInForm, StaffForm
from salus.staff.models import StaffMember
from salus.staff.sockets import fee_choices, profile_panels

MANAGE = "staff.manage_staff"


@door("staff.view")
def staff_list(request: Any) -> HttpResponse:
    """Who works here."""
    profession = request.GET.get("profession", "")
    rows = queries.staff_of(request.act).order_by("retired_at", "practitioner__family", "practitioner__given")
    everyone = list(rows)
    counts = {code: sum(1 for r in everyone if r.profession == code) for code, _name in StaffMember.PROFESSIONS}
    shown = [r for r in everyone if not profession or r.profession == profession]
    context = {"rows": shown, "counts": counts, "profession": profession, "professions": StaffMember.PROFESSIONS}
    return render(request, "staff/list.html", context | {"everyone": len(everyone)})


@door("staff.view")
def profile(request: Any, staff_id: UUID) -> HttpResponse:
    """One member of staff: profile, sign-in and roles, and who the patients are."""
    return _profile(request, staff_id)


@door(MANAGE, methods=("GET", "POST"))
def hire_staff(request: Any) -> HttpResponse:
    """Take somebody on."""
    form = StaffForm(request.act, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            member = services.hire_staff(request.act, **form.cleaned_data)
        except Conflict as error:
            _tell(form, error)
        else:
            messages.success(request, _("The profile is kept."))
            return HttpResponseRedirect(reverse("staff:profile", args=[member.id]), status=303)
    return _form(request, form, _("New member of staff"), None)


@door(MANAGE, methods=("GET", "POST"))
def change_staff(request: Any, staff_id: UUID) -> HttpResponse:
    """Change a profile."""
    member = get_object_or_404(queries.staff_of(request.act), id=staff_id)
    person = member.practitioner
    initial = {n: getattr(person if hasattr(person, n) else member, n) for n in ("title", "given", "family", "gender")}
    initial |= {n: getattr(member, n) for n in StaffForm.base_fields if hasattr(member, n)}
    initial |= {n: ", ".join(getattr(member, n)) for n in ("languages", "more_specialties")}
    initial |= {"department_ids": [str(d) for d in member.department_ids]}
    form = StaffForm(request.act, request.POST if request.method == "POST" else None, initial=initial)
    version = posted_version(request) if request.method == "POST" else member.version
    if request.method == "POST" and form.is_valid():
        try:
            services.change_staff(request.act, staff_id=staff_id, version=version, **form.cleaned_data)
        except Conflict as error:
            _tell(form, error)
        else:
            messages.success(request, _("The profile is changed."))
            return HttpResponseRedirect(reverse("staff:profile", args=[staff_id]), status=303)
    return _form(request, form, _("Change profile"), version)


@door(services.OWN, methods=("GET", "POST"))
def change_profile(request: Any, staff_id: UUID) -> HttpResponse:
    """Change what somebody says of himself or herself: oneself, or whoever manages staff."""
    member = get_object_or_404(queries.staff_of(request.act), id=staff_id)
    if request.act.staff_id != staff_id:
        request.act.require(MANAGE)
    if request.method != "POST":
        said = {"qualifications": "\n".join(member.qualifications), "languages": ", ".join(member.languages)}
        return _profile_form(request, member, ProfileForm(initial=said), member.version)
    form, version = ProfileForm(request.POST, request.FILES), posted_version(request)
    if form.is_valid():
        try:
            services.change_profile(request.act, staff_id=staff_id, version=version, **form.cleaned_data)
        except (Conflict, Invalid) as error:
            _tell(form, error)
        else:
            messages.success(request, _("The profile is changed."))
            return HttpResponseRedirect(reverse("staff:profile", args=[staff_id]), status=303)
    return _profile_form(request, member, form, version)


def _profile_form(request: Any, member: StaffMember, form: ProfileForm, version: int) -> HttpResponse:
    context = {"form": form, "member": member, "version": version}
    return render(request, "staff/own.html", context, status=422 if form.errors else 200)


@door("staff.view")
def photo(request: Any, staff_id: UUID) -> HttpResponse:
    """The photo of a member of staff."""
    member = queries.staff_of(request.act).select_related("photo").filter(id=staff_id, photo__isnull=False).first()
    if member is None or member.photo is None:
        raise NotFound
    return HttpResponse(files.read_file(member.photo), content_type=member.photo.media_type)


@door(MANAGE, methods=("POST",))
def retire_staff(request: Any, staff_id: UUID) -> HttpResponse:
    """Somebody leaves."""
    services.retire_staff(request.act, staff_id=staff_id, version=posted_version(request))
    messages.success(request, _("This person works here no longer, and can no longer sign in."))
    return HttpResponseRedirect(reverse("staff:profile", args=[staff_id]), status=303)


@door("accounts.manage_users", methods=("POST",), fresh=True)
def give_sign_in(request: Any, staff_id: UUID) -> HttpResponse:
    """Let a member of staff sign in."""
    form = SignInForm(request.POST)
    if form.is_valid():
        version = posted_version(request)
        try:
            services.give_sign_in(request.act, staff_id=staff_id, version=version, **form.cleaned_data)
        except (Conflict, Invalid) as error:
            _tell(form, error)
        else:
            messages.success(request, _("This person can sign in."))
            return HttpResponseRedirect(reverse("staff:profile", args=[staff_id]), status=303)
    return _profile(request, staff_id, sign_in=form, status=422)


@door("accounts.grant_roles", methods=("POST",), fresh=True)
def set_roles(request: Any, staff_id: UUID) -> HttpResponse:
    """Give and take roles."""
    member = get_object_or_404(queries.staff_of(request.act), id=staff_id, user__isnull=False)
    form = RolesForm(request.POST)
    if not form.is_valid() or member.user_id is None:
        raise Invalid
    seen = [code for code in request.POST.get("seen", "").split(",") if code]
    try:
        services.set_roles(request.act, user_id=member.user_id, role_codes=form.cleaned_data["role_codes"], seen=seen)
    except Stale as error:
        form.add_error(None, str(error))
        return _profile(request, staff_id, roles=form, status=409)
    messages.success(request, _("The roles are changed."))
    return HttpResponseRedirect(reverse("staff:profile", args=[staff_id]), status=303)


def _profile(
    request: Any,
    staff_id: UUID,
    *,
    sign_in: SignInForm | None = None,
    roles: RolesForm | None = None,
    status: int = 200,
) -> HttpResponse:
    member = get_object_or_404(queries.staff_of(request.act), id=staff_id)
    grants = Grant.objects.filter(user=member.user, facility_id=request.act.here, ended_at=None)
    held = sorted(grants.values_list("role__code", flat=True))
    panels = [(one.template, one.load(request, member)) for one in sorted(profile_panels, key=lambda one: one.order)]
    context = {
        "member": member,
        "departments": Department.objects.filter(id__in=member.department_ids).order_by("name"),
        "roles": roles or RolesForm(initial={"role_codes": held}),
        "held": ",".join(held),
        "sign_in": sign_in or SignInForm(),
        "panels": panels,
        "fees": [words for told in fee_choices for code, words in told() if code in member.fee_codes],
        "may_change": request.act.may(services.OWN) and (request.act.staff_id == member.id or request.act.may(MANAGE)),
    }
    return render(request, "staff/profile.html", context, status=status)


def _form(request: Any, form: StaffForm, title: str, version: int | None) -> HttpResponse:
    context = {"form": form, "title": title, "version": version, "action": request.path}
    return render(request, "staff/form.html", context, status=422 if form.errors else 200)


def _tell(form: Any, error: Conflict | Invalid) -> None:
    """Put what a service refused beside its field."""
    if isinstance(error, Stale) or not error.fields:
        form.add_error(None, str(error))
    for name, message in error.fields.items():
        form.add_error(name, message)

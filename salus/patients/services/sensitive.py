"""Which codes make an entry sensitive: the hospital's own table."""

from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from salus.core.act import Act
from salus.core.announce import announce
from salus.core.errors import Invalid, NotFound
from salus.patients.access.labels import CODES
from salus.patients.facts import SensitiveCodeChanged
from salus.patients.models import SensitiveCode


@transaction.atomic
def add_sensitive_code(act: Act, *, system: str, code: str, label: str, display: str = "") -> SensitiveCode:
    """From now on what is written with this code gets the label; what was written before stays as it is.

    :raises Invalid: without a system and a code, or with an unknown label
    """
    act.require("patients.manage_sensitive_codes")
    act.require_fresh()
    system, code = system.strip(), code.strip()
    checks = {"system": (bool(system), _("Choose the system.")), "code": (bool(code), _("Write the code."))}
    checks["label"] = (label in CODES, _("Choose the mark."))
    if wrong := {name: words for name, (is_good, words) in checks.items() if not is_good}:
        raise Invalid(**wrong)
    row, made = SensitiveCode.objects.get_or_create(
        system=system, code=code, label=label, defaults={"display": display.strip(), "recorded_by_id": act.by}
    )
    if not made and row.is_active:
        return row
    return set_sensitive_code(act, code_id=row.id, is_active=True)


@transaction.atomic
def set_sensitive_code(act: Act, *, code_id: UUID, is_active: bool) -> SensitiveCode:
    """Retire a code of the table, or let it count again."""
    act.require("patients.manage_sensitive_codes")
    act.require_fresh()
    row = SensitiveCode.objects.select_for_update().filter(id=code_id).first()
    if row is None:
        raise NotFound
    row.is_active = is_active
    row.save(update_fields=["is_active"])
    announce(act, SensitiveCodeChanged(code_id=row.id, is_active=is_active))
    return row

"""Acts on who of the hospital's directory is which user."""

from uuid import UUID

from django.db import IntegrityError, transaction

from salus.accounts.facts import DirectoryLinked, DirectoryUnlinked
from salus.accounts.models import DirectoryArrival, DirectoryLink, User
from salus.accounts.queries import users_here
from salus.core.act import Act
from salus.core.announce import announce
from salus.core.errors import Conflict


@transaction.atomic
def link_directory(act: Act, *, arrival_id: UUID, user_id: UUID) -> DirectoryLink:
    """Whoever came as this subject of the directory is that user from now on.

    :raises Conflict: if the subject is somebody's already, or for oneself
    """
    act.require("accounts.manage_users")
    act.require_fresh()
    if user_id == act.by:
        raise Conflict("Another administrator links you.")
    arrival = DirectoryArrival.objects.select_for_update().get(id=arrival_id)
    user = users_here(act).get(id=user_id, is_active=True, kind=User.PERSON)
    try:
        with transaction.atomic():
            link = DirectoryLink.objects.create(
                user=user, issuer=arrival.issuer, subject=arrival.subject, name=arrival.name, recorded_by_id=act.by
            )
    except IntegrityError as error:
        raise Conflict("This person of the directory is linked already.") from error
    arrival.delete()
    announce(act, DirectoryLinked(user_id=user.id, link_id=link.id))
    return link


@transaction.atomic
def unlink_directory(act: Act, *, link_id: UUID) -> None:
    """The directory opens this user's account no longer; the sessions that it opened end with the others by hand."""
    act.require("accounts.manage_users")
    act.require_fresh()
    link = DirectoryLink.objects.select_for_update().get(id=link_id, user__in=users_here(act))
    if link.ended_at is None:
        link.ended_at = act.at
        link.save(update_fields=["ended_at"])
        announce(act, DirectoryUnlinked(user_id=link.user_id, link_id=link.id))

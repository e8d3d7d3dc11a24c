"""Making a business. Rooms above say what every new business starts with: `register("starter fields", function)`."""

from __future__ import annotations

from collections.abc import Callable

from django.db import connection, transaction
from django.utils import translation
from django.utils.text import slugify

from crm.workspaces.models import Membership, Role, User, Workspace

Start = Callable[[Workspace], object]
_starts: dict[str, Start] = {}


def register(name: str, start: Start) -> None:
    _starts[name] = start


@transaction.atomic
def found(owner: User | None, *, name: str, slug: str = "", language: str = "he") -> Workspace:
    """A business with its owner and everything that rooms give a new one, labelled in its language."""
    workspace = Workspace.objects.create(name=name, slug=free_slug(slug or name), language=language, sender_name=name)
    if owner is not None:
        Membership.objects.create(workspace=workspace, user=owner, role=Role.OWNER)
    furnish(workspace)
    return workspace


@transaction.atomic
def open_installation(
    *, email: str, password: str, name: str, business: str, language: str
) -> tuple[User, Workspace] | None:
    """The first user, who is the operator too, and their business. None where there is a user already; of two who come at
    once the second waits and gets None."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('crm_user first'))")
    if User.objects.exists():
        return None
    user = User.objects.create_superuser(email, password, name=name, language=language)
    return user, found(user, name=business, language=language)


def furnish(workspace: Workspace) -> None:
    """Gives a business what every new one starts with, labelled in its language."""
    with translation.override(workspace.language):
        for start in _starts.values():
            start(workspace)


def free_slug(wanted: str) -> str:
    """A short name nobody has: `wanted` in Latin letters, or "business", with a number where it is taken."""
    base = slugify(wanted)[:40].strip("-") or "business"
    taken = set(Workspace.objects.filter(slug__startswith=base).values_list("slug", flat=True))
    candidates = [base, *(f"{base}-{number}" for number in range(2, len(taken) + 3))]
    return next(slug for slug in candidates if slug not in taken)

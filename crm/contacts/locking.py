"""Taking turns over an identity that may not have a row yet: two captures of one address run one after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import wraps
from typing import ParamSpec, TypeVar

from django.db import IntegrityError, OperationalError, connection
from psycopg import errors

from crm.contacts.models import Contact
from crm.workspaces.models import Workspace

SHARED = "pg_advisory_xact_lock_shared(hashtextextended(%s, 0))"
P = ParamSpec("P")
R = TypeVar("R")
ATTEMPTS = 5
ALONE = "pg_advisory_xact_lock(hashtextextended(%s, 0))"


def lock_identities(workspace: Workspace, *, email: str | None, phone: str | None) -> None:
    """Held until the transaction ends; always taken in one order, so that two captures never wait for each other.

    A batch, which names thousands, takes the whole business at once (`lock_everybody`) and waits for whoever is in here.
    """
    _lock(workspace.pk, (email, phone))


def lock_family(ids: Iterable[int]) -> dict[int, Contact]:
    """These rows by id, kept from others, with their addresses: whoever merges takes turns with whoever captures."""
    rows = Contact.objects.filter(pk__in=list(ids))
    for workspace_id in sorted(set(rows.values_list("workspace_id", flat=True))):
        known = rows.filter(workspace_id=workspace_id).values_list("email", "phone")
        _lock(workspace_id, (address for pair in known for address in pair))
    locked_rows = rows.select_for_update(of=("self",)).select_related("workspace").order_by("pk")
    return {row.pk: row for row in locked_rows}


def _lock(workspace_id: int, identities: Iterable[str | None]) -> None:
    keys = sorted({f"contact {workspace_id} {identity}" for identity in identities if identity})
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join([SHARED, *([ALONE] * len(keys))])}", [_everybody(workspace_id), *keys])


def lock_everybody(workspace: Workspace) -> None:
    """The turn of a batch: one lock instead of one for each identity, of which the database has only some thousands."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {ALONE}", [_everybody(workspace.pk)])


def _everybody(workspace_id: int) -> str:
    return f"contacts {workspace_id}"


def locked(contact: Contact) -> Contact:
    """The contact's row as it is now, kept from others until the transaction ends; the business's row is not."""
    return Contact.objects.select_for_update(of=("self",)).select_related("workspace").get(pk=contact.pk)


def hold_fields(workspace: Workspace) -> None:
    """Until the transaction ends no field of the business changes its type: call it before answers are cleaned for writing.
    Any number of writers hold it at once."""
    _take("pg_advisory_xact_lock_shared", workspace)


def lock_fields(workspace: Workspace) -> None:
    """Waits for the writers of answers, and keeps others waiting, until the transaction ends."""
    _take("pg_advisory_xact_lock", workspace)


def _take(function: str, workspace: Workspace) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}(hashtext('crm_customfield'), %s)", [workspace.pk])


def patient(verb: Callable[P, R]) -> Callable[P, R]:
    """A verb in a transaction of its own, done again where somebody else was there at the same moment. A deadlock inside of
    another's transaction loses that whole transaction, so it is for them to try again."""

    @wraps(verb)
    def again(*args: P.args, **kwargs: P.kwargs) -> R:
        for _attempt in range(ATTEMPTS - 1):
            try:
                return verb(*args, **kwargs)
            except IntegrityError as error:
                if not is_contention(error):
                    raise
            except OperationalError as error:
                if connection.in_atomic_block or not is_contention(error):
                    raise
        return verb(*args, **kwargs)

    return again


def is_contention(error: BaseException) -> bool:
    """Somebody else wrote this identity first, or waited for us while we waited for them: worth another try.

    An IntegrityError without a cause is our own word for it."""
    if isinstance(error, IntegrityError):
        return error.__cause__ is None or isinstance(error.__cause__, errors.UniqueViolation)
    return isinstance(error, OperationalError) and isinstance(
        error.__cause__, (errors.DeadlockDetected, errors.SerializationFailure)
    )

"""An erased person's anonymous answer is still an answer, and nobody's: it is sealed anew without them."""

from __future__ import annotations

from django.db import transaction

from crm.contacts.erasing import register_eraser
from crm.contacts.models import Contact
from surveys import sealing
from surveys.models import SealedAnswer, Survey
from surveys.sealing import Answer


@transaction.atomic
def erase(contact: Contact) -> None:
    """Participations, responses and their scores go with the row; what waits keeps what was said and forgets by whom."""
    for survey in Survey.objects.filter(workspace_id=contact.workspace_id, key__isnull=False).select_for_update():
        key = sealing.unwrap(survey)
        mine = sealing.token(key, f"contact {contact.pk}")
        row = SealedAnswer.objects.filter(survey=survey, token=mine).first()
        if row is None or row.sealed is None:
            SealedAnswer.objects.filter(
                survey=survey, token=mine
            ).delete()  # counted: what is left says only that they were there
            continue
        said, fresh = sealing.unseal(key, bytes(row.sealed), token=mine).said, sealing.nobody()
        SealedAnswer.objects.filter(survey=survey, token=mine).delete()
        sealed = sealing.seal(key, Answer(None, said), token=fresh, size=survey.sealed_size)
        SealedAnswer.objects.create(survey=survey, token=fresh, sealed=sealed)


COVERS = ["surveys.Participation.contact", "surveys.Response.contact"]

register_eraser("surveys", erase, covers=COVERS)

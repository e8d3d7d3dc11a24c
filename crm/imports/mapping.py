"""A first plan for a file: what was chosen last time for the same titles; else what a known system means by its titles; else
what the words of the titles say; else what the cells look like."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils import translation
from django.utils.translation import gettext as _

from crm.contacts.fields import clean_value
from crm.contacts.models import CustomField
from crm.imports import guessing, presets
from crm.imports.models import Import
from crm.imports.planning import MATCHES, SEVERAL, TARGETS
from crm.imports.presets import Preset
from crm.imports.words import STARTERS, meaning, plain

LOOKED_AT = 200  # rows by which a column is judged


@dataclass(slots=True)
class Suggestion:
    """`plan` is as crm.imports.planning takes it. `new` says of every column what field would hold it."""

    plan: dict[str, Any]
    new: list[dict[str, Any]]
    preset: Preset | None = None
    remembered: Import | None = None
    samples: list[list[str]] = field(default_factory=list)  # a few different filled cells of each column
    folded: frozenset[int] = frozenset()  # places of columns that are empty, or speak of the other system


def suggest(importing: Import, rows: Sequence[Sequence[str]]) -> Suggestion:
    """`rows` are the first ones, as many cells as the import has columns."""
    columns = [[row[place] for row in rows[:LOOKED_AT]] for place in range(len(importing.headers))]
    fields = list(importing.workspace.custom_fields.active())
    preset = presets.recognised(importing.headers)
    before = remembered(importing)
    if before is not None:
        plan = _still_true(before.plan, importing, fields)
    else:
        targets = _targets(importing.headers, columns, fields, preset)
        plan = {"columns": [{"target": target, "policy": "overwrite"} for target in targets], "match": _match(targets)}
    new = [
        {"label": title[:100], "type": guessing.field_type(cells)}
        for title, cells in zip(importing.headers, columns, strict=True)
    ]
    samples = [_samples(cells) for cells in columns]
    return Suggestion(plan, new, preset, before, samples, _folded(importing.headers, samples, plan, preset))


def _folded(
    titles: Sequence[str], samples: Sequence[Sequence[str]], plan: Mapping[str, Any], preset: Preset | None
) -> frozenset[int]:
    told_off = {place for place, title in enumerate(titles) if preset and preset.target(plain(title)) == ""}
    empty = {place for place, found in enumerate(samples) if not found}
    ignored = {place for place, column in enumerate(plan["columns"]) if column["target"] == "ignore"}
    return frozenset((told_off | empty) & ignored)


def remembered(importing: Import) -> Import | None:
    """The last import of this business whose file had the same titles and whose plan was carried out."""
    titles = importing.headers[:-1] if is_mended(importing) else importing.headers
    same = Import.objects.filter(workspace_id=importing.workspace_id, headers=titles, started_at__isnull=False)
    return same.exclude(pk=importing.pk).exclude(plan={}).order_by("-started_at").first()


def is_mended(importing: Import) -> bool:
    """Whether the file is one of refused rows that comes back: its last column says what was to be mended."""
    said = set()
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            said.add(_("What to mend"))
    return bool(importing.headers) and importing.headers[-1] in said


def _still_true(plan: dict[str, Any], importing: Import, fields: Sequence[CustomField]) -> dict[str, Any]:
    """The plan without what is no longer there; how people agreed is asked anew for every file."""
    known = {*TARGETS, *(one.storage_key for one in fields)}
    columns = [one if one["target"] in known else one | {"target": "ignore"} for one in plan["columns"]]
    columns += [{"target": "ignore", "policy": "overwrite"}] * (len(importing.headers) - len(columns))
    lists = importing.workspace.lists.filter(pk__in=plan.get("lists", []), deleted_at=None).values_list("pk", flat=True)
    kept = {name: plan[name] for name in ("match", "tags", "faulty", "source") if name in plan}
    if not set(kept.get("match", [])) <= known:
        kept["match"] = _match([column["target"] for column in columns])
    return kept | {"columns": columns, "lists": list(lists)}


def _targets(
    titles: Sequence[str], columns: Sequence[Sequence[str]], fields: Sequence[CustomField], preset: Preset | None
) -> list[str]:
    by_label = {plain(one.label): one.storage_key for one in fields}
    by_key = {one.key: one.storage_key for one in fields if one.key in STARTERS}
    wanted = [_by_title(title, by_label, by_key, preset) for title in titles]
    by_target = {one.storage_key: one for one in fields}
    for place, target in enumerate(wanted):
        if target in by_target and not _takes(by_target[target], columns[place]):
            wanted[place] = None
    for place, cells in enumerate(columns):  # cells decide only where no title claims the same
        seen = guessing.looks_like(cells) if wanted[place] is None else ""
        if seen and seen not in wanted:
            wanted[place] = seen
    return _without_rivals([target or "ignore" for target in wanted])


def _by_title(title: str, by_label: dict[str, str], by_key: dict[str, str], preset: Preset | None) -> str | None:
    """A target, "ignore" where the column is to be left out on purpose, None where the title says nothing."""
    words = plain(title)
    told = preset.target(words) if preset else None
    if told is None and words in by_label:
        return by_label[words]
    found = meaning(title) or None if told is None else told or "ignore"
    return by_key.get(found) if found in STARTERS else found


def _takes(one: CustomField, cells: Sequence[str]) -> bool:
    """Whether nearly all of the cells are answers to this field; a list of statuses is seldom the same in two systems."""
    answers, wrong = [cell for cell in cells if cell.strip()], 0
    for cell in answers:
        try:
            clean_value(one, cell)
        except ValidationError:
            wrong += 1
    return wrong <= len(answers) * (1 - guessing.MOST)


def _without_rivals(targets: Sequence[str]) -> list[str]:
    """A target once, where it may not have several columns; a full name gives way to the parts of a name."""
    kept: list[str] = []
    if "last_name" in targets and "first_name" not in targets:  # "name" beside "family name" is the first one
        targets = ["first_name" if target == "full_name" else target for target in targets]
    for target in targets:
        is_rival = target in kept and target not in SEVERAL
        gives_way = target == "full_name" and bool({"first_name", "last_name"} & set(targets))
        kept.append("ignore" if is_rival or gives_way else target)
    return kept


def _match(targets: Sequence[str]) -> list[str]:
    """By every address that the file has."""
    found = [name for name in ("email", "phone") if name in targets]
    return found or list(MATCHES[0])


def _samples(cells: Sequence[str], most: int = 3) -> list[str]:
    found: list[str] = []
    for cell in cells:
        if cell.strip() and cell not in found:
            found.append(cell)
            if len(found) == most:
                break
    return found

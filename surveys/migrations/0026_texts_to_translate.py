"""Surveys that speak two languages already get texts for the second to be translated: what its readers saw until now."""

from django.db import migrations

SLOTS = ("intro", "thanks")


def begin(apps, schema_editor):
    Survey, Document = apps.get_model("surveys", "Survey"), apps.get_model("campaigns", "Document")
    rows = Survey.objects.exclude(second_language="").select_related(*SLOTS)
    for survey in rows.iterator(chunk_size=500):
        for slot in SLOTS:
            first = getattr(survey, slot)
            if first is not None and getattr(survey, f"second_{slot}_id") is None:
                about = {"workspace_id": survey.workspace_id, "medium": first.medium, "blocks": first.blocks}
                setattr(survey, f"second_{slot}", Document.objects.create(language=survey.second_language, **about))
        survey.save(update_fields=["second_intro", "second_thanks"])


class Migration(migrations.Migration):
    dependencies = [
        ("surveys", "0025_name_and_texts_in_the_second_language"),
        ("campaigns", "0002_versions_and_owners"),
    ]
    operations = [migrations.RunPython(begin, migrations.RunPython.noop)]

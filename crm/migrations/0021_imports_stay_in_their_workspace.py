"""Composite foreign keys: what an import did ties an import and a contact of one business. An erased contact leaves the figure."""

from django.db import migrations

IMPORT = """
ALTER TABLE crm_importeffect ADD CONSTRAINT crm_importeffect_import_id_same_workspace
    FOREIGN KEY (workspace_id, import_id) REFERENCES crm_import (workspace_id, id) DEFERRABLE INITIALLY DEFERRED
"""
CONTACT = """
ALTER TABLE crm_importeffect ADD CONSTRAINT crm_importeffect_contact_id_same_workspace
    FOREIGN KEY (workspace_id, contact_id) REFERENCES crm_contact (workspace_id, id) DEFERRABLE INITIALLY DEFERRED
"""


class Migration(migrations.Migration):
    dependencies = [("crm", "0020_imports")]
    operations = [
        migrations.RunSQL(IMPORT, "ALTER TABLE crm_importeffect DROP CONSTRAINT crm_importeffect_import_id_same_workspace"),
        migrations.RunSQL(CONTACT, "ALTER TABLE crm_importeffect DROP CONSTRAINT crm_importeffect_contact_id_same_workspace"),
    ]

"""The ledger's promises, checked by the database: rows move only along the states' arrows, a finished mailing adds up."""

from django.db import migrations, models

ARROWS = """
CREATE FUNCTION delivery_moves() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (OLD.state || '>' || NEW.state) IN (
        'queued>claimed', 'queued>cancelled',
        'claimed>sending', 'claimed>queued', 'claimed>deferred', 'claimed>skipped', 'claimed>cancelled',
        'sending>accepted', 'sending>deferred', 'sending>failed', 'sending>uncertain',
        'deferred>claimed', 'deferred>cancelled', 'deferred>failed',
        'uncertain>accepted', 'uncertain>deferred', 'uncertain>failed', 'uncertain>queued',
        'accepted>failed'
    ) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'a delivery may not go from % to %', OLD.state, NEW.state USING ERRCODE = 'check_violation';
END $$;
CREATE TRIGGER delivery_moves BEFORE UPDATE OF state ON campaigns_delivery
    FOR EACH ROW WHEN (OLD.state IS DISTINCT FROM NEW.state) EXECUTE FUNCTION delivery_moves();
"""
BOOKS = """
CREATE FUNCTION mailing_adds_up() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE total bigint; still_open bigint;
BEGIN
    IF NOT EXISTS (SELECT 1 FROM campaigns_mailing WHERE id = NEW.id AND status = 'sent') THEN
        RETURN NULL;  -- deleted or reopened in the same transaction
    END IF;
    SELECT count(*), count(*) FILTER (WHERE state IN ('queued', 'claimed', 'sending', 'deferred')) INTO total, still_open
    FROM campaigns_delivery WHERE mailing_id = NEW.id;
    IF still_open > 0 OR total IS DISTINCT FROM NEW.audience_size THEN
        RAISE EXCEPTION 'mailing % is not finished: % rows of %, % open', NEW.id, total, NEW.audience_size, still_open
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER mailing_adds_up AFTER UPDATE OF status ON campaigns_mailing DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (NEW.status = 'sent' AND OLD.status IS DISTINCT FROM NEW.status) EXECUTE FUNCTION mailing_adds_up();
"""


class Migration(migrations.Migration):
    dependencies = [("campaigns", "0003_rows_stay_in_their_workspace")]

    operations = [
        migrations.AddField(
            model_name="delivery",
            name="failure",
            field=models.CharField(
                blank=True,
                choices=[
                    ("dead", "The address does not exist"),
                    ("full", "The mailbox is full"),
                    ("too_big", "The mail is too big"),
                    ("policy", "Refused by the receiving side's policy"),
                    ("spam", "Taken for spam"),
                    ("auth", "The mail server refused the sender"),
                    ("rate", "Too many mails at once"),
                    ("expired", "Tried for two days without success"),
                    ("other", "Refused for another reason"),
                ],
                default="",
                max_length=8,
            ),
        ),
        migrations.AddField(
            model_name="mailing", name="audience_size", field=models.BigIntegerField(blank=True, null=True)
        ),
        migrations.AddField(
            model_name="mailing", name="trouble", field=models.CharField(blank=True, default="", max_length=200)
        ),
        migrations.AlterField(
            model_name="delivery",
            name="skip_reason",
            field=models.CharField(
                blank=True,
                choices=[
                    ("no_address", "Without an e-mail address"),
                    ("no_consent", "Without consent to mailings"),
                    ("suppressed", "Blocked"),
                    ("same_address", "The address already receives this mailing"),
                    ("bad_content", "The mail could not be composed for this person"),
                    ("removed", "No longer in the contacts"),
                ],
                default="",
                max_length=12,
            ),
        ),
        migrations.AddConstraint(
            model_name="delivery",
            constraint=models.CheckConstraint(
                condition=(models.Q(state="skipped") & ~models.Q(skip_reason=""))
                | (~models.Q(state="skipped") & models.Q(skip_reason="")),
                name="delivery_skipped_for_a_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="delivery",
            constraint=models.CheckConstraint(
                condition=models.Q(state__in=["claimed", "sending"], lease_until__isnull=False)
                | (~models.Q(state__in=["claimed", "sending"]) & models.Q(lease_until=None)),
                name="delivery_held_with_a_lease",
            ),
        ),
        migrations.RunSQL(ARROWS, "DROP TRIGGER delivery_moves ON campaigns_delivery; DROP FUNCTION delivery_moves();"),
        migrations.RunSQL(BOOKS, "DROP TRIGGER mailing_adds_up ON campaigns_mailing; DROP FUNCTION mailing_adds_up();"),
    ]

import pytest

from campaigns.mailings.models import Delivery
from campaigns.mailings.replies import Reply, classify

Failure = Delivery.Failure


@pytest.mark.parametrize(
    ("code", "text", "failure"),
    [
        (550, "5.1.1 The email account that you tried to reach does not exist.", Failure.DEAD),
        (550, "No such user here", Failure.DEAD),
        (553, "5.3.0 <x@example.test>... User unknown, not local address", Failure.DEAD),
        (550, "5.1.1 Message rejected due to local policy: spam content", Failure.SPAM),
        (550, "5.1.1 Blocked: your IP is on a DNSBL", Failure.SPAM),
        (552, "5.2.2 The recipient's mailbox is over quota", Failure.FULL),
        (552, "Mailbox is full", Failure.FULL),
        (552, "5.3.4 Message size exceeds fixed limit", Failure.TOO_BIG),
        (550, "5.7.1 Unauthenticated email is not accepted due to the domain's DMARC policy", Failure.POLICY),
        (550, "5.7.26 This mail has been blocked because the sender is unauthenticated (SPF)", Failure.POLICY),
        (550, "5.7.1 Relaying denied", Failure.AUTH),
        (530, "5.7.0 Must issue a STARTTLS command first", Failure.AUTH),
        (550, "5.7.28 There is an unusual rate of mail from your IP", Failure.RATE),
        (554, "Too many recipients this hour", Failure.RATE),
        (550, "5.4.1 Recipient address rejected: Access denied", Failure.OTHER),
        (550, "Requested action not taken", Failure.OTHER),
        (554, "Transaction failed", Failure.OTHER),
    ],
)
def test_a_refusal_is_classified_by_its_reason(code, text, failure):
    assert classify(Reply(code, text)) == failure


def test_only_clear_words_convict_an_address():
    doubtful = ["5.0.0 no", "5.7.1 user unknown", "mailbox unavailable", "5.1.1 blocked by policy", "rejected", ""]
    assert [classify(Reply(550, text)) for text in doubtful].count(Failure.DEAD) == 0

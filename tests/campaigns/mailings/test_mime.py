"""`EmailMessage` is the oracle: what we assemble must read as what it writes."""

from __future__ import annotations

from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import parseaddr

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from campaigns.mailings.mime import CONTROLS, BodyEncoder, Skeleton, header_text, mailbox

SUBJECTS = ["פרסומת: הרכב שלך כבר זוהר. של מי עוד?", "Hello", "a" * 300, "שלום " * 60, "5% off: <b> & 😀" * 9]
BODIES = ["שלום דנה,\nמה שלומך?\n", "Plain, short.\n", "x" * 5000 + "\n.\n..\nFrom here\n", "=3D =\t \n é\n"]
text = st.text(st.characters(exclude_categories=["Cs"]), max_size=400)


def build(subject: str, name: str, plain: str, html: str) -> bytes:
    fixed = [(b"From", mailbox(name, "hello@example.test"))]
    skeleton = Skeleton(boundary="=_b0", fixed=fixed, text=plain, html=html)
    headers = [(b"To", mailbox(name, "dana@example.test")), (b"Subject", header_text(subject))]
    return skeleton.fill(headers, text=plain, html=html)


def oracle(subject: str, name: str, plain: str, html: str) -> EmailMessage:
    message = EmailMessage()
    message["Subject"] = CONTROLS.sub(" ", subject).strip()
    message.set_content(plain)
    message.add_alternative(html, subtype="html")
    return message


def read(mime: bytes):
    return message_from_bytes(mime, policy=policy.default)


def lines(value: str) -> list[str]:
    return value.replace("\r\n", "\n").replace("\r", "\n").rstrip("\n").split("\n")


@pytest.mark.parametrize("subject", SUBJECTS)
@pytest.mark.parametrize("body", BODIES)
def test_a_mail_reads_as_the_oracle_writes_it(subject, body):
    ours, theirs = read(build(subject, "דנה לוי", body, f"<p>{body}</p>")), oracle(subject, "", body, f"<p>{body}</p>")
    again = message_from_bytes(theirs.as_bytes(), policy=policy.default)
    assert ours["Subject"] == again["Subject"]
    assert ours.get_content_type() == again.get_content_type() == "multipart/alternative"
    for mine, other in zip(ours.iter_parts(), again.iter_parts(), strict=True):
        assert mine.get_content_type() == other.get_content_type()
        assert lines(mine.get_content()) == lines(other.get_content())
    assert not ours.defects
    assert not any(part.defects for part in ours.walk())


@given(subject=text, name=text, body=text)
@example(subject="a\r\nBcc: evil@example.test", name='Evil"\r\nBcc: <x@y.test>', body=".")
@example(subject="\u2028Bcc: x", name="\x85Bcc: x", body="--=_b0--")
def test_any_words_come_back_whole_and_open_no_header(subject, name, body):
    mime = build(subject, name, body, f"<p>{body}</p>")
    message = read(mime)
    assert message.keys() == ["To", "Subject", "From", "MIME-Version", "Content-Type"]
    assert str(message["Subject"]).strip() == " ".join(CONTROLS.sub(" ", subject).strip().splitlines()).strip()
    assert [address.addr_spec for address in message["To"].addresses] == ["dana@example.test"]
    plain, html = message.iter_parts()
    assert lines(plain.get_content()) == lines(body)
    assert lines(html.get_content()) == lines(f"<p>{body}</p>")


@given(name=text)
def test_a_name_comes_back_whole(name):
    header = b"To: " + mailbox(name, "dana@example.test") + b"\r\n\r\n"
    address = message_from_bytes(header, policy=policy.default)["To"].addresses[0]
    expected = CONTROLS.sub(" ", name).strip()
    assert address.addr_spec == "dana@example.test"
    assert "".join(address.display_name.split()) == "".join(expected.split())


@pytest.mark.parametrize("body", ["שלום" * 2000, "x" * 3000, "a\r\n" * 50, "  trailing \n" * 9])
def test_no_line_is_longer_than_a_mail_server_takes(body):
    encoded = BodyEncoder(body).encode(body)
    assert max(map(len, encoded.split(b"\r\n"))) <= 76
    assert b"\n" not in encoded.replace(b"\r\n", b"")
    assert all(len(line) <= 76 for line in header_text(body).split(b"\r\n") if b"=?" in line)


def test_words_that_look_encoded_are_not_decoded():
    assert read(b"Subject: " + header_text("=?utf-8?q?fake?=") + b"\r\n\r\n")["Subject"] == "=?utf-8?q?fake?="


@pytest.mark.parametrize(
    "address", ["a@b.test\r\nBcc: x@y.test", "a@b.test>", "a b@c.test", "nobody", "a@b.test,c@d.test", ""]
)
def test_an_address_that_could_break_out_is_refused(address):
    with pytest.raises(ValueError, match="not an address"):
        mailbox("Dana", address)


def test_an_address_in_hebrew_letters_stands_as_it_is():
    assert parseaddr(mailbox("", "דנה@example.test").decode())[1] == "דנה@example.test"

"""Calls to other systems: signed, once by key, to public addresses only, and never for longer than they may take."""

from __future__ import annotations

import hashlib
import hmac
import json
import ssl
import threading
import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from django.core.exceptions import ValidationError

from campaigns.automations import calling, doing, switching
from campaigns.automations.errand_answers import GaveUp
from campaigns.automations.models import Enrolment, Errand
from campaigns.automations.steps import base
from crm.workspaces.signing import call_secret
from tests.campaigns.automations.making import START, make, run, step
from tests.crm.factories import ContactFactory, CustomFieldFactory, WorkspaceFactory

NAME = "hooks.example.test"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """(file of key and certificate for NAME)"""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    pkcs8 = (serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, *pkcs8) + made.public_bytes(serialization.Encoding.PEM)
    )
    return path


class Listener:
    """What another system was told; answers `status` with `headers` and `body`."""

    def __init__(self):
        self.heard, self.status, self.headers, self.body, self.drip = [], 200, {}, b"ok", 0.0


@pytest.fixture
def listener(certificate, monkeypatch):
    told = Listener()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            told.heard.append((self.path, dict(self.headers), body))
            if told.drip:
                self.wfile.write(b"HTTP/1.1 200 OK\r\n")
                for _byte in range(100):
                    time.sleep(told.drip)
                    self.wfile.write(b"x")
            self.send_response(told.status)
            for header, value in told.headers.items():
                self.send_header(header, value)
            self.end_headers()
            self.wfile.write(told.body)

        def log_message(self, *_words):
            pass

    with serving(Handler, certificate) as port:
        monkeypatch.setattr(calling, "public_address", lambda _host, _port: "127.0.0.1")
        monkeypatch.setattr(calling, "tls", lambda: ssl.create_default_context(cafile=certificate))
        told.url = f"https://{NAME}:{port}/hook?a=1"
        yield told


@contextmanager
def serving(handler, certificate):
    class Quiet(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_about):
            pass

    server = Quiet(("127.0.0.1", 0), handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def workspace(db):
    return WorkspaceFactory()


def called(workspace, url, **fields):
    contact = ContactFactory(workspace=workspace, **fields)
    automation = make(workspace, step("webhook", url=url), on=None)
    switching.enrol_by_hand(automation, [contact.pk], occasion="test", now=START)
    run()
    return contact


def do():
    errand = Errand.objects.get()
    doing.do(errand.pk, errand.next_try_at)
    return Errand.objects.get()


def test_another_system_hears_of_the_contact_and_can_check_who_speaks(workspace, listener):
    field = CustomFieldFactory(workspace=workspace, label="רכב")
    secret = CustomFieldFactory(workspace=workspace, is_sensitive=True)
    values = {field.storage_key: "משפחתי", secret.storage_key: "סודי"}
    contact = called(workspace, listener.url, first_name="דנה", values=values)
    errand = do()
    [(path, headers, body)] = listener.heard
    told = json.loads(body)
    assert path == "/hook?a=1"
    assert (told["contact"]["id"], told["contact"]["first_name"]) == (contact.pk, "דנה")
    assert told["contact"]["fields"] == [{"field": field.storage_key, "label": "רכב", "value": "משפחתי"}]
    assert "סודי" not in body.decode()
    assert headers["Idempotency-Key"] == errand.key
    moment, _, mac = headers["Mashpech-Signature"].partition(",v1=")
    signed = f"{moment.removeprefix('t=')}.".encode() + body
    assert mac == hmac.new(call_secret(workspace.pk).encode(), signed, hashlib.sha256).hexdigest()
    assert (errand.state, errand.answer, errand.payload) == ("done", "200", {})


def test_each_business_has_a_secret_of_its_own(db):
    assert call_secret(WorkspaceFactory().pk) != call_secret(WorkspaceFactory().pk)


def test_a_call_that_failed_is_tried_again_with_the_same_key_and_body(workspace, listener):
    called(workspace, listener.url)
    listener.status, listener.body = 503, b"later"
    assert (do().state, Errand.objects.get().answer) == ("waiting", "503 later")
    listener.status = 200
    assert do().state == "done"
    first, second = listener.heard
    assert first[1]["Idempotency-Key"] == second[1]["Idempotency-Key"]
    assert first[2] == second[2]
    do()
    assert len(listener.heard) == 2


def test_redirects_are_not_followed(workspace, listener):
    called(workspace, listener.url)
    listener.status, listener.headers = 302, {"Location": listener.url}
    assert do().state == "waiting"
    assert len(listener.heard) == 1


def test_a_long_answer_is_not_read(workspace, listener):
    called(workspace, listener.url)
    listener.body = b"x" * 5_000_000
    errand = do()
    assert (errand.state, errand.answer) == ("done", "200")


def test_whoever_answers_a_byte_at_a_time_is_cut_off(workspace, listener, monkeypatch):
    monkeypatch.setattr(calling, "SECONDS", 0.6)
    listener.drip = 0.1
    called(workspace, listener.url)
    begun = time.monotonic()
    assert do().state == "waiting"
    assert time.monotonic() - begun < 5


def test_a_certificate_of_another_name_is_not_trusted(workspace, listener):
    called(workspace, listener.url.replace(NAME, "other.example.test"))
    errand = do()
    assert errand.state == "waiting"
    assert "Certificate" in errand.answer or "certificate" in errand.answer
    assert listener.heard == []


def test_what_is_too_large_is_not_sent(workspace, listener):
    fields = [CustomFieldFactory(workspace=workspace, long_text=True).storage_key for _number in range(20)]
    called(workspace, listener.url, values=dict.fromkeys(fields, "א" * 5000))
    assert do().state == "parked"
    assert listener.heard == []


@pytest.mark.parametrize(
    ("address", "is_public"),
    [
        ("8.8.8.8", True), ("2606:4700::1111", True), ("127.0.0.1", False), ("10.1.2.3", False), ("172.16.0.1", False),
        ("192.168.1.1", False), ("169.254.169.254", False), ("100.64.0.1", False), ("0.0.0.0", False),
        ("224.0.0.1", False), ("255.255.255.255", False), ("::1", False), ("::", False), ("fe80::1%eth0", False),
        ("fc00::1", False), ("::ffff:127.0.0.1", False), ("::ffff:8.8.8.8", True), ("64:ff9b::7f00:1", False),
        ("2002:7f00:1::", False), ("ff02::1", False), ("192.0.2.1", False),
    ],
)  # fmt: skip
def test_only_public_addresses_are_called(address, is_public):
    assert calling.is_public(address) is is_public


def test_a_name_with_one_address_inside_is_refused(monkeypatch):
    found = [(2, 1, 6, "", ("8.8.8.8", 443)), (2, 1, 6, "", ("10.0.0.1", 443))]
    monkeypatch.setattr(calling.socket, "getaddrinfo", lambda *_asked, **_more: found)
    with pytest.raises(GaveUp):
        calling.public_address("example.test", 443)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]", "2130706433", "0x7f.1"])
def test_a_house_of_ones_own_is_not_called_and_it_shows(workspace, host):
    called(workspace, f"https://{host}/x")
    errand = do()
    assert errand.state == "parked"
    passage = Enrolment.objects.get().passages.get()
    said = passage.version.flow["steps"][0]
    assert errand.answer in base.get("webhook").detail_words(said, passage, workspace)


@pytest.mark.parametrize(
    "url",
    [
        "http://example.test/", "ftp://example.test/", "https://", "https://a:b@example.test/", "https://example.test:x/",
        "https://exa mple.test/", "https://example.test/\r\nHost: x", "//example.test", "javascript:alert(1)", 7, None,
        "https://example.test/" + "x" * 1000, "https://[::1",
    ],
)  # fmt: skip
def test_addresses_that_are_none_are_refused(url):
    with pytest.raises(ValidationError):
        calling.clean_url(url)

from __future__ import annotations

import socket
import threading

import pytest

from campaigns.mailings.smtp import LOST, UNCERTAIN, Envelope, Server, SmtpClient, stuffed
from campaigns.mailings.transports import SmtpTransport, Unreachable
from campaigns.mailings.wire import SmtpError
from tests.sinks import running_sink

INJECTIONS = [
    "dead*=550 5.1.1 No such user",
    "later*=451 4.7.1 Later",
    "body*=data:552 5.3.4 Too big",
    "drop@*=drop",
    "before@*=drop-before",
    "after@*=drop-after",
    "once@*=first:drop",
    "busy@*=421 4.3.2 Closing",
    "closing@*=data:421 4.3.2 Closing",
]


@pytest.fixture
def sink(tmp_path):
    with running_sink(tmp_path, inject=INJECTIONS) as sink:
        yield sink


@pytest.fixture
def client(sink):
    client = SmtpClient(Server.from_url(sink.url))
    client.connect()
    yield client
    client.quit()


def envelope(name: str, body: str = "Hello") -> Envelope:
    mime = f"Subject: {name}\r\nMessage-ID: <{name}@example.test>\r\n\r\n{body}\r\n".encode()
    return Envelope("hello@example.test", f"{name}@example.test", mime)


def codes(replies) -> list[int]:
    return [reply.code for reply in replies]


@pytest.mark.parametrize("pipelining", [True, False])
def test_every_mail_gets_its_own_answer(sink, client, pipelining):
    if not pipelining:
        client.extensions.pop("PIPELINING")
    names = ["a", "dead1", "b", "later1", "dead2", "body1", "c"]
    assert codes(client.send([envelope(name) for name in names])) == [250, 550, 250, 451, 550, 552, 250]
    assert sink.recipients == ["a@example.test", "b@example.test", "c@example.test"]
    assert codes(client.send([envelope("d")])) == [250]


@pytest.mark.parametrize("pipelining", [True, False])
def test_a_refusal_at_the_end_of_a_group_leaves_the_next_group_alone(sink, client, pipelining):
    if not pipelining:
        client.extensions.pop("PIPELINING")
    assert codes(client.send([envelope("a"), envelope("dead1")])) == [250, 550]
    assert codes(client.send([envelope("b"), envelope("dead2")])) == [250, 550]
    assert [mail["mime"] for mail in sink.mails] == [envelope(name).mime.decode() for name in "ab"]


def test_a_server_that_wants_the_body_of_a_refused_mail_gets_nothing():
    heard = bytearray()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        client = SmtpClient(Server("127.0.0.1", listener.getsockname()[1]))

        def careless():
            line, _ = listener.accept()
            with line:
                line.sendall(b"220 hi\r\n")
                line.recv(100)
                line.sendall(b"250-x\r\n250 PIPELINING\r\n")
                line.recv(1000)
                line.sendall(b"250 ok\r\n550 no such user\r\n354 go\r\n")
                while data := line.recv(1000):
                    heard.extend(data)

        server = threading.Thread(target=careless)
        server.start()
        client.connect()
        replies = client.send([envelope("a"), envelope("b")])
        server.join()
    assert codes(replies) == [550, 0]
    assert replies[1] is LOST
    assert bytes(heard) == b""
    assert not client.is_open


def test_a_body_arrives_byte_for_byte(sink, client):
    body = ".\r\n..dots\r\n.\r\n\r\nFrom me\r\n" + ("x" * 990 + "\r\n") * 300
    assert codes(client.send([envelope("a", body)])) == [250]
    assert sink.mails[0]["mime"].encode("latin-1") == envelope("a", body).mime


def test_a_cut_before_the_end_is_lost_and_after_it_uncertain(sink, client):
    assert client.send([envelope("a"), envelope("drop"), envelope("b")])[1:] == [LOST, LOST]
    client.connect()
    first, second = client.send([envelope("after"), envelope("c")])
    assert first is UNCERTAIN
    assert second is LOST
    assert sink.recipients == ["a@example.test", "after@example.test"]


def test_a_mail_that_always_cuts_the_line_holds_up_nobody(sink):
    transport = SmtpTransport(sink.url)
    transport.open()
    replies = transport.send([envelope(name) for name in ["a", "drop", "b", "before", "once", "c"]])
    transport.close()
    assert codes(replies) == [250, 0, 250, 0, 0, 250]
    assert replies[1] is LOST
    assert replies[3] is UNCERTAIN
    assert sorted(sink.recipients) == [f"{name}@example.test" for name in "abc"]


def test_a_server_that_says_goodbye_is_believed(sink, client):
    replies = client.send([envelope("a"), envelope("busy"), envelope("b")])
    assert codes(replies) == [250, 421, 421]
    assert not client.is_open


def test_a_goodbye_at_the_end_of_a_mail_means_it_was_not_taken(sink, client):
    assert codes(client.send([envelope("closing"), envelope("b")])) == [421, 421]
    assert sink.mails == []


def test_addresses_that_would_break_the_dialogue_never_reach_the_wire(sink, client):
    bad = Envelope("hello@example.test", "x@y.test>\r\nRCPT TO:<evil@example.test", b"\r\n")
    assert codes(client.send([bad, envelope("a"), bad])) == [553, 250, 553]
    assert sink.recipients == ["a@example.test"]


def test_an_address_in_hebrew_letters_needs_a_server_that_takes_it(sink, client):
    hebrew = Envelope("hello@example.test", "דנה@example.test", envelope("x").mime)
    assert codes(client.send([hebrew])) == [250]
    client.extensions.pop("SMTPUTF8")
    assert codes(client.send([hebrew])) == [553]


def test_no_server_is_told_in_words():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(SmtpError, match="refused"):
        SmtpClient(Server("127.0.0.1", port)).connect()
    with pytest.raises(Unreachable):
        SmtpTransport(f"smtp://127.0.0.1:{port}").open()


def test_a_silent_server_costs_the_time_of_the_group_and_no_more():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        client = SmtpClient(Server("127.0.0.1", listener.getsockname()[1]))

        def greet():
            line, _ = listener.accept()
            with line:
                line.sendall(b"220 hi\r\n")
                line.recv(100)
                line.sendall(b"250-x\r\n250 PIPELINING\r\n")
                line.recv(100)
                line.sendall(b"250 ok\r\n250 ok\r\n354 go\r\n")
                line.recv(100)
                stop.wait(5)

        stop = threading.Event()
        server = threading.Thread(target=greet)
        server.start()
        client.connect()
        replies = client.send([envelope("a"), envelope("b")], seconds=0.3)
        stop.set()
        server.join()
    assert replies == [UNCERTAIN, LOST]


def answering(lines: dict[bytes, bytes]):
    """A server of one connection that answers by the first word it hears; returns its port and what it heard."""
    listener = socket.create_server(("127.0.0.1", 0))
    heard: list[bytes] = []

    def run():
        line, _ = listener.accept()
        with line, listener, line.makefile("rwb", buffering=0) as wire:
            wire.write(b"220 hi\r\n")
            for said in wire:
                heard.append(said.strip())
                wire.write(lines.get(said.split()[0].upper(), lines[b""]) + b"\r\n")

    thread = threading.Thread(target=run)
    thread.start()
    return listener.getsockname()[1], heard, thread


@pytest.mark.parametrize(
    ("offer", "said"),
    [
        (b"250 AUTH PLAIN LOGIN", [b"AUTH PLAIN AG1lAHB3"]),
        (b"250 AUTH LOGIN", [b"AUTH LOGIN", b"bWU=", b"cHc="]),
    ],
)
def test_the_client_logs_in_as_the_server_likes(offer, said):
    last = b"235 ok" if len(said) == 1 else b"334 go"
    answers = {b"EHLO": b"250-x\r\n" + offer, b"AUTH": last, b"BWU=": b"334 go", b"CHC=": b"235 ok", b"": b"221 bye"}
    port, heard, thread = answering(answers)
    client = SmtpClient(Server("127.0.0.1", port, "me", "pw"))
    client.connect()
    client.quit()
    thread.join()
    assert heard[1:-1] == said


def test_a_refused_login_closes_the_way_out_and_blames_nobody():
    answers = {b"EHLO": b"250 AUTH PLAIN", b"AUTH": b"535 5.7.8 Bad credentials", b"": b"221 bye"}
    port, _heard, thread = answering(answers)
    with pytest.raises(Unreachable, match="Bad credentials"):
        SmtpTransport(f"smtp://me:pw@127.0.0.1:{port}").open()
    thread.join()


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtp://mail.test", Server("mail.test", 25)),
        ("smtp+tls://me%40x:p%3Aw@mail.test:2587", Server("mail.test", 2587, "me@x", "p:w", "starttls")),
        ("smtps://me:pw@mail.test", Server("mail.test", 465, "me", "pw", "ssl")),
    ],
)
def test_the_address_of_the_server_is_read(url, server):
    assert Server.from_url(url) == server


def test_another_kind_of_address_is_refused():
    with pytest.raises(ValueError, match="EMAIL_URL"):
        Server.from_url("http://mail.test")


@pytest.mark.parametrize("mime", [b".\r\n", b"a\r\n.\r\nb\r\n", b"a", b"..\r\n"])
def test_a_body_ends_only_where_it_ends(mime):
    assert stuffed(mime).count(b"\r\n.\r\n") + stuffed(mime).startswith(b".\r\n") == 1
    assert stuffed(mime).endswith(b"\r\n.\r\n")

"""Who is counted as one, and when one has tried enough."""

from __future__ import annotations

import pytest
from django.core.cache import cache
from django.test import RequestFactory
from pytest_django import Settings
from redis.exceptions import ConnectionError as Unreachable

from crm.workspaces.http import client_ip
from crm.workspaces.limiting import is_too_often


def tries(address: str, *, times: int = 1, most: int = 2) -> list[bool]:
    request = RequestFactory().get("/", REMOTE_ADDR=address)
    return [is_too_often(request, "test", most=most, seconds=60) for _time in range(times)]


def test_the_next_try_after_the_most_is_one_too_often() -> None:
    assert tries("198.51.100.1", times=3) == [False, False, True]
    assert tries("198.51.100.2") == [False]


def test_a_household_with_many_addresses_of_the_long_kind_is_one() -> None:
    assert tries("2001:db8::1") + tries("2001:db8::2") + tries("2001:db8::3") == [False, False, True]
    assert tries("2001:db8:0:1::1") == [False]


def test_nought_is_no_limit() -> None:
    assert not any(tries("198.51.100.1", times=9, most=0))


def test_a_cache_that_does_not_answer_limits_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_arguments: object, **_named: object) -> None:
        raise Unreachable

    monkeypatch.setattr(cache, "add", fail)
    assert not any(tries("198.51.100.1", times=9))


@pytest.mark.parametrize(
    ("trusted", "forwarded", "found"),
    [
        (1, "203.0.113.9, 198.51.100.1", "198.51.100.1"),
        (0, "203.0.113.9", "192.0.2.1"),
        (1, "", "192.0.2.1"),
        (1, "nonsense", ""),
    ],
)
def test_the_forwarded_address_counts_only_behind_a_trusted_proxy(
    settings: Settings, trusted: int, forwarded: str, found: str
) -> None:
    settings.TRUSTED_PROXY_COUNT = trusted
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    assert client_ip(RequestFactory().get("/", REMOTE_ADDR="192.0.2.1", headers=headers)) == found

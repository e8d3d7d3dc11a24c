"""How often one address may do what strangers may do. Counted in the shared cache, in windows that begin with the first try."""

from __future__ import annotations

import ipaddress
import logging

from django.core.cache import cache
from django.http import HttpRequest
from redis.exceptions import RedisError

from crm.workspaces.http import client_ip

log = logging.getLogger(__name__)
IPV6_NETWORK = 64  # one household or phone has this many bits to itself


def is_too_often(request: HttpRequest, name: str, *, most: int, seconds: int) -> bool:
    """Counts this try at `name`. True where the address had `most` of them in the window already; `most` 0 is no limit.

    A cache that does not answer limits nobody: losing what people send would be worse.
    """
    if not most:
        return False
    key = f"tries:{name}:{_network(client_ip(request))}"
    try:
        cache.add(key, 0, timeout=seconds)
        return cache.incr(key) > most
    except ValueError:  # the window ended between the two
        return False
    except RedisError:
        log.warning("The cache does not answer; nobody is limited.")
        return False


def _network(address: str) -> str:
    is_long = ":" in address
    return str(ipaddress.ip_network((address, IPV6_NETWORK), strict=False)) if is_long else address

"""The web server's port: is it free, does our server answer on it."""

from __future__ import annotations

import errno
import socket
import urllib.error
import urllib.request
from urllib.parse import urlsplit

from config.launcher import environment
from config.launcher.words import Problem


def check_port(address: str, port: int) -> None:
    """Raises Problem if somebody else listens there, or we may not."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except PermissionError:
            raise Problem(
                f"This user may not listen on port {port}. Choose another one, for example PORT=8000."
            ) from None
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise Problem(f"Cannot listen on {address}: {error.strerror}. BIND names the address.") from None
            raise Problem(
                f"Port {port} is taken by another program. Stop that program, or choose another port: PORT={port + 1} bin/run"
            ) from None


def web_answers() -> bool:
    address = environment.bind()
    address = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(address, address)
    host = urlsplit(environment.site_url()).netloc
    url = (
        f"http://[{address}]:{environment.port()}/healthz"
        if ":" in address
        else f"http://{address}:{environment.port()}/healthz"
    )
    try:
        urllib.request.urlopen(urllib.request.Request(url, headers={"Host": host}), timeout=10).close()
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True

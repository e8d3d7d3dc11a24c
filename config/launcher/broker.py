"""The embedded broker: Valkey (or Redis) on a unix socket, its queue kept on disk."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from config.launcher.binaries import broker_program
from config.launcher.home import Home
from config.launcher.processes import Child
from config.launcher.words import Problem

READY_WITHIN = 30


@dataclass
class Broker:
    home: Home
    sink: Callable[[str, str], None] | None = None
    child: Child | None = field(default=None, repr=False)

    @property
    def socket(self) -> Path:
        return self.home.sockets / "broker.sock"

    @property
    def url(self) -> str:
        return f"redis+socket://{self.socket}?virtual_host=0"

    def start(self) -> None:
        """Returns when it answers. Raises Problem with its own words."""
        self.socket.unlink(missing_ok=True)
        options = {
            "port": "0",
            "unixsocket": str(self.socket),
            "unixsocketperm": "700",
            "dir": str(self.home.folder("broker")),
            "appendonly": "yes",
            "save": "",
            "maxmemory-policy": "noeviction",
            "loglevel": "warning",
        }
        flags = [part for name, value in options.items() for part in (f"--{name}", value)]
        self.child = Child("broker", [str(broker_program()), *flags], {"PATH": os.defpath}, sink=self.sink)
        self.child.start()
        deadline = time.monotonic() + READY_WITHIN
        while not self.answers():
            if not self.child.runs or time.monotonic() > deadline:
                raise Problem(f"The broker did not start: {self.child.last_words()}")
            time.sleep(0.02)
        self.child.audible = True

    def answers(self) -> bool:
        """Ready means it has read its file again: before that it answers -LOADING."""
        try:
            with socket.socket(socket.AF_UNIX) as connection:
                connection.settimeout(2)
                connection.connect(str(self.socket))
                connection.sendall(b"PING\r\n")
                return connection.recv(16).startswith(b"+PONG")
        except OSError:
            return False

    def stop(self) -> None:
        if self.child:
            self.child.audible = False
            self.child.ask_to_stop()
            self.child.wait(patience=10)

"""How an address is kept once it must be forgotten: HMAC-SHA256, the same bytes from Python and from SQL.

The message is `<workspace id>:<address>`, so that one address gives two businesses two hashes. Addresses are hashed as stored
(crm.contacts.identity normalises them). The key is the oldest of TOKEN_KEYS, for a suppression has no end.
"""

from __future__ import annotations

import hashlib
import hmac

from django.db.models import BinaryField, Func
from django.db.models.expressions import Combinable

from crm.workspaces.signing import purpose_key

PURPOSE = "suppression"
BLOCK = 64  # bytes of a SHA-256 block, as RFC 2104 pads a key


def address_hash(workspace_id: int, address: str) -> bytes:
    """32 bytes; the same as `hash_sql` gives for a row."""
    return hmac.digest(purpose_key(PURPOSE), f"{workspace_id}:{address.strip()}".encode(), hashlib.sha256)


def _pads() -> tuple[bytes, bytes]:
    key = purpose_key(PURPOSE).ljust(BLOCK, b"\0")
    return bytes(byte ^ 0x5C for byte in key), bytes(byte ^ 0x36 for byte in key)


def hash_sql(workspace: str, address: str) -> tuple[str, list[bytes]]:
    """The HMAC as an SQL expression over two SQL expressions; NULL for a NULL address. PostgreSQL has sha256, not hmac."""
    outer, inner = _pads()
    message = f"convert_to({workspace}::text || ':' || {address}, 'UTF8')"
    return f"sha256(%s::bytea || sha256(%s::bytea || {message}))", [outer, inner]


class AddressHash(Func):
    """`hash_sql` for the ORM: `AddressHash("workspace_id", "email")`."""

    output_field = BinaryField()
    arity = 2

    def __init__(self, workspace: str | Combinable, address: str | Combinable) -> None:
        super().__init__(workspace, address)

    def as_sql(self, compiler, connection, **extra):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN003, ANN201
        (workspace, workspace_params), (address, address_params) = map(compiler.compile, self.source_expressions)
        sql, pads = hash_sql(f"({workspace})", f"({address})")
        return sql, [*pads, *workspace_params, *address_params]

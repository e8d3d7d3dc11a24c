"""Mailings and the ledger of their deliveries.

`drafting` and `rehearsing` first; `audience` and `planning` count and freeze; `compiling` and `composing` make bytes; `ledger`
and `sending` move rows through `transports` (`smtp` over a `wire`, or the outbox); `steering` pauses; `due` is the clock's;
`public`, `tokens`, `tracking` take clicks and opens; `reports` balances the books. Calls content and crm.
"""

"""Mailings and the ledger of their deliveries.

`drafting` and `rehearsing` before, `audience` and `planning` count and freeze, `compiling` and `composing` make the bytes, `ledger`
and `sending` move rows through `transports` (`smtp`, or the outbox), `steering` pauses and cancels, `due` is what the clock works
on; `public`, `tokens`, `tracking` take clicks and opens; `reports` balances the books. Calls content and crm.
"""

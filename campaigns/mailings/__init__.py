"""Mailings and the ledger of their deliveries.

`planning` counts and freezes the audience; `compiling` turns a document into pieces once; `sending` claims, marks and sends in
groups; `tokens` signs links; `tracking` (public) takes clicks and opens; `reports` balances the books. Calls content and crm.
"""

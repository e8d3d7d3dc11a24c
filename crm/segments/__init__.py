"""Saved rules. `matching` counts and lists their people; `saving` is the verb other rooms (funnels) write through.

Calls every crm room below it. Who is in a segment is kept as rows: `refreshing` works them out, `following` keeps them after
every change, the clock comes by for what changes with time. `docs/segments.md` tells how and why.
"""

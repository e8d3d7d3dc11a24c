"""Saved rules. `matching` counts and lists their people; `saving` is the verb other rooms (funnels) write through.

Calls every crm room below it. Segments are evaluated when asked; materialised membership comes with scale.
"""

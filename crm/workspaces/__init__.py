"""Workspaces, users, memberships, API keys and the audit log; the gates every request passes; signed tokens.

The lowest room: it calls nobody. `http` has the gates of members' views, `api` those of REST, `signing` the versioned keys
under every token, `limiting` how often strangers may try, `toasts` the message a verb leaves for its user.
"""

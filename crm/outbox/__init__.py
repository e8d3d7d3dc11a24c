"""Mail of the system itself (invitations, password resets), and the recorder that keeps all mail in trial mode.

Members open and click recorded mails like a recipient would. Calls only workspaces.
"""

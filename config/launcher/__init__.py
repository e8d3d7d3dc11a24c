"""The launcher: everything between a bare Python and a running Mashpech.

`start.sh` finds a Python, `bootstrap.py` makes the environment, and `run`, `manage`, `test` and `check` are the commands.
Below them: `ports`, `home` (data folder, lock, secrets), `environment` (what the application is told), `postgres`, `broker`,
`processes` (children that never outlive us) and `words` (what a person reads). Nothing outside `config` imports it.
"""

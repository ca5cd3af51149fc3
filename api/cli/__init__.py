"""The command line: `baicha`, for whoever runs the service.

Only typer is imported here and in the command modules; each command imports what it needs when it runs, so that
`baicha --help` answers at once.
"""

from api.cli.application import main

__all__ = ["main"]

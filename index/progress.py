"""What a long step reports while it runs."""

from collections.abc import Callable

#: Called with the step's name, how much is done, and how much there is in all (bytes of a file, listings …).
Progress = Callable[[str, int, int], None]


def silent(_step: str, _done: int, _total: int) -> None:
    """Report nothing."""

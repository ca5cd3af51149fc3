"""Where the service is reached, as far as its operator says: for links that go out by letter or on the command line."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from index.settings import Settings


def address(settings: "Settings") -> str:
    """Return where the service is reached, without a slash at the end.

    It is never taken from a request: whoever asks for another's reset link would name a host of their own.
    """
    if settings.public_url:
        return settings.public_url.rstrip("/")
    host = "127.0.0.1" if settings.host in {"0.0.0.0", "::"} else settings.host  # noqa: S104 - compared, not bound
    return f"http://{f'[{host}]' if ':' in host else host}:{settings.port}"

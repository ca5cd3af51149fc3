"""What a browser calls itself, in few words: for the list of sessions, so that a strange one is seen."""

from starlette.requests import Request

#: Longest header that is looked at; real ones have some 200 characters.
_LONGEST = 500
_SYSTEMS = {"Mac OS X": "macOS"}
_BROWSERS = {"Mobile Safari": "Safari", "Chrome Mobile": "Chrome", "Chrome Mobile WebView": "Chrome"}


def device_of(request: Request) -> str:
    """Return browser and system, such as `Chrome · Android`; empty where the header names neither."""
    from ua_parser import parse

    found = parse(request.headers.get("user-agent", "")[:_LONGEST])
    browser = found.user_agent.family if found.user_agent is not None else ""
    system = found.os.family if found.os is not None else ""
    named = (_BROWSERS.get(browser, browser), _SYSTEMS.get(system, system))
    return " · ".join(name for name in named if name)

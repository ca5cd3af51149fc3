"""Where a log's tiles lie under its address, as C2SP tlog-tiles says: `tile/<level>/<number>[.p/<width>]`."""

import re

from ledger.log.tiles import WIDTH

_PATH = re.compile(r"((?:x[0-9]{3}/)*[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?")


def tile_path(number: int, width: int = WIDTH) -> str:
    """Return the last part of a tile's path: 1234067 is `x001/x234/067`; a partial tile says how wide it is."""
    digits = f"{number:03d}"
    digits = digits.zfill(-(-len(digits) // 3) * 3)
    groups = [digits[at : at + 3] for at in range(0, len(digits), 3)]
    path = "/".join([*(f"x{group}" for group in groups[:-1]), groups[-1]])
    return path if width == WIDTH else f"{path}.p/{width}"


def read_tile_path(path: str) -> tuple[int, int] | None:
    """Return the number and the width that a path names, None when it is not in its one form."""
    match = _PATH.fullmatch(path)
    if match is None:
        return None
    number = int(match[1].replace("/", "").replace("x", ""))
    width = int(match[2]) if match[2] else WIDTH
    return (number, width) if width <= WIDTH and tile_path(number, width) == path else None

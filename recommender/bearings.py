"""Parts of a county by compass, where no area of its listings is called so: relative to the middle of the listings."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from index.listing import Listing

#: With fewer places on the map there is no middle to speak of.
_FEWEST = 10
#: Unit vectors (eastwards, northwards) of the four parts.
_TOWARDS = {"east": (1.0, 0.0), "west": (-1.0, 0.0), "north": (0.0, 1.0), "south": (0.0, -1.0)}
#: Each part is the quarter of the circle around its direction.
_WITHIN = np.cos(np.pi / 4)


def bearing_rows(listings: Sequence[Listing]) -> Mapping[str, NDArray[np.int64]]:
    """Return the rows that lie east, west, north and south of the middle; nothing where few have coordinates.

    The middle is the median of latitudes and of longitudes, which far outliers do not move. Over a county, degrees of
    longitude are shortened by the cosine of its latitude and the earth taken as flat.
    """
    at = [(row, one.lat, one.lon) for row, one in enumerate(listings) if one.lat is not None and one.lon is not None]
    if len(at) < _FEWEST:
        return {}
    rows = np.asarray([row for row, _, _ in at], dtype=np.int64)
    lats, lons = (np.asarray([place[column] for place in at], dtype=np.float64) for column in (1, 2))
    north = lats - np.median(lats)
    east = (lons - np.median(lons)) * np.cos(np.radians(np.median(lats)))
    away = np.hypot(east, north)
    return {part: rows[(away > 0) & (east * x + north * y >= away * _WITHIN)] for part, (x, y) in _TOWARDS.items()}

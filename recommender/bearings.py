"""Parts of a county by compass, where no area of its listings is called so: relative to the middle of the listings."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

#: With fewer places on the map there is no middle to speak of.
_FEWEST = 10
#: Unit vectors (eastwards, northwards) of the four parts.
_TOWARDS = {"east": (1.0, 0.0), "west": (-1.0, 0.0), "north": (0.0, 1.0), "south": (0.0, -1.0)}
#: Each part is the quarter of the circle around its direction.
_WITHIN = np.cos(np.pi / 4)


def bearing_rows(lats: NDArray[np.float64], lons: NDArray[np.float64]) -> Mapping[str, NDArray[np.int64]]:
    """Return the rows that lie east, west, north and south of the middle; nothing where few have coordinates.

    The middle is the median of latitudes and of longitudes, which far outliers do not move. Over a county, degrees of
    longitude are shortened by the cosine of its latitude and the earth taken as flat.
    """
    rows = np.flatnonzero(np.isfinite(lats))
    if len(rows) < _FEWEST:
        return {}
    lats, lons = lats[rows], lons[rows]
    north = lats - np.median(lats)
    east = (lons - np.median(lons)) * np.cos(np.radians(np.median(lats)))
    away = np.hypot(east, north)
    return {part: rows[(away > 0) & (east * x + north * y >= away * _WITHIN)] for part, (x, y) in _TOWARDS.items()}

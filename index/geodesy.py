"""Distances on the earth, taken as a sphere of WGS 84's mean radius (within 0.6% of the ellipsoid)."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

#: Mean radius of the WGS 84 ellipsoid, (2a + b) / 3, metres.
EARTH_RADIUS_M = 6371008.8


def distances_m(lat: float, lon: float, lats: ArrayLike, lons: ArrayLike) -> NDArray[np.float64]:
    """Return the metres from one point to each of many, NaN where a coordinate is NaN; degrees in.

    Haversine formula (Sinnott, Sky & Telescope 68(2), 1984), which keeps its precision at small distances.
    """
    here_lat, here_lon = np.radians(lat), np.radians(lon)
    there_lat = np.radians(np.asarray(lats, dtype=np.float64))
    there_lon = np.radians(np.asarray(lons, dtype=np.float64))
    chord = (
        np.sin((there_lat - here_lat) / 2) ** 2
        + np.cos(here_lat) * np.cos(there_lat) * np.sin((there_lon - here_lon) / 2) ** 2
    )
    distances: NDArray[np.float64] = 2 * EARTH_RADIUS_M * np.arcsin(np.sqrt(np.clip(chord, 0, 1)))
    return distances

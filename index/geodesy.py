"""Distances on the earth, taken as a sphere of WGS 84's mean radius (within 0.6% of the ellipsoid), and row order."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

#: Mean radius of the WGS 84 ellipsoid, (2a + b) / 3, metres.
EARTH_RADIUS_M = 6371008.8
#: Bits of each coordinate in a Morton code: 2^-21 of half a turn is about 10 m.
_MORTON_BITS = 21


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


def space_order(lats: ArrayLike, lons: ArrayLike) -> NDArray[np.int64]:
    """Return the permutation that puts near points near each other; points without coordinates come last.

    Rows follow the Morton (Z-order) curve, so that a radius is a handful of contiguous row ranges. It is stable.
    """
    lat, lon = np.asarray(lats, dtype=np.float64), np.asarray(lons, dtype=np.float64)
    known = np.isfinite(lat) & np.isfinite(lon)
    top = (1 << _MORTON_BITS) - 1
    y = np.where(known, (np.nan_to_num(lat) + 90) / 180 * top, 0).astype(np.uint64)
    x = np.where(known, (np.nan_to_num(lon) + 180) / 360 * top, 0).astype(np.uint64)
    code = (_spread(y) << np.uint64(1)) | _spread(x)
    code[~known] = np.iinfo(np.uint64).max
    return np.argsort(code, kind="stable").astype(np.int64)


def _spread(value: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Put a zero bit between the low 32 bits of each value ("interleave bits by magic numbers")."""
    spread = value
    for shift, mask in (
        (16, 0x0000FFFF0000FFFF),
        (8, 0x00FF00FF00FF00FF),
        (4, 0x0F0F0F0F0F0F0F0F),
        (2, 0x3333333333333333),
        (1, 0x5555555555555555),
    ):
        spread = (spread | (spread << np.uint64(shift))) & np.uint64(mask)
    return spread

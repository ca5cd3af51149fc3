"""The Morton (Z-order) curve over the earth: one key a place, so that a square of it is one run of keys.

Longitude and latitude are counted in the same unit, 360/2^24 of a degree (2.4 m of the equator), interleaved with the
latitude's bit first. That it is Morton and not Hilbert or H3 was measured: `bench/index_choices.py`.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

Keys = NDArray[np.uint64]
#: Bits of each coordinate.
BITS = 24
#: Key of what has no coordinates: behind every place.
NOWHERE = np.uint64(2**63)
_TOP = (1 << BITS) - 1
_PER_DEGREE = (1 << BITS) / 360.0
_HALF = 12
_MASK = (1 << _HALF) - 1


def _spread(value: int) -> int:
    return sum(1 << (2 * bit) for bit in range(_HALF) if value >> bit & 1)


_SPREAD = [_spread(value) for value in range(1 << _HALF)]
_SPREAD_ARRAY = np.asarray(_SPREAD, dtype=np.uint64)


def column_of(lon: float) -> int:
    """Return the column of a longitude in degrees; what lies outside is taken to the border."""
    return min(max(int((lon + 180.0) * _PER_DEGREE), 0), _TOP)


def line_of(lat: float) -> int:
    """Return the line of a latitude in degrees, counted from the south pole."""
    return min(max(int((lat + 90.0) * _PER_DEGREE), 0), _TOP)


def edge_lon(column: int) -> float:
    """Return the western edge of a column, degrees."""
    return column / _PER_DEGREE - 180.0


def edge_lat(line: int) -> float:
    """Return the southern edge of a line, degrees."""
    return line / _PER_DEGREE - 90.0


def spread(number: int) -> int:
    """Return a column's part of a key; a line's is twice that."""
    return _SPREAD[number & _MASK] | _SPREAD[number >> _HALF] << (2 * _HALF)


def keys_of(lats: ArrayLike, lons: ArrayLike) -> Keys:
    """Return the key of each place; `NOWHERE` where a coordinate is NaN."""
    lat, lon = np.asarray(lats, dtype=np.float64), np.asarray(lons, dtype=np.float64)
    known = np.isfinite(lat) & np.isfinite(lon)
    columns = _numbers(np.where(known, lon + 180.0, 0.0))
    lines = _numbers(np.where(known, lat + 90.0, 0.0))
    keys: Keys = np.where(known, _spread_all(columns) | _spread_all(lines) << np.uint64(1), NOWHERE)
    return keys


def curve_order(lats: ArrayLike, lons: ArrayLike) -> NDArray[np.int64]:
    """Return the permutation that puts rows in the order of the curve, stable, places without coordinates last."""
    return np.argsort(keys_of(lats, lons), kind="stable").astype(np.int64)


def _numbers(degrees: NDArray[np.float64]) -> NDArray[np.int64]:
    numbers: NDArray[np.int64] = np.clip((degrees * _PER_DEGREE).astype(np.int64), 0, _TOP)
    return numbers


def _spread_all(numbers: NDArray[np.int64]) -> Keys:
    keys: Keys = _SPREAD_ARRAY[numbers & _MASK] | _SPREAD_ARRAY[numbers >> _HALF] << np.uint64(2 * _HALF)
    return keys

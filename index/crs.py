"""Coordinate systems of Chinese maps: GCJ-02 (Amap, Tencent) and BD-09 (Baidu), to and from WGS 84.

The formulas are those that circulate publicly, as in the open library eviltransform (GCJ-02 on the Krasovsky 1940
ellipsoid; BD-09 as a further twist of GCJ-02). The way back has no closed form; it is found by fixed-point iteration
to well under a millimetre. Outside China all systems are the same, as its makers defined it.
"""

from collections.abc import Callable
from math import atan2, cos, hypot, pi, sin, sqrt

#: Krasovsky 1940: semi-major axis in metres, and first eccentricity squared.
_A = 6378245.0
_EE = 0.00669342162296594323
#: The rectangle that the published formula takes for China, degrees.
_SOUTH, _NORTH, _WEST, _EAST = 0.8293, 55.8271, 72.004, 137.8347
_BD_PI = pi * 3000 / 180
_BD_SHIFT_LON, _BD_SHIFT_LAT = 0.0065, 0.006
#: Each step shrinks the error about a thousandfold; five leave less than 1e-12 degrees.
_STEPS = 8

Point = tuple[float, float]


def in_china(lat: float, lon: float) -> bool:
    """Whether the formula shifts this point; its rectangle is larger than the country."""
    return _SOUTH <= lat <= _NORTH and _WEST <= lon <= _EAST


def wgs84_to_gcj02(lat: float, lon: float) -> Point:
    """Return the point as Amap and Tencent draw it, degrees."""
    if not in_china(lat, lon):
        return lat, lon
    d_lat, d_lon = _gcj02_offset(lat, lon)
    return lat + d_lat, lon + d_lon


def gcj02_to_wgs84(lat: float, lon: float) -> Point:
    """Return the true point of one on Amap or Tencent, degrees."""
    if not in_china(lat, lon):
        return lat, lon
    found_lat, found_lon = lat, lon
    for _ in range(_STEPS):
        d_lat, d_lon = _gcj02_offset(found_lat, found_lon)
        found_lat, found_lon = lat - d_lat, lon - d_lon
    return found_lat, found_lon


def wgs84_to_bd09(lat: float, lon: float) -> Point:
    """Return the point as Baidu draws it, degrees."""
    if not in_china(lat, lon):
        return lat, lon
    return _gcj02_to_bd09(*wgs84_to_gcj02(lat, lon))


def bd09_to_wgs84(lat: float, lon: float) -> Point:
    """Return the true point of one on Baidu, degrees."""
    if not in_china(lat, lon):
        return lat, lon
    found_lat, found_lon = lat - _BD_SHIFT_LAT, lon - _BD_SHIFT_LON
    for _ in range(_STEPS):
        seen_lat, seen_lon = _gcj02_to_bd09(found_lat, found_lon)
        found_lat, found_lon = found_lat + lat - seen_lat, found_lon + lon - seen_lon
    return gcj02_to_wgs84(found_lat, found_lon)


def _gcj02_to_bd09(lat: float, lon: float) -> Point:
    radius = hypot(lon, lat) + 0.00002 * sin(lat * _BD_PI)
    angle = atan2(lat, lon) + 0.000003 * cos(lon * _BD_PI)
    return radius * sin(angle) + _BD_SHIFT_LAT, radius * cos(angle) + _BD_SHIFT_LON


def _gcj02_offset(lat: float, lon: float) -> Point:
    x, y = lon - 105.0, lat - 35.0
    common = (20.0 * sin(6.0 * x * pi) + 20.0 * sin(2.0 * x * pi)) * 2.0 / 3.0
    d_lat = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * sqrt(abs(x)) + common
    d_lat += (20.0 * sin(y * pi) + 40.0 * sin(y / 3.0 * pi)) * 2.0 / 3.0
    d_lat += (160.0 * sin(y / 12.0 * pi) + 320.0 * sin(y / 30.0 * pi)) * 2.0 / 3.0
    d_lon = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * sqrt(abs(x)) + common
    d_lon += (20.0 * sin(x * pi) + 40.0 * sin(x / 3.0 * pi)) * 2.0 / 3.0
    d_lon += (150.0 * sin(x / 12.0 * pi) + 300.0 * sin(x / 30.0 * pi)) * 2.0 / 3.0
    magic = 1 - _EE * sin(lat / 180.0 * pi) ** 2
    d_lat = d_lat * 180.0 / (_A * (1 - _EE) / (magic * sqrt(magic)) * pi)
    d_lon = d_lon * 180.0 / (_A / sqrt(magic) * cos(lat / 180.0 * pi) * pi)
    return d_lat, d_lon


#: How an imported point becomes WGS 84, by the name of its system.
CRS_TO_WGS84: dict[str, Callable[[float, float], Point]] = {
    "wgs84": lambda lat, lon: (lat, lon),
    "gcj02": gcj02_to_wgs84,
    "bd09": bd09_to_wgs84,
}

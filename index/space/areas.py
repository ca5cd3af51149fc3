"""Areas that a search may be held to: circle, box, polygon and the corridor along a route.

Every area gives the boxes that hold it, cut at the antimeridian, and says exactly which points are in it. A point on
the border is in. Distances are those of `index.geodesy`, on the sphere of WGS 84's mean radius.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from index.errors import UsageError
from index.geodesy import EARTH_RADIUS_M, distances_m
from index.space.points import Points, unit_vectors

Mask = NDArray[np.bool_]
Floats = NDArray[np.float64]
#: Added around boxes, degrees (1 mm): rounding must not lose a point on the border.
_MARGIN = 1e-8
#: Latitude of a pole, and a whole turn, degrees.
_POLE, _ROUND = 90.0, 360.0
#: A corridor's leg is held by circles that reach so many of its widths along it.
_WIDTHS_A_PIECE = 4
_MOST_PIECES = 64
_HALF_ROUND_M = math.pi * EARTH_RADIUS_M
#: Places so near to being opposite have no great circle that can be told.
_OPPOSITE_M = 10.0


class Bounds(NamedTuple):
    """A box that does not cross the antimeridian: degrees, south ≤ north, west ≤ east."""

    south: float
    west: float
    north: float
    east: float


class Area(Protocol):
    """A part of the earth."""

    @property
    def bounds(self) -> Sequence[Bounds]:
        """Boxes that together hold the area."""
        ...

    def touches(self, lats: Floats, lons: Floats) -> Mask | None:
        """Return which cells of a grid may hold a part of the area; None where that is not worth asking.

        `lats` and `lons` are the grid's edges, ascending; the mask has a line for each latitude.
        """
        ...

    def contains(self, points: Points) -> Mask:
        """Return which points are in the area."""
        ...


@dataclass(frozen=True)
class Circle:
    """All within `radius_m` metres of a place.

    Raises:
        UsageError: The place is not on earth, or the radius negative.
    """

    lat: float
    lon: float
    radius_m: float

    def __post_init__(self) -> None:
        _check_place(self.lat, self.lon)
        _check_distance(self.radius_m)

    @cached_property
    def bounds(self) -> Sequence[Bounds]:
        """The box around the circle, in two parts where it crosses the antimeridian."""
        angle = self.radius_m / EARTH_RADIUS_M
        reach = math.degrees(angle) + _MARGIN
        south, north = self.lat - reach, self.lat + reach
        if south <= -_POLE or north >= _POLE:
            return (Bounds(max(south, -90.0), -180.0, min(north, 90.0), 180.0),)
        # The meridians that touch a circle: sin Δλ = sin r / cos φ.
        sine = math.sin(math.radians(reach)) / math.cos(math.radians(self.lat))
        if sine >= 1 or reach >= _POLE:
            return (Bounds(south, -180.0, north, 180.0),)
        width = math.degrees(math.asin(sine)) + _MARGIN
        return _cut(south, self.lon - width, north, self.lon + width)

    def touches(self, lats: Floats, lons: Floats) -> Mask | None:
        """Return which cells come near enough.

        hav d = hav Δφ + cos φ₁ cos φ₂ hav Δλ; over a cell each part has a least value, and their sum is not above
        the least distance.
        """
        d_lat = np.maximum(np.maximum(lats[:-1] - self.lat, self.lat - lats[1:]), 0.0)
        west, east = (lons[:-1] - self.lon) % 360, (self.lon - lons[1:]) % 360
        d_lon = np.where(west + east <= _ROUND, np.minimum(west, east), 0.0)
        flattest = np.cos(np.radians(np.minimum(np.maximum(np.abs(lats[:-1]), np.abs(lats[1:])), 90.0)))
        by_line = np.sin(np.radians(d_lat) / 2) ** 2
        by_column = math.cos(math.radians(self.lat)) * np.sin(np.radians(d_lon) / 2) ** 2
        angle = min(self.radius_m / EARTH_RADIUS_M, math.pi) + math.radians(_MARGIN)
        least = math.sin(min(angle / 2, math.pi / 2)) ** 2
        near: Mask = by_line[:, None] + flattest[:, None] * by_column <= least
        return near

    @cached_property
    def _unit(self) -> tuple[float, float, float]:
        lat, lon = math.radians(self.lat), math.radians(self.lon)
        return math.cos(lat) * math.cos(lon), math.cos(lat) * math.sin(lon), math.sin(lat)

    def contains(self, points: Points) -> Mask:
        """Return which points are at most the radius away: by chords, and by the angle where those are too close."""
        limit = 4 * math.sin(min(self.radius_m / EARTH_RADIUS_M, math.pi) / 2) ** 2
        away = points.units - self._unit
        chords = np.einsum("ij,ij->i", away, away)
        # A chord is off by some 1e-15 earth radii; what lies so close to the border is measured as distances are.
        doubt = 1e-13 * math.sqrt(limit) + 1e-26
        inside: Mask = chords <= limit - doubt
        near = chords <= limit + doubt
        if np.count_nonzero(near) != np.count_nonzero(inside):
            unsure = np.flatnonzero(near & ~inside)
            exact = distances_m(self.lat, self.lon, points.lats[unsure], points.lons[unsure])
            inside[unsure] = exact <= self.radius_m
        return inside


@dataclass(frozen=True)
class Box:
    """Between two parallels and two meridians, degrees; it crosses the antimeridian where `west` is above `east`.

    Raises:
        UsageError: A corner is not on earth, or the south is above the north.
    """

    south: float
    west: float
    north: float
    east: float

    def __post_init__(self) -> None:
        _check_place(self.south, self.west)
        _check_place(self.north, self.east)
        if self.south > self.north:
            raise UsageError(f"a box's south ({self.south:g}) is above its north ({self.north:g}); swap them")

    @property
    def _width(self) -> float:
        return self.east - self.west if self.west <= self.east else self.east - self.west + 360.0

    @cached_property
    def bounds(self) -> Sequence[Bounds]:
        """The box itself, a hair wider, in two parts where it crosses the antimeridian."""
        west = self.west - _MARGIN
        return _cut(self.south - _MARGIN, west, self.north + _MARGIN, west + self._width + 2 * _MARGIN)

    def touches(self, lats: Floats, lons: Floats) -> Mask | None:  # noqa: ARG002 - the bounds are the area
        """Return None: every cell of the bounds does."""
        return None

    def contains(self, points: Points) -> Mask:
        """Return which points are in the box."""
        lats, lons = points.lats, points.lons
        between = _between(lons, self.west, self.east)
        if max(abs(self.west), abs(self.east)) == _ROUND / 2:
            # One meridian has two names.
            between |= np.abs(lons) == _ROUND / 2
        inside: Mask = between & (lats >= self.south) & (lats <= self.north)
        return inside


class Polygon:
    """Inside an odd number of rings: an outline, then its holes, or several outlines. Each ring is (lat, lon) pairs.

    Edges are straight in degrees, as in GeoJSON (RFC 7946, 3.1.1), and go the shorter way round the earth.

    Raises:
        UsageError: A ring has fewer than three places, or goes round a pole.
    """

    def __init__(self, rings: Sequence[Sequence[tuple[float, float]]]) -> None:
        if not rings:
            raise UsageError("a polygon needs a ring of at least three places")
        unwrapped = [_unwrapped(ring) for ring in rings]
        start = unwrapped[0][0, 1]
        # Every ring in the turn of the first, so that holes lie where the outline is.
        self._rings = [ring - [0, 360 * round((ring[0, 1] - start) / 360)] for ring in unwrapped]
        corners = np.concatenate(self._rings)
        self._south, self._west = corners.min(axis=0)
        self._north, self._east = corners.max(axis=0)

    @cached_property
    def bounds(self) -> Sequence[Bounds]:
        """The box around the polygon, in two parts where it crosses the antimeridian."""
        return _cut(self._south - _MARGIN, self._west - _MARGIN, self._north + _MARGIN, self._east + _MARGIN)

    def touches(self, lats: Floats, lons: Floats) -> Mask | None:
        """Return which cells an edge may pass through, and those of the others whose middle, and so all, is inside."""
        middles = np.stack(np.meshgrid((lats[:-1] + lats[1:]) / 2, (lons[:-1] + lons[1:]) / 2, indexing="ij"))
        touched = self.contains(Points.of(middles[0].ravel(), middles[1].ravel())).reshape(middles[0].shape)
        for ring in self._rings:
            south, west = np.minimum(ring[:-1], ring[1:]).T[..., None] - _MARGIN
            north, east = np.maximum(ring[:-1], ring[1:]).T[..., None] + _MARGIN
            lines = (south <= lats[1:]) & (north >= lats[:-1])
            for turn in (-360.0, 0.0, 360.0):
                columns = (west <= lons[1:] + turn) & (east >= lons[:-1] + turn)
                touched |= (lines[:, :, None] & columns[:, None, :]).any(axis=0)
        return touched

    def contains(self, points: Points) -> Mask:
        """Return which points are in the polygon, by counting the edges west of them (Shimrat, CACM 5(8), 1962)."""
        inside = np.zeros(len(points), dtype=np.bool_)
        for turn in (-360.0, 0.0, 360.0):
            lons = points.lons + turn
            asked = np.flatnonzero((lons >= self._west) & (lons <= self._east))
            if len(asked):
                inside[asked] |= self._holds(points.lats[asked], lons[asked])
        return inside

    def _holds(self, lats: Floats, lons: Floats) -> Mask:
        odd = np.zeros(len(lats), dtype=np.bool_)
        border = np.zeros(len(lats), dtype=np.bool_)
        for ring in self._rings:
            for (lat_a, lon_a), (lat_b, lon_b) in pairwise(ring):
                side = (lon_b - lon_a) * (lats - lat_a) - (lat_b - lat_a) * (lons - lon_a)
                crosses = (lat_a > lats) != (lat_b > lats)
                odd ^= crosses & ((side > 0) == (lat_b > lat_a))
                level = (lats >= min(lat_a, lat_b)) & (lats <= max(lat_a, lat_b))
                border |= (side == 0) & level & (lons >= min(lon_a, lon_b)) & (lons <= max(lon_a, lon_b))
        return odd | border


@dataclass(frozen=True)
class Corridor:
    """All within `width_m` metres of a route: great circles from each of its places to the next.

    Raises:
        UsageError: The route has no place, or one that is not on earth, or the width is negative.
    """

    path: tuple[tuple[float, float], ...]
    width_m: float

    def __post_init__(self) -> None:
        if not self.path:
            raise UsageError("a corridor needs a route of at least one place")
        for lat, lon in self.path:
            _check_place(lat, lon)
        _check_distance(self.width_m)
        for (lat_a, lon_a), (lat_b, lon_b) in self._legs():
            if float(distances_m(lat_a, lon_a, [lat_b], [lon_b])[0]) > _HALF_ROUND_M - _OPPOSITE_M:
                raise UsageError(
                    "a route's next place is opposite on earth, and every way is as short; add one between"
                )

    @cached_property
    def bounds(self) -> Sequence[Bounds]:
        """The boxes of circles that overlap along the route."""
        circles = [Circle(*place, self.width_m) for place in self.path[:1]]
        for start, end in self._legs():
            circles += self._pieces(start, end)
        return tuple(box for circle in circles for box in circle.bounds)

    def touches(self, lats: Floats, lons: Floats) -> Mask | None:  # noqa: ARG002 - the pieces are small already
        """Return None."""
        return None

    def contains(self, points: Points) -> Mask:
        """Return which points are near enough to a leg: across it where they lie beside it, else to its ends."""
        inside = Circle(*self.path[0], self.width_m).contains(points)
        for start, end in self._legs():
            inside |= Circle(*end, self.width_m).contains(points)
            inside |= self._beside(start, end, points)
        return inside

    def _legs(self) -> list[tuple[tuple[float, float], tuple[float, float]]]:
        return list(pairwise(self.path))

    def _beside(self, start: tuple[float, float], end: tuple[float, float], points: Points) -> Mask:
        first, last = unit_vectors(np.asarray([start[0], end[0]]), np.asarray([start[1], end[1]]))
        normal = np.cross(first, last)
        length = float(np.linalg.norm(normal))
        if length == 0.0:
            return np.zeros(len(points), dtype=np.bool_)
        normal /= length
        across = np.abs(points.units @ normal) <= math.sin(min(self.width_m / EARTH_RADIUS_M, math.pi / 2))
        ahead = points.units @ np.cross(normal, first) >= 0
        behind = points.units @ np.cross(last, normal) >= 0
        beside: Mask = across & ahead & behind
        return beside

    def _pieces(self, start: tuple[float, float], end: tuple[float, float]) -> list[Circle]:
        first, last = unit_vectors(np.asarray([start[0], end[0]]), np.asarray([start[1], end[1]]))
        length = float(distances_m(*start, [end[0]], [end[1]])[0])
        count = min(
            max(1, math.ceil(length / max(_WIDTHS_A_PIECE * self.width_m, length / _MOST_PIECES, 1.0))), _MOST_PIECES
        )
        angle = length / EARTH_RADIUS_M
        pieces = []
        for piece in range(count):
            lat, lon = _along(first, last, angle, (piece + 0.5) / count)
            pieces.append(Circle(lat, lon, length / count / 2 + self.width_m + 0.01))
        return pieces


def _along(first: Floats, last: Floats, angle: float, share: float) -> tuple[float, float]:
    """Return the place at a share of the great circle from one unit vector to another."""
    middle = first
    if angle > 1e-12:  # noqa: PLR2004 - more than a hundredth of a millimetre
        middle = math.sin((1 - share) * angle) * first + math.sin(share * angle) * last
    lat = math.degrees(math.atan2(middle[2], math.hypot(middle[0], middle[1])))
    return lat, math.degrees(math.atan2(middle[1], middle[0]))


def _between(lons: Floats, west: float, east: float) -> Mask:
    if west <= east:
        return (lons >= west) & (lons <= east)
    return (lons >= west) | (lons <= east)


def _cut(south: float, west: float, north: float, east: float) -> tuple[Bounds, ...]:
    """Return a box in the parts that do not cross the antimeridian; `west` ≤ `east`, both in whatever turn."""
    south, north = max(south, -90.0), min(north, 90.0)
    if east - west >= _ROUND:
        return (Bounds(south, -180.0, north, 180.0),)
    turn = 360.0 * math.floor((west + 180.0) / 360.0)
    west, east = west - turn, east - turn
    if east < _ROUND / 2:
        return (Bounds(south, west, north, east),)
    return Bounds(south, west, north, 180.0), Bounds(south, -180.0, north, east - 360.0)


def _unwrapped(ring: Sequence[tuple[float, float]]) -> Floats:
    """Return a closed ring whose longitudes run on over the antimeridian."""
    places = np.asarray(ring, dtype=np.float64).reshape(-1, 2)
    for lat, lon in places:
        _check_place(lat, lon)
    if len(places) and np.array_equal(places[0], places[-1]):
        places = places[:-1]
    if len(places) < 3:  # noqa: PLR2004
        raise UsageError("a polygon's ring needs at least three places")
    closed = np.concatenate([places, places[:1]])
    steps = np.diff(closed[:, 1])
    turns = np.concatenate([[0.0], np.cumsum(-360.0 * np.sign(steps) * (np.abs(steps) > _ROUND / 2))])
    closed[:, 1] += turns
    if turns[-1] != 0:
        raise UsageError("a polygon must not go round a pole; cut it along a meridian")
    return closed


def _check_place(lat: float, lon: float) -> None:
    if not (abs(lat) <= _POLE and abs(lon) <= _ROUND / 2):
        raise UsageError(f"({lat:g}, {lon:g}) is no place on earth: latitude -90 to 90, longitude -180 to 180")


def _check_distance(metres: float) -> None:
    if not metres >= 0:
        raise UsageError(f"a distance cannot be {metres:g} m; give 0 or more")

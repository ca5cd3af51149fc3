"""Where the rows are: degrees, and unit vectors for distances that need no trigonometry."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Points:
    """Places of consecutive rows: degrees on WGS 84, and `units`, their vectors from the earth's centre, length 1."""

    lats: Floats
    lons: Floats
    units: Floats

    @classmethod
    def of(cls, lats: Floats, lons: Floats) -> "Points":
        """Add the unit vectors."""
        return cls(lats, lons, unit_vectors(lats, lons))

    def __len__(self) -> int:
        return len(self.lats)

    def take(self, starts: list[int], ends: list[int]) -> "Points":
        """Return the points of some row ranges, one after the other; those of a single range are not copied."""
        if len(starts) == 1:
            cut = slice(starts[0], ends[0])
            return Points(self.lats[cut], self.lons[cut], self.units[cut])
        cuts = [slice(start, end) for start, end in zip(starts, ends, strict=True)]
        if not cuts:
            return Points(self.lats[:0], self.lons[:0], self.units[:0])
        return Points(
            np.concatenate([self.lats[cut] for cut in cuts]),
            np.concatenate([self.lons[cut] for cut in cuts]),
            np.concatenate([self.units[cut] for cut in cuts]),
        )


def unit_vectors(lats: Floats, lons: Floats) -> Floats:
    """Return the unit vector of each place, a row each: x towards (0, 0), z towards the north pole."""
    lat, lon = np.radians(lats), np.radians(lons)
    flat = np.cos(lat)
    return np.stack([flat * np.cos(lon), flat * np.sin(lon), np.sin(lat)], axis=-1)

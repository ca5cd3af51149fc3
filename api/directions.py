"""Links that open a map application on the way to a listing, each in the coordinates that the application draws in.

Amap and, in China, Apple draw in GCJ-02, Baidu in BD-09; a `geo:` URI is WGS 84 (RFC 5870). Where a listing's
coordinates are only roughly known there is no link: a driver would be led to the wrong door.
"""

from urllib.parse import quote, urlencode

from pydantic import BaseModel, Field

from api.replies import in_language
from index.crs import wgs84_to_bd09, wgs84_to_gcj02
from index.listing import Listing
from index.settings import Language, Settings

#: Coordinates that may be further off are too rough to be led to, metres.
ROUGHEST_M = 200.0
#: Decimals in a link: a tenth of a metre.
_DECIMALS = 6

_REASONS: dict[str, dict[Language, str]] = {
    "approximate": {
        "zh": "坐标只是大概位置（误差可达 {m} 米），因此不提供导航；请打电话询问。",
        "en": "The coordinates are only approximate (up to {m} m off), so there are no directions; ask by phone.",
    },
    "unknown": {"zh": "没有坐标，无法导航。", "en": "There are no coordinates to be led to."},
}


class DirectionLinks(BaseModel):
    """A link for each map application, or the reason why there are none."""

    links: dict[str, str] = Field(
        description="By application: `amap`, `baidu`, `apple`, `geo`.", examples=[{"geo": "geo:30.551000,119.610000"}]
    )
    reason: str | None = Field(None, description="Why there are none, in the language of the reply.")


def directions(listing: Listing, settings: Settings, language: Language) -> DirectionLinks:
    """Return the links to a listing."""
    if listing.lat is None or listing.lon is None:
        return DirectionLinks(links={}, reason=_REASONS["unknown"][language])
    accuracy = listing.coordinates_accuracy_m or 0.0
    if accuracy > ROUGHEST_M:
        return DirectionLinks(links={}, reason=_REASONS["approximate"][language].format(m=f"{accuracy:,.0f}"))
    name = str(in_language(listing, "name", language))
    return DirectionLinks(links=_links(listing.lat, listing.lon, name, settings))


def _links(lat: float, lon: float, name: str, settings: Settings) -> dict[str, str]:
    gcj02 = _pair(*wgs84_to_gcj02(lat, lon))
    bd09 = _pair(*wgs84_to_bd09(lat, lon))
    wgs84 = _pair(lat, lon)
    amap = {
        "to": f"{gcj02[1]},{gcj02[0]},{name.replace(',', ' ')}",
        "mode": "car",
        "coordinate": "gaode",
        "callnative": "1",
        "src": "baicha",
    }
    baidu = {
        "origin": "我的位置",
        "destination": f"latlng:{bd09[0]},{bd09[1]}|name:{name.replace('|', ' ')}",
        "mode": "driving",
        "region": settings.county,
        "coord_type": "bd09ll",
        "output": "html",
        "src": "baicha",
    }
    return {
        "amap": f"https://uri.amap.com/navigation?{urlencode(amap)}",
        "baidu": f"https://api.map.baidu.com/direction?{urlencode(baidu)}",
        "apple": f"https://maps.apple.com/?{urlencode({'daddr': ','.join(gcj02), 'q': name})}",
        "geo": f"geo:{','.join(wgs84)}?q={','.join(wgs84)}({quote(name, safe='')})",
    }


def _pair(lat: float, lon: float) -> tuple[str, str]:
    return f"{lat:.{_DECIMALS}f}", f"{lon:.{_DECIMALS}f}"

"""`baicha search`: ask as a tourist would, from the terminal."""

import re
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from api.cli.options import DataOption, JsonOption, examples, load_settings

if TYPE_CHECKING:
    from recommender.result import Answer, Result

_POINT = re.compile(r"\s*(-?\d+(?:\.\d+)?)\s*[,，]\s*(-?\d+(?:\.\d+)?)\s*")
_KM = 1000


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command(
        epilog=examples(
            "baicha search '余村附近吃竹林鸡，人均80以下'",
            "baicha search 'a quiet guesthouse among tea gardens with parking' --json",
            "baicha search 'lunch near me' --near 30.552,119.563 --limit 5",
        )
    )(search)


def search(
    words: Annotated[str, typer.Argument(metavar="WORDS", help="What is looked for, in Chinese or English.")],
    *,
    lang: Annotated[
        Literal["zh", "en"] | None, typer.Option(help="Language of the answer.  [default: the words']")
    ] = None,
    near: Annotated[str | None, typer.Option(metavar="LAT,LON", help="Where the asker is, WGS 84.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=50, help="How many results.")] = 10,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Search the data folder, and say of each result why it is there. Nothing is recorded."""
    from datetime import UTC, datetime

    from recommender.request import SearchRequest

    from api.container import Container
    from api.operations.database import upgrade_in_place
    from recommender.detect import language_of

    settings = load_settings(data)
    origin = _point(near) if near is not None else None
    container = Container(settings)
    try:
        finder = container.finder()
        upgrade_in_place(container.engine)
        request = SearchRequest(
            text=words,
            language=lang or language_of(words) or settings.language,
            now=datetime.now(UTC).astimezone(settings.tz),
            origin=origin,
            limit=limit,
            hidden=container.hidden_ids(),
        )
        answer = finder.find(request)
    finally:
        container.close()
    _show(answer)


def _point(text: str) -> tuple[float, float]:
    """Return degrees.

    Raises:
        UsageError: It is not a latitude and a longitude.
    """
    from index.errors import UsageError

    found = _POINT.fullmatch(text)
    lat, lon = (float(found[1]), float(found[2])) if found else (91.0, 0.0)
    if not (-90 <= lat <= 90 and -180 <= lon <= 180):  # noqa: PLR2004 - degrees
        raise UsageError(f"--near takes a latitude and a longitude, such as 30.552,119.563; not {text!r}")
    return lat, lon


def _show(answer: "Answer") -> None:
    language = answer.query.language
    for chip in answer.understood:
        typer.echo(f"[{chip.label}] ", nl=False)
    if answer.understood:
        typer.echo()
    for relaxation in answer.relaxed:
        typer.echo(f"({relaxation.note})")
    for position, result in enumerate(answer.results, start=answer.offset + 1):
        typer.echo(f"{position:>2}. {_title(result, language)}")
        typer.echo(f"    {'；'.join(result.reasons) if language == 'zh' else '; '.join(result.reasons)}")
    if not answer.results:
        typer.echo("没有找到" if language == "zh" else "nothing found", err=True)


def _title(result: "Result", language: str) -> str:
    listing = result.listing
    names = (listing.name, listing.name_en) if language == "zh" else (listing.name_en, listing.name)
    parts = [" / ".join(name for name in names if name)]
    if listing.made_up:
        parts.append("（虚构示例）" if language == "zh" else "(made up)")
    if listing.price is not None:
        parts.append(f"{listing.price:g} {listing.currency}")
    if result.distance_m is not None:
        about = ("约" if language == "zh" else "about ") if result.approximate else ""
        parts.append(f"{about}{result.distance_m / _KM:.1f} km")
    return "  ".join([*parts, f"<{listing.id}>"])

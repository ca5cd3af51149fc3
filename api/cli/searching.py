"""`baicha search`: ask as a tourist would, from the terminal."""

import re
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from api.cli.options import DataOption, JsonOption, examples, load_settings

if TYPE_CHECKING:
    from api.replies import ResultBrief
    from api.searching import SearchPage, SearchPlan
    from index.settings import Language

_POINT = re.compile(r"\s*(-?\d+(?:\.\d+)?)\s*[,，]\s*(-?\d+(?:\.\d+)?)\s*")
_KM = 1000
#: What the terminal says around an answer, in the answer's language.
_WORDS: dict[str, Any] = {
    "zh": {
        "made_up": "（虚构示例）",
        "about": "约 ",
        "stop": "；",
        "nothing": "没有找到",
        "head": "/人",
        "night": "/晚",
        "ticket": "/票",
        "method": {"exact": "精确", "approximate": "近似", "nothing": "无"},
        "areas": {"circle": "圆形", "corridor": "沿途走廊", "box": "矩形", "polygon": "多边形"},
        "plan": "查找方式：{method}（{reason}）",
        "area": "区域：{area}，{ranges} 段",
        "counts": "共 {rows} 条，其中 {tail} 条新于磁盘索引；查看 {looked_at}，符合 {left}（{share}），读向量 {scored}",
        "took": "毫秒：{took}",
    },
    "en": {
        "made_up": "(made up)",
        "about": "about ",
        "stop": "; ",
        "nothing": "nothing found",
        "head": " a head",
        "night": " a night",
        "ticket": " a ticket",
        "method": {"exact": "exact", "approximate": "approximate", "nothing": "nothing"},
        "areas": {"circle": "circle", "corridor": "corridor", "box": "box", "polygon": "polygon"},
        "plan": "plan: {method} ({reason})",
        "area": "area: {area} in {ranges} ranges",
        "counts": "rows: {rows}, {tail} newer than the index on disk; {looked_at} looked at, {left} left ({share}), "
        "{scored} vectors read",
        "took": "milliseconds: {took}",
    },
}


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command(
        short_help="Ask as a tourist would.",
        epilog=examples(
            "baicha search '余村附近吃竹林鸡，人均80以下'",
            "baicha search 'a quiet guesthouse among tea gardens with parking' --json",
            "baicha search 'lunch near me' --near 30.552,119.563 --limit 5",
            "baicha search 'tea within 3 km of 余村' --explain",
        ),
    )(search)


def search(
    words: Annotated[str, typer.Argument(metavar="WORDS", help="What is looked for, in Chinese or English.")],
    *,
    lang: Annotated[
        Literal["zh", "en"] | None, typer.Option(help="Language of the answer.  [default: the words']")
    ] = None,
    near: Annotated[str | None, typer.Option(metavar="LAT,LON", help="Where the asker is, WGS 84.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=50, help="How many results.")] = 10,
    explain: Annotated[bool, typer.Option("--explain", help="Tell how the results were found.")] = False,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Search the data folder, and say of each result why it is there.

    Nothing is recorded. With --json the reply is that of GET /v1/search.
    """
    from api.container import Container
    from api.operations.database import upgrade_in_place
    from api.searching import SearchParams
    from api.searching import search as answer
    from index.snapshot import Snapshots

    lat, lon = _point(near) if near is not None else (None, None)
    params = SearchParams(q=words, lang=lang, lat=lat, lon=lon, limit=limit, explain=explain, record=False)
    container = Container(load_settings(data))
    try:
        Snapshots(container.settings).current()  # complains of an empty folder before a database is made in it
        upgrade_in_place(container.engine)
        page = answer(container, params, None)
    finally:
        container.close()
    if as_json:
        typer.echo(page.model_dump_json(indent=1))
    else:
        _show(page)


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


def _show(page: "SearchPage") -> None:
    words = _WORDS[page.language]
    if page.understood:
        typer.echo(" ".join(f"[{chip.label}]" for chip in page.understood))
    for note in page.notes:
        typer.echo(f"* {note}")
    for relaxed in page.relaxed:
        typer.echo(f"* {relaxed.note}")
    for position, result in enumerate(page.results, start=page.offset + 1):
        typer.echo(f"{position:>2}. {_title(result, page.language)}")
        typer.echo(f"    {words['stop'].join(result.reasons)}")
    if not page.results:
        typer.echo(words["nothing"], err=True)
    if page.plan is not None:
        _show_plan(page.plan, words)


def _show_plan(plan: "SearchPlan", words: dict[str, Any]) -> None:
    typer.echo(words["plan"].format(method=words["method"][plan.method], reason=plan.reason))
    if plan.area is not None:
        typer.echo(words["area"].format(area=words["areas"][plan.area], ranges=plan.ranges))
    share = "-" if plan.share is None else f"{plan.share:.2%}"
    typer.echo(words["counts"].format(**plan.model_dump(exclude={"share"}), share=share))
    typer.echo(words["took"].format(took=", ".join(f"{stage} {taken:.1f}" for stage, taken in plan.took_ms.items())))


def _title(result: "ResultBrief", language: "Language") -> str:
    words = _WORDS[language]
    shown = result.shown[language].text
    names = dict.fromkeys((shown, result.name, result.name_en))
    parts = [" / ".join(name for name in names if name)]
    if result.made_up:
        parts.append(words["made_up"])
    if result.price is not None:
        parts.append(f"{result.price:g} {result.currency}{words[result.price_unit]}")
    if result.distance_m is not None:
        # What may be off by hundreds of metres is told in whole kilometres.
        far = max(round(result.distance_m / _KM), 1) if result.approximate else round(result.distance_m / _KM, 1)
        parts.append(f"{words['about'] if result.approximate else ''}{far} km")
    return "  ".join([*parts, f"<{result.id}>"])

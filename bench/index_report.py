"""Tables and a plot for `docs/benchmarks.md` from what `bench.index` wrote, one file for each number of rows.

    python -m bench.index_report

Only the part of the document between its two markers is replaced.
"""

import json
import math
from pathlib import Path
from typing import Any

from bench.index import CASES, RESULTS

DOCUMENT, PLOT = Path("docs/benchmarks.md"), Path("docs/benchmarks-circle.svg")
SCALE_PLOT = Path("docs/benchmarks-scale.svg")
Lines = dict[str, list[tuple[float, float]]]
_BEGIN, _END = "<!-- begin: bench.index_report -->\n", "<!-- end: bench.index_report -->\n"
_WIDTH, _HEIGHT, _LEFT, _TOP, _BOTTOM, _RIGHT = 720, 400, 70, 40, 60, 150
_COLOURS = ("#2f6f4f", "#999999", "#b5651d", "#3b6ea5", "#8a4f9e", "#c0392b", "#555555")
_CHANGES = ("add", "change", "delete")
_TITLES = {
    "circle": "Circle of 5 km, ten results",
    "circle-limits": "The same, with two limits that leave a tenth",
    "anywhere": "No place, no limits",
}


def main() -> None:
    """Write the tables and the plots."""
    runs = sorted((json.loads(path.read_text()) for path in RESULTS.glob("index-*[0-9].json")), key=_rows_of)
    with_peers = sorted((json.loads(path.read_text()) for path in RESULTS.glob("index-*-peers.json")), key=_rows_of)
    if not runs:
        raise SystemExit("there are no results; run `make bench-index` first")
    parts = [_run(run) for run in reversed(runs)] + [_run(run, "FAISS=0 ") for run in reversed(with_peers)]
    if len(runs) > 1:
        PLOT.write_text(plot(*_by_rows(runs)), encoding="utf-8")
        parts.insert(0, f"![Milliseconds of a circle by rows]({PLOT.name})\n")
    for name, told in (
        ("index-scale.json", _scale),
        ("index-changes.json", _changes),
        ("encoding.json", _encoding),
    ):
        if (RESULTS / name).exists():
            parts.append(told(json.loads((RESULTS / name).read_text())))
    parts += [_http(json.loads(path.read_text())) for path in sorted(RESULTS.glob("index-http*.json"))]
    found = sorted(RESULTS.glob("import-scale-*.json"), key=lambda path: int(path.stem.rsplit("-", 1)[1]))
    parts += [_imported(json.loads(path.read_text())) for path in found]
    text = DOCUMENT.read_text(encoding="utf-8")
    before, rest = text.split(_BEGIN, 1)
    DOCUMENT.write_text(
        before + _BEGIN + "\n" + "\n".join(parts) + "\n" + _END + rest.split(_END, 1)[1], encoding="utf-8"
    )


def _scale(report: dict[str, Any]) -> str:
    sizes = report["sizes"]
    lines = {
        "circle, int8": [(size["rows"], size["circle_int8"]["p50_ms"]) for size in sizes],
        "circle, fp32": [(size["rows"], size["circle_fp32"]["p50_ms"]) for size in sizes],
        "no place": [(size["rows"], size["anywhere"]["p50_ms"]) for size in sizes],
    }
    title = f"Median milliseconds by rows, 500 candidates ({report['machine']}; python -m bench.index_scale)"
    SCALE_PLOT.write_text(plot(lines, title), encoding="utf-8")
    told = [
        "### Cost as the country grows\n",
        f"![Milliseconds by rows for 500 candidates]({SCALE_PLOT.name})\n",
        (
            f"`python -m bench.index_scale` on {report['machine']}: circles that hold just 500 places, ten results. "
            "`beside` is what the approximate index, the curve's keys and the places' unit vectors take, and `int8` "
            "what the rounded vectors take, both as a share of the vectors in single precision.\n"
        ),
        (
            "| rows | circle int8, ms p50 / p95 | circle fp32 | recall | no place | recall | index built, s | opened, "
            "ms | beside | int8 |\n|---|---|---|---|---|---|---|---|---|---|"
        ),
    ]
    told += [
        f"| {size['rows']:,} | {_both(size['circle_int8'])} | {_both(size['circle_fp32'])} "
        f"| {size['recall_circle']:.3f} | {_both(size['anywhere'])} | {size['recall_anywhere']:.3f} "
        f"| {size['build_s']} | {size['open_s'] * 1000:.0f} | {size['beside_fp32']} | {size['int8_of_fp32']} |"
        for size in sizes
    ]
    return "\n".join([*told, ""])


def _both(times: dict[str, float]) -> str:
    return f"{times['p50_ms']:.3f} / {times['p95_ms']:.3f}"


def _http(report: dict[str, Any]) -> str:
    told = [
        f"### Whole requests over HTTP, {report['rows']:,} listings\n",
        (
            f"`ROWS={report['rows']} python -m bench.index_http` on {report['machine']}, load {report['load']}: "
            "`baicha serve --workers 2`, and LanceDB's hybrid search behind the same route with two; the encoder is "
            "in every request, the client on the same cores. Baicha reads limits and names out of the words, relaxes, "
            "counts, and gives reasons; LanceDB's route takes the distance out of the words by a fixed pattern and "
            "fuses what its vector index and its full-text index find.\n"
        ),
        (
            "| system | asked | one client, ms p50 / p95 | eight clients, ms p50 / p95 | requests a second | start, s "
            "| memory, MB |\n|---|---|---|---|---|---|---|"
        ),
    ]
    told += [
        f"| {row['system']} | {kind} | {one['p50_ms']} / {one['p95_ms']} | {one['p50_ms_of_8']} / {one['p95_ms_of_8']} "
        f"| {one['requests_a_second']} | {row['start_s']} | {row['pss_mb']:,} |"
        for row in report["systems"]
        for kind, one in row["kinds"].items()
    ]
    return "\n".join([*told, ""])


def _changes(report: dict[str, Any]) -> str:
    told = [
        f"### A change of one listing, {report['rows']:,} listings\n",
        (
            f"`ROWS={report['rows']} python -m bench.index_changes` on {report['machine']}, medians. A circle took "
            f"{report['before_ms']:.3f} ms before, and {report['searched_ms']:.3f} ms with the {report['tail']} "
            "listings of the tail.\n"
        ),
        "| change | written, ms | then shown, ms |\n|---|---|---|",
    ]
    told += [f"| {name} | {report[name]['written_ms']} | {report[name]['shown_ms']} |" for name in _CHANGES]
    return "\n".join([*told, ""])


def _encoding(report: dict[str, Any]) -> str:
    cpu_s, query = report["searchable_cpu_s"], report["query_cpu_ms"]
    return (
        f"### What encoding takes of the processor\n\n`ROWS={report['rows']} python -m bench.encoding` on "
        f"{report['machine']}: "
        f"{report['imported']:,} new listings of 40 words took {cpu_s:.0f} s of processor from their file to being "
        f"searchable (the next table has the clock): {report['import_cpu_s']:.0f} s to import, "
        f"{report['vectors_cpu_s']:.0f} s to embed (encoder `{report['encoder']}`, on all cores), "
        f"{cpu_s - report['import_cpu_s'] - report['vectors_cpu_s']:.0f} s for the rest of the index. A query took "
        f"{query['alone']} ms of processor from one thread, {query['together']} ms where eight ask at a time and are "
        f"embedded together, and {query['again']} ms when it was asked again.\n"
    )


def _imported(report: dict[str, Any]) -> str:
    rows, steps = report["rows"], report["steps"]
    told = [
        f"### From a file to the first search, {rows:,} listings\n",
        (
            f"`python -m bench.import_scale {rows}` on {report['machine']}. `half` is an import killed half-way, "
            "`resume` the same file again, `again` once more, with nothing changed. Seconds of the processor are those "
            "of all processes; the load says how many waited for the two cores.\n"
        ),
        "| step | seconds | of the processor | load | most memory, MB | |\n|---|---|---|---|---|---|",
    ]
    told += [
        f"| {one['step']} | {one['seconds']} | {one['cpu_s']} | {one['load']} | {one.get('peak_mb', '')} "
        f"| {one.get('said', '')} |"
        for one in steps
    ]
    return "\n".join([*told, ""])


def _rows_of(run: dict[str, Any]) -> int:
    return int(run["built"]["rows"])


def _run(run: dict[str, Any], settings: str = "") -> str:
    rows, built = _rows_of(run), run["built"]
    lines = [
        f"### {rows:,} rows{', without FAISS' if settings else ''}\n",
        (
            f"`{settings}ROWS={rows} make bench-index` on {run['machine']}. Vectors and approximate index were written "
            f"in {built['index_s']} s and opened in {built['open_vectors_s'] * 1000:.0f} ms. Vectors, approximate "
            f"index, curve keys and the places' unit vectors take {built['memory_over_vectors']} times what the "
            "vectors do.\n"
        ),
    ]
    for case in CASES:
        found = [row for row in run["rows"] if row["case"] == case]
        if not found:
            continue
        own = next(row["p50_ms"] for row in found if row["system"] == "baicha")
        lines += [
            f"**{_TITLES[case]}** ({found[0]['candidates']:,.0f} candidates, median)\n",
            "| system | p50, ms | p95, ms | recall | times Baicha's p50 |\n|---|---|---|---|---|",
        ]
        lines += [
            f"| {row['system']} | {row['p50_ms']:.3f} | {row['p95_ms']:.3f} | {row['recall']:.3f} "
            f"| {row['p50_ms'] / own:.1f} |"
            for row in sorted(found, key=lambda row: float(row["p50_ms"]))
        ]
        lines.append("")
    return "\n".join(lines)


def _by_rows(runs: list[dict[str, Any]]) -> tuple[Lines, str]:
    points: Lines = {}
    for run in runs:
        for row in run["rows"]:
            if row["case"] == "circle":
                points.setdefault(row["system"], []).append((row["rows"], row["p50_ms"]))
    machine = runs[-1]["machine"]
    return points, f"Circle of 5 km, ten results: median milliseconds by rows ({machine}; make bench-index)"


def plot(points: Lines, title: str) -> str:
    """Return an SVG of milliseconds by the number of rows, both on logarithmic scales, a line for each name."""
    xs = [x for line in points.values() for x, _ in line]
    ys = [y for line in points.values() for _, y in line]
    low_y, high_y = 10 ** math.floor(math.log10(min(ys))), 10 ** math.ceil(math.log10(max(ys)))

    def x_of(rows: float) -> float:
        span = math.log(max(xs) / min(xs))
        return _LEFT + (_WIDTH - _LEFT - _RIGHT) * math.log(rows / min(xs)) / span

    def y_of(ms: float) -> float:
        return _HEIGHT - _BOTTOM - (_HEIGHT - _TOP - _BOTTOM) * math.log(ms / low_y) / math.log(high_y / low_y)

    parts = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" font-family="sans-serif" '
            'font-size="12">'
        ),
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="white"/>',
        f'<text x="{_LEFT}" y="20">{title}</text>',
    ]
    tick = low_y
    while tick <= high_y * 1.001:
        y = y_of(tick)
        parts.append(f'<line x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}" stroke="#dddddd"/>')
        parts.append(f'<text x="{_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{tick:g} ms</text>')
        tick *= 10
    parts += [
        f'<text x="{x_of(x):.1f}" y="{_HEIGHT - _BOTTOM + 20}" text-anchor="middle">{int(x):,}</text>'
        for x in sorted(set(xs))
    ]
    for colour, (system, line) in zip(_COLOURS * 3, sorted(points.items()), strict=False):
        path = " ".join(f"{x_of(x):.1f},{y_of(y):.1f}" for x, y in line)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [f'<circle cx="{x_of(x):.1f}" cy="{y_of(y):.1f}" r="3" fill="{colour}"/>' for x, y in line]
        x, y = line[-1]
        parts.append(f'<text x="{x_of(x) + 8:.1f}" y="{y_of(y) + 4:.1f}" fill="{colour}">{system}</text>')
    return "\n".join([*parts, "</svg>", ""])


if __name__ == "__main__":
    main()

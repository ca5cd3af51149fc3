import io

from api.cli.progress import progress


def test_a_line_every_tenth_says_how_far_and_how_fast() -> None:
    now = [0.0]
    stream = io.StringIO()
    with progress(stream, lambda: now[0]) as show:
        for done in (0, 50, 120, 1000):
            now[0] += 0.5
            show("import", done, 1000)
        show("words", 0, 0)
    assert stream.getvalue().splitlines() == [
        "Reading the file: 10% (120 B/s)",
        "Reading the file: 100% (667 B/s)",
        "Indexing words: 100%",
    ]

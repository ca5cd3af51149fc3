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


def test_each_step_is_told_by_its_own_name_and_in_what_it_counts() -> None:
    now = [0.0]
    stream = io.StringIO()
    with progress(stream, lambda: now[0]) as show:
        for step in ("history", "vectors"):
            for done in (0, 100):
                now[0] += 0.5
                show(step, done, 100)
    assert stream.getvalue().splitlines() == [
        "Made-up history: 100% (200 events/s)",
        "Embedding: 100% (200 listings/s)",
    ]

"""Print what fails, grouped by kind of limit: `python -m tests.recommender.starter_queries.report [words…]`.

Words after the command show only the groups, ids and queries that contain one of them.
"""

import os
import sys
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.recommender.starter_queries.checking import Failure
from tests.recommender.starter_queries.county import County
from tests.recommender.starter_queries.tables import read_known_failures, read_needs, read_queries


def report(failures: Iterable[Failure], words: Sequence[str]) -> str:
    """Return the failures under headings, the largest group first."""
    groups: dict[str, list[Failure]] = defaultdict(list)
    for failure in failures:
        if not words or any(word in f"{failure.group} {failure.row} {failure.text}" for word in words):
            groups[failure.group].append(failure)
    parts = []
    for group, members in sorted(groups.items(), key=lambda item: -len(item[1])):
        parts.append(f"\n== {group} ({len({member.row for member in members})} queries)")
        parts += [f"{member.row}  {member.text}\n      {member.what}" for member in members]
    return "\n".join(parts)


def main(words: Sequence[str]) -> None:
    """Run every row and print what fails."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    # After the variables: numpy reads them when it is imported.
    from tests.recommender.starter_queries.asking import Asker, starter_finder

    county = County.read()
    rows = [*read_queries(county, "zh"), *read_queries(county, "en")]
    needs = read_needs()
    with TemporaryDirectory() as folder:
        asker = Asker(starter_finder(Path(folder)))
        wrong, wrong_needs = asker.failing(rows), asker.failing_needs(needs, county)
    every = [failure for failures in (*wrong.values(), *wrong_needs.values()) for failure in failures]
    known = read_known_failures()
    sys.stdout.write(f"{report(every, words)}\n\n")
    sys.stdout.write(f"{len(wrong)} of {len(rows)} queries and {len(wrong_needs)} of {len(needs)} needs fail; ")
    sys.stdout.write(f"{len(known)} are listed in known_failures.csv\n")


if __name__ == "__main__":
    main(sys.argv[1:])

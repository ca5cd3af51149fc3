"""A process that appends and says what was acknowledged, until killed: `python -m tests.ledger.appender FOLDER`.

A second argument names a PostgreSQL database.
"""

import sys
from itertools import count
from pathlib import Path

from index.database import make_engine, writing
from index.settings import Settings
from ledger.append import append
from tests.ledger.builders import NOW, an_event


def main() -> None:
    engine = make_engine(Settings(data=Path(sys.argv[1]), database_url=next(iter(sys.argv[2:]), None)))
    for batch in count():
        events = [an_event(id=f"batch-{batch:06d}-{number}") for number in range(5)]
        with writing(engine) as session:
            receipts = append(session, events, now=NOW)
        sys.stdout.write("".join(f"{receipt.id} {receipt.index}\n" for receipt in receipts))
        sys.stdout.flush()


if __name__ == "__main__":
    main()

"""`python -S -m ledger.proof FILE [KEY]`: verify an exported ledger on any machine that has Python 3.11."""

import sys
from pathlib import Path

from ledger.proof.verifying import Difference, verify_lines

_KEY_AT = 2


def main(arguments: list[str]) -> int:
    """Verify the file that is named; return the exit code: 0 verified, 1 a difference, 2 nothing to read."""
    if len(arguments) not in (_KEY_AT, _KEY_AT + 1):
        sys.stderr.write("usage: python -S -m ledger.proof FILE [KEY]\n")
        return 2
    try:
        with Path(arguments[1]).open("rb") as file:
            found = verify_lines(file, arguments[_KEY_AT] if len(arguments) > _KEY_AT else None)
    except Difference as exc:
        sys.stdout.write(f"{exc}\n")
        return 1
    except OSError as exc:
        sys.stderr.write(f"{arguments[1]}: {exc.strerror}\n")
        return 2
    sys.stdout.write(f"{found}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))

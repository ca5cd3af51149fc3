"""Days as people write them: year first, with the usual marks between."""

import unicodedata
from datetime import date, datetime

#: Year first: 03/04/2026 is a day in March or in April, and is refused rather than guessed at.
DAY_FORMS = ("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y年%m月%d日")


def read_day(text: str) -> date:
    """Return the day that a text names, in either width of digits.

    Raises:
        ValueError: It names none; the message says how to write one.
    """
    cleaned = unicodedata.normalize("NFKC", text).strip()
    for form in DAY_FORMS:
        try:
            return datetime.strptime(cleaned, form).date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
    raise ValueError(f"no day: {cleaned[:40]!r}; write it as 2026-11-24")

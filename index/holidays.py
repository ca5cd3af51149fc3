"""Public holidays of mainland China, with the days in lieu, as the State Council announces them each autumn."""

import logging
from datetime import date

from index.errors import UsageError

_log = logging.getLogger(__name__)
_told: set[int] = set()


def is_holiday(day: date) -> bool:
    """Return whether a day is a public holiday or a day off in lieu of one.

    Raises:
        UsageError: The holidays of its year are not known yet.
    """
    import chinese_calendar

    try:
        _, name = chinese_calendar.get_holiday_detail(day)
        return name is not None and chinese_calendar.is_holiday(day)
    except NotImplementedError as exc:
        raise UsageError(
            f"the public holidays of {day.year} are not known yet; update the package chinesecalendar"
        ) from exc


def known_holiday(day: date) -> bool | None:
    """Return whether a day is a public holiday; None, told once a year in the log, where its year is not known."""
    try:
        return is_holiday(day)
    except UsageError as exc:
        if day.year not in _told:
            _told.add(day.year)
            _log.warning("%s; until then hours that differ on holidays are taken as unknown", exc)
        return None

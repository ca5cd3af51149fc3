"""Where made-up guests say they come from: some of them, by a draw of each visit's own, so that nothing else moves."""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from random import Random

from ledger.events import Event, Origin, Visit
from ledger.origins import origin_id

#: Of those who are asked, the part that answers.
SAID = 0.6
#: How many of a hundred come from where; codes of the starter data's `origins.csv` and those that are always offered.
HUNDRED = {
    "county": 16,
    "huzhou": 14,
    "hangzhou": 30,
    "shanghai": 18,
    "suzhou": 6,
    "zhejiang": 6,
    "jiangsu": 5,
    "elsewhere": 4,
    "abroad": 1,
}


def answers_to(events: Iterable[Event]) -> Iterator[Event]:
    """Yield what the visitors of verified visits among these say, half a minute after; each as made up as its visit."""
    for event in events:
        if isinstance(event.payload, Visit) and event.payload.grade.is_verified:
            draw = Random(f"from {event.visitor}")  # noqa: S311 - must come out the same again
            if draw.random() < SAID:
                [place] = draw.choices(list(HUNDRED), list(HUNDRED.values()))
                yield event.model_copy(
                    update={
                        "id": origin_id(event.id),
                        "at": event.at + timedelta(seconds=30),
                        "payload": Origin(visit=event.id, place=place),
                    }
                )

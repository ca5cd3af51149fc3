from datetime import datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.hours import QUARTERS_A_WEEK, OpenHours, WeekHours, parse_hours, slot_of

_MONDAY = datetime(2026, 11, 23)  # noqa: DTZ001 - local time
_DAYS = "Mo Tu We Th Fr Sa Su".split()  # noqa: SIM905


def _spans(text: str) -> dict[str, str] | None:
    """The hours as `Mo: 09:00-17:00 …`, days that are closed left out."""
    week = parse_hours(text)
    if week is None:
        return None
    spans = {}
    for day, name in enumerate(_DAYS):
        quarters = [week.mask >> day * 96 + quarter & 1 for quarter in range(96)] + [0]
        edges = [at for at in range(97) if quarters[at] != (quarters[at - 1] if at else 0)]
        times = [f"{at // 4:02}:{at % 4 * 15:02}" for at in edges]
        if times:
            spans[name] = " ".join(map("-".join, zip(times[::2], times[1::2], strict=True)))
    return spans


def _every_day(spans: str) -> dict[str, str]:
    return dict.fromkeys(_DAYS, spans)


def _weekdays(spans: str, **weekend: str) -> dict[str, str]:
    return dict.fromkeys(_DAYS[:5], spans) | weekend


@pytest.mark.parametrize(
    ("text", "spans"),
    [
        ("Mo-Fr 09:00-17:00; Sa 10:00-12:00", _weekdays("09:00-17:00", Sa="10:00-12:00")),
        ("24/7", _every_day("00:00-24:00")),
        ("Mo-Su 10:00-02:00", _every_day("00:00-02:00 10:00-24:00")),
        ("09:00-17:00; We off", {day: "09:00-17:00" for day in _DAYS if day != "We"}),
        ("Mo-Su,PH 10:00-22:00", _every_day("10:00-22:00")),
        ("closed", {}),
        ("周一至周日 10:00-22:00", _every_day("10:00-22:00")),
        ("周一至周日 全天", _every_day("00:00-24:00")),
        ("24小时营业", _every_day("00:00-24:00")),
        ("10:00～22:00（周一休息）", dict.fromkeys(_DAYS[1:], "10:00-22:00")),
        ("休息日：周三；9：00—17：30", {day: "09:00-17:30" for day in _DAYS if day != "We"}),
        ("周二闭馆，其余每天9点至17点半", {day: "09:00-17:30" for day in _DAYS if day != "Tu"}),
        ("除周一外每天 9:00-17:00", dict.fromkeys(_DAYS[1:], "09:00-17:00")),
        (
            "工作日 11:00-14:00 17:00-21:00，周末 11:00-22:00",
            _weekdays("11:00-14:00 17:00-21:00", Sa="11:00-22:00", Su="11:00-22:00"),
        ),
        ("星期六、日 8:30-18:00", {"Sa": "08:30-18:00", "Su": "08:30-18:00"}),
        ("週一至週五 9:00-17:00", _weekdays("09:00-17:00")),
        ("上午9点到晚上9点半", _every_day("09:00-21:30")),
        ("17:00-次日凌晨2:00", _every_day("00:00-02:00 17:00-24:00")),
        ("周一至周日 11:00-22:00 非营业时段 2018-02-15至2018-02-18 全天", _every_day("11:00-22:00")),
        ("it opens daily from 9 a.m. to 5 p.m.", _every_day("09:00-17:00")),
        ("Daily 10am - 5:30pm", _every_day("10:00-17:30")),
        ("Open Tuesday to Sunday, 10 to 6 pm; closed on Mondays", dict.fromkeys(_DAYS[1:], "10:00-18:00")),
        ("closed Monday. 11 am to midnight", dict.fromkeys(_DAYS[1:], "11:00-24:00")),
        ("from 2 to 5 p.m. on sunday, and from 9 a.m. to noon on Saturday", {"Sa": "09:00-12:00", "Su": "14:00-17:00"}),
        ("weekdays 8-18, weekends closed", _weekdays("08:00-18:00")),
        (
            "9 a.m. to 6 p.m. every day except Sunday when it opens from 11 a.m. to 5 p.m.",
            {**dict.fromkeys(_DAYS[:6], "09:00-18:00"), "Su": "11:00-17:00"},
        ),
        ("always", _every_day("00:00-24:00")),
    ],
)
def test_hours_are_read_in_osm_chinese_and_english(text: str, spans: dict[str, str]) -> None:
    assert _spans(text) == spans


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "  ",
        "请致电",
        "周一至周日",
        "25:00-26:00",
        "10:75-12:00",
        "冬季10:00-20:00，夏季10:00-20:30",
        "May-Sep 10:00-18:00",
        "it opens from may to september",
        '"by appointment"',
        "PH off",
        "Mo[1] 10:00-12:00",
        "10 p.m. to 4 a.m. depending on the event",
        "🕐" * 50,
        "\0",
        "9" * 2000,
    ],
)
def test_what_does_not_say_or_depends_on_the_season_is_unknown(text: str | None) -> None:
    assert parse_hours(text) is None


def test_all_year_is_not_seasonal() -> None:
    assert _spans("Jan-Dec 10:00-18:00") == _every_day("10:00-18:00")


@given(st.text(max_size=60))
def test_no_text_is_too_strange(text: str) -> None:
    week = parse_hours(text)
    assert week is None or 0 <= week.mask < 1 << QUARTERS_A_WEEK


@given(st.integers(0, 6), st.integers(0, 95), st.integers(1, 96))
def test_a_span_is_open_from_its_start_until_just_before_its_end(day: int, first: int, length: int) -> None:
    last = first + length
    week = parse_hours(f"{_DAYS[day]} {first // 4:02}:{first % 4 * 15:02}-{last // 4:02}:{last % 4 * 15:02}")
    assert week is not None
    start = _MONDAY + timedelta(days=day, minutes=15 * first)
    end = start + timedelta(minutes=15 * length)
    assert week.is_open(start)
    assert week.is_open(end - timedelta(minutes=1))
    assert not week.is_open(end) or length == 96
    assert not week.is_open(start - timedelta(minutes=1)) or length == 96


def test_a_sunday_night_runs_into_monday() -> None:
    for text in ("Su 22:00-03:00", "周日 22:00-03:00"):
        week = parse_hours(text)
        assert week is not None
        assert week.is_open(_MONDAY + timedelta(hours=2))
        assert not week.is_open(_MONDAY + timedelta(hours=3))


def test_open_rows_tells_open_from_unknown_and_keeps_what_was_saved(tmp_path_factory: pytest.TempPathFactory) -> None:
    weeks = [parse_hours("Mo 09:00-17:00"), None, parse_hours("Tu 09:00-17:00"), WeekHours(0)]
    path = tmp_path_factory.mktemp("hours") / "hours"
    OpenHours.of(weeks).save(path)
    hours = OpenHours.load(path)
    assert hours.open_rows(_MONDAY + timedelta(hours=9)).tolist() == [True, False, False, False]
    assert hours.known.tolist() == [True, False, True, True]
    assert [hours.week(row) for row in range(4)] == weeks


@given(st.integers(0, QUARTERS_A_WEEK - 1))
def test_rows_and_weeks_agree_on_every_quarter(slot: int) -> None:
    week = WeekHours(int.from_bytes(np.random.default_rng(slot).bytes(84), "little"))
    moment = _MONDAY + timedelta(minutes=15 * slot + 7)
    assert slot_of(moment) == slot
    assert OpenHours.of([week]).open_rows(moment).tolist() == [week.is_open(moment)]


def test_no_rows_have_no_hours() -> None:
    assert OpenHours.of([]).open_rows(_MONDAY).shape == (0,)

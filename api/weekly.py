"""The weekly letter: a merchant's last week in a few sentences, for who asked for it, once a week.

The operator's scheduler runs `baicha weekly`. A letter is claimed before it is sent, so that running it twice, or two
at once, sends none twice; one that the mail server refuses is given back and tried again by the next run.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from html import escape
from urllib.parse import urlencode

from sqlalchemy import Column, ForeignKey, String
from sqlalchemy.exc import IntegrityError
from sqlmodel import Field, Session, SQLModel, col, select

from api import accounts
from api.accounts.tables import UtcDateTime
from api.alerting import alerts_of
from api.container import Container
from api.indicators import windows_of
from api.mailing import Letter
from index.database import reading, writing
from index.errors import Conflict, NotFound, StorageError, UsageError
from index.settings import Language
from ledger.merchant_statistics import MerchantSummary, merchant_summary
from ledger.periods import Period

_MARK = b"baicha weekly 1\0"
#: After so many letters in a row that could not be sent, the mail server is taken for gone: each may have waited long.
_GIVE_UP_AFTER = 5


class WeeklyLetter(SQLModel, table=True):
    """A login that asked for the weekly letter, and in which language."""

    __tablename__ = "weekly_letter"

    login: str = Field(primary_key=True, max_length=100)
    merchant_id: str = Field(sa_column=Column(String(40), ForeignKey("merchant.id"), nullable=False, index=True))
    language: str = Field(max_length=8)
    since: datetime = Field(sa_column=Column(UtcDateTime(), nullable=False))


class WeeklySent(SQLModel, table=True):
    """That a login's letter of a week was sent."""

    __tablename__ = "weekly_sent"

    login: str = Field(primary_key=True, max_length=100)
    week: str = Field(primary_key=True, max_length=8)
    at: datetime = Field(sa_column=Column(UtcDateTime(), nullable=False))


@dataclass(slots=True)
class Sending:
    """What a run did; `failed` names logins whose letters go out with the next run, `why` is what the last one met.

    `left` letters were not tried any more.
    """

    sent: int = 0
    earlier: int = 0
    failed: list[str] = field(default_factory=list)
    why: str = ""
    left: int = 0


def week_of(text: str | None, now: datetime, container: Container) -> Period:
    """Return an ISO week, such as 2026-W47; the last whole one if none is named.

    Raises:
        UsageError: It is none, or is not over.
    """
    tz = container.settings.tz
    today = now.astimezone(tz).date()
    first = today - timedelta(days=today.weekday() + 7)
    if text is not None:
        try:
            first = date.fromisoformat(f"{text}-1")
        except ValueError as exc:
            raise UsageError(f"{text!r} is no week; write it as 2026-W47") from exc
    if first + timedelta(days=7) > today:
        raise UsageError(f"week {text} is not over; the last whole one is the default")
    return Period(first, 7, tz)


def subscribe(session: Session, login: accounts.Login, language: Language, *, now: datetime) -> None:
    """Send this login the letter from now on.

    Raises:
        Conflict: The login has no e-mail address.
    """
    if not login.email:
        raise Conflict("this login has no e-mail address; set one in the account first")
    session.merge(WeeklyLetter(login=login.name, merchant_id=login.merchant_id, language=language, since=now))


def unsubscribe(session: Session, login: str) -> None:
    """Send this login no more letters; doing it twice changes nothing."""
    found = session.get(WeeklyLetter, login)
    if found is not None:
        session.delete(found)


def token_of(secret: bytes, login: str) -> str:
    """Return what a letter's link ends its subscription with, and can do nothing else."""
    name = base64.urlsafe_b64encode(login.encode()).decode().rstrip("=")
    return f"{name}.{hmac.new(secret, _MARK + login.encode(), hashlib.sha256).hexdigest()}"


def login_of_token(secret: bytes, token: str) -> str:
    """Return the login that a link is for.

    Raises:
        NotFound: The link is not one of ours.
    """
    name = token.partition(".")[0]
    try:
        login = base64.urlsafe_b64decode(name + "=" * (-len(name) % 4)).decode()
    except (binascii.Error, ValueError) as exc:
        raise NotFound("letter", "…") from exc
    if not hmac.compare_digest(token_of(secret, login).encode(), token.encode()):
        raise NotFound("letter", "…")
    return login


def send_weekly(container: Container, week: Period) -> Sending:
    """Send each letter of a week that was not sent before.

    Raises:
        SettingsError: The mail server's URL is none.
        UsageError: How visitors reach the service is not set, so that a letter could hold no link.
    """
    root = (container.settings.public_url or "").rstrip("/")
    if not root:
        raise UsageError("letters hold links: set BAICHA_PUBLIC_URL to how the service is reached")
    done, name = Sending(), f"{week.first:%G-W%V}"
    with reading(container.engine) as session:
        asked = list(session.exec(select(WeeklyLetter).order_by(col(WeeklyLetter.login))))
        session.expunge_all()
    failed_in_a_row = 0
    for number, one in enumerate(asked):
        if failed_in_a_row == _GIVE_UP_AFTER:
            done.left = len(asked) - number
            break
        if not _claim(container, one, name):
            done.earlier += 1
            continue
        try:
            with reading(container.engine) as session:
                letter = _letter(container, session, one, week, root)
            if letter is not None:
                container.mailer.send(letter, now=container.clock())
                done.sent, failed_in_a_row = done.sent + 1, 0
        except (StorageError, UsageError) as exc:
            _give_back(container, one, name)
            done.failed.append(one.login)
            done.why = str(exc)
            failed_in_a_row += 1
    return done


def _claim(container: Container, one: WeeklyLetter, week: str) -> bool:
    try:
        with writing(container.engine) as session:
            if session.get(WeeklySent, (one.login, week)) is not None:
                return False
            session.add(WeeklySent(login=one.login, week=week, at=container.clock()))
    except IntegrityError:  # another run claimed it meanwhile
        return False
    return True


def _give_back(container: Container, one: WeeklyLetter, week: str) -> None:
    with writing(container.engine) as session:
        claimed = session.get(WeeklySent, (one.login, week))
        if claimed is not None:
            session.delete(claimed)


def _letter(container: Container, session: Session, one: WeeklyLetter, week: Period, root: str) -> Letter | None:
    login = session.get(accounts.Login, one.login)
    # Who was let go, or has taken their address away, gets none.
    if login is None or not login.email or login.merchant_id != one.merchant_id:
        return None
    own = [listing.id for listing in accounts.listings_of(session, one.merchant_id)]
    summary = merchant_summary(session, own, week, windows=windows_of(container.settings))
    found = alerts_of(container, session, one.merchant_id)
    language: Language = "en" if one.language == "en" else "zh"
    lines = _lines(summary, language)
    token = token_of(container.secret, one.login)
    page, leave = f"{root}/merchant", f"{root}/weekly/{token}"
    see, stop = ("查看全部数字", "不再接收这封信") if language == "zh" else ("See all figures", "Stop this letter")
    notice = "值得留意" if language == "zh" else "Worth a look"
    noticed = [alert.text.of(language) for alert in found]
    told = "\n".join([f"{notice}{'：' if language == 'zh' else ':'}", *(f"- {line}" for line in noticed)])
    proofs = _proofs(week, root, language)
    proved = "\n".join(f"{label}: {href}" for label, href in proofs)
    text = "\n\n".join([*lines, *([told] if noticed else []), f"{see}: {page}", proved, f"{stop}: {leave}"]) + "\n"
    subject = f"{week.first} – {week.last}：一周小结" if language == "zh" else f"Your week, {week.first} to {week.last}"
    headers = {
        "List-Unsubscribe": f"<{root}/v1/weekly/{token}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }
    html = _html(subject, lines, (notice, noticed), [(see, page), *proofs, (stop, leave)], language)
    return Letter(login.email, subject, text, html, headers)


#: Mail programs read no style sheet, and many take what is set on the element alone.
_BODY = "margin:0 auto;max-width:36rem;padding:1rem;color:#1d2822;font:16px/1.6 system-ui,sans-serif"
_BUTTON = (
    "display:inline-block;padding:.6rem 1.2rem;border-radius:999px;background:#2b6749;color:#fff;text-decoration:none"
)


def _html(
    subject: str,
    lines: list[str],
    alerts: tuple[str, list[str]],
    links: Sequence[tuple[str, str]],
    language: Language,
) -> str:
    """Return the letter as a page; links are pairs of their words and their address, the first one a button."""
    parts = [f'<h1 style="font-size:1.25rem">{escape(subject)}</h1>', *(f"<p>{escape(line)}</p>" for line in lines)]
    notice, noticed = alerts
    if noticed:
        parts.append(f'<h2 style="font-size:1rem">{notice}</h2>')
        parts.append(f"<ul>{''.join(f'<li>{escape(line)}</li>' for line in noticed)}</ul>")
    (label, href), *small = links
    parts.append(f'<p><a href="{escape(href)}" style="{_BUTTON}">{label}</a></p>')
    for label, href in small:
        parts.append(f'<p><small><a href="{escape(href)}" style="color:#2b6749">{label}</a></small></p>')
    head = f'<meta name="viewport" content="width=device-width"><title>{escape(subject)}</title>'
    body = "".join(parts)
    return f'<!doctype html><html lang="{language}"><head>{head}</head><body style="{_BODY}">{body}</body></html>'


def _proofs(week: Period, root: str, language: Language) -> list[tuple[str, str]]:
    """Return where the entries of each figure of the letter stand, those of the week before too."""
    labels = (
        ("visits", week, "到访的依据", "Proof of the visits"),
        ("visits", week.previous, "前一周到访的依据", "Proof of the visits of the week before"),
        ("opens", week, "打开页面的依据", "Proof of the openings of your page"),
        ("opens", week.previous, "前一周打开页面的依据", "Proof of its openings in the week before"),
        ("impressions", week, "在搜索里出现的依据", "Proof of having been shown"),
        ("impressions", week.previous, "前一周在搜索里出现的依据", "Proof of having been shown the week before"),
        ("sentence", week, "在这里找到您的依据", "Proof of who found you here"),
    )
    return [
        (
            chinese if language == "zh" else english,
            f"{root}/merchant/proof?{urlencode({'figure': figure, 'first': days.first, 'last': days.last})}",
        )
        for figure, days, chinese, english in labels
    ]


def _lines(summary: MerchantSummary, language: Language) -> list[str]:
    """Say how the week was against the one before, and who found the merchant here, or what helps in a quiet week."""
    now, before = summary, summary.previous
    if language == "zh":
        visits = f"这一周有 {now.visits:,} 次核实的到访" if now.visits else "这一周没有核实的到访"
        first = (
            f"{visits}（前一周 {before.visits:,} 次）。页面被打开 {now.opens:,} 次（前一周 {before.opens:,} 次），"
            f"在搜索里出现 {now.impressions:,} 次（前一周 {before.impressions:,} 次）。"
        )
        quiet = "请把柜台的码摆在客人看得见的地方，并核对营业时间：这两样最有用。"
        last = f"{summary.sentence(language)}。"
    else:
        first = (
            f"Verified visits: {now.visits:,} (the week before: {before.visits:,}). "
            f"Openings of your page: {now.opens:,} (the week before: {before.opens:,}). "
            f"Times shown in searches: {now.impressions:,} (the week before: {before.impressions:,})."
        )
        quiet = "Put the counter's code where guests see it, and check your opening hours: these two help most."
        last = f"{summary.sentence(language)}."
    return [first, last if now.visits else quiet]

"""Requests to an API: sent within a budget, repeated where that helps, judged where not.

Source: an `Api`, a token, a budget.
Shape:  `Client.get` returns the answer of a request that holds a page.
Units:  seconds; bytes of an answer.
Errors: `HaltError` where the source should be left alone for now, `RefusedError` where the
        platform will not answer this request, `UnansweredError` where it could not. No message
        holds a token.
"""

from __future__ import annotations

import functools
import ssl
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import httpx
import msgspec
import tenacity

from warehouse.display import visible
from warehouse.pulling.api import Api, Reply, Request, Verdict

ATTEMPTS = 5
CONNECT_SECONDS, ANSWER_SECONDS = 10.0, 60.0
PATIENCE_SECONDS = 60.0  # with a limit; a longer one ends the pull of its source
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 30.0
MOST_BYTES = 64 * 1024**2
SHOWN_LETTERS = 160  # of what a platform says
TOO_LONG = "sent more than 64 MB in one answer"
LIMITED = "its limit on requests is reached"
ADVICE = {  # of a status, where the platform does not say more
    400: "check what this source follows in sources.toml",
    403: "the token may lack a permission (docs/platforms.md), or the item is private",
    404: "it is gone, or the token may not see it: check its id in sources.toml",
    410: "it is gone: take it out of sources.toml",
}
OTHERWISE = "if that lasts, a newer warehouse may ask better"

_ANY = msgspec.json.Decoder(msgspec.Raw)


class HaltError(Exception):
    """The source is left alone for now; `until` when, if that is known."""

    def __init__(self, sentence: str, until: datetime | None = None) -> None:
        super().__init__(sentence)
        self.until = until


class RefusedError(Exception):
    """The platform refuses one request, for good."""


class UnansweredError(Exception):
    """One request got no whole answer, however often it was sent."""


class _AgainError(Exception):
    """A second try may succeed, after `seconds` if the platform says so."""

    def __init__(self, says: str, seconds: float | None = None) -> None:
        super().__init__(says)
        self.seconds = seconds


class _LimitError(_AgainError):
    """The platform wants fewer requests."""


class _NoConnectionError(_AgainError):
    """Nobody answers at the address."""


class Client:
    """One source's way to its API.

    `spend` takes the cost of a request from the budgets before each sending, and raises
    `HaltError` where nothing is left. `stopping` ends waiting early.
    """

    def __init__(
        self,
        api: Api,
        token: str,
        token_name: str,
        *,
        url: str | None,
        spend: Callable[[int], None],
        stopping: threading.Event,
    ) -> None:
        self._api, self._token, self._token_name = api, token, token_name
        self._spend, self._stopping = spend, stopping
        self._url = (url or api.url).rstrip("/")
        self._free_at = 0.0  # when the platform wants the next request, of time.monotonic
        self._http = httpx.Client(
            verify=_trusted(),
            headers={"User-Agent": "engagement-warehouse", **api.authorise(token)},
            timeout=httpx.Timeout(ANSWER_SECONDS, connect=CONNECT_SECONDS),
        )
        self.request_count = 0

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def get(self, request: Request) -> Reply:
        """Return the answer to a request: JSON, whole, without the token."""
        retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(_AgainError),
            stop=lambda state: state.attempt_number >= ATTEMPTS or _is_too_long(state),
            wait=_wait,
            sleep=self._sleep,
            reraise=True,
        )
        title = self._api.title
        try:
            return retrying(self._attempt, request)
        except _LimitError as error:
            until = self._until(error.seconds)
            when = f"after {until:%Y-%m-%d %H:%M} UTC" if until else "later"
            raise HaltError(
                f"{title} wants no more requests now ({error}); pull again {when}.", until
            ) from None
        except _NoConnectionError as error:
            raise HaltError(f"{title} cannot be reached ({error}); pull again later.") from None
        except _AgainError as error:
            raise UnansweredError(f"{title} {error}; a later pull asks again") from None

    def _until(self, seconds: float | None) -> datetime | None:
        return None if seconds is None else datetime.now(UTC) + timedelta(seconds=seconds)

    def _sleep(self, seconds: float) -> None:
        if self._stopping.wait(seconds):
            raise HaltError("The pull was stopped; the next one goes on from here.")

    def _attempt(self, request: Request) -> Reply:
        """Send a request once."""
        if (pause := self._free_at - time.monotonic()) > PATIENCE_SECONDS:
            raise _LimitError(LIMITED, pause)
        if pause > 0:
            self._sleep(pause)
        self._spend(request.cost)
        self.request_count += 1
        try:
            reply = self._send(request)
        except httpx.ConnectError as error:
            raise _NoConnectionError(_plainly(error)) from None
        except (httpx.TimeoutException, TimeoutError):
            raise _AgainError(f"gave no whole answer within {ANSWER_SECONDS:.0f} s") from None
        except httpx.HTTPError:
            raise _AgainError("broke off in the middle of an answer") from None
        verdict = self._api.judge(reply) or _by_status(reply)
        if verdict is not None:
            raise self._problem(verdict, reply)
        try:
            _ANY.decode(reply.content)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raise _AgainError("sent an answer that is not whole, or not JSON") from None
        self._free_at = time.monotonic() + self._api.pause(reply)
        return reply

    def _send(self, request: Request) -> Reply:
        before = "" if self._api.secret_path is None else self._api.secret_path(self._token)
        deadline = time.monotonic() + ANSWER_SECONDS
        with self._http.stream(
            "GET" if request.body is None else "POST",
            f"{self._url}{before}{request.path}",
            params=dict(request.params) or None,
            json=request.body,
        ) as response:
            content = bytearray()
            for block in response.iter_bytes():
                content += block
                if time.monotonic() > deadline:
                    raise TimeoutError
                if len(content) > MOST_BYTES:
                    raise RefusedError(f"{self._api.title} {TOO_LONG}")
            headers = {name.lower(): value for name, value in response.headers.items()}
            return Reply(
                response.status_code,
                headers,
                self._without_token(bytes(content)),
                _date(headers),
                request.name,
            )

    def _without_token(self, content: bytes) -> bytes:
        """Return an answer without our token, which some platforms repeat in addresses."""
        return content.replace(self._token.encode(), b"TOKEN") if self._token else content

    def _problem(self, verdict: Verdict, reply: Reply) -> Exception:
        title = self._api.title
        says = visible(verdict.says or _message(reply.content))[:SHOWN_LETTERS].rstrip(". ")
        said = f"{reply.status}: {says}" if says else f"{reply.status}"
        advice = verdict.advice
        match verdict.kind:
            case "token":
                advice = advice or "it may have expired: get another one and set that variable"
                name = self._token_name
                return HaltError(f"{title} refuses the token in {name} ({said}); {advice}.")
            case "stop":
                return HaltError(f"{title} answers no request ({said}); {advice}.")
            case "limit":
                return _LimitError(advice or LIMITED, verdict.seconds)
            case "again":
                return _AgainError(f"answered with status {said}", verdict.seconds)
            case _:
                advice = advice or ADVICE.get(reply.status, OTHERWISE)
                return RefusedError(f"{title} refused it with status {said}; {advice}")


def _by_status(reply: Reply) -> Verdict | None:
    """What a status says on every platform."""
    status = reply.status
    if status == 200:
        return None
    if status == 401:
        return Verdict("token")
    if status == 429:
        return Verdict("limit", seconds=reply.retry_after)
    if status in (408, 425) or status >= 500:
        return Verdict("again", seconds=reply.retry_after)
    return Verdict("no")


def _date(headers: dict[str, str]) -> datetime:
    """Return when an answer was given, by the platform's clock if it tells."""
    try:
        return parsedate_to_datetime(headers["date"]).astimezone(UTC)
    except (KeyError, ValueError, TypeError):
        return datetime.now(UTC)


class _Error(msgspec.Struct):
    message: Any = None
    error: Any = None
    errors: Any = None
    description: Any = None
    detail: Any = None
    title: Any = None


def _message(content: bytes) -> str:
    """Return what the body of a refusal says, as far as it is found."""
    try:
        told: Any = msgspec.json.decode(content, type=_Error)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return ""
    for _ in range(3):
        if isinstance(told, list):
            told = told[0] if told else None
        if isinstance(told, dict):
            told = msgspec.convert(told, _Error)
        if not isinstance(told, _Error):
            break
        told = next(filter(None, msgspec.structs.astuple(told)), None)
    return told if isinstance(told, str) else ""


@functools.cache
def _trusted() -> ssl.SSLContext:
    """The certificates that are trusted; to read them takes longer than many a request."""
    return httpx.create_ssl_context()


def _plainly(error: httpx.HTTPError) -> str:
    return visible(str(error))[:SHOWN_LETTERS] or type(error).__name__


_backoff = tenacity.wait_random_exponential(multiplier=FIRST_PAUSE, max=LONGEST_PAUSE)


def _wait(state: tenacity.RetryCallState) -> float:
    """Return the pause before the next attempt: the platform's, else one that grows."""
    error = state.outcome.exception() if state.outcome else None
    if isinstance(error, _AgainError) and error.seconds is not None:
        return error.seconds + _backoff(state) / 10
    return _backoff(state)


def _is_too_long(state: tenacity.RetryCallState) -> bool:
    error = state.outcome.exception() if state.outcome else None
    seconds = error.seconds if isinstance(error, _AgainError) else None
    return seconds is not None and seconds > PATIENCE_SECONDS

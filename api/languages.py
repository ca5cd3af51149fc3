"""The language of a reply: Chinese or English."""

from starlette.requests import Request

from index.settings import Language

_KNOWN: dict[str, Language] = {"zh": "zh", "en": "en"}


def language_of_request(request: Request, default: Language | None = None) -> Language:
    """Return the language that a request asks for: `?lang`, then `Accept-Language`, then the default."""
    named = _KNOWN.get(request.query_params.get("lang", ""))
    return named or accepted(request.headers.get("accept-language", "")) or default or _configured(request)


def accepted(header: str) -> Language | None:
    """Return the best of an `Accept-Language` header (RFC 9110, 12.5.4), None when it asks for neither of ours."""
    best: tuple[float, Language] | None = None
    for part in header.split(",")[:20]:
        name, _, weight = part.partition(";")
        language = _KNOWN.get(name.strip().lower().split("-")[0])
        quality = _quality(weight)
        if language is not None and quality > 0 and (best is None or quality > best[0]):
            best = (quality, language)
    return best[1] if best is not None else None


def _quality(weight: str) -> float:
    if not weight.strip():
        return 1.0
    name, _, value = weight.partition("=")
    try:
        return min(max(float(value), 0.0), 1.0) if name.strip() == "q" else 0.0
    except ValueError:
        return 0.0


def _configured(request: Request) -> Language:
    language: Language = request.app.state.container.settings.language
    return language

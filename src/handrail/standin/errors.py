"""What is answered to a request that fails, in the shape of the provider that was asked."""

from collections.abc import Iterable
from typing import Any, NoReturn

from pydantic import ValidationError

OPENAI = {
    400: ("invalid_request_error", None),
    401: ("invalid_request_error", "invalid_api_key"),
    403: ("invalid_request_error", "insufficient_permissions"),
    404: ("invalid_request_error", "model_not_found"),
    409: ("invalid_request_error", None),
    413: ("invalid_request_error", "request_too_large"),
    422: ("invalid_request_error", None),
    429: ("requests", "rate_limit_exceeded"),
}
ANTHROPIC = {
    400: "invalid_request_error",
    401: "authentication_error",
    402: "billing_error",
    403: "permission_error",
    404: "not_found_error",
    408: "timeout_error",
    413: "request_too_large",
    429: "rate_limit_error",
    504: "timeout_error",
    529: "overloaded_error",
}
SENTENCES = {
    400: "The request is invalid.",
    401: "The API key is missing or wrong.",
    402: "The account has no credit left.",
    403: "The key may not do this.",
    404: "There is nothing at this address.",
    408: "The request took too long to arrive.",
    409: "The request collided with another one.",
    413: "The request is too large.",
    422: "The request can't be processed.",
    429: "Too many requests: wait and try again.",
    500: "The server had an error.",
    503: "The service isn't available at the moment.",
    504: "The server took too long.",
    529: "The server is overloaded at the moment.",
}
WAIT = {429, 503, 529}
"""With these the provider says how long to wait."""
PATIENCE = 0.1
"""How long it says for a planned fault, in seconds, where the fault doesn't say: short, for lessons."""


class WireError(Exception):
    """A request that is answered with an error."""

    def __init__(
        self,
        status: int,
        message: str = "",
        *,
        param: str | None = None,
        code: str | None = None,
        retry_after: float | None = None,
    ) -> None:
        """Keep the status, a sentence, the parameter that is wrong, the provider's code and the seconds to wait."""
        super().__init__(message or SENTENCES.get(status, f"The server answered with status {status}."))
        self.status = status
        self.param = param
        self.code = code
        self.retry_after = PATIENCE if retry_after is None and status in WAIT else retry_after

    @property
    def message(self) -> str:
        """The sentence."""
        return str(self)

    def headers(self) -> dict[str, str]:
        """Return the headers that say how long to wait, in whole seconds and in milliseconds."""
        if self.retry_after is None:
            return {}
        return {"retry-after": f"{self.retry_after:g}", "retry-after-ms": str(round(1000 * self.retry_after))}


def openai_body(error: WireError) -> dict[str, Any]:
    """Return the body of an error as OpenAI writes it."""
    kind, code = OPENAI.get(error.status, ("server_error", None))
    return {
        "error": {"message": error.message, "type": kind, "param": error.param, "code": error.code or code},
    }


def anthropic_body(error: WireError, request_id: str) -> dict[str, Any]:
    """Return the body of an error as Anthropic writes it."""
    kind = ANTHROPIC.get(error.status, "api_error" if error.status >= 500 else "invalid_request_error")
    return {"type": "error", "error": {"type": kind, "message": error.message}, "request_id": request_id}


def invalid(error: ValidationError) -> NoReturn:
    """Raise pydantic's first complaint as a 400 that names the field."""
    first = error.errors(include_url=False)[0]
    name = dotted(first["loc"])
    if first["type"] == "missing":
        raise WireError(400, f"{name}: Field required. Missing required parameter: '{name}'.", param=name)
    if first["type"] == "extra_forbidden":
        raise WireError(400, f"{name}: Extra inputs are not permitted. Unknown parameter: '{name}'.", param=name)
    raise WireError(400, f"{name}: {first['msg']}.", param=name)


def dotted(place: Iterable[str | int]) -> str:
    """Write the place of a field the way the providers do: `messages[0].content`."""
    text = ""
    for part in place:
        text += f"[{part}]" if isinstance(part, int) else f".{part}"
    return text.removeprefix(".") or "body"

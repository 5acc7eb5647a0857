"""A notebook's language model: the local stand-in, or a real provider if you say so.

    llm = connect()
    llm.openai.chat.completions.create(model=llm.small, messages=[...])

The environment decides who answers. HANDRAIL_LLM is `standin` (the default), `openai` or `anthropic`; a key alone never
spends money. With `openai` the SDK reads OPENAI_API_KEY and OPENAI_BASE_URL, so that Ollama, vLLM and every compatible
server work too; with `anthropic` it reads ANTHROPIC_API_KEY and ANTHROPIC_BASE_URL. A real provider needs the names of
its models in HANDRAIL_MODEL_SMALL, HANDRAIL_MODEL_LARGE and HANDRAIL_MODEL_EMBED: model names go out of use, so the
course contains none.
"""

import http.client
import json
import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

from handrail.standin.prices import Price, prices
from handrail.standin.request import EMBED, LARGE, SMALL

if TYPE_CHECKING:
    from anthropic import Anthropic, AsyncAnthropic
    from openai import AsyncOpenAI, OpenAI

    from handrail.standin.server import Server

__all__ = ["LLM", "ConnectionProblem", "Price", "connect", "faults", "latency", "limits", "prices", "settings"]

PROVIDERS = ("standin", "openai", "anthropic")
KEY = "handrail-standin"
"""The stand-in takes any key; this one says whom it is for."""
VARIABLES = {"small": "HANDRAIL_MODEL_SMALL", "large": "HANDRAIL_MODEL_LARGE", "embed": "HANDRAIL_MODEL_EMBED"}
STANDIN_MODELS = {"small": SMALL, "large": LARGE, "embed": EMBED}
PROXIES = ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy", "HTTPS_PROXY", "https_proxy")
LOCAL = "127.0.0.1,localhost"

_lock = threading.Lock()
_current: "LLM | None" = None


class ConnectionProblem(RuntimeError):
    """Something has to be set before a model can answer. The message says what."""


@dataclass(eq=False)
class LLM:
    """Ready clients of both providers' SDKs, and the names of the models. `connect` makes one."""

    provider: Literal["standin", "openai", "anthropic"]
    models: Mapping[str, str]
    server: "Server | None" = None

    @property
    def is_standin(self) -> bool:
        """Whether the stand-in answers: rules on this machine, not a language model."""
        return self.provider == "standin"

    @property
    def small(self) -> str:
        """The name of the small, cheap model."""
        return self._model("small")

    @property
    def large(self) -> str:
        """The name of the large, expensive model."""
        return self._model("large")

    @property
    def embed(self) -> str:
        """The name of the model that turns text into vectors."""
        return self._model("embed")

    @property
    def url(self) -> str:
        """The stand-in's address, without a path. Raises ConnectionProblem with a real provider."""
        return self._standin("its address").url

    @property
    def host(self) -> str:
        """The name of the machine that answers."""
        if self.server is not None:
            return "127.0.0.1"
        variable, default = {
            "openai": ("OPENAI_BASE_URL", "https://api.openai.com/v1"),
            "anthropic": ("ANTHROPIC_BASE_URL", "https://api.anthropic.com"),
        }[self.provider]
        return urlsplit(os.environ.get(variable) or default).hostname or "an unknown host"

    @property
    def openai_settings(self) -> dict[str, str]:
        """What to pass to other clients of the OpenAI format: `ChatOpenAI(model=llm.small, **llm.openai_settings)`.

        With a real provider it is empty: the client reads the environment itself.
        """
        self._speaks("openai")
        return {"base_url": f"{self.server.url}/v1", "api_key": KEY} if self.server else {}

    @property
    def anthropic_settings(self) -> dict[str, str]:
        """What to pass to other clients of the Anthropic format; empty with a real provider."""
        self._speaks("anthropic")
        return {"base_url": self.server.url, "api_key": KEY} if self.server else {}

    @cached_property
    def openai(self) -> "OpenAI":
        """OpenAI's client."""
        from openai import OpenAI

        return OpenAI(**self.openai_settings)  # type: ignore[arg-type]

    @cached_property
    def async_openai(self) -> "AsyncOpenAI":
        """OpenAI's client for `await`."""
        from openai import AsyncOpenAI

        return AsyncOpenAI(**self.openai_settings)  # type: ignore[arg-type]

    @cached_property
    def anthropic(self) -> "Anthropic":
        """Anthropic's client."""
        from anthropic import Anthropic

        return Anthropic(**self.anthropic_settings)  # type: ignore[arg-type]

    @cached_property
    def async_anthropic(self) -> "AsyncAnthropic":
        """Anthropic's client for `await`."""
        from anthropic import AsyncAnthropic

        return AsyncAnthropic(**self.anthropic_settings)  # type: ignore[arg-type]

    def price(self, model: str) -> Price:
        """Return what a million tokens of a model of the stand-in would cost. Raises KeyError for other models."""
        return prices()[model]

    def log(self) -> list[dict[str, Any]]:
        """Return what the stand-in was asked since it was reset, the oldest first (2,000 at most)."""
        found: list[dict[str, Any]] = self.report()["requests"]
        return found

    def report(self) -> dict[str, Any]:
        """Return the log with the number of requests and how many were answered at the same time at most."""
        return self._control("GET", "/standin/log")

    def configure(self, **values: Any) -> dict[str, Any]:
        """Change settings of the stand-in for good, and return all of them. `docs/standin.md` lists them."""
        return self._control("POST", "/standin/config", values)

    def reset(self) -> None:
        """Set everything back, and forget all requests."""
        self._control("POST", "/standin/reset", {})

    def __str__(self) -> str:
        """Say who answers."""
        if self.is_standin:
            return f"The stand-in answers (rules on this machine, not a language model): {self.small}, {self.large}"
        models = ", ".join(self.models.values()) or "no model named yet"
        return f"{self.provider} answers: {models} at {self.host}. This can cost money."

    def _model(self, size: str) -> str:
        try:
            return self.models[size]
        except KeyError:
            raise ConnectionProblem(
                f"HANDRAIL_LLM is {self.provider}, and nothing says which model is the {size} one. "
                f"Set {VARIABLES[size]} to its name before you start Jupyter."
            ) from None

    def _speaks(self, form: str) -> None:
        if self.provider not in ("standin", form):
            raise ConnectionProblem(
                f"HANDRAIL_LLM is {self.provider}, which doesn't speak the format of {form}. "
                f"Set HANDRAIL_LLM to {form} or standin for this cell."
            )
        variable = f"{form.upper()}_API_KEY"
        if self.provider == form and not os.environ.get(variable):
            raise ConnectionProblem(
                f"HANDRAIL_LLM is {form}, and {variable} isn't set. Set it before you start Jupyter, never in a "
                "notebook. A local server such as Ollama takes any key."
            )

    def _standin(self, what: str) -> "Server":
        if self.server is None:
            raise ConnectionProblem(f"This needs the stand-in ({what}), and {self.provider} answers. Skip this cell.")
        return self.server

    def _control(self, method: str, path: str, values: Mapping[str, Any] | None = None) -> dict[str, Any]:
        server = self._standin("its control plane")
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
        try:
            body = None if values is None else json.dumps(dict(values))
            connection.request(method, path, body, {"content-type": "application/json"})
            response = connection.getresponse()
            found: dict[str, Any] = json.loads(response.read())
        except OSError as error:
            raise ConnectionProblem("The stand-in doesn't answer any more. Call connect() again.") from error
        finally:
            connection.close()
        if response.status != 200:
            raise ValueError(found["error"]["message"])
        return found


def connect(*, quiet: bool = False) -> LLM:
    """Return the clients, starting the stand-in if it is the one who answers, and say on screen who it is.

    Called again it returns the same clients, unless HANDRAIL_LLM says another name by now. Raises ConnectionProblem
    with a sentence that says what to set.
    """
    global _current
    provider = os.environ.get("HANDRAIL_LLM") or "standin"
    if provider not in PROVIDERS:
        raise ConnectionProblem(f"HANDRAIL_LLM is {provider!r}. It can be {', '.join(PROVIDERS)}.")
    with _lock:
        if _current is None or _current.provider != provider or not _usable(_current):
            _current = _connected(provider)  # type: ignore[arg-type]
        llm = _current
    if not quiet:
        print(llm)
    return llm


@contextmanager
def settings(**values: Any) -> Iterator[dict[str, Any]]:
    """Change settings of the stand-in inside a `with` block, and set them back at its end."""
    llm = connect(quiet=True)
    before = llm._control("GET", "/standin/config")
    now = llm.configure(**values)
    try:
        yield now
    finally:
        llm.configure(**{name: before[name] for name in values})


def faults(*names: str | int) -> Any:
    """Let the next requests fail inside a `with` block, one for each name.

    `with faults("429", "529"):` lets two fail. A name is a status (`"429:2"` says to wait two seconds), `sleep:S`,
    `disconnect`, `overload_midstream`, `truncate`, `empty`, `refusal`, `malformed_json`, `schema_violation`,
    `silent_wrong`, `invented_citation`, `wrong_tool`, `endless_tools` (lasts to the end of the block), or `none` for a
    request that passes.
    """
    return settings(faults=[str(name) for name in names])


def limits(*, rpm: int | None = None, tpm: int | None = None, max_inflight: int | None = None) -> Any:
    """Limit requests and tokens a minute (429), and requests at the same time (529), inside a `with` block."""
    return settings(rpm=rpm, tpm=tpm, max_inflight=max_inflight)


def latency(*, ttft_ms: float = 0, ms_per_token: float = 0, clock: Literal["real", "virtual"] = "real") -> Any:
    """Let answers take their time inside a `with` block.

    The first token takes `ttft_ms`, and every one `ms_per_token`. With the virtual clock nobody waits: the time stands
    in the header `x-handrail-simulated-ms` and in the log.
    """
    return settings(ttft_ms=ttft_ms, ms_per_token=ms_per_token, clock=clock)


def _usable(llm: LLM) -> bool:
    return llm.server is None or llm.server.alive


def _connected(provider: Literal["standin", "openai", "anthropic"]) -> LLM:
    given = {size: os.environ[name] for size, name in VARIABLES.items() if os.environ.get(name)}
    if provider != "standin":
        return LLM(provider, given)
    from handrail.standin.server import Server

    _spare_proxies()
    return LLM(provider, STANDIN_MODELS, Server())


def _spare_proxies() -> None:
    """Keep requests to this machine away from a proxy that the environment names."""
    if not any(os.environ.get(name) for name in PROXIES):
        return
    for name in ("NO_PROXY", "no_proxy"):
        spared = os.environ.get(name, "")
        if "127.0.0.1" not in spared:
            os.environ[name] = ",".join(filter(None, [spared, LOCAL]))

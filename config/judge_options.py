"""What `config` may say of guests that judge, which get nothing of it: it tells what comes of what they say."""

from __future__ import annotations

import json
from typing import Annotated, Any, Final, Literal, Self, TypeVar

from pydantic import AfterValidator, Field, SecretStr, model_validator

from config.document import Document
from config.model import Model
from config.paths import Path
from config.problems import validate
from config.values import Duration
from filters.options import FieldName
from proxy.errors import AbiMismatch
from wasm_host.abi.bot_detector.challenge import Challenge
from wasm_host.abi.bot_detector.policy import Action, Policy

LEAST_SECRET_CHARS: Final = 16
_MOST_LASTS_S: Final = 366 * 24 * 3600.0

M = TypeVar("M", bound=Model)


class UnfitOptions(AbiMismatch):
    """A filter's `config` is not what its module's ABI has options for; `faults` say where and what."""

    reason = "refused"

    def __init__(self, faults: list[tuple[Path, str]]) -> None:
        super().__init__("; ".join(f"{path.spelled()}: {text}" for path, text in faults))
        self.faults = faults


class WafModuleOptions(Model):
    """With `detect` nothing is blocked: it is told what would have been."""

    mode: Literal["enforce", "detect"] = "enforce"


def _long_enough(secret: SecretStr) -> SecretStr:
    if len(secret.get_secret_value()) < LEAST_SECRET_CHARS:
        raise ValueError(f"is guessed too easily: {LEAST_SECRET_CHARS} characters are the least")
    return secret


class ChallengeOptions(Model):
    secret: Annotated[SecretStr, AfterValidator(_long_enough)]
    lasts: Annotated[Duration, Field(ge=1, le=_MOST_LASTS_S)] = 24 * 3600.0

    def challenge(self) -> Challenge:
        return Challenge(self.secret.get_secret_value().encode(), int(self.lasts))


class BotOptions(Model):
    """What is done at each verdict; `header` names the field in which the origin is told of it."""

    human: Action = "allow"
    known_bot: Action = "block"
    suspicious: Action = "log"
    header: FieldName | None = None
    challenge: ChallengeOptions | None = None

    @model_validator(mode="after")
    def _has_what_it_challenges_with(self) -> Self:
        if self.challenge is None and "challenge" in (self.human, self.known_bot, self.suspicious):
            raise ValueError("to challenge takes a key for its cookies: challenge: {secret: …}")
        return self

    def policy(self) -> Policy:
        challenge = None if self.challenge is None else self.challenge.challenge()
        actions: Any = {verdict: getattr(self, verdict) for verdict in ("human", "known_bot", "suspicious")}
        return Policy(actions, self.header, challenge)


def read_options(model: type[M], configuration: bytes) -> M:
    """Read a filter's `config`, of which nothing need be there; raises UnfitOptions."""
    try:
        data = json.loads(configuration or b"{}")
    except ValueError:
        data = None
    if not isinstance(data, dict):
        raise UnfitOptions([(Path(("config",)), "must be a mapping (key: value)")])
    places: list[Path] = []

    def placed(inside: Path) -> Path:
        places.append(Path(("config", *inside)))
        return places[-1]

    options, errors = validate(model, data, Document(data), placed)
    if errors:
        raise UnfitOptions([(path, error.message) for path, error in zip(places, errors, strict=True)])
    checked: M = options
    return checked

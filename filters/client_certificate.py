"""Lets clients in by the certificate that they showed, and tells the origin who they are."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, ClassVar, Final

from pydantic import AfterValidator, Field, model_validator

from filters.forwarded_certificate import Part, written
from filters.identity_pattern import matcher, parse_fingerprint
from filters.options import FieldName, Line, Strict, prepared
from filters.owned_field import OwnedField
from filters.refusal import refuse
from proxy.exchange import Exchange
from proxy.filter import Filter
from proxy.messages import Response
from proxy.tls.client_certificate import ClientCertificate

_REMEMBERED: Final = 1024

Patterns = tuple[Annotated[str, Field(min_length=1)], ...]


class Allow(Strict):
    """Who is let in: whoever fits one of all these."""

    san_dns: Patterns = ()
    san_uri: Patterns = ()
    subject_cn: Patterns = ()
    fingerprint: tuple[Annotated[str, AfterValidator(parse_fingerprint)], ...] = ()

    @model_validator(mode="after")
    def _somebody(self) -> Allow:
        if not (self.san_dns or self.san_uri or self.subject_cn or self.fingerprint):
            raise ValueError("nobody is allowed: give san_dns, san_uri, subject_cn or fingerprint")
        return self


class Forward(Strict):
    """Where the origin finds the certificate, and what of it."""

    header: FieldName = "X-Forwarded-Client-Cert"
    fields: Annotated[tuple[Part, ...], Field(min_length=1)] = ("hash", "subject", "uri", "dns")


@dataclass(frozen=True, slots=True)
class Judgement:
    """What becomes of a client: why it is refused, for the operator, else the line that the origin gets."""

    refusal: str | None
    line: Line | None = None


class ClientCertificateFilter(Filter):
    """Answers 403 to whoever showed no certificate, or another than those that are allowed.

    Whether a certificate is genuine the listener judges, in the handshake. What a client itself sends in the field that
    tells the origin never gets through. An answer to a forwarded certificate is stored for that certificate alone.
    """

    type_name: ClassVar[str] = "client_certificate"

    class Options(Strict):
        require: bool = True
        allow: Allow | None = None
        forward: Forward | None = None

    def __init__(self, name: str, options: Options) -> None:
        self.name = name
        self._require, self._forward = options.require, options.forward
        self._allowed = None if options.allow is None else Allowed(options.allow)
        self._owned = OwnedField((options.forward or Forward()).header)
        # A connection's certificate is one object, and most clients ask more than once.
        self._judged = lru_cache(_REMEMBERED)(self._judge)

    def on_request(self, exchange: Exchange) -> Response | None:
        headers = exchange.request.headers
        self._owned.strip(headers)
        certificate = exchange.client.certificate
        if certificate is None:
            return self._without(exchange)
        judgement = self._judged(certificate)
        if judgement.refusal is not None:
            return refuse(exchange, self.name, 403, "denied", judgement.refusal)
        if judgement.line is not None:
            headers.append(*judgement.line)
            exchange.cache.vary_on(self.name, certificate.fingerprint)
        return None

    def _without(self, exchange: Exchange) -> Response | None:
        if self._require:
            return refuse(exchange, self.name, 403, "no_certificate")
        if self._forward is not None:
            exchange.cache.vary_on(self.name, "")
        return None

    def _judge(self, certificate: ClientCertificate) -> Judgement:
        try:
            if self._allowed is not None and not self._allowed.has(certificate):
                return Judgement(certificate.subject or certificate.fingerprint)
            return Judgement(None, self._line(certificate))
        except ValueError as error:
            return Judgement(f"the certificate cannot be read: {error}")

    def _line(self, certificate: ClientCertificate) -> Line | None:
        forward = self._forward
        return None if forward is None else prepared(forward.header, written(certificate, forward.fields))


class Allowed:
    """The certificates that are let in."""

    def __init__(self, allow: Allow) -> None:
        self._dns_name = matcher(allow.san_dns, ".", any_case=True)
        self._uri = matcher(allow.san_uri, "/")
        self._common_name = matcher(allow.subject_cn)
        self._fingerprints = frozenset(allow.fingerprint)

    def has(self, certificate: ClientCertificate) -> bool:
        """Raises ValueError for a certificate that is garbled."""
        return (
            certificate.fingerprint in self._fingerprints
            or any(map(self._dns_name, certificate.dns_names))
            or any(map(self._uri, certificate.uris))
            or self._common_name(certificate.common_name or "")
        )

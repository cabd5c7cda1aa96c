"""Lets clients in, or turns them away, by their address."""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Annotated, ClassVar, Final, Literal

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema, model_validator

from filters.options import Strict
from filters.refusal import refuse
from proxy.exchange import Exchange
from proxy.filter import Filter
from proxy.messages import Response

Network = IPv4Network | IPv6Network
_MAPPED: Final = IPv6Network("::ffff:0:0/96")
_REMEMBERED: Final = 4096


def parse_network(text: str) -> Network:
    """Read a CIDR block or one address; IPv4 in IPv6's clothes (RFC 4291 §2.5.5.2) is IPv4."""
    try:
        network = ip_network(text)
    except ValueError as error:
        raise ValueError(f"{text!r} is not a network: {error}; write 10.0.0.0/8 or 2001:db8::/32") from None
    if isinstance(network, IPv6Network) and network.subnet_of(_MAPPED):
        return IPv4Network((int(network.network_address) & 0xFFFF_FFFF, network.prefixlen - 96))
    return network


def _checked(text: str) -> str:
    parse_network(text)
    return text


def _listed(value: object) -> object:
    return [value] if isinstance(value, str) else value


CidrText = Annotated[str, AfterValidator(_checked)]
Networks = Annotated[
    tuple[CidrText, ...],
    BeforeValidator(_listed),
    WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}),
]


class Rule(Strict):
    """Networks that are let in, or networks that are turned away."""

    allow: Networks | None = None
    deny: Networks | None = None

    @model_validator(mode="after")
    def _one_verdict(self) -> Rule:
        if bool(self.allow) == bool(self.deny):
            raise ValueError("a rule has either `allow` or `deny`, with at least one network")
        return self


class IpAclFilter(Filter):
    """Answers 403 where the first rule that holds the client's address denies it.

    A peer without an address (a Unix socket's) gets the default.
    """

    type_name: ClassVar[str] = "ip_acl"

    class Options(Strict):
        rules: Annotated[tuple[Rule, ...], Field(min_length=1)]
        default: Literal["allow", "deny"] = "deny"

    def __init__(self, name: str, options: Options) -> None:
        self.name = name
        self._verdicts = Verdicts(options)

    def on_request(self, exchange: Exchange) -> Response | None:
        rule = self._verdicts[exchange.client.address]
        return None if rule is None else refuse(exchange, self.name, 403, "denied", rule)


class Verdicts(dict[str, "str | None"]):
    """What denies an address, for the operator: a network or `default`; None where it is let in.

    Remembers its answers, for most clients come again; forgets all of them at once when they are too many.
    """

    def __init__(self, options: IpAclFilter.Options) -> None:
        super().__init__()
        self._rules = [
            (parse_network(text), rule.allow is not None)
            for rule in options.rules
            for text in rule.allow or rule.deny or ()
        ]
        self._default = None if options.default == "allow" else "default"

    def __missing__(self, address: str) -> str | None:
        if len(self) >= _REMEMBERED:
            self.clear()
        verdict = self[address] = self._judge(address)
        return verdict

    def _judge(self, address: str) -> str | None:
        try:
            ip = ip_address(address)
        except ValueError:
            return self._default
        if isinstance(ip, IPv6Address):
            ip = ip.ipv4_mapped or ip
        for network, allowed in self._rules:
            if ip in network:
                return None if allowed else str(network)
        return self._default

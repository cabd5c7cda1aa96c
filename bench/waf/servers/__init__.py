"""The servers with a WAF: nginx with ModSecurity, which the judgement refers to, and Penstock."""

from bench.waf.servers.modsecurity import ModSecurity
from bench.waf.servers.penstock import Penstock
from bench.waf.servers.waf import Waf

__all__ = ["ModSecurity", "Penstock", "Waf"]

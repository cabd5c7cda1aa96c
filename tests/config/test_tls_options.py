"""What the YAML may say of TLS."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from config.tls_options import ListenerTls, UpstreamTls

PAIR = {"cert": "a.crt", "key": "a.key"}


def test_what_is_left_out_is_the_usual() -> None:
    tls = ListenerTls.model_validate({"certificates": [PAIR], "client": {"ca": "ca.pem"}})
    assert tls.client is not None
    assert (tls.client.mode, tls.min_version, tls.unknown_names) == ("require", "1.2", "default")


def test_a_listener_has_a_certificate() -> None:
    with pytest.raises(ValidationError, match="certificates"):
        ListenerTls.model_validate({"certificates": []})


@pytest.mark.parametrize("version", ["1.1", 1.3])
def test_other_versions_are_refused(version: object) -> None:
    with pytest.raises(ValidationError, match="min_version"):
        ListenerTls.model_validate({"certificates": [PAIR], "min_version": version})


@pytest.mark.parametrize("alone", ["cert", "key"])
def test_an_upstreams_certificate_and_key_go_together(alone: str) -> None:
    assert UpstreamTls.model_validate(PAIR).cert == "a.crt"
    with pytest.raises(ValidationError, match="cert and key go together"):
        UpstreamTls.model_validate({alone: PAIR[alone]})

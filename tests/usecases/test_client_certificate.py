"""The passphrase of a client certificate: kept with the connector, used when it is verified."""

from __future__ import annotations

import ssl
from typing import Any

import pytest

from smtpwizard.demo.scripted import Account, ScriptedServer
from smtpwizard.model.auth import Secret
from smtpwizard.model.connector import Connector
from smtpwizard.model.errors import UsageError
from smtpwizard.model.report import Stage
from smtpwizard.model.secrets import CERTIFICATE_PASSPHRASE, secret_kinds, unnamed_kind
from smtpwizard.usecases.duplicate import duplicate_connector
from smtpwizard.usecases.save import save_connector
from smtpwizard.usecases.verify import SecretSources, verify_connector, verify_stored
from smtpwizard.usecases.workspace import Workspace
from tests.helpers.certificates import Certificates
from tests.usecases.conftest import FolderStore, connector

ACCOUNT = Account("mailer", "correct horse")


@pytest.fixture
def context(certificates: Certificates) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates.good.combined)
    context.load_verify_locations(certificates.ca_file)
    context.verify_mode = ssl.CERT_REQUIRED
    return context


def with_certificate(
    ws: Workspace, certificates: Certificates, port: int = 25, **authentication: Any
) -> Connector:
    return connector(
        ws,
        server={
            "host": "127.0.0.1",
            "port": port,
            "security": "implicit_tls",
            "ca_file": str(certificates.ca_file),
            "client_certificate": str(certificates.client_pkcs12),
        },
        authentication={"method": "basic", "username": "mailer"} | authentication,
    )


def test_both_secrets_are_kept_and_used(
    ws: Workspace, keyring: FolderStore, certificates: Certificates, context: ssl.SSLContext
) -> None:
    secrets = {
        "password": Secret(ACCOUNT.password),
        CERTIFICATE_PASSPHRASE: Secret(certificates.client_passphrase),
    }
    with ScriptedServer(context=context, implicit_tls=True, account=ACCOUNT) as server:
        wanted = with_certificate(ws, certificates, server.port)
        assert secret_kinds(wanted) == ("password", CERTIFICATE_PASSPHRASE)
        stored = save_connector(ws, wanted, secrets=secrets)
        assert set(stored.secrets) == set(secrets)
        assert verify_stored(ws, stored).ok
        # A password given by hand stands in for the stored one alone.
        assert verify_stored(ws, stored, secret=Secret(ACCOUNT.password)).ok
        copy = duplicate_connector(ws, stored, "Copy")
        assert verify_stored(ws, copy).ok
        # While being edited: what is not typed comes from the store.
        typed = {"password": Secret(ACCOUNT.password)}
        assert verify_connector(ws, wanted, SecretSources(typed, stored), send_to=None).ok
        report = verify_connector(ws, wanted, SecretSources(typed), send_to=None)
        assert report.stage(Stage.TLS).detail()["error"] == "client_certificate_invalid"
    assert len(keyring.contents()) == 4


def test_it_goes_with_the_certificate(
    ws: Workspace, keyring: FolderStore, certificates: Certificates
) -> None:
    first = save_connector(
        ws,
        with_certificate(ws, certificates),
        secrets={CERTIFICATE_PASSPHRASE: Secret("x"), "password": Secret("y")},
    )
    second = save_connector(ws, connector(ws), secrets={}, stored=first)
    assert set(second.secrets) == {"password"}
    assert list(keyring.contents().values()) == ["y"]
    with pytest.raises(UsageError, match="secret_not_used"):
        save_connector(ws, connector(ws, name="z"), secrets={CERTIFICATE_PASSPHRASE: Secret("x")})


def test_a_secret_without_a_name_is_the_one_that_is_missing(
    ws: Workspace, certificates: Certificates
) -> None:
    assert unnamed_kind(connector(ws)) == "password"
    assert unnamed_kind(with_certificate(ws, certificates)) == "password"
    external = with_certificate(ws, certificates, mechanism="EXTERNAL")
    assert unnamed_kind(external) == CERTIFICATE_PASSPHRASE
    assert secret_kinds(external) == (CERTIFICATE_PASSPHRASE,)
    assert unnamed_kind(connector(ws, authentication={"method": "none"})) is None


def test_external_with_a_passphrase_of_its_own(
    ws: Workspace, keyring: FolderStore, certificates: Certificates, context: ssl.SSLContext
) -> None:
    with ScriptedServer(
        context=context, implicit_tls=True, account=ACCOUNT, mechanisms=("EXTERNAL",)
    ) as server:
        wanted = with_certificate(ws, certificates, server.port, mechanism="EXTERNAL")
        stored = save_connector(ws, wanted, secrets={})
        passphrase = Secret(certificates.client_passphrase)
        assert not verify_stored(ws, stored).ok
        assert verify_stored(ws, stored, secret=passphrase).ok

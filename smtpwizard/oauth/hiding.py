"""What an authorization server was told, hidden in everything that it says.

Where its words decide something they are looked at before, as they came.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from smtpwizard.model.auth import Secret
from smtpwizard.model.errors import SmtpWizardError
from smtpwizard.model.redaction import Redactor


def know_secrets(redactor: Redactor, secrets: Iterable[Secret | None]) -> None:
    """Have the redactor know these; of a key file only the key, for the rest is no secret."""
    for secret in secrets:
        if secret is not None:
            redactor.add(_key_in(secret))


def _key_in(secret: Secret) -> Secret:
    text = secret.reveal().removeprefix("\ufeff")
    if text.lstrip().startswith("{"):
        try:
            key = json.loads(text).get("private_key")
        except (ValueError, RecursionError):
            return secret
        if isinstance(key, str):
            return Secret(key)
    return secret


@contextmanager
def hide_in_errors(redactor: Redactor) -> Iterator[None]:
    """What goes wrong inside leaves without a secret in its facts."""
    try:
        yield
    except SmtpWizardError as error:
        error.facts = redactor.clean_all(error.facts)
        raise

"""What the parts of one wizard are built from."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from smtpwizard.gui.secret_store_recovery import SecretStoreRecovery
    from smtpwizard.gui.tasks import Runner
    from smtpwizard.gui.wizard.draft_model import DraftModel
    from smtpwizard.model.stored import StoredConnector
    from smtpwizard.usecases.workspace import Workspace


class WizardContext(NamedTuple):
    """What every page of one wizard is built from, and what stands on them.

    `stored` is the connector being edited, None for a new one; `status` is what was known of it.
    `demo`: the mail server is the demo's own.
    """

    draft_model: DraftModel
    ws: Workspace
    runner: Runner
    recovery: SecretStoreRecovery
    stored: StoredConnector | None
    status: str
    demo: bool = False
    demo_mail: bool = False
    """What it received can be looked at in the window."""

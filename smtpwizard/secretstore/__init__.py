"""Where secrets lie: the system keyring, a file under a passphrase, or this process's memory.

A secret leaves through `get` alone: no log, exception or file name ever holds one. Every call may
block (a keyring asks its user), so none belongs on the GUI thread.
"""

from smtpwizard.secretstore.asking import AskingStore
from smtpwizard.secretstore.bound import BoundStore
from smtpwizard.secretstore.file import FileStore
from smtpwizard.secretstore.keyring import KeyringProbe, KeyringStore, probe_keyring
from smtpwizard.secretstore.one_by_one import OneByOneStore
from smtpwizard.secretstore.port import SecretStore, SessionStore, new_ref

__all__ = [
    "AskingStore",
    "BoundStore",
    "FileStore",
    "KeyringProbe",
    "KeyringStore",
    "OneByOneStore",
    "SecretStore",
    "SessionStore",
    "new_ref",
    "probe_keyring",
]

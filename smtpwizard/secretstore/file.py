"""Secrets in one file under a passphrase (scrypt, AES-256-GCM), for machines without a keyring."""

from __future__ import annotations

import base64
import errno
import hashlib
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass, replace
from pathlib import Path

from smtpwizard import files
from smtpwizard.files import DamagedContent
from smtpwizard.model.auth import Secret
from smtpwizard.model.errors import SecretStoreError, StorageError
from smtpwizard.model.problem import Json
from smtpwizard.model.secrets import check_new_passphrase, normal_passphrase
from smtpwizard.secretstore.port import MAX_ENTRY_BYTES, text_to_keep

SCHEMA = 1
FORMAT = "smtpwizard secrets"
MAX_FILE = 20_000_000

# scrypt's n: 128 MB and some tenths of a second, once a process (OWASP's recommendation).
COST = 2**17
# What a file may ask for: 256 MB (128 bytes times n times r), and some four times our own time.
_MAX_MEMORY = 2**21
_MAX_WORK = 2**22

Derivation = tuple[int, int, int, bytes]
_Stamp = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class _Sealed:
    """The file taken apart: how its key is derived, and the secrets sealed with that key."""

    n: int
    r: int
    p: int
    salt: bytes
    nonce: bytes = b""
    ciphertext: bytes = b""

    def derivation(self) -> Derivation:
        return self.n, self.r, self.p, self.salt

    def header(self) -> Json:
        kdf = {"name": "scrypt", "n": self.n, "r": self.r, "p": self.p, "salt": _text(self.salt)}
        return {"format": FORMAT, "schema": SCHEMA, "kdf": kdf, "nonce": _text(self.nonce)}


class FileStore:
    """All secrets in one encrypted file, replaced whole under a lock.

    `passphrase(new)` is asked once, `new` being true while there is no file; what it
    raises passes through; a new one that is too short is refused. An unusable file is
    `secrets_file_failed` and is never overwritten. `cost` is scrypt's n for a file that is made.
    """

    name = "file"

    def __init__(
        self, path: Path, passphrase: Callable[[bool], Secret], *, cost: int = COST
    ) -> None:
        self._path = path
        self._passphrase = passphrase
        self._cost = cost
        self._fresh = self._new_header()
        self._keys: dict[Derivation, bytes] = {}
        self._remembers = False
        self._seen: tuple[_Stamp, dict[str, str]] | None = None

    def remembering(self) -> FileStore:
        """The same store for many reads in a row: as long as its file stays the same, the opened
        secrets stay in memory, and are gone with this store."""
        store = copy(self)
        store._remembers = True
        return store

    def ready(self) -> None:
        found = self._read()
        self._key(found or self._fresh, new=found is None)

    def look(self) -> None:
        """Raises `secrets_file_failed` where the file is none that can be opened; asks for no
        passphrase."""
        self._read()

    def put(self, ref: str, secret: Secret) -> None:
        text = text_to_keep(secret, MAX_ENTRY_BYTES)
        self._change(lambda entries: entries | {ref: text})
        if self._entries().get(ref) != text:
            raise SecretStoreError("secret_not_kept", path=str(self._path))

    def get(self, ref: str) -> Secret:
        text = self._entries().get(ref)
        if text is None:
            raise SecretStoreError("secret_missing", path=str(self._path))
        return Secret(text)

    def delete(self, ref: str) -> None:
        if ref in self._entries():
            self._change(lambda entries: {k: v for k, v in entries.items() if k != ref})

    def create(self) -> None:
        """Make the empty file where there is none: its passphrase is asked for now."""
        if self._read() is None:
            self._change(lambda entries: entries)

    def change_passphrase(self, old: Secret, new: Secret) -> None:
        """Encrypt everything anew, under another passphrase: all of it or nothing.

        Another process that has the old key is asked for the passphrase again. Raises
        `passphrase_too_short`, `passphrase_wrong` (the old one), `secrets_file_missing`.
        """
        check_new_passphrase(new)
        header = self._new_header()
        while True:
            found = self._read()
            if found is None:
                raise SecretStoreError("secrets_file_missing", path=str(self._path))
            # Outside the lock: it takes its time.
            old_key = _derive(old, found)
            _unseal(found, old_key)
            new_key = _derive(new, header)
            with self._locked():
                now = self._read()
                if now is None or now.derivation() != found.derivation():
                    continue  # another process has changed the passphrase meanwhile
                files.write_file(self._path, _seal(header, new_key, _unseal(now, old_key)))
            self._keys = {header.derivation(): new_key}
            return

    # -- inner workings

    def _new_header(self) -> _Sealed:
        return _Sealed(self._cost, 8, 1, os.urandom(16))

    def _entries(self) -> dict[str, str]:
        stamp = self._stamp() if self._remembers else None
        if stamp is not None and self._seen is not None and self._seen[0] == stamp:
            return self._seen[1]
        sealed = self._read()
        entries = {} if sealed is None else _unseal(sealed, self._key(sealed, new=False))
        # The stamp from before: a file that was replaced meanwhile has another one.
        self._seen = (stamp, entries) if stamp is not None else None
        return entries

    def _stamp(self) -> _Stamp | None:
        """Differs for every file that was ever put in place; None without one."""
        try:
            status = os.stat(self._path)
        except OSError:
            return None
        return status.st_ino, status.st_mtime_ns, status.st_size

    def _change(self, change: Callable[[dict[str, str]], dict[str, str]]) -> None:
        while True:
            found = self._read()
            sealed = found or self._fresh
            # Outside the lock: a person may take minutes to answer.
            key = self._key(sealed, new=found is None)
            with self._locked():
                now = self._read()
                if (now or self._fresh).derivation() != sealed.derivation():
                    continue  # another process made the file, and salted it otherwise
                entries = _unseal(now, key) if now else {}
                files.write_file(self._path, _seal(sealed, key, change(entries)))
            return

    def _read(self) -> _Sealed | None:
        """The file taken apart, None without one; raises `secrets_file_failed`."""
        try:
            document = files.read_object(self._path, MAX_FILE)
            return None if document is None else _read_sealed(document)
        except OSError as error:
            reason = errno.errorcode.get(error.errno or 0, "")
        except DamagedContent as error:
            reason = error.code
        raise SecretStoreError("secrets_file_failed", path=str(self._path), reason=reason)

    def _key(self, sealed: _Sealed, *, new: bool) -> bytes:
        """The key, derived once; remembered only when it opens the file (or will be its first)."""
        derivation = sealed.derivation()
        if derivation not in self._keys:
            passphrase = self._passphrase(new)
            if not passphrase:
                raise SecretStoreError("passphrase_needed", path=str(self._path))
            if new:
                check_new_passphrase(passphrase)
            key = _derive(passphrase, sealed)
            if not new:
                _unseal(sealed, key)
            self._keys[derivation] = key
        return self._keys[derivation]

    @contextmanager
    def _locked(self) -> Iterator[None]:
        try:
            files.make_private_directory(self._path.parent)
            with files.locked(self._path.with_name(f".{self._path.name}.lock")):
                yield
        except OSError as error:
            failure = files.storage_error(error, self._path)
            raise SecretStoreError(failure.code, **failure.facts) from None
        except StorageError as error:
            raise SecretStoreError(error.code, **error.facts) from None


def _derive(passphrase: Secret, sealed: _Sealed) -> bytes:
    from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

    text = normal_passphrase(passphrase)
    kdf = Scrypt(salt=sealed.salt, length=32, n=sealed.n, r=sealed.r, p=sealed.p)
    return kdf.derive(text.encode("utf-8", "surrogatepass"))


def _seal(sealed: _Sealed, key: bytes, entries: dict[str, str]) -> bytes:
    """The file's bytes; the header is authenticated along with the secrets."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    nonce = os.urandom(12)
    header = replace(sealed, nonce=nonce).header()
    ciphertext = AESGCM(key).encrypt(nonce, json.dumps(entries).encode(), _canonical(header))
    document = header | {"ciphertext": _text(ciphertext)}
    return files.encode_object(document | {"digest": _digest(document)}, MAX_FILE)


def _unseal(sealed: _Sealed, key: bytes) -> dict[str, str]:
    """The secrets; raises `passphrase_wrong`: `_read_sealed` has seen to it that the bytes are
    as they were written, so it is the key that differs."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    try:
        plain = AESGCM(key).decrypt(sealed.nonce, sealed.ciphertext, _canonical(sealed.header()))
    except InvalidTag:
        raise SecretStoreError("passphrase_wrong") from None
    entries: dict[str, str] = json.loads(plain)
    return entries


def _read_sealed(document: Json) -> _Sealed:
    """What a document of ours says; raises `DamagedContent`."""
    if document.get("format") != FORMAT:
        raise DamagedContent("not_a_secrets_file")
    if document.get("schema") != SCHEMA:
        raise DamagedContent("schema_newer")
    digest = document.pop("digest", None)
    if digest != _digest(document):
        raise DamagedContent("changed")
    try:
        kdf = document["kdf"]
        n, r, p = (int(kdf[name]) for name in ("n", "r", "p"))
        salt, nonce, ciphertext = (
            base64.b64decode(text)
            for text in (kdf["salt"], document["nonce"], document["ciphertext"])
        )
    except (KeyError, TypeError, ValueError):
        raise DamagedContent("changed") from None
    if n <= 1 or n & (n - 1) or r <= 0 or p <= 0:
        raise DamagedContent("changed")
    # A forged file must not take all the memory or time there is.
    if n * r > _MAX_MEMORY or n * r * p > _MAX_WORK:
        raise DamagedContent("too_costly")
    if len(nonce) != 12:
        raise DamagedContent("changed")
    return _Sealed(n, r, p, salt, nonce, ciphertext)


def _digest(document: Json) -> str:
    """Tells a file that was damaged from one with another passphrase; proves nothing else."""
    return hashlib.sha256(_canonical(document)).hexdigest()


def _canonical(document: Json) -> bytes:
    return json.dumps(document, sort_keys=True).encode()


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()

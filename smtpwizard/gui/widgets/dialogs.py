"""Questions and messages in boxes of their own, in plain text, none of them blocking."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6 import QtCore, QtWidgets
from PySide6.QtWidgets import QDialog, QLabel, QVBoxLayout, QWidget

from smtpwizard.gui.widgets.elements import plain_label


def ask(  # noqa: PLR0913 - a question, and its answers by name
    parent: QWidget,
    title: str,
    text: str,
    detail: str,
    yes: str,
    no: str,
    then: Callable[[bool], None],
    *,
    destructive: bool = False,
    third: tuple[str, Callable[[], object]] | None = None,
) -> QtWidgets.QMessageBox:
    """A question with two answers in words, not blocking; Esc and closing mean `no`. A `third`
    answer does something else."""
    box = _box(parent, title, text, detail)
    box.setIcon(QtWidgets.QMessageBox.Icon.NoIcon)
    role = QtWidgets.QMessageBox.ButtonRole
    accept = box.addButton(yes, role.DestructiveRole if destructive else role.AcceptRole)
    refuse = box.addButton(no, role.RejectRole)
    box.setEscapeButton(refuse)
    box.setDefaultButton(refuse if destructive else accept)
    other = box.addButton(third[0], role.AcceptRole) if third is not None else None

    def answered(_: int) -> None:
        if third is not None and box.clickedButton() is other:
            third[1]()
        else:
            then(box.clickedButton() is accept)

    box.finished.connect(answered)
    box.open()
    return box


def ask_for_clear_text(parent: QWidget, then: Callable[[bool], None]) -> QtWidgets.QMessageBox:
    """Whether credentials may be sent unencrypted: the one consent to it, not blocking."""
    tr = partial(QtCore.QCoreApplication.translate, "dialogs")
    return ask(
        parent,
        tr("Send credentials in clear text"),
        tr("Send the password without encryption?"),
        tr(
            "Everyone on the way to the server can read the user name and the password. "
            "Do this only on a network you trust, and only if the server offers no encryption."
        ),
        tr("Send in clear text"),
        tr("Keep it protected"),
        then,
        destructive=True,
    )


def tell(parent: QWidget | None, title: str, text: str, detail: str = "") -> QtWidgets.QMessageBox:
    """Something to read and close, not blocking."""
    box = _box(parent, title, text, detail)
    box.addButton(box.tr("Close"), QtWidgets.QMessageBox.ButtonRole.RejectRole)
    box.open()
    return box


def _box(parent: QWidget | None, title: str, text: str, detail: str) -> QtWidgets.QMessageBox:
    box = QtWidgets.QMessageBox(parent)
    box.setAttribute(QtCore.Qt.WidgetAttribute.WA_DeleteOnClose)
    box.setWindowTitle(title)
    box.setTextFormat(QtCore.Qt.TextFormat.PlainText)
    box.setText(text)
    if detail:
        box.setInformativeText(detail)
    for label in box.findChildren(QLabel):
        label.setTextFormat(QtCore.Qt.TextFormat.PlainText)
    return box


class WaitDialog(QDialog):
    """Something takes a while and may ask the user elsewhere; Cancel gives up waiting."""

    def __init__(self, parent: QWidget, title: str, text: str) -> None:
        super().__init__(parent)
        self.finished.connect(self.deleteLater)
        self.setWindowTitle(title)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(18, 16, 18, 14)
        layout.setSpacing(10)
        layout.addWidget(plain_label(text, heading="true"))
        layout.addWidget(
            plain_label(self.tr("The keyring may ask for your permission in a window of its own."))
        )
        box = QtWidgets.QDialogButtonBox()
        box.addButton(self.tr("Cancel"), QtWidgets.QDialogButtonBox.ButtonRole.RejectRole)
        box.rejected.connect(self.reject)
        layout.addWidget(box)


def choose_certificates(parent: QWidget, title: str, then: Callable[[str], object]) -> None:
    """Have a file of certificates chosen; `then` gets its name, as this system writes it."""
    dialog = QtWidgets.QFileDialog(parent, title)
    dialog.setFileMode(QtWidgets.QFileDialog.FileMode.ExistingFile)
    tr = partial(QtCore.QCoreApplication.translate, "dialogs")
    dialog.setNameFilters([tr("Certificates (*.pem *.crt *.cer)"), tr("All files (*)")])
    # Qt writes every path with slashes.
    dialog.fileSelected.connect(lambda name: then(QtCore.QDir.toNativeSeparators(name)))
    dialog.open()

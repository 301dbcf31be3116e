"""What can be told of a window without looking at it: cut texts, next steps, names, contrast."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TypeVar

from PySide6.QtCore import QPoint, QPointF, QRect, Qt
from PySide6.QtGui import QAccessible, QColor, QWheelEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractScrollArea,
    QAbstractSlider,
    QAbstractSpinBox,
    QCheckBox,
    QComboBox,
    QHeaderView,
    QLabel,
    QLineEdit,
    QMenu,
    QMenuBar,
    QPushButton,
    QRadioButton,
    QScrollArea,
    QScrollBar,
    QTabBar,
    QToolButton,
    QWidget,
)

from smtpwizard.gui.widgets.elements import ElidedButton
from smtpwizard.gui.widgets.few_lines import FewLines
from smtpwizard.gui.widgets.style import OUTLINE_CONTRAST, TEXT_CONTRAST, contrast

Kind = TypeVar("Kind", bound=QWidget)

# A pixel is rounding.
SLACK = 1
# Nothing narrower than this is why something is too wide.
_LEAST = 100
DIRECT = Qt.FindChildOption.FindDirectChildrenOnly


def shown(window: QWidget, kind: type[Kind]) -> Iterator[Kind]:
    """The widgets of a kind that are on screen, or would be if one scrolled."""
    for widget in window.findChildren(kind):
        if widget.isVisible() and widget.width() > 0:
            yield widget


def wholly_in_sight(widget: QWidget) -> bool:
    """Whether nothing of it is cut by what it lies in, nor scrolled away."""
    return widget.isVisible() and widget.visibleRegion().boundingRect().contains(
        widget.rect().adjusted(0, 0, -SLACK, -SLACK)
    )


def text_of(widget: QWidget) -> str:
    """What a label or a button says, in one line."""
    text = widget.text() if isinstance(widget, QLabel | QAbstractButton) else ""
    return " ".join(text.replace("&", "").split())


# --- texts that are cut


def cut_texts(window: QWidget) -> Iterator[str]:
    """Texts that have less room than they need, and what sticks out of what it lies in."""
    for widget in shown(window, QWidget):
        need = _needs(widget)
        if isinstance(widget, QScrollArea) and (far := widget.horizontalScrollBar().maximum()) > 0:
            name = widget.accessibleName() or type(widget).__name__
            yield f"scrolls sideways: {name}, {far} px, for {_widest(widget.widget())}"
        elif need:
            yield f"cut: {_described(widget)}: {need}"
        elif text_of(widget) and (over := _sticks_out(widget)):
            yield f"sticks out: {_described(widget)}: {over}"


def _widest(content: QWidget | None) -> str:
    """What in it cannot be narrower, as deep inside as one can tell."""
    found = content
    while found is not None:
        inside = [
            each
            for each in found.findChildren(QWidget, options=DIRECT)
            if each.isVisible() and each.minimumSizeHint().width() > _LEAST
        ]
        if not inside:
            return f"{_described(found)}, {found.minimumSizeHint().width()} px"
        found = max(inside, key=lambda each: each.minimumSizeHint().width())
    return "nothing"


def _described(widget: QWidget) -> str:
    text = text_of(widget) or widget.accessibleName()
    return f"{type(widget).__name__} “{text[:60]}”"


def _needs(widget: QWidget) -> str:
    """How much more room its text needs; empty where it has enough."""
    if isinstance(widget, QLabel):
        return _label_needs(widget)
    if isinstance(widget, ElidedButton):
        return ""  # its tool tip has the rest
    if isinstance(widget, QPushButton | QToolButton | QRadioButton | QCheckBox):
        wish = widget.sizeHint()
        if widget.text() and not _fits(widget, wish.width(), wish.height()):
            return _missing(widget, wish.width(), wish.height())
    elif isinstance(widget, QLineEdit) and not widget.text():
        wide = widget.fontMetrics().horizontalAdvance(widget.placeholderText())
        if wide > widget.contentsRect().width():
            return f"placeholder “{widget.placeholderText()[:40]}” is {wide} px wide"
    elif isinstance(widget, QComboBox) and not widget.isEditable():
        wide = widget.fontMetrics().horizontalAdvance(widget.currentText()) + widget.height()
        if wide > widget.width() + SLACK:
            return f"its choice “{widget.currentText()[:40]}” needs {wide} px of {widget.width()}"
    return ""


def _label_needs(label: QLabel) -> str:
    if not label.text() or label.toolTip() or isinstance(label, FewLines):
        # What is cut has all of it in a tool tip.
        return ""
    if label.wordWrap():
        height = label.heightForWidth(label.width())
        word = _longest_word(label)
        if word > label.contentsRect().width() + SLACK:
            return f"a word is {word} px wide, there are {label.contentsRect().width()}"
        return "" if height <= label.height() + SLACK else _missing(label, 0, height)
    wish = label.sizeHint()
    if _fits(label, wish.width(), wish.height()):
        return ""
    return _missing(label, wish.width(), wish.height())


def _longest_word(label: QLabel) -> int:
    metrics = label.fontMetrics()
    words = label.text().replace("/", "/ ").replace("-", "- ").split()
    return max((metrics.horizontalAdvance(word) for word in words), default=0)


def _fits(widget: QWidget, width: int, height: int) -> bool:
    return width <= widget.width() + SLACK and height <= widget.height() + SLACK


def _missing(widget: QWidget, width: int, height: int) -> str:
    return (
        f"needs {width or widget.width()} × {height} px, has {widget.width()} × {widget.height()}"
    )


def _sticks_out(widget: QWidget) -> str:
    """By how much it leaves a widget that it lies in; scrolling up and down is no loss."""
    inner, outer = widget, widget.parentWidget()
    while outer is not None and not inner.isWindow():
        place = QRect(widget.mapTo(outer, QPoint(0, 0)), widget.size())
        area = outer.parentWidget()
        scrolls = isinstance(area, QAbstractScrollArea) and area.viewport() is outer
        if scrolls:
            return ""  # it can be scrolled to
        over = max(
            -place.left(),
            place.right() - outer.rect().right(),
            -place.top(),
            place.bottom() - outer.rect().bottom(),
        )
        if over > SLACK:
            return f"{over} px out of {type(outer).__name__}"
        inner, outer = outer, outer.parentWidget()
    return ""


# --- one next step


def filled_buttons(window: QWidget) -> list[QWidget]:
    """What is drawn as the next step, and can be pressed."""
    return [
        push
        for push in shown(window, QPushButton)
        if str(push.property("next")).lower() == "true" and push.isEnabled()
    ]


def too_many_steps(window: QWidget) -> Iterator[str]:
    filled = filled_buttons(window)
    if len(filled) > 1:
        yield "filled buttons: " + ", ".join(text_of(push) for push in filled)


# --- names


def nameless(window: QWidget) -> Iterator[str]:
    """What takes the focus and says nothing to assistive technology."""
    for widget in shown(window, QWidget):
        inside = isinstance(
            widget.parentWidget(), QComboBox | QAbstractSpinBox | QAbstractScrollArea | QHeaderView
        )
        if widget.focusPolicy() is Qt.FocusPolicy.NoFocus or not widget.isEnabled() or inside:
            continue
        node = QAccessible.queryAccessibleInterface(widget)
        if node is not None and not node.text(QAccessible.Text.Name).strip():
            name = widget.objectName()
            yield f"no name: {type(widget).__name__}{f' {name}' if name else ''}"


# --- one key, one name, one thing


def keys_twice(window: QWidget) -> Iterator[str]:
    """Letters that Alt leads with to more than one thing of a window that is seen and can be used,
    and letters that a menu has twice."""
    leads: dict[str, list[str]] = {}
    for text in _texts_with_letters(window):
        letter = _letter_of(text)
        if letter:
            leads.setdefault(letter, []).append(text)
    for letter, texts in leads.items():
        if len(texts) > 1:
            yield f"Alt+{letter} twice: {', '.join(texts)}"
    for menu in window.findChildren(QMenu):
        inside: dict[str, list[str]] = {}
        for action in menu.actions():
            if action.isVisible() and (letter := _letter_of(action.text())):
                inside.setdefault(letter, []).append(action.text())
        for letter, texts in inside.items():
            if len(texts) > 1:
                yield f"{letter} twice in a menu: {', '.join(texts)}"


def _texts_with_letters(window: QWidget) -> Iterator[str]:
    for bar in shown(window, QMenuBar):
        yield from (action.text() for action in bar.actions() if action.isVisible())
    for push in shown(window, QAbstractButton):
        if push.isEnabled():
            yield push.text()
    for label in shown(window, QLabel):
        buddy = label.buddy()
        if buddy is not None and buddy.isEnabled():
            yield label.text()
    for tabs in shown(window, QTabBar):
        yield from (tabs.tabText(number) for number in range(tabs.count()))


def _letter_of(text: str) -> str:
    """The letter of a text that Alt leads with; empty where there is none."""
    found = re.search(r"&([^&\s])", text.replace("&&", ""))
    return found[1].upper() if found else ""


def names_twice(window: QWidget) -> Iterator[str]:
    """Names that more than one button, field or list has which is seen and can be used."""
    counted: dict[str, int] = {}
    for widget in shown(window, QWidget):
        if not widget.isEnabled() or widget.focusPolicy() is Qt.FocusPolicy.NoFocus:
            continue
        if isinstance(widget.parentWidget(), QComboBox | QAbstractSpinBox | QHeaderView):
            continue
        node = QAccessible.queryAccessibleInterface(widget)
        name = node.text(QAccessible.Text.Name).strip() if node is not None else ""
        # Of things of different kinds a reader hears the kind as well.
        if name and isinstance(widget, QAbstractButton | QLineEdit | QComboBox | QAbstractItemView):
            kind = "button" if isinstance(widget, QAbstractButton) else "field"
            key = f"{kind} {name}"
            counted[key] = counted.get(key, 0) + 1
    for key, number in counted.items():
        if number > 1:
            yield f"{number} times: {key}"


# --- what the mouse wheel changes


def turned_by_wheel(window: QWidget) -> Iterator[str]:
    """What the mouse wheel changes though one only scrolls the page, with and without the focus."""
    for kind in (QComboBox, QAbstractSpinBox, QTabBar, QAbstractSlider):
        for widget in shown(window, kind):
            if isinstance(widget, QScrollBar):
                continue
            if widget.focusPolicy() is Qt.FocusPolicy.WheelFocus:
                yield f"takes the focus from the wheel: {_described(widget)}"
            if any(_wheel_over(widget, delta) for delta in (-120, 120)):
                yield f"takes the wheel: {_described(widget)}"


def _wheel_over(widget: QWidget, delta: int = -120) -> bool:
    """Whether it takes a turn of the wheel, as it would for a page that is to scroll."""
    middle = QPointF(widget.rect().center())
    event = QWheelEvent(
        middle,
        QPointF(widget.mapToGlobal(widget.rect().center())),
        QPoint(),
        QPoint(0, delta),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    event.ignore()
    widget.event(event)
    return event.isAccepted()


# --- contrast

GROUNDS = ("canvas", "surface", "rail", "sunken")
TEXTS = ("text", "muted", "link", "success", "warning", "danger")
SOFT = {"success": "success_soft", "warning": "warning_soft", "danger": "danger_soft"}


def low_contrast(colour: Callable[[str], QColor]) -> Iterator[str]:
    """The tokens of the theme in force that do not stand out from what they lie on."""
    pairs = [(text, ground, TEXT_CONTRAST) for text in TEXTS for ground in GROUNDS]
    pairs += [(text, soft, TEXT_CONTRAST) for text, soft in SOFT.items()]
    pairs += [(text, "accent_soft", TEXT_CONTRAST) for text in ("text", "muted", "link")]
    pairs += [("on_accent", "accent", TEXT_CONTRAST)]
    pairs += [
        (line, ground, OUTLINE_CONTRAST)
        for line in ("outline", "focus", "crown")
        for ground in GROUNDS
    ]
    pairs += [("crown", ground, OUTLINE_CONTRAST) for ground in ("accent_soft", "hover")]
    for front, back, wanted in pairs:
        ratio = contrast(colour(front), colour(back))
        if ratio < wanted:
            yield f"contrast: {front} on {back} is {ratio:.2f}, not {wanted:g}"


# --- the conclusion first


def conclusion(window: QWidget, title: str, actors: tuple[str, ...], low: bool) -> Iterator[str]:
    """What of a failure's conclusion one has to scroll for; of a low window less is asked."""
    for what, texts in {"cause": (title,), **({} if low else {"who must act": actors})}.items():
        if not any(_says(label, text) for text in texts for label in _sayers(window)):
            yield f"not in sight: {what} (“{texts[0]}”)"
    filled = filled_buttons(window)
    if not filled:
        yield "no filled button"
    elif not wholly_in_sight(filled[0]):
        yield f"not in sight: the next click (“{text_of(filled[0])}”)"


def _sayers(window: QWidget) -> Iterator[QWidget]:
    for kind in (QLabel, QAbstractButton):
        yield from (widget for widget in shown(window, kind) if wholly_in_sight(widget))


def _says(widget: QWidget, text: str) -> bool:
    said, wanted = text_of(widget).casefold(), " ".join(text.replace("&", "").split()).casefold()
    # Of one word, such as "you", every sentence is full.
    return said.strip(":. ") == wanted if " " not in wanted else wanted in said

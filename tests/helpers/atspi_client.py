"""Drives a program through the accessibility bus, as a screen reader would; stands alone.

Run by the system's Python, which has pyatspi. Reads one JSON request a line, `{"do": COMMAND, …}`,
and answers each with one line, `{"result": …}` or `{"error": "…"}`. The commands are the functions
named in COMMANDS; their keyword arguments are the other fields of the request.
"""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyatspi
from gi.repository import Atspi, GLib

Node = Any

PAUSE = 0.02
TIMEOUT = 120.0
"""Seconds; only a guard against hanging, so it is far beyond what the slowest machine takes."""

_application: Node = None
_announcements: list[str] = []
_focus: list[dict[str, str]] = []
_listeners: list[Any] = []


class Refused(Exception):
    """The program does not offer what was asked for."""


# --- commands


def listen() -> None:
    """Ask for events; do it before the program starts, which looks only then who wants some."""
    # Its own limit for an answer is 0.8 s.
    Atspi.set_timeout(round(TIMEOUT * 1000), round(TIMEOUT * 1000))
    for callback, kind in (
        (_announced, "object:announcement"),
        (_focus_moved, "object:state-changed:focused"),
    ):
        listener = Atspi.EventListener.new(callback)
        listener.register(kind)
        _listeners.append(listener)
    # The registry answers in order, so after this call it has heard of us.
    _ = pyatspi.Registry.getDesktop(0).childCount


def attach(pid: int, timeout: float = TIMEOUT) -> str:
    """Find the program by its process id once it shows a window; its name on the bus."""
    global _application
    desktop = pyatspi.Registry.getDesktop(0)

    def found() -> Node:
        if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
            raise Refused(f"process {pid} has ended")
        for application in desktop:
            if application is not None and application.get_process_id() == pid:
                # A cache would need a running main loop to stay true.
                application.set_cache_mask(Atspi.Cache.NONE)
                return application if application.childCount else None
        return None

    _application = _wait(found, f"process {pid} on the accessibility bus", timeout)
    return str(_application.name)


def find(role: str, name: str, timeout: float = TIMEOUT) -> dict[str, Any]:
    """Wait for a showing node of this role and name, or label, and describe it."""
    return _describe(_find(role, name, timeout))


def exists(role: str, name: str) -> bool:
    """Whether such a node shows right now."""
    return bool(_matching(role, name))


def wait_gone(role: str, name: str, timeout: float = TIMEOUT) -> None:
    """Wait until no such node shows."""
    _wait(lambda: not _matching(role, name), f"no {role} {name!r}", timeout)


def wait_state(
    role: str, name: str, state: str, on: bool = True, timeout: float = TIMEOUT
) -> dict[str, Any]:
    """Wait until such a node has (or has not) a state, as `enabled` or `checked`; describe it."""

    def reached() -> Node:
        for node in _matching(role, name):
            if (state in _states(node)) == on:
                return node
        return None

    wanted = state if on else f"not {state}"
    return _describe(_wait(reached, f"{role} {name!r} to be {wanted}", timeout))


def wait_text(role: str, text: str, timeout: float = TIMEOUT) -> dict[str, Any]:
    """Wait for a showing node whose name or content contains `text`; describe it."""

    def reached() -> Node:
        for node in _found(role):
            if (text in node.name or text in _text(node)) and _shows(node):
                return node
        return None

    return _describe(_wait(reached, f"{role} with {text!r}", timeout))


def set_text(role: str, name: str, text: str, timeout: float = TIMEOUT) -> None:
    """Replace the content of a text field or spin button."""
    node = _usable(role, name, timeout)
    if not node.queryEditableText().setTextContents(text):
        raise Refused(f"{role} {name!r} refused the text")


def press(name: str, role: str = "push button", timeout: float = TIMEOUT) -> None:
    """Press a button that is enabled, or becomes so in time."""
    _act(_usable(role, name, timeout), "Press")


def toggle(role: str, name: str, timeout: float = TIMEOUT) -> None:
    """Toggle a radio button or check box."""
    _act(_usable(role, name, timeout), "Toggle")


def select(name: str, item: str, timeout: float = TIMEOUT) -> None:
    """Choose an item of the combo box labelled `name`.

    A plain QComboBox ignores what is selected in its list through the bus; the keyboard does it
    then, as it does for people.
    """
    combo = _usable("combo box", name, timeout)
    items = [child for child in combo[0] if child is not None]
    names = [child.name for child in items]
    if item not in names:
        raise Refused(f"combo box {name!r} has no item {item!r} but {names}")

    def chosen() -> bool:
        return bool(combo.name == item)  # Qt names a combo box by its value

    if chosen():
        return
    combo[0].querySelection().selectChild(names.index(item))
    if chosen():
        return
    opened = combo[0]
    _act(combo, "Press")
    _wait(lambda: "showing" in _states(opened), f"the list of {name!r}", timeout)
    reachable = [child.name for child in items if "enabled" in _states(child)]
    keys = ["Home", *["Down"] * reachable.index(item), "Return"]
    subprocess.run(["xdotool", "key", *keys], check=True)
    _wait(
        lambda: chosen() and "showing" not in _states(opened),
        f"combo box {name!r} to show {item!r}",
        timeout,
    )


def focused() -> dict[str, str]:
    """Role, name and label of the node with the keyboard focus."""
    _pump()
    if _focus:
        return _focus[-1]
    # Before the first event: Qt claims the focus for every combo box, so others come first.
    nodes = [node for node in _showing() if "focused" in _states(node)]
    nodes.sort(key=lambda node: node.getRoleName() == "combo box")
    return _identity(nodes[0]) if nodes else {}


def wait_focus(name: str, timeout: float = TIMEOUT) -> None:
    """Wait until the node of this name, or label, has the keyboard focus."""

    def reached() -> bool:
        node = focused()
        return name in (node.get("name"), node.get("label"))

    _wait(reached, f"the focus on {name!r}", timeout)


def wait_typed(name: str, text: str, timeout: float = TIMEOUT) -> None:
    """Wait until the field of this name, or label, has the focus and holds exactly this text.

    A password field shows as many marks as it holds characters, and no more is compared.
    """

    def reached() -> bool:
        node = focused()
        if name not in (node.get("name"), node.get("label")):
            return False
        for field in _matching(node["role"], name):
            shown = _text(field)
            if shown == text or (node["role"] == "password text" and len(shown) == len(text)):
                return True
        return False

    _wait(reached, f"{name!r} to have the focus and hold {text!r}", timeout)


def nameless() -> list[dict[str, Any]]:
    """What can have the focus and has neither name nor label."""

    def found() -> list[dict[str, Any]]:
        nodes = _found(None, Atspi.StateType.FOCUSABLE)
        if not nodes:
            raise Refused("nothing can have the focus")
        return [_describe(n) for n in nodes if not (n.name or _label(n)) and _shows(n)]

    # A node may go meanwhile: the next look is without it.
    [answer] = _wait(lambda: [found()], "nodes that keep still", TIMEOUT)
    return list(answer)


def announcements() -> list[str]:
    """What the program has announced to screen readers since `listen`."""
    _pump()
    return list(_announcements)


def tree(showing: bool = True) -> dict[str, Any]:
    """Every node with its children; without those not showing unless asked for."""

    def describe(node: Node) -> dict[str, Any]:
        described = _describe(node)
        children = [describe(child) for child in _children(node, showing)]
        return {**described, "children": children} if children else described

    # A node may go while the tree is walked (a dialog that closes): the next walk is without it.
    return dict(_wait(lambda: describe(_application), "a tree that keeps still", TIMEOUT))


COMMANDS: dict[str, Callable[..., Any]] = {
    function.__name__: function
    for function in (
        *(listen, attach, find, exists, wait_gone, wait_state, wait_text, set_text, press, toggle),
        *(select, focused, wait_focus, wait_typed, nameless),
        *(announcements, tree),
    )
}


# --- the tree


def _children(node: Node, showing: bool = True) -> Iterator[Node]:
    for child in node:
        if child is not None and (not showing or "showing" in _states(child)):
            yield child


def _showing(node: Node = None) -> Iterator[Node]:
    """Every node that shows; what lies below a hidden one does not, whatever Qt says of it."""
    for child in _children(node or _application):
        yield child
        yield from _showing(child)


def _matching(role: str, name: str) -> list[Node]:
    return [
        node
        for node in _found(role)
        if (node.name == name or _label(node) == name) and _shows(node)
    ]


def _found(role: str | None, *states: Any) -> list[Node]:
    """Every node of this role that says it shows, in one call: walking the tree takes hundreds,

    each of which waits for two other programs to get their turn of a busy machine.
    """
    rule = Atspi.MatchRule.new(
        Atspi.StateSet.new([Atspi.StateType.SHOWING, *states]),
        Atspi.CollectionMatchType.ALL,
        {},
        Atspi.CollectionMatchType.NONE,
        [getattr(Atspi.Role, role.upper().replace(" ", "_"))] if role else [],
        Atspi.CollectionMatchType.ANY if role else Atspi.CollectionMatchType.NONE,
        [],
        Atspi.CollectionMatchType.NONE,
        False,
    )
    order = Atspi.CollectionSortOrder.CANONICAL
    return list(Atspi.Collection.get_matches(_application, rule, order, 0, True))


def _shows(node: Node) -> bool:
    """Whether all that it lies in shows, too: what lies below a hidden one says that it does."""
    while (node := node.get_parent()) is not None and node != _application:
        if "showing" not in _states(node):
            return False
    return True


def _find(role: str, name: str, timeout: float) -> Node:
    def found() -> Node:
        nodes = _matching(role, name)
        return nodes[0] if nodes else None

    return _wait(found, f"{role} {name!r}", timeout)


def _usable(role: str, name: str, timeout: float) -> Node:
    def found() -> Node:
        for node in _matching(role, name):
            if "enabled" in _states(node):
                return node
        return None

    return _wait(found, f"{role} {name!r}, enabled", timeout)


def _states(node: Node) -> set[str]:
    return {pyatspi.stateToString(state) for state in node.getState().getStates()}


def _label(node: Node) -> str:
    for relation in node.getRelationSet():
        if relation.getRelationType() == pyatspi.RELATION_LABELLED_BY:
            return str(relation.getTarget(0).name)
    return ""


def _interface(node: Node, query: str) -> Any:
    try:
        return getattr(node, query)()
    except NotImplementedError:
        return None


def _text(node: Node) -> str:
    interface = _interface(node, "queryText")
    return str(interface.getText(0, -1)) if interface else ""


def _actions(node: Node) -> list[str]:
    interface = _interface(node, "queryAction")
    return [interface.getName(i) for i in range(interface.nActions)] if interface else []


def _act(node: Node, action: str) -> None:
    offered = _actions(node)
    if action not in offered:
        raise Refused(f"{node.getRoleName()} {node.name!r} offers {offered}, not {action}")
    node.queryAction().doAction(offered.index(action))


def _identity(node: Node) -> dict[str, str]:
    return {"role": node.getRoleName(), "name": node.name, "label": _label(node)}


def _describe(node: Node) -> dict[str, Any]:
    described: dict[str, Any] = {
        **_identity(node),
        "description": node.description,
        "states": sorted(_states(node)),
        "actions": _actions(node),
    }
    if _interface(node, "queryText"):
        described["text"] = _text(node)
    if value := _interface(node, "queryValue"):
        described["value"] = value.currentValue
    return described


# --- events and waiting


def _announced(event: Any) -> None:
    _announcements.append(str(event.any_data))


def _focus_moved(event: Any) -> None:
    if event.detail1:
        with contextlib.suppress(GLib.Error):  # gone already
            _focus.append(_identity(event.source))


def _pump() -> None:
    context = GLib.MainContext.default()
    while context.iteration(False):
        pass


def _wait(condition: Callable[[], Any], what: str, timeout: float) -> Any:
    """The first true answer of `condition`, asked again where a node vanishes meanwhile."""
    end = time.monotonic() + timeout
    pause = threading.Event()
    while True:
        _pump()
        answer, trouble = None, ""
        try:
            answer = condition()
        except (GLib.Error, AttributeError, IndexError, LookupError) as error:
            trouble = f" ({error})"
        if answer:
            return answer
        if time.monotonic() >= end:
            raise Refused(f"waited {timeout:g} s for {what}{trouble}")
        pause.wait(PAUSE)


def _answer(request: dict[str, Any]) -> dict[str, Any]:
    command = COMMANDS[request.pop("do")]
    try:
        return {"result": command(**request)}
    except (Refused, GLib.Error) as error:
        return {"error": f"{command.__name__}: {error}"}


def main() -> None:
    for line in sys.stdin:
        print(json.dumps(_answer(json.loads(line))), flush=True)


if __name__ == "__main__":
    main()

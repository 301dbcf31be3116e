"""The look of the window: the one setting that its start reads, without the others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from smtpwizard.usecases.workspace import Workspace

Theme = Literal["system", "light", "dark"]
THEME = "theme"
THEMES: tuple[Theme, ...] = ("system", "light", "dark")


def theme_wanted(ws: Workspace) -> Theme:
    """What was chosen, as far as it will do; raises nothing."""
    kept: Any = ws.data.settings().get(THEME)
    return next((theme for theme in THEMES if theme == kept), THEMES[0])

"""A few values of Qt's namespace as the plain numbers that properties take.

WORKAROUND(PySide6 6.11): the first mention of `PySide6.QtCore.Qt` builds some hundred enum classes,
11 ms of 40 that the start of the window may take. What runs before the first paint does without;
everything else imports `Qt` where it uses it. A test compares the numbers with the enums.
"""

PLAIN_TEXT = 0  # Qt.TextFormat.PlainText
NO_FOCUS = 0  # Qt.FocusPolicy.NoFocus
TAB_FOCUS = 1  # Qt.FocusPolicy.TabFocus
STRONG_FOCUS = 11  # Qt.FocusPolicy.StrongFocus
CENTRED = 0x84  # Qt.AlignmentFlag.AlignCenter
TOP = 0x21  # Qt.AlignmentFlag.AlignTop | AlignLeft
# Qt.InputMethodHint: ImhHiddenText | ImhSensitiveData | ImhNoAutoUppercase | ImhNoPredictiveText
SECRET_HINTS = 0x1 | 0x2 | 0x4 | 0x40

# No value of Qt: what scrolls keeps so much free at its sides for the ring of the focus, px.
RING_ROOM = 4

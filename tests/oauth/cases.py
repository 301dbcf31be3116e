"""Every case that signing in and keeping tokens has to survive, by its id.

A case is tested by functions named after it (`test_o_05_…`), wherever they are; what has no test
of its own stands in `BY_DESIGN` with the reason. `test_cases.py` sees that none goes missing.
"""

from __future__ import annotations

CASES = {
    # O: the sign-in and its way back
    "O-01": "missing or wrong state",
    "O-02": "an error with a wrong state or none",
    "O-03": "the right answer twice",
    "O-04": "two sign-ins at once",
    "O-05": "favicons, probes and other methods",
    "O-06": "guessed paths",
    "O-07": "foreign pages that embed, fetch or post",
    "O-08": "DNS rebinding",
    "O-09": "listening on loopback alone",
    "O-10": "localhost as either address family",
    "O-11": "busy port",
    "O-12": "another process on the same port",
    "O-13": "half-open and slow connections",
    "O-14": "markup and controls in an error's words",
    "O-15": "overlong, doubled and unreadable parameters",
    "O-16": "an answer that comes too late",
    "O-17": "browser closed, never opened, or elsewhere",
    "O-18": "quitting in the middle of a sign-in",
    "O-19": "intercepted code",
    "O-20": "answer of another authorization server",
    "O-21": "metadata that names another issuer, http, or redirects",
    "O-22": "another account than the connector's",
    "O-23": "fewer scopes than asked for",
    "O-24": "no refresh token",
    "O-25": "token endpoint that refuses, fails, hangs or talks nonsense",
    "O-26": "wrong clock, unusable lifetime",
    "O-27": "codes and tokens in logs, arguments, output or files",
    "O-28": "embedded web view",
    "O-29": "addresses that are none for a browser",
    # K: keeping and renewing tokens
    "K-01": "many processes at once, and tokens that rotate",
    "K-02": "lock held for too long",
    "K-03": "lock of a process that was killed",
    "K-04": "refused because another has renewed",
    "K-05": "stopped between rotation and saving",
    "K-06": "secret store that fails after a renewal",
    "K-07": "access tokens on the disk",
    "K-08": "connector removed",
    "K-09": "secrets in what is shown and kept",
    "K-10": "two connectors, one sign-in",
}

BY_DESIGN = {
    "O-28": "there is no web view in the dependencies: QtWebEngine is not installed",
}

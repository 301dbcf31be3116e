"""What the authorization server shows in a browser."""

from __future__ import annotations

import html
from collections.abc import Mapping
from urllib.parse import urlencode

from smtpwizard.demo.authorization.behaviour import Behaviour

DEVICE_PAGE = (
    "<h1>Demo sign-in</h1><form method=post><label>Code <input name=user_code></label> "
    "<label>Account <input name=account></label> <button>Allow</button></form>"
)


def page(body: str) -> str:
    """A whole page around `body`."""
    return (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">'
        f"<title>Demo sign-in</title></head><body>{body}</body></html>"
    )


def consent_page(behaviour: Behaviour, base: str, query: Mapping[str, str]) -> str:
    """Asks which account, and whether to allow; goes on at `base`."""
    hinted = query.get("login_hint")
    options = "".join(
        f'<label><input type="radio" name="account" value="{html.escape(account)}"'
        f"{' checked' if account == (hinted or behaviour.account) else ''}> "
        f"{html.escape(account)}</label><br>"
        for account in behaviour.accounts
    )
    scopes = "".join(f"<li>{html.escape(s)}</li>" for s in query.get("scope", "").split())
    request = html.escape(urlencode(query))
    return (
        f'<h1>Demo sign-in</h1><form method="post" action="{html.escape(base)}/decide">'
        f"{options}<p>The application asks for:</p><ul>{scopes}</ul>"
        f'<input type="hidden" name="request" value="{request}">'
        '<button id="allow" name="decision" value="allow">Allow</button> '
        '<button id="deny" name="decision" value="deny">Deny</button></form>'
    )


def answer_page(target: str, answer: Mapping[str, str]) -> str:
    """Brings the answer back as a form that sends itself (`response_mode=form_post`)."""
    fields = "".join(
        f'<input type="hidden" name="{html.escape(k)}" value="{html.escape(v)}">'
        for k, v in answer.items()
    )
    return (
        f'<form method="post" action="{html.escape(target)}">{fields}'
        "<noscript><button>Continue</button></noscript></form>"
        "<script>document.forms[0].submit()</script>"
    )

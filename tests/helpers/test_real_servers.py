"""The mail server is as strict as its tests believe: a lenient one would let their mail through.

That it takes what it should, and refuses in which words, the tests of the program show.
"""

from __future__ import annotations

import smtplib
import ssl

from tests.helpers.real_servers import DOMAIN, MailServer


def test_no_login_before_starttls(postfix: MailServer) -> None:
    with smtplib.SMTP(postfix.host, postfix.starttls_port) as client:
        client.ehlo()
        assert "auth" not in client.esmtp_features
        assert client.docmd("AUTH", "PLAIN")[0] == 530
        assert client.docmd("MAIL", "FROM:<>")[0] == 530


def test_no_mail_and_no_relaying_without_a_login(postfix: MailServer) -> None:
    with smtplib.SMTP(postfix.host, postfix.starttls_port) as client:
        client.starttls(context=ssl.create_default_context(cafile=postfix.ca_file))
        client.mail(postfix.username)
        code, text = client.rcpt(f"someone@{DOMAIN}")
        assert (code, text.split()[0]) == (554, b"5.7.1")

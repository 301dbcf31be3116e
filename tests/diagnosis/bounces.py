"""Bounces as mail systems write them; every name is an example."""

from __future__ import annotations

import base64

# The message that comes back; what it says would lead astray, were it read.
HEADERS = """Received: from wizard ([192.0.2.9]) by smtp.example.com (Postfix) with ESMTPSA
\tid 4F1A2B (Authenticated sender: mailer@example.com); Mon, 30 Nov 2026 09:00:00 +0000
Message-ID: <0123456789abcdef0123456789abcdef@example.com>
From: Mailer <invoices@example.com>
To: bob@example.org
Subject: Invoice 7: relay access denied
Date: Mon, 30 Nov 2026 10:00:00 +0100"""
RETURNED = f"{HEADERS}\n\nYour quota is exceeded, 554 5.7.1 Relay access denied, DMARC\n"


def group(address: str, status: str, said: str, action: str = "failed", mta: str = "") -> str:
    """The fields of one recipient."""
    by = f"Remote-MTA: dns; {mta}\n" if mta else ""
    return (
        f"Final-Recipient: rfc822; {address}\nAction: {action}\nStatus: {status}\n{by}"
        f"Diagnostic-Code: smtp; {said}"
    )


def report(
    *groups: str,
    words: str = "I'm sorry.",
    how: str = "7bit",
    status_how: str = "7bit",
    reporter: str = "smtp.example.com",
    returned: str = f"Content-Type: message/rfc822\n\n{RETURNED}",
) -> str:
    """A delivery report of RFC 3464 in a message of RFC 6522."""
    status = "\n\n".join((f"Reporting-MTA: dns; {reporter}\nX-Postfix-Queue-ID: 4F1A2B", *groups))
    if status_how == "base64":
        status = base64.encodebytes(status.encode()).decode()
    return f"""Return-Path: <>
From: MAILER-DAEMON@{reporter} (Mail Delivery System)
To: invoices@example.com
Subject: =?utf-8?q?Nicht_zustellbar?=
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status;
\tboundary="=_b1"

--=_b1
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: {how}

{words}
--=_b1
Content-Type: message/delivery-status
Content-Transfer-Encoding: {status_how}

{status}

--=_b1
{returned}
--=_b1--
"""


UNKNOWN = group(
    "bob@example.org", "5.1.1", "550 5.1.1 <bob@example.org>: User unknown", mta="mx.example.org"
)
FULL = group("ann@example.net", "5.2.2", "552 5.2.2 Mailbox full", mta="mx.example.net")
LATE = group("cid@example.net", "4.7.1", "450 4.7.1 Greylisted, come back later", "delayed")
TAKEN = group("dan@example.net", "2.0.0", "250 2.0.0 Ok", "delivered")

_GERMAN = """Ihre Nachricht an bob@example.org konnte nicht übermittelt werden.

Diagnoseinformationen für Administratoren:

Generierender Server: AM0PR04MB1.eurprd04.prod.outlook.com

bob@example.org
Remoteserver hat zurückgemeldet: 550 5.7.509 Access denied, sending domain EXAMPLE.COM does not
pass DMARC verification and has a DMARC policy of reject.
"""
# As Microsoft's servers write it in German: the words in base64, HTML beside it.
MICROSOFT = f"""From: Microsoft Outlook <MicrosoftExchange1@example.com>
To: invoices@example.com
Subject: Unzustellbar: Rechnung 7
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="outer_"
X-MS-Exchange-Message-Is-Ndr:

--outer_
Content-Type: multipart/alternative; differences=Content-Type; boundary="inner_"

--inner_
Content-Type: text/plain; charset="utf-8"
Content-Transfer-Encoding: base64

{base64.encodebytes(_GERMAN.encode()).decode()}
--inner_
Content-Type: text/html; charset="utf-8"
Content-Transfer-Encoding: quoted-printable

<html><body>Ihre Nachricht konnte nicht =C3=BCbermittelt werden.</body></html>
--inner_--

--outer_
Content-Type: message/delivery-status

Reporting-MTA: dns;AM0PR04MB1.eurprd04.prod.outlook.com
Received-From-MTA: dns;DB9PR04MB2.eurprd04.prod.outlook.com
Arrival-Date: Mon, 30 Nov 2026 09:00:00 +0000

Final-Recipient: rfc822;bob@example.org
Action: failed
Status: 5.7.509
Diagnostic-Code: smtp;550 5.7.509 Access denied, sending domain EXAMPLE.COM does not pass
 DMARC verification and has a DMARC policy of reject.
X-Display-Name: bob@example.org

--outer_
Content-Type: message/rfc822

{RETURNED}
--outer_--
"""

GMAIL = f"""Return-Path: <>
Received: from mail-sor-f69.google.com by mx.google.com; Mon, 30 Nov 2026 01:00:05 -0800
From: Mail Delivery Subsystem <mailer-daemon@googlemail.com>
To: invoices@example.com
X-Failed-Recipients: bob@example.org
Subject: Delivery Status Notification (Failure)
MIME-Version: 1.0
Content-Type: multipart/report; boundary="00000f"; report-type=delivery-status

--00000f
Content-Type: multipart/related; boundary="00000r"

--00000r
Content-Type: multipart/alternative; boundary="00000a"

--00000a
Content-Type: text/plain; charset="UTF-8"

** Address not found **

Your message wasn't delivered to bob@example.org because the address couldn't be found.

The response was:

550 5.1.1 The email account that you tried to reach does not exist. gsmtp

--00000a
Content-Type: text/html; charset="UTF-8"

<html><body><b>Address not found</b></body></html>
--00000a--

--00000r
Content-Type: image/png; name="icon.png"
Content-Transfer-Encoding: base64

iVBORw0KGgo=
--00000r--

--00000f
Content-Type: message/delivery-status

Reporting-MTA: dns; googlemail.com
Received-From-MTA: dns; invoices@example.com
X-Original-Message-ID: <0123456789abcdef0123456789abcdef@example.com>

Final-Recipient: rfc822; bob@example.org
Action: failed
Status: 5.1.1
Remote-MTA: dns; gmail-smtp-in.l.google.com. (192.0.2.26, the server for the domain example.org.)
Diagnostic-Code: smtp; 550-5.1.1 The email account that you tried to reach does not exist.
 550 5.1.1  Please try double-checking the address for typos. gsmtp

--00000f
Content-Type: message/rfc822

{RETURNED}
--00000f--
"""

# Bounces in words alone, and a log.
POSTFIX = """This is the mail system at host smtp.example.com.

I'm sorry to have to inform you that your message could not be delivered.

<bob@example.org>: host mx.example.org[192.0.2.1] said: 550 5.7.23 The message
    was rejected by Sender Policy Framework (in reply to RCPT TO command)

<ann@example.net>: connect to mx.example.net[192.0.2.2]:25: Connection timed out
"""
EXIM = f"""This message was created automatically by mail delivery software.

A message that you sent could not be delivered to one or more of its
recipients. The following address(es) failed:

  bob@example.org
    host mx.example.org [192.0.2.1]
    SMTP error from remote mail server after RCPT TO:<bob@example.org>:
    550 5.1.1 No such user here
  ann@example.net
    Unrouteable address

------ This is a copy of the message, including all the headers. ------

{RETURNED}"""
SENDMAIL = """The original message was received at Mon, 30 Nov 2026 09:00:00 GMT

   ----- The following addresses had permanent fatal errors -----
<bob@example.org>
    (reason: 550 5.1.1 No such user)

   ----- Transcript of session follows -----
... while talking to mx.example.org.:
>>> DATA
<<< 550 5.1.1 No such user
"""
QMAIL = """Hi. This is the qmail-send program at smtp.example.com.
I'm afraid I wasn't able to deliver your message to the following addresses.

<bob@example.org>:
192.0.2.1 does not like recipient.
Remote host said: 550 5.1.1 No such user
Giving up on 192.0.2.1.
"""
LOG = (
    "Nov 30 10:00:01 mail postfix/smtp[11]: 4F1A2B: to=<bob@example.org>, "
    "relay=smtp.example.com[192.0.2.5]:587, delay=1.2, delays=0.1/0/0.9/0.2, dsn=5.7.57, "
    "status=bounced (host smtp.example.com[192.0.2.5] said: 530 5.7.57 Client not authenticated "
    "(in reply to MAIL FROM command))\n"
    "Nov 30 10:00:02 mail postfix/smtp[11]: 4F1A2C: to=<ann@example.net>, relay=none, delay=30, "
    "delays=30/0/0/0, dsn=4.4.1, status=deferred (connect to mx.example.net[192.0.2.2]:25: "
    "Connection timed out)\n"
)

"""`proof` on a test email inside another one (attached, wrapped by a list, pasted), and on those
whose receivers write their results in several fields."""

from __future__ import annotations

import base64
import quopri
from collections.abc import Callable
from typing import Any

import pytest

from tests.cli.conftest import Cli
from tests.cli.test_history import connector as connector
from tests.cli.test_history import server as server
from tests.cli.test_proof import (
    FASTMAIL,
    GMAIL,
    LIST,
    MAILBOX,
    MICROSOFT,
    SIGNED,
    TAIL,
    YAHOO,
    _proof,
)
from tests.cli.test_proof import sent as sent

# Who forwards it has a server of its own, which found everything wrong.
FORWARD = (
    "Received: from phone.isle.example (phone.isle.example [198.51.100.4])\r\n"
    " by mx.quay.example with ESMTP id z9; Mon, 30 Nov 2026 10:00:00 +0000\r\n"
    "Authentication-Results: mx.quay.example; dkim=fail header.d=isle.example;\r\n"
    " spf=softfail smtp.mailfrom=zebra@isle.example; dmarc=fail header.from=isle.example\r\n"
    "DKIM-Signature: v=1; a=rsa-sha256; d=isle.example; s=outer; h=from; bh=x; b=y\r\n"
    "From: Zebra <zebra@isle.example>\r\nTo: admin@quay.example\r\n"
    "Subject: Fwd: Test\r\nMessage-ID: <outer-1@isle.example>\r\nMIME-Version: 1.0\r\n"
)
NOTE = "--B\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nHere it is.\r\n"
SAMPLES = {
    "gmail": GMAIL, "microsoft": MICROSOFT, "yahoo": YAHOO, "fastmail": FASTMAIL,
    "mailbox": MAILBOX,
}  # fmt: skip


def _multipart(part_headers: str, content: str) -> str:
    mark = f"B-{len(content)}"
    head = f'{FORWARD}Content-Type: multipart/mixed;\r\n boundary="{mark}"\r\n\r\n'
    note = NOTE.replace("--B", f"--{mark}")
    return f"{head}{note}--{mark}\r\n{part_headers}\r\n{content}\r\n--{mark}--\r\n"


def _in_lines(data: bytes) -> str:
    return base64.encodebytes(data).decode().replace("\n", "\r\n")


def by_attachment(inner: str) -> str:
    """As Outlook, Apple Mail and Thunderbird attach a message."""
    return _multipart("Content-Type: message/rfc822\r\nContent-Disposition: attachment\r\n", inner)


def by_gmail(inner: str) -> str:
    """Gmail's “Forward as attachment”."""
    return _multipart(
        'Content-Type: message/rfc822; name="Test.eml"\r\nContent-Transfer-Encoding: base64\r\n'
        "X-Attachment-Id: 19\r\n",
        _in_lines(inner.encode()),
    )


def by_webmail(inner: str) -> str:
    """A saved file, attached like any other."""
    return _multipart(
        "Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n"
        'Content-Disposition: attachment;\r\n filename="Test email.eml"\r\n',
        _in_lines(inner.encode()),
    )


def by_wrapping(inner: str) -> str:
    """Mailman's wrap_message, without a text of its own."""
    return (
        "Received: from lists.reef.example (lists.reef.example [198.51.100.9])\r\n"
        "\tby mx.isle.example with ESMTP id g7; Mon, 30 Nov 2026 09:05:00 +0000\r\n"
        "Authentication-Results: mx.isle.example; dkim=pass header.d=reef.example;\r\n"
        " spf=none smtp.mailfrom=friends-bounces@lists.reef.example;\r\n"
        " dmarc=none header.from=lists.reef.example\r\n"
        "Subject: [Friends] Test\r\nTo: friends@lists.reef.example\r\nPrecedence: list\r\n"
        "List-Id: Friends <friends.lists.reef.example>\r\nMIME-Version: 1.0\r\n"
        "Message-ID: <170.1.77@lists.reef.example>\r\n"
        "From: Billing via Friends <friends@lists.reef.example>\r\n"
        "Reply-To: Billing <billing@quay.example>\r\n"
        f"Content-Type: message/rfc822\r\nContent-Disposition: inline\r\n\r\n{inner}"
    )


def twice(inner: str) -> str:
    return by_attachment(by_gmail(inner))


def as_text(inner: str) -> str:
    """Its headers pasted into an email."""
    body = f"Hello,\n\nhere are the headers:\n\n{inner}\n\nRegards: Zebra\n".replace("\r\n", "\n")
    encoded = quopri.encodestring(body.encode()).decode()
    head = "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable"
    return f"{FORWARD}{head}\r\n\r\n{encoded}"


def as_quotation(inner: str) -> str:
    quoted = "".join(f"> {line}\r\n" for line in inner.splitlines())
    return f"{FORWARD}Content-Type: text/plain\r\n\r\nZebra wrote:\r\n\r\n{quoted}"


WRAPS = [
    by_attachment, by_gmail, by_webmail, by_wrapping, twice, as_text, as_quotation,
]  # fmt: skip


@pytest.mark.parametrize("sample", SAMPLES)
@pytest.mark.parametrize("wrap", WRAPS)
def test_the_results_of_the_email_inside_count(
    wrap: Callable[[str], str], sample: str, cli: Cli, sent: tuple[str, str]
) -> None:
    name, mark = sent
    plain = f"{SAMPLES[sample]}Message-ID: <{mark}@quay.example>\r\n"
    alone, wrapped = _proof(cli, name, plain), _proof(cli, name, wrap(f"{plain}\r\nbody\r\n"))
    codes = [conflict["code"] for conflict in wrapped.pop("conflicts")]
    assert codes[0] == "inside"
    assert ("list" in codes) == (wrap is by_wrapping)
    alone_codes = [conflict["code"] for conflict in alone.pop("conflicts")]
    assert [code for code in codes if code not in ("inside", "list")] == alone_codes
    assert wrapped == alone
    assert (wrapped["ours"], wrapped["spf"], wrapped["dmarc"]) == (True, "pass", "pass")


def _gmail_page(inner: str) -> str:
    return (
        "Original Message\nMessage ID\t<x@y>\nCreated at:\tMon, Nov 30, 2026 at 9:00 AM\n"
        "From:\tBilling <billing@quay.example>\nTo:\tzebra@isle.example\nSubject:\tTest\n"
        "SPF:\tPASS with IP 192.0.2.25 Learn more\nDKIM:\t'PASS' with domain quay.example\n"
        f"DMARC:\t'PASS' Learn more\n\n\nDownload Original\nCopy to clipboard\n\n{inner}"
    )


def _outlook_box(inner: str) -> str:
    """From the box *Internet headers*: single line feeds, blanks at the ends of lines."""
    return "\n".join(f"{line} " for line in inner.splitlines())


def _folds_lost(inner: str) -> str:
    return "\n".join(line.strip() for line in inner.splitlines())


@pytest.mark.parametrize("sample", SAMPLES)
@pytest.mark.parametrize("how", [_gmail_page, _outlook_box, _folds_lost])
def test_as_programs_show_headers(
    how: Callable[[str], str], sample: str, cli: Cli, sent: tuple[str, str]
) -> None:
    text = f"{SAMPLES[sample]}Message-ID: <{sent[1]}@quay.example>\r\n"
    answer, alone = _proof(cli, sent[0], how(text)), _proof(cli, sent[0], text)
    for key in ("ours", "spf", "dkim", "dmarc", "selector", "judged_by"):
        assert answer[key] == alone[key], key
    assert len(answer["hops"]) == len(alone["hops"])


def test_of_a_forwarded_email_that_is_not_ours_the_outer_one_is_read(
    cli: Cli, sent: tuple[str, str]
) -> None:
    answer = _proof(cli, sent[0], by_attachment(GMAIL))
    assert (answer["ours"], answer["spf"]) == (False, "softfail")
    assert [each["code"] for each in answer["conflicts"]] == ["not_ours"]


def test_what_came_back_is_ours_and_has_no_results(cli: Cli, sent: tuple[str, str]) -> None:
    bounce = (
        "Received: from out.quay.example by mx.quay.example with ESMTP; "
        "Mon, 30 Nov 2026 10:00:00 +0000\r\n"
        "Authentication-Results: mx.quay.example; spf=pass smtp.helo=out.quay.example\r\n"
        "From: MAILER-DAEMON@out.quay.example\r\nMessage-ID: <b@out.quay.example>\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="B"\r\n\r\n'
        f"{NOTE}--B\r\nContent-Type: message/delivery-status\r\n\r\n"
        "Reporting-MTA: dns; out.quay.example\r\n\r\nFinal-Recipient: rfc822; a@isle.example\r\n"
        "--B\r\nContent-Type: text/rfc822-headers\r\n\r\n"
        f"{SIGNED}{TAIL}Message-ID: <{sent[1]}@quay.example>\r\n\r\n--B--\r\n"
    )
    answer = _proof(cli, sent[0], bounce)
    assert (answer["ours"], answer["spf"], answer["dmarc"]) == (True, None, None)
    assert [each["code"] for each in answer["conflicts"]] == ["inside", "no_results"]


# -- a mailing list that rewrites From -------------------------------------------------------------

MUNGED = (
    "Received: from lists.reef.example (lists.reef.example [198.51.100.9])\r\n"
    "\tby mx.isle.example with ESMTPS id g7; Mon, 30 Nov 2026 09:05:00 +0000\r\n"
    "Authentication-Results: mx.isle.example;\r\n"
    " dkim=fail (body hash mismatch) header.d=example.com header.s=s2026;\r\n"
    " dkim=pass header.d=lists.reef.example header.s=list;\r\n"
    " spf=pass smtp.mailfrom=friends-bounces@lists.reef.example;\r\n"
    " dmarc=pass header.from=lists.reef.example\r\n"
    "DKIM-Signature: v=1; a=rsa-sha256; d=lists.reef.example; s=list; h=from; bh=x; b=y\r\n"
    "DKIM-Signature: v=1; a=rsa-sha256; d=example.com; s=s2026; h=from; bh=x; b=y\r\n"
    "List-Id: Friends <friends.lists.reef.example>\r\n"
    "Authentication-Results: lists.reef.example; spf=pass smtp.mailfrom=example.com;\r\n"
    " dkim=pass header.d=example.com header.s=s2026; dmarc=pass header.from=example.com\r\n"
    "From: Mailer via Friends <friends@lists.reef.example>\r\n"
    "Reply-To: mailer@example.com\r\n"
)


def test_a_list_that_put_itself_into_from_does_not_speak_for_the_sender(
    cli: Cli, sent: tuple[str, str]
) -> None:
    name, mark = sent
    sender = cli("show", name, "--json").json["authentication"]["username"]
    domain = sender.partition("@")[2]
    text = MUNGED.replace("example.com", domain)
    answer = _proof(cli, name, f"{text}Message-ID: <{mark}@{domain}>\r\n")
    assert (answer["dkim"], answer["dmarc"], answer["selector"]) == ("fail", "pass", "s2026")
    assert answer["key_domain"] == domain, "the list's key says nothing of the sender"
    codes = [each["code"] for each in answer["conflicts"]]
    assert codes == ["list", "from_rewritten"]
    said = cli("proof", name, stdin=f"{text}Message-ID: <{mark}@{domain}>\r\n").out
    assert "Its From is lists.reef.example by now" in said


# -- results in several fields ---------------------------------------------------------------------

BORDER = (
    "Received: from out.quay.example (out.quay.example [192.0.2.25])\r\n"
    "    (using TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits))\r\n"
    "    by mx3.messagingengine.com (Postfix) with ESMTPS id d4;\r\n"
    "    Mon, 30 Nov 2026 04:00:02 -0500 (EST)\r\n"
)
# Fastmail, since it writes a field for each of its checks.
FASTMAIL_NOW = (
    "Received: from mx3.messagingengine.com ([10.202.2.202])\r\n"
    "  by compute6.internal (LMTPProxy); Mon, 30 Nov 2026 04:00:04 -0500\r\n"
    "ARC-Authentication-Results: i=1; mx3.messagingengine.com; x-csa=none; dmarc=fail\r\n"
    "X-ME-Authentication-Results: mx3.messagingengine.com; x-vs=clean score=0\r\n"
    "Authentication-Results: mx3.messagingengine.com;\r\n    x-csa=none;\r\n"
    "    x-ptr=pass smtp.helo=out.quay.example\r\n      policy.ptr=out.quay.example\r\n"
    "Authentication-Results: mx3.messagingengine.com;\r\n"
    "    bimi=skipped (DMARC Policy is not at enforcement)\r\n"
    "Authentication-Results: MX3.messagingengine.com 1;\r\n    arc=none (no signatures found)\r\n"
    "Authentication-Results: mx3.messagingengine.com;\r\n"
    "    dkim=fail (body has been altered, 2048-bit rsa key sha256)\r\n"
    "      header.d=relay.example header.b=LThTQ2QI;\r\n"
    "    dkim=pass (2048-bit rsa key sha256) header.d=quay.example\r\n"
    "      header.i=@quay.example header.b=Qa header.a=rsa-sha256 header.s=s2026 x-bits=2048;\r\n"
    "    dmarc=pass policy.published-domain-policy=none\r\n"
    "      policy.applied-disposition=none (p=none,d=none,d.eval=none) policy.policy-from=p\r\n"
    "      header.from=quay.example;\r\n"
    "    iprev=pass smtp.remote-ip=192.0.2.25 (out.quay.example);\r\n"
    '    spf=pass smtp.mailfrom="prvs=123=billing@quay.example"\r\n'
    "      smtp.helo=out.quay.example\r\n"
    "X-ME-VSCause: gggruggvucftvghtrhho\r\n"
)
FORGED = (
    "Authentication-Results: mx3.messagingengine.com; dkim=fail; spf=fail; dmarc=fail\r\n"
    "Authentication-Results: mail.evil.example; dmarc=bestguesspass; dkim=fail; spf=pass\r\n"
)
ONE_EACH = (
    "Received: from out.quay.example (out.quay.example [192.0.2.25])\r\n"
    "\tby smtp.subspace.example (Postfix) with ESMTPS id 1; Mon, 30 Nov 2026 09:00:02 +0000\r\n"
    "Authentication-Results: smtp.subspace.example; arc=none smtp.client-ip=192.0.2.25\r\n"
    "ARC-Seal: i=1; a=rsa-sha256; d=subspace.example; s=arc; cv=none; b=x\r\n"
    "ARC-Authentication-Results: i=1; smtp.subspace.example; spf=fail\r\n"
    "Authentication-Results: smtp.subspace.example; dmarc=pass (p=reject dis=none)"
    " header.from=quay.example\r\n"
    "Authentication-Results: smtp.subspace.example; spf=pass smtp.mailfrom=quay.example\r\n"
    "Authentication-Results: smtp.subspace.example;\r\n"
    "\tdkim=pass (2048-bit key) header.d=quay.example header.i=@quay.example header.b=db5\r\n"
)
YAHOO_NOW = (
    "Received: from 10.222.142.150\r\n"
    " by atlas-production.v2-mail-prod1-bf1.omega.yahoo.com pod-id\r\n"
    " atlas--production-bf1-f5f869c9-28bqw.bf1.yahoo.com with HTTPS;"
    " Mon, 30 Nov 2026 09:00:03 +0000\r\n"
    "Return-Path: <billing@quay.example>\r\nX-Originating-Ip: [192.0.2.25]\r\n"
    "Received-SPF: pass (domain of quay.example designates 192.0.2.25 as permitted sender)\r\n"
    "Authentication-Results: atlas-production.v2-mail-prod1-bf1.omega.yahoo.com;\r\n"
    " dkim=pass header.i=@quay.example header.s=s2026;\r\n"
    " spf=pass smtp.mailfrom=quay.example arc_overridden_status=NOT_OVERRIDDEN;\r\n"
    " dmarc=pass(p=NONE,sp=QUARANTINE) header.from=quay.example"
    " arc_overridden_status=NOT_OVERRIDDEN;\r\n"
    "X-Apparently-To: zebra@yahoo.example; Mon, 30 Nov 2026 09:00:03 +0000\r\n"
    "Received: from 192.0.2.25 (EHLO out.quay.example)\r\n by 10.222.142.150 with SMTPs\r\n"
    " (version=TLS1_3 cipher=TLS_AES_128_GCM_SHA256); Mon, 30 Nov 2026 09:00:02 +0000\r\n"
)
# An Exchange of one's own in front of Microsoft 365, whose results come second.
MICROSOFT_NOW = (
    "Received: from DB9PR01MB1.eurprd01.prod.example (2603:10a6:10:1::1) by\r\n"
    " AM9PR01MB2.eurprd01.prod.outlook.com with HTTPS; Mon, 30 Nov 2026 09:00:05 +0000\r\n"
    "ARC-Authentication-Results: i=1; mx.microsoft.com 1; spf=fail; dmarc=none; dkim=none\r\n"
    "Authentication-Results: spf=pass (sender IP is 192.0.2.25)\r\n"
    " smtp.mailfrom=quay.example; isle.example; dkim=pass (signature was verified)\r\n"
    " header.d=quay.example;isle.example; dmarc=bestguesspass action=none\r\n"
    " header.from=quay.example;compauth=pass reason=109\r\n"
    "Received-SPF: Pass (protection.outlook.com: domain of quay.example designates\r\n"
    " 192.0.2.25 as permitted sender) receiver=protection.outlook.com;\r\n"
    " client-ip=192.0.2.25; helo=out.quay.example; pr=C\r\n"
    "Received: from out.quay.example (192.0.2.25) by\r\n"
    " AM0EPF00000191.mail.protection.outlook.com (10.167.16.216) with Microsoft SMTP\r\n"
    " Server (version=TLS1_3, cipher=TLS_AES_256_GCM_SHA384) id 15.20.7677.15 via\r\n"
    " Frontend Transport; Mon, 30 Nov 2026 09:00:02 +0000\r\n"
    "Authentication-Results-Original: relay.example; dkim=none (message not signed)\r\n"
    " header.d=none;relay.example; dmarc=none action=none header.from=quay.example;\r\n"
    "X-MS-Exchange-Authentication-Results: spf=fail; dkim=none (message not signed)\r\n"
    " header.d=none;dmarc=fail action=none header.from=quay.example;\r\n"
)
# mailbox.org through amavis, which names itself with a comment.
MAILBOX_AMAVIS = (
    "Received: from mx1.mailbox.org ([10.0.0.2])\r\n\tby dobby22a.heinlein-hosting.de with LMTP;"
    " Mon, 30 Nov 2026 10:00:05 +0100\r\n"
    "X-Virus-Scanned: amavisd-new at heinlein-support.de\r\n"
    "Authentication-Results: spamfilter05.heinlein-hosting.de (amavisd-new);\r\n"
    "\tdkim=pass (2048-bit key) header.d=quay.example header.s=s2026\r\n"
    "Received: from mx1.mailbox.org ([10.0.0.2])\r\n"
    "\tby spamfilter05.heinlein-hosting.de (spamfilter05.heinlein-hosting.de [10.0.0.9])"
    " (amavisd-new, port 10030)\r\n\twith ESMTP id u7; Mon, 30 Nov 2026 10:00:04 +0100 (CET)\r\n"
)


@pytest.mark.parametrize(
    ("top", "judge", "verdicts"),
    [
        (FASTMAIL_NOW + BORDER + FORGED, "mx3.messagingengine.com", ("pass", "pass", "pass")),
        (ONE_EACH, "smtp.subspace.example", ("pass", "pass", "pass")),
        (YAHOO_NOW, "atlas-production.v2-mail-prod1-bf1.omega.yahoo.com", ("pass",) * 3),
        (MICROSOFT_NOW, None, ("pass", "pass", "bestguesspass")),
        (MAILBOX_AMAVIS, "spamfilter05.heinlein-hosting.de", (None, "pass", None)),
    ],
    ids=["fastmail", "one each", "yahoo", "microsoft", "mailbox"],
)
def test_results_as_they_are_written_now(
    top: str, judge: str | None, verdicts: tuple[str | None, ...], cli: Cli, sent: tuple[str, str]
) -> None:
    answer = _proof(cli, sent[0], f"{top}{SIGNED}{TAIL}Message-ID: <{sent[1]}@quay.example>\r\n")
    assert (answer["spf"], answer["dkim"], answer["dmarc"]) == verdicts
    assert (answer["ours"], answer["judged_by"], answer["selector"]) == (True, judge, "s2026")
    codes = [each["code"] for each in answer["conflicts"]]
    assert [code for code in codes if code not in ("passed_on", "others_say_otherwise")] == []
    assert ("others_say_otherwise" in codes) == (FORGED in top)


def test_beneath_the_email_s_own_fields_nothing_is_believed(
    cli: Cli, sent: tuple[str, str]
) -> None:
    """The same name, but written by whoever wrote the email."""
    text = (
        "Received: from out.quay.example by mx.isle.example with ESMTP; "
        "Mon, 30 Nov 2026 09:00:02 +0000\r\n"
        "Authentication-Results: mx.isle.example; spf=softfail smtp.mailfrom=quay.example\r\n"
        f"{SIGNED}Authentication-Results: mx.isle.example; dkim=pass header.d=quay.example;\r\n"
        f" dmarc=pass header.from=quay.example\r\n{TAIL}Message-ID: <{sent[1]}@quay.example>\r\n"
    )
    answer = _proof(cli, sent[0], text)
    assert (answer["spf"], answer["dkim"], answer["dmarc"]) == ("softfail", None, None)


def test_the_lines_that_say_so_are_shown_once_each(cli: Cli, sent: tuple[str, str]) -> None:
    out = cli("proof", sent[0], stdin=f"{ONE_EACH}{SIGNED}{TAIL}").out
    assert out.count("Authentication-Results: smtp.subspace.example;") == 3
    assert cli("proof", sent[0], stdin=GMAIL).out.count("  Authentication-Results:") == 1


@pytest.mark.parametrize(
    ("seals", "passed_on"),
    [
        (("i=1; a=rsa-sha256; d=google.com; s=arc",), False),
        (("i=1; d=reef.example",), True),
        (("i=2; d=google.com", "i=1; d=reef.example"), True),
        (("i=2; d=google.com", "i=1; d=google.com"), True),
    ],
)
def test_a_seal_of_the_receiver_itself_is_no_passing_on(
    seals: tuple[str, ...], passed_on: bool, cli: Cli, sent: tuple[str, str]
) -> None:
    own = "ARC-Seal: i=1; a=rsa-sha256; d=google.com; s=arc; b=x\r\n"
    assert own in GMAIL
    text = GMAIL.replace(own, "".join(f"ARC-Seal: {seal}; b=x\r\n" for seal in seals))
    answer = _proof(cli, sent[0], f"{text}Message-ID: <{sent[1]}@quay.example>\r\n")
    assert [each["code"] for each in answer["conflicts"]] == ["passed_on"] * passed_on


def _nested(depth: int) -> str:
    return f"{FORWARD}Content-Type: message/rfc822\r\n\r\n" * depth + GMAIL


@pytest.mark.parametrize(
    "text",
    [
        _nested(4_000),
        f'{FORWARD}Content-Type: multipart/mixed; boundary="B"\r\n\r\n' + "--B\r\n" * 200_000,
        f'{FORWARD}Content-Type: multipart/mixed; boundary="B"\r\n\r\n'
        + 'Content-Type: multipart/mixed; boundary="B"\r\n\r\n--B\r\n' * 9_000,
        f"{FORWARD}\r\n" + "From: a\nMessage-ID: <a>\n\n" * 50_000,
        f"{FORWARD}Content-Transfer-Encoding: base64\r\n\r\n{'A' * 99_999}=",
        f"{FORWARD}\r\n" + "Received: from x by y; z\n" * 100_000,
        by_gmail("").replace("base64", "BASE64") + "\0\ud7ff" * 1000,
    ],
    ids=["deep", "many parts", "one boundary", "many starts", "bad base64", "one block", "odd"],
)
def test_what_is_made_to_take_long_ends(text: str, cli: Cli, connector: str) -> None:
    answer: Any = _proof(cli, connector, text)
    assert (answer["ours"], answer["spf"]) == (False, "softfail")


def test_a_list_of_old_still_reads_as_it_did(cli: Cli, sent: tuple[str, str]) -> None:
    answer = _proof(cli, sent[0], f"{LIST}X-Smtpwizard-Mark: {sent[1]}\r\n")
    codes = [conflict["code"] for conflict in answer["conflicts"]]
    assert codes == ["list", "others_say_otherwise"]

"""`proof` on headers as large receivers write them, in what people paste."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Cli
from tests.cli.test_history import connector as connector
from tests.cli.test_history import server as server
from tests.helpers.mail_world import MailWorld

SIGNED = (
    "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=quay.example; s=s2026;\r\n"
    " h=from:to:subject; bh=abc=; b=def\r\n ghi=\r\n"
)
TAIL = "From: Billing <billing@quay.example>\r\nTo: zebra@isle.example\r\nSubject: Test\r\n"

GMAIL = (
    "Delivered-To: zebra@isle.example\r\n"
    "Received: by 2002:a05:6a10:1:b0:1 with SMTP id a1csp1;\r\n"
    "        Mon, 30 Nov 2026 01:00:05 -0800 (PST)\r\n"
    "ARC-Seal: i=1; a=rsa-sha256; d=google.com; s=arc; b=x\r\n"
    "ARC-Authentication-Results: i=1; mx.google.com; spf=fail smtp.mailfrom=x.example\r\n"
    "Return-Path: <billing@quay.example>\r\n"
    "Received: from out.quay.example (out.quay.example. [192.0.2.25])\r\n"
    "        by mx.google.com with ESMTPS id b2 for <zebra@isle.example>\r\n"
    "        (version=TLS1_3 cipher=TLS_AES_256_GCM_SHA384 bits=256/256);\r\n"
    "        Mon, 30 Nov 2026 01:00:04 -0800 (PST)\r\n"
    "Received-SPF: pass (google.com: domain of billing@quay.example designates 192.0.2.25)\r\n"
    "Authentication-Results: mx.google.com;\r\n"
    "       dkim=pass header.i=@quay.example header.s=s2026 header.b=defghi;\r\n"
    "       spf=pass (google.com: domain of billing@quay.example; designates (it))\r\n"
    "        smtp.mailfrom=billing@quay.example;\r\n"
    "       dmarc=pass (p=REJECT sp=REJECT dis=NONE) header.from=quay.example\r\n" + SIGNED +
    "Received: from [192.0.2.7] (unknown) by out.quay.example with ESMTPSA id c3;\r\n"
    "        Mon, 30 Nov 2026 09:00:01 +0000\r\n" + TAIL
)  # fmt: skip
MICROSOFT = (
    "Received: from AM0PR01.eurprd01.prod.example (2001:db8::1) by\r\n"
    " DB7PR01.prod.outlook.com with Microsoft SMTP Server (version=TLS1_2,\r\n"
    " cipher=TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384) id 15.20.1; Mon, 30 Nov 2026 09:00:03 +0000\r\n"
    "Authentication-Results: spf=pass (sender IP is 192.0.2.25)\r\n"
    " smtp.mailfrom=quay.example; isle.example; dkim=pass (signature was verified)\r\n"
    " header.d=quay.example;isle.example; dmarc=pass action=none\r\n"
    " header.from=quay.example;compauth=pass reason=100\r\n"
    "Received: from out.quay.example (192.0.2.25) by\r\n"
    " AM0PR01.mail.protection.outlook.com with Microsoft SMTP Server (version=TLS1_3,\r\n"
    " cipher=TLS_AES_256_GCM_SHA384) id 15.20.2 via Frontend Transport;\r\n"
    " Mon, 30 Nov 2026 09:00:02 +0000\r\n" + SIGNED + TAIL
)
YAHOO = (
    "Received: from 192.0.2.25 (EHLO out.quay.example)\r\n by 10.0.0.1 with SMTPs\r\n"
    " (version=TLS1_3 cipher=TLS_AES_128_GCM_SHA256);\r\n Mon, 30 Nov 2026 09:00:02 +0000\r\n"
    "Authentication-Results: atlas-production.v2-mail-prod1.omega.yahoo.com;\r\n"
    " dkim=pass header.i=@quay.example header.s=s2026;\r\n"
    " spf=pass smtp.mailfrom=quay.example;\r\n dmarc=pass(p=REJECT) header.from=quay.example;\r\n"
    + SIGNED + TAIL
)  # fmt: skip
FASTMAIL = (
    "Received: from mailmx.fastmail.internal ([10.0.0.1])\r\n"
    "  by sloti.fastmail.internal with LMTPA; Mon, 30 Nov 2026 04:00:03 -0500\r\n"
    "Authentication-Results: mx3.messagingengine.com;\r\n"
    "    arc=none (no signatures found);\r\n"
    "    dkim=pass (2048-bit rsa key sha256) header.d=quay.example\r\n"
    "    header.i=@quay.example header.b=Qa header.a=rsa-sha256 header.s=s2026;\r\n"
    "    dmarc=pass policy.published-domain-policy=reject header.from=quay.example;\r\n"
    "    spf=pass smtp.mailfrom=billing@quay.example smtp.helo=out.quay.example\r\n"
    "Received: from out.quay.example (out.quay.example [192.0.2.25])\r\n"
    "    (using TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits))\r\n"
    "    by mx3.messagingengine.com (Postfix) with ESMTPS id d4;\r\n"
    "    Mon, 30 Nov 2026 04:00:02 -0500 (EST)\r\n" + SIGNED + TAIL
)
# mailbox.org filters with Rspamd, and this is what Rspamd writes: its outgoing servers do so for
# all to see (`outgoing_mbo_mout`, in archives of kernel lists, 2025). No public sample of what its
# incoming servers call themselves was found: mx1.mailbox.org is the name of one in DNS.
MAILBOX = (
    "Received: from mx1.mailbox.org ([10.0.0.2])\r\n by imap.mailbox.org with LMTP id e5;\r\n"
    " Mon, 30 Nov 2026 10:00:03 +0100\r\n"
    "Authentication-Results: mx1.mailbox.org;\r\n"
    "\tdkim=pass header.d=quay.example header.s=s2026 header.b=defghi;\r\n"
    "\tdmarc=pass (policy=reject) header.from=quay.example;\r\n"
    "\tspf=pass (mx1.mailbox.org: domain of billing@quay.example designates 2001:db8::25 as"
    " permitted sender) smtp.mailfrom=billing@quay.example\r\n"
    "Received: from out.quay.example (out.quay.example [IPv6:2001:db8::25])\r\n"
    "\t(using TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits)\r\n"
    "\t key-exchange X25519 server-signature RSA-PSS (4096 bits) server-digest SHA256)\r\n"
    "\t(No client certificate requested)\r\n"
    "\tby mx1.mailbox.org (Postfix) with ESMTPS id f6;\r\n"
    "\tMon, 30 Nov 2026 10:00:02 +0100 (CET)\r\n" + SIGNED + TAIL
)
# What RFC 8601 allows and few write: a version, and a quoted text in a comment.
VERSIONED = (
    "Authentication-Results: mx.isle.example 1;\r\n"
    '\tdkim=pass ("2048-bit key; secure") header.d=quay.example header.s=s2026;\r\n'
    "\tdmarc=pass (policy=reject) header.from=quay.example;\r\n"
    "\tspf=pass smtp.mailfrom=quay.example\r\n"
    "Received: from out.quay.example (out.quay.example [192.0.2.25])\r\n"
    "\t(using TLSv1.3 with cipher X (256/256 bits) (No client certificate requested))\r\n"
    "\tby mx.isle.example (Postfix) with ESMTPS id f6; Mon, 30 Nov 2026 10:00:02 +0100 (CET)\r\n"
    + SIGNED + TAIL
)  # fmt: skip
# Through mailbox.org: its outgoing server writes results of its own, before anybody received it.
SENT_THROUGH_MAILBOX = (
    "Received: from mout-p-101.mailbox.org (mout-p-101.mailbox.org [192.0.2.26])\r\n"
    "\tby mx.isle.example (Postfix) with ESMTPS id h8;\r\n"
    "\tMon, 30 Nov 2026 10:00:04 +0100 (CET)\r\n"
    "Received: from smtp102.mailbox.org (smtp102.mailbox.org [192.0.2.27])\r\n"
    "\tby mout-p-101.mailbox.org (Postfix) with ESMTPS id i9;\r\n"
    "\tMon, 30 Nov 2026 10:00:02 +0100 (CET)\r\n"
    "Authentication-Results: outgoing_mbo_mout;\r\n"
    "\tdkim=none;\r\n"
    "\tspf=pass (outgoing_mbo_mout: domain of billing@quay.example designates 192.0.2.27 as"
    " permitted sender) smtp.mailfrom=billing@quay.example\r\n" + SIGNED + TAIL
)
LIST = (
    "Received: from lists.reef.example (lists.reef.example [198.51.100.9])\r\n"
    "\tby mx.isle.example with ESMTP id g7; Mon, 30 Nov 2026 09:05:00 +0000\r\n"
    "Authentication-Results: mx.isle.example; dkim=fail reason=\"bad; signature\"\r\n"
    " header.d=quay.example; spf=pass smtp.mailfrom=bounces@lists.reef.example;\r\n"
    " dmarc=fail header.from=quay.example\r\n"
    "List-Id: Friends <friends.lists.reef.example>\r\n"
    "Authentication-Results: lists.reef.example; spf=pass smtp.mailfrom=quay.example;\r\n"
    " dmarc=pass header.from=quay.example\r\n" + SIGNED + TAIL
)  # fmt: skip
SAMPLES = {
    "gmail": (GMAIL, "mx.google.com", "TLSv1.3"),
    "microsoft": (MICROSOFT, None, "TLSv1.3"),
    "yahoo": (YAHOO, "atlas-production.v2-mail-prod1.omega.yahoo.com", "TLSv1.3"),
    "fastmail": (FASTMAIL, "mx3.messagingengine.com", "TLSv1.3"),
    "mailbox": (MAILBOX, "mx1.mailbox.org", "TLSv1.3"),
    "versioned": (VERSIONED, "mx.isle.example", "TLSv1.3"),
}


@pytest.fixture
def sent(cli: Cli, connector: str) -> tuple[str, str]:
    """A connector that has sent its test email, and that email's mark."""
    result = cli("verify", connector, "--send-to", "zebra@quay.example", "--json")
    assert result.code == 0
    return connector, result.json["message_id"].strip("<>").partition("@")[0]


def _proof(cli: Cli, name: str, text: str) -> Any:
    result = cli("proof", name, "--json", stdin=text)
    assert result.code == 0, result.err
    return result.json


@pytest.mark.parametrize("sample", SAMPLES)
def test_verdicts_of_large_receivers(sample: str, cli: Cli, sent: tuple[str, str]) -> None:
    text, judge, tls = SAMPLES[sample]
    name, mark = sent
    answer = _proof(cli, name, f"{text}Message-ID: <{mark}@quay.example>\r\n\r\nbody")
    verdicts = {method: answer[method] for method in ("spf", "dkim", "dmarc")}
    assert verdicts == dict.fromkeys(verdicts, "pass")
    assert (answer["ours"], answer["selector"], answer["judged_by"]) == (True, "s2026", judge)
    assert tls in [hop["tls"] for hop in answer["hops"]]
    assert [c["code"] for c in answer["conflicts"] if c["code"] != "passed_on"] in (
        [], ["judged_elsewhere"] if sample == "yahoo" else [],
    )  # fmt: skip


def test_results_of_the_outgoing_server_are_not_those_of_a_receiver(
    cli: Cli, sent: tuple[str, str]
) -> None:
    name, mark = sent
    text = f"{SENT_THROUGH_MAILBOX}Message-ID: <{mark}@quay.example>\r\n\r\nbody"
    answer = _proof(cli, name, text)
    assert [each["code"] for each in answer["conflicts"]] == ["judged_elsewhere"]
    ours = (
        "Authentication-Results: mx.isle.example; dkim=pass header.d=quay.example;"
        " spf=pass smtp.mailfrom=quay.example; dmarc=pass header.from=quay.example\r\n"
    )
    answer = _proof(cli, name, ours + text)
    assert (answer["judged_by"], answer["dkim"], answer["dmarc"]) == (
        "mx.isle.example", "pass", "pass",
    )  # fmt: skip
    assert answer["conflicts"] == []


def test_the_way_from_its_beginning(cli: Cli, sent: tuple[str, str]) -> None:
    answer = _proof(cli, sent[0], GMAIL)
    assert answer["hops"] == [
        {"from": "[192.0.2.7]", "by": "out.quay.example", "tls": "yes", "delay_s": None},
        {"from": "out.quay.example", "by": "mx.google.com", "tls": "TLSv1.3", "delay_s": 3},
        {"from": "", "by": "2002:a05:6a10:1:b0:1", "tls": "no", "delay_s": 1},
    ]
    assert (answer["ours"], answer["conflicts"][0]["code"]) == (False, "not_ours")


def test_a_list_in_between(cli: Cli, sent: tuple[str, str]) -> None:
    answer = _proof(cli, sent[0], f"{LIST}X-Smtpwizard-Mark: {sent[1]}\r\n")
    assert answer["ours"]
    assert (answer["spf"], answer["dkim"], answer["dmarc"]) == ("pass", "fail", "fail")
    codes = [conflict["code"] for conflict in answer["conflicts"]]
    assert codes == ["list", "others_say_otherwise"]


@pytest.mark.parametrize(
    "how",
    [
        lambda text: text.replace("\r\n", "\n"),
        lambda text: "".join(f"> {line}\n" for line in text.splitlines()),
        lambda text: "".join(f"    {line}\n" for line in text.splitlines()),
        lambda text: "From billing@quay.example Mon Nov 30 09:00:00 2026\n" + text,
        lambda text: "\n\n" + text + "\r\n\r\nAuthentication-Results: x; spf=fail\r\n",
        lambda text: "\ufeff" + text,
    ],
)
def test_as_it_is_pasted(how: Any, cli: Cli, sent: tuple[str, str]) -> None:
    answer = _proof(cli, sent[0], how(f"{GMAIL}Message-ID: <{sent[1]}@quay.example>\r\n"))
    assert (answer["ours"], answer["spf"], answer["dkim"]) == (True, "pass", "pass")
    assert len(answer["hops"]) == 3


def test_a_key_that_was_shown_is_looked_at(cli: Cli, sent: tuple[str, str]) -> None:
    _proof(cli, sent[0], f"{GMAIL}Message-ID: <{sent[1]}@quay.example>\r\n")
    result = cli("verify", sent[0], "--json")  # whose record keeps what was learnt
    assert result.code == 0
    result = cli("proof", sent[0], stdin=GMAIL)
    assert "Signed with the key s2026._domainkey.quay.example." in result.out
    assert "SPF: passed, for quay.example." in result.out


@pytest.mark.parametrize("text", ["", "hello", "\0" * 50, "a: b\n", "x" * 500_000, "(" * 30_000])
def test_what_is_no_email(text: str, cli: Cli, connector: str) -> None:
    result = cli("proof", connector, "--json", stdin=text)
    assert (result.code, result.error["code"]) == (2, "headers_missing")


def test_hostile_headers_end(cli: Cli, connector: str) -> None:
    hostile = (
        "From: a@quay.example\r\nAuthentication-Results: " + "(" * 9000 + "\\" * 3000 + '"' * 2000
        + "\r\n" + "Received: from x by y;\r\n" * 3000
    )  # fmt: skip
    answer = _proof(cli, connector, hostile)
    assert answer["spf"] is None
    assert len(answer["hops"]) == 100


def test_readiness_looks_at_the_key_that_an_email_showed(
    cli: Cli, sent: tuple[str, str], tmp_path: Path
) -> None:
    cli("edit", sent[0], "--set", "sender.address=billing@quay.example")
    assert _proof(cli, sent[0], f"{GMAIL}Message-ID: <{sent[1]}@quay.example>\r\n")["ours"]
    assert cli("verify", sent[0], "--json").code == 0  # a new record keeps what was learnt
    with MailWorld(tmp_path) as world:
        world.zone["s2026._domainkey.quay.example"] = {"TXT": ['"v=DKIM1; p="']}
        result = cli("readiness", sent[0], "--json", *world.options())
    [dkim] = [each for each in result.json["findings"] if each["check"] == "dkim"]
    assert (dkim["verdict"], dkim["code"]) == ("bad", "dkim_revoked")

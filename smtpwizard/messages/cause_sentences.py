"""The sentences for every cause, as templates: title, explanation, steps, link, date of the check.

Values are put in by `causes.cause_text` alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from smtpwizard.messages.translation import mark as _

CHECKED = "2026-11-22"


@dataclass(frozen=True, slots=True)
class Sentences:
    """The templates of one cause; `steps` become the numbered remedy, `checked` is ISO 8601."""

    title: str
    explanation: str
    steps: tuple[str, ...]
    link: str
    checked: str = CHECKED


# What stands in a sentence where the connector does not say.
DEFAULTS: Mapping[str, str] = {
    "server": _("the mail server"),
    "host": _("(server name)"),
    "port": _("(port)"),
    "security": _("the encryption method"),
    "other_port": "587",
    "other_security": "STARTTLS",
    "username": _("(user name)"),
    "sender": _("(sender address)"),
    "recipient": _("(recipient)"),
    "provider": _("your mail provider"),
    "mechanism": _("another one"),
    "ehlo_name": _("the present one"),
    "client_id": _("(client ID)"),
    "tenant": _("(tenant)"),
    "redirect_uri": _("(redirect URI)"),
    "ps_username": "'mailbox@example.com'",
    "ps_sender": "'sender@example.com'",
    "found": _("another account"),
    "peer": _("something other than a mail server"),
}

# Who answers in place of a mail server, by the words of the stage's detail.
PEERS: Mapping[str, str] = {
    "http": _("a web server (HTTP)"),
    "ssh": _("a server for remote login (SSH)"),
    "pop3": _("a server for reading mail (POP3)"),
    "imap": _("a server for reading mail (IMAP)"),
    "tls": _("a service that speaks TLS from the start"),
}


_RETEST = _("Choose Test again.")
_MS_SUBMISSION = "https://learn.microsoft.com/exchange/clients-and-mobile-in-exchange-online/authenticated-client-smtp-submission"
_MS_OAUTH = "https://learn.microsoft.com/exchange/client-developer/legacy-protocols/how-to-authenticate-an-imap-pop-smtp-application-by-using-oauth"
_MS_CODES = "https://learn.microsoft.com/entra/identity-platform/reference-error-codes"
_MS_REPLY_URL = "https://learn.microsoft.com/entra/identity-platform/reply-url"
_MS_NDR = "https://learn.microsoft.com/exchange/mail-flow-best-practices/non-delivery-reports-in-exchange-online/non-delivery-reports-in-exchange-online"
_G_CODES = "https://support.google.com/a/answer/3726730"
_G_APP_PASSWORD = "https://support.google.com/accounts/answer/185833"  # noqa: S105 - a link
_G_LIMITS = "https://support.google.com/a/answer/166852"
_G_OAUTH = "https://developers.google.com/identity/protocols/oauth2"
_G_XOAUTH2 = "https://developers.google.com/workspace/gmail/imap/xoauth2-protocol"
_RFC5321 = "https://www.rfc-editor.org/rfc/rfc5321"
_RFC6409 = "https://www.rfc-editor.org/rfc/rfc6409"
_RFC8314 = "https://www.rfc-editor.org/rfc/rfc8314"
_RFC3207 = "https://www.rfc-editor.org/rfc/rfc3207"
_RFC4954 = "https://www.rfc-editor.org/rfc/rfc4954"
_RFC3463 = "https://www.rfc-editor.org/rfc/rfc3463"
_RFC6749 = "https://www.rfc-editor.org/rfc/rfc6749#section-5.2"
_KEYRING = "https://keyring.readthedocs.io/"

SENTENCES: Mapping[str, Sentences] = {
    # -- network -----------------------------------------------------------------------------------
    "dns_failure": Sentences(
        _("The server's name was not found"),
        _(
            "The name {host} could not be turned into a network address. Most often the name has a "
            "typing error, or this computer has no working connection to the Internet or to the "
            "company's network."
        ),
        (
            _("Compare the Server field letter by letter with your provider's documentation."),
            _("Open a terminal and run: nslookup {host}"),
            _("If other names fail there too, check the network or VPN connection first."),
            _RETEST,
        ),
        "https://www.rfc-editor.org/rfc/rfc2308",
    ),
    "dns_failure.resolver": Sentences(
        _("The name service gave no answer"),
        _(
            "The service that turns names into network addresses (DNS) did not answer for {host}. "
            "This is mostly a problem of this computer's network and passes when the network is "
            "back; the name itself may be right."
        ),
        (
            _("Check that this computer is online and, where needed, connected to the VPN."),
            _("Open a terminal and run: nslookup {host}"),
            _("If that fails as well, ask your network administrator about the DNS server."),
            _RETEST,
        ),
        "https://www.rfc-editor.org/rfc/rfc2308",
    ),
    "connection_refused": Sentences(
        _("Nothing answers on this port"),
        _(
            "The computer {host} was reached, but it turned the connection away: no mail service "
            "listens on port {port}, or a firewall refuses on its behalf. A wrong port is the most "
            "frequent reason."
        ),
        (
            _(
                "Compare Server and Port with your provider's documentation. Usual are 587 with "
                "STARTTLS and 465 with SSL/TLS."
            ),
            _("On a server of your own, check that the mail service runs and listens there."),
            _("If both are right, ask who runs the firewall whether port {port} is open."),
            _RETEST,
        ),
        _RFC6409,
    ),
    "network_unreachable": Sentences(
        _("This computer has no way to the server"),
        _(
            "The network reported that no path leads to {server}. This computer may be offline, a "
            "VPN may be missing, or the server was reached for under an IPv6 address that this "
            "network cannot use."
        ),
        (
            _("Check that this computer is online; open any web page."),
            _("If the server is inside your company, connect to the VPN first."),
            _("Otherwise ask your network administrator for a route to {server}."),
            _RETEST,
        ),
        "https://www.rfc-editor.org/rfc/rfc8305",
    ),
    "network_unreachable.sign_in": Sentences(
        _("The sign-in service cannot be reached"),
        _(
            "To get a new token this program asks the provider's sign-in service on the web, and "
            "no connection to it was possible. The mail server itself was reached."
        ),
        (
            _("Open the provider's sign-in page in a browser on this computer."),
            _(
                "Ask your network administrator whether a proxy is needed for the web; this "
                "program takes it from the environment variable https_proxy."
            ),
            _RETEST,
        ),
        _RFC6749,
    ),
    "timeout": Sentences(
        _("The server did not answer in time"),
        _(
            "{server} gave no answer within the time allowed. Either something on the way drops "
            "the connection silently, such as a firewall, or the server is overloaded, or name "
            "and port lead to a computer that does not serve mail."
        ),
        (
            _("Check Server and Port. Usual are 587 with STARTTLS and 465 with SSL/TLS."),
            _("Try again in a few minutes, in case the server is busy."),
            _(
                "If it stays silent, ask your network administrator whether outgoing connections "
                "to {server} are allowed."
            ),
            _("For a slow server set a longer Timeout under Advanced, then choose Test again."),
        ),
        "https://www.rfc-editor.org/rfc/rfc5321#section-4.5.3.2",
    ),
    "timeout.sign_in": Sentences(
        _("The sign-in service did not answer in time"),
        _(
            "To get a new token this program asks the provider's sign-in service on the web, and "
            "that gave no answer. The mail server itself was reached."
        ),
        (
            _("Open the provider's sign-in page in a browser to see whether the web is reachable."),
            _("Ask your network administrator whether a proxy is needed for the web."),
            _RETEST,
        ),
        _RFC6749,
    ),
    "port_blocked": Sentences(
        _("A firewall seems to block this port"),
        _(
            "Connections from this network to port {port} do not get through. Many Internet "
            "providers, hosting companies and office firewalls block mail ports, above all port "
            "25, to stop spam."
        ),
        (
            _(
                "If the provider offers it, use port 587 with STARTTLS or port 465 with SSL/TLS "
                "in place of port {port}."
            ),
            _("Check whether security software on this computer blocks outgoing mail."),
            _(
                "Ask your network administrator or hosting company to open outgoing connections "
                "to {server}."
            ),
            _RETEST,
        ),
        _RFC6409,
    ),
    "port_blocked.local": Sentences(
        _("This computer does not allow the connection"),
        _(
            "The operating system itself refused to open a connection to {server}. A local "
            "firewall, security software or a security policy such as SELinux or AppArmor forbids "
            "it for this program."
        ),
        (
            _("Allow this program to make outgoing connections in the local firewall."),
            _("Check the rules of the security software for outgoing mail."),
            _("On Linux with SELinux, look for a denial with: sudo ausearch -m avc -ts recent"),
            _RETEST,
        ),
        _RFC6409,
    ),
    "proxy_error": Sentences(
        _("The proxy did not pass the connection on"),
        _(
            "The connection goes through a proxy, and the proxy refused it or could not reach "
            "{server}. Many web proxies allow only web ports, not the ports of mail."
        ),
        (
            _("Ask your network administrator whether the proxy may connect to {server}."),
            _(
                "If mail may go out directly, take the proxy out of the connector, or add {host} "
                "to the environment variable no_proxy."
            ),
            _RETEST,
        ),
        "https://www.rfc-editor.org/rfc/rfc9110#name-connect",
    ),
    "proxy_error.login": Sentences(
        _("The proxy asks for a login"),
        _(
            "The connection goes through a proxy, and the proxy wants a user name and a password "
            "of its own before it passes anything on. The mail server itself was not reached."
        ),
        (
            _("Ask your network administrator for the proxy's login."),
            _(
                "Set it in the environment variable all_proxy of this computer; the connector "
                "itself keeps no proxy password."
            ),
            _("Or add {host} to no_proxy, if mail may go out directly."),
            _RETEST,
        ),
        "https://www.rfc-editor.org/rfc/rfc9110#status.407",
    ),
    "proxy_error.address": Sentences(
        _("The proxy setting is wrong"),
        _(
            "A proxy is set for this connection, but the address is not one of a working SOCKS5 or "
            "HTTP proxy: it cannot be read, or what answers there is no proxy."
        ),
        (
            _(
                "Check the proxy of the connector and the environment variables smtp_proxy and "
                "all_proxy. The form is socks5://host:1080 or http://host:3128."
            ),
            _("If no proxy is needed, remove the setting."),
            _RETEST,
        ),
        "https://www.rfc-editor.org/rfc/rfc1928",
    ),
    "proxy_error.stripped": Sentences(
        _("Something on this network hides the encryption"),
        _(
            "{server} normally offers to encrypt the connection, but its offer did not arrive "
            "here. A firewall or security software that inspects mail often removes it. Nothing "
            "secret was sent."
        ),
        (
            _(
                "Try port 465 with SSL/TLS, where such devices cannot interfere in the same way, "
                "if the provider offers it."
            ),
            _(
                "Ask your network administrator to switch off SMTP inspection (on Cisco devices "
                "“inspect esmtp” or “fixup protocol smtp”) for {host}."
            ),
            _("Check the mail shield of security software on this computer."),
            _RETEST,
        ),
        _RFC3207,
    ),
    "connection_dropped": Sentences(
        _("The connection broke off"),
        _(
            "The connection to {server} was made and then closed from the other side in the middle "
            "of the conversation. The server may limit or block this address, be restarting, or a "
            "firewall in between may have cut it."
        ),
        (
            _("Try again in a few minutes."),
            _(
                "Check that Port and Encryption method belong together: 587 with STARTTLS, "
                "465 with SSL/TLS."
            ),
            _(
                "If it happens every time, ask the server's administrator to look into the "
                "server's log at the time of the test."
            ),
        ),
        _RFC5321,
    ),
    "connection_dropped.after_dot": Sentences(
        _("The server's last answer was lost"),
        _(
            "The whole message was handed over, but no usable confirmation came back. The message "
            "may have been accepted or not; nobody can tell from here, so it was not sent again."
        ),
        (
            _("Look into the mailbox of {recipient}, and into its spam folder."),
            _("If the message is there, the connector works."),
            _("If it is not there after some minutes, choose Test again."),
        ),
        "https://www.rfc-editor.org/rfc/rfc1047",
    ),
    "server_unavailable": Sentences(
        _("The server has a temporary problem"),
        _(
            "{server} answered that it cannot do this at the moment: it is overloaded, under "
            "maintenance, or one of its own services is down. The settings may well be right."
        ),
        (
            _("Wait ten minutes and choose Test again."),
            _("Look at the status page of {provider}."),
            _("If it lasts, send the server's answer to whoever runs the server."),
        ),
        _RFC3463,
    ),
    "server_unavailable.token_busy": Sentences(
        _("Another program is renewing the sign-in"),
        _(
            "A second window or task of this program is getting a new token for the same connector "
            "at this moment. Only one may do so at a time."
        ),
        (
            _("Wait a moment and choose Test again."),
            _("If it lasts, close other windows of this program."),
        ),
        _RFC6749,
    ),
    "not_smtp": Sentences(
        _("This is not a mail submission server"),
        _(
            "What answers at {server} is {peer}. Server or port lead to a different service, for "
            "example to a web page or to the port for reading mail."
        ),
        (
            _("Check the Server field: it must be the outgoing (SMTP) server, often smtp.…"),
            _(
                "Check the Port: 587 with STARTTLS or 465 with SSL/TLS. 993, 995, 143 and "
                "110 are for reading mail."
            ),
            _RETEST,
        ),
        _RFC6409,
    ),
    # -- tls ---------------------------------------------------------------------------------------
    "wrong_security_mode": Sentences(
        _("Port and encryption method do not fit together"),
        _(
            "One side began to speak encrypted and the other one did not. Port 465 expects "
            "encryption from the first byte (SSL/TLS); ports 587 and 25 begin in the clear and "
            "switch over (STARTTLS)."
        ),
        (
            _("Set Encryption method to {other_security} and Port to {other_port}."),
            _RETEST,
        ),
        _RFC8314,
    ),
    "wrong_security_mode.wants_tls": Sentences(
        _("This port expects encryption from the start"),
        _(
            "{server} waits for an encrypted connection from the first byte, but the connector "
            "begins in the clear. The port belongs to the encryption method SSL/TLS."
        ),
        (
            _(
                "Set Encryption method to SSL/TLS, and Port to 465 if the provider says "
                "nothing else."
            ),
            _RETEST,
        ),
        _RFC8314,
    ),
    "starttls_required": Sentences(
        _("The server insists on encryption"),
        _(
            "{server} accepts no login and no mail over an unencrypted connection. The encryption "
            "method None does not work with it."
        ),
        (
            _("Set Encryption method to STARTTLS and Port to 587."),
            _("If the provider names port 465, choose SSL/TLS with port 465."),
            _RETEST,
        ),
        _RFC3207,
    ),
    "starttls_required.ours": Sentences(
        _("The password would travel unprotected"),
        _(
            "The encryption method is None, so everybody on the way could read user name and "
            "password. This program does not send them like that."
        ),
        (
            _("Set Encryption method to STARTTLS (port 587) or SSL/TLS (port 465)."),
            _(
                "Only if the server offers neither and the network is yours: tick “Send "
                "credentials in clear text” under Advanced."
            ),
            _RETEST,
        ),
        _RFC8314,
    ),
    "starttls_unavailable": Sentences(
        _("The server offers no STARTTLS on this port"),
        _(
            "The connector asks for an encrypted connection by STARTTLS, but {server} does not "
            "offer it or cannot do it at the moment. Nothing secret was sent."
        ),
        (
            _("If the provider offers it, set Encryption method to SSL/TLS and Port to 465."),
            _("If this is port 25, try port 587 with STARTTLS."),
            _("On a server of your own, install a certificate and switch TLS on."),
            _RETEST,
        ),
        _RFC3207,
    ),
    "cert_untrusted": Sentences(
        _("The server's certificate is not trusted"),
        _(
            "The certificate is what proves that this is really {host}. It was issued by an "
            "authority that this computer does not know, or a part of the chain that leads to a "
            "known authority is missing. No password was sent."
        ),
        (
            _(
                "If your company runs its own certificate authority, get its CA file (PEM) "
                "from the administrator and choose it under CA file."
            ),
            _(
                "Otherwise the server's administrator must install the complete chain, "
                "intermediate certificates included."
            ),
            _("Check it with: openssl s_client -connect {host}:{port} -showcerts"),
            _RETEST,
        ),
        "https://www.rfc-editor.org/rfc/rfc5280#section-6",
    ),
    "cert_untrusted.sign_in": Sentences(
        _("The sign-in service's certificate is not trusted"),
        _(
            "The web address of the sign-in service showed a certificate that this computer does "
            "not know. In a company the firewall often answers in its place. Nothing secret was "
            "sent."
        ),
        (
            _("Get the company's CA file (PEM) from the administrator."),
            _("Choose it as the CA file of the sign-in, in the connector's OAuth settings."),
            _("Sign in again."),
        ),
        "https://www.rfc-editor.org/rfc/rfc5280#section-6",
    ),
    "cert_untrusted.self_signed": Sentences(
        _("The server signed its certificate itself"),
        _(
            "The certificate of {host} vouches only for itself, so nobody can tell whether this is "
            "the right server. That is usual on test systems and on new servers of your own. No "
            "password was sent."
        ),
        (
            _(
                "Best: the server's administrator installs a certificate of a public "
                "authority, for example Let's Encrypt."
            ),
            _(
                "If you know the server, get its certificate as a PEM file from its "
                "administrator and choose it under CA file."
            ),
            _RETEST,
        ),
        "https://letsencrypt.org/getting-started/",
    ),
    "cert_untrusted.not_strict": Sentences(
        _("The certificate authority lacks required marks"),
        _(
            "The certificate comes from a private authority whose own certificate misses "
            "extensions that current TLS software requires. Older programs may still accept it. No "
            "password was sent."
        ),
        (
            _(
                "Ask who runs the private authority to issue it again with key identifiers, "
                "critical basic constraints and key usage."
            ),
            _("Choose the new CA file under CA file."),
            _RETEST,
        ),
        "https://www.rfc-editor.org/rfc/rfc5280#section-4.2",
    ),
    "cert_untrusted.ca_file": Sentences(
        _("The CA file cannot be used"),
        _(
            "The file chosen under CA file cannot be read, or holds no certificates in PEM form "
            "(text that begins with BEGIN CERTIFICATE). The server's certificate could not be "
            "checked against it."
        ),
        (
            _("Check that the file exists and that you may read it."),
            _(
                "If it is a binary .cer or .der file, convert it: openssl x509 -inform der "
                "-in ca.cer -out ca.pem"
            ),
            _("Choose it again under CA file, or clear the field."),
            _RETEST,
        ),
        "https://docs.openssl.org/master/man1/openssl-x509/",
    ),
    "cert_untrusted.pin": Sentences(
        _("The pinned certificate cannot be read"),
        _(
            "This connector trusts one particular certificate, but what is stored in it is not a "
            "certificate in PEM form."
        ),
        (
            _("Remove the pinned certificate from the connector."),
            _("Choose Test, and pin the certificate again after comparing its fingerprint."),
        ),
        "https://www.rfc-editor.org/rfc/rfc7468",
    ),
    "cert_hostname_mismatch": Sentences(
        _("The certificate is for another name"),
        _(
            "The server showed a valid certificate, but not one for {host}. Often the server is "
            "known under another name, such as the hosting company's. No password was sent."
        ),
        (
            _(
                "Look at the names in the certificate (stage tls, detail) and, if one of "
                "them is your provider's server, enter that name in the Server field."
            ),
            _("On a server of your own, have {host} added to the certificate."),
            _RETEST,
        ),
        "https://www.rfc-editor.org/rfc/rfc9525",
    ),
    "cert_expired": Sentences(
        _("The server's certificate has expired"),
        _(
            "Certificates are valid for a limited time, and the one of {host} is outside it. "
            "Either nobody renewed it, or the date of this computer is wrong. No password was sent."
        ),
        (
            _("Check date and time of this computer."),
            _(
                "If they are right, the server's administrator must renew the certificate "
                "and restart the mail service."
            ),
            _RETEST,
        ),
        "https://www.rfc-editor.org/rfc/rfc5280#section-4.1.2.5",
    ),
    "cert_expired.not_yet": Sentences(
        _("The certificate is not valid yet"),
        _(
            "The certificate of {host} becomes valid only at a later date. Most often the clock of "
            "this computer is behind. No password was sent."
        ),
        (
            _("Check date, time and time zone of this computer and switch on automatic time."),
            _(
                "If they are right, ask the server's administrator to look at the "
                "certificate's dates."
            ),
            _RETEST,
        ),
        "https://www.rfc-editor.org/rfc/rfc5280#section-4.1.2.5",
    ),
    "tls_version_too_old": Sentences(
        _("The server's encryption is too old"),
        _(
            "This program and {server} have no safe way of encryption in common. The server "
            "probably offers only TLS 1.0 or 1.1 or outdated ciphers, which are switched off "
            "today. No password was sent."
        ),
        (
            _("The server's administrator must enable TLS 1.2 or newer with current ciphers."),
            _("Check it with: openssl s_client -connect {host}:{port} -tls1_2"),
            _("For an old device in between, ask for its firmware update."),
            _RETEST,
        ),
        "https://www.rfc-editor.org/rfc/rfc8996",
    ),
    "tls_version_too_old.certificate": Sentences(
        _("The server's certificate is too weak"),
        _(
            "The certificate of {host} uses a short key or an outdated signature, such as SHA-1, "
            "that no longer counts as safe. No password was sent."
        ),
        (
            _(
                "The server's administrator must install a certificate with an RSA key of "
                "2048 bits or an EC key, signed with SHA-256."
            ),
            _RETEST,
        ),
        "https://www.rfc-editor.org/rfc/rfc9155",
    ),
    "tls_intercepted": Sentences(
        _("Something on this network answers for the server"),
        _(
            "The certificate does not come from {host} but from software in between: antivirus "
            "with a mail shield, or a company firewall that opens encrypted connections. It could "
            "read everything, so no password was sent."
        ),
        (
            _(
                "Check the antivirus software on this computer for a mail or SSL scan, and "
                "switch it off for outgoing mail."
            ),
            _("Ask your network administrator to exempt {host} from TLS inspection."),
            _(
                "If inspection is company policy, get the firewall's CA file from the "
                "administrator and choose it under CA file."
            ),
            _RETEST,
        ),
        "https://www.rfc-editor.org/rfc/rfc8314#section-5",
    ),
    "tls_intercepted.injected": Sentences(
        _("Unasked-for data came before the encryption"),
        _(
            "Before the encryption began, {server} or something in between sent data that has no "
            "place there. This is how a known attack looks, so the connection was ended. No "
            "password was sent."
        ),
        (
            _("Choose Test from another network, for example a mobile phone's."),
            _("If it happens only here, ask your network administrator what inspects mail."),
            _("If it happens everywhere, the server's software must be updated (CVE-2011-0411)."),
        ),
        "https://nostarttls.secvuln.info/",
    ),
    "tls_intercepted.impostor": Sentences(
        _("The server could not prove that it knows you"),
        _(
            "With this sign-in method the server must show that it knows the password as well. Its "
            "proof was wrong. It may be the wrong server, or its user database may be damaged."
        ),
        (
            _("Check the Server field."),
            _("Ask the server's administrator to set the password of {username} again."),
            _("To go on at once, choose PLAIN as the mechanism under Advanced; TLS protects it."),
        ),
        "https://www.rfc-editor.org/rfc/rfc5802",
    ),
    # -- auth --------------------------------------------------------------------------------------
    "auth_required": Sentences(
        _("The server wants a login first"),
        _(
            "{server} accepts mail only from users who signed in, and the connector did not. "
            "Either no authentication is set, or the login did not take place."
        ),
        (
            _("On the page Authenticate choose OAuth or Basic instead of No authentication."),
            _("Enter User and Password as {provider} gave them to you."),
            _RETEST,
        ),
        _RFC4954,
    ),
    "auth_required.client_certificate": Sentences(
        _("The server wants a client certificate"),
        _(
            "{server} talks only to clients that show a certificate of their own, and this "
            "connector has none."
        ),
        (
            _(
                "Ask the server's administrator for a client certificate with its key (PEM "
                "or PKCS#12)."
            ),
            _("Enter its file as the client certificate of the connector."),
            _RETEST,
        ),
        "https://www.rfc-editor.org/rfc/rfc8446#section-4.3.2",
    ),
    "auth_required.no_secret": Sentences(
        _("No password is stored"),
        _("The connector signs in with a password, but none was entered or kept for {username}."),
        (
            _("Enter the Password on the page Authenticate."),
            _RETEST,
        ),
        _RFC4954,
    ),
    "auth_required.microsoft": Sentences(
        _("Microsoft wants a login first"),
        _(
            "Exchange Online accepts mail on this port only from a signed-in mailbox, and the "
            "connector did not sign in. From: must also be an address of that mailbox."
        ),
        (
            _("On the page Authenticate choose OAuth (recommended) or Basic."),
            _("Use smtp.office365.com, port 587, Encryption method STARTTLS."),
            _(
                "For a device that cannot sign in, your administrator can set up a connector "
                "for its IP address: admin.exchange.microsoft.com > Mail flow > Connectors."
            ),
            _RETEST,
        ),
        "https://learn.microsoft.com/exchange/mail-flow-best-practices/how-to-set-up-a-multifunction-device-or-application-to-send-email-using-microsoft-365-or-office-365",
    ),
    "auth_mechanism_unsupported": Sentences(
        _("The server does not offer this way to sign in"),
        _(
            "Connector and server have no sign-in method in common: the connector wants "
            "{mechanism}, and the server does not accept that. The server may have logins switched "
            "off on this port."
        ),
        (
            _("Under Advanced set the mechanism to automatic."),
            _(
                "Check Port and Encryption method: many servers offer a login only on 587 or "
                "465, and only encrypted."
            ),
            _(
                "If the server takes only OAuth, choose OAuth (recommended) on the page "
                "Authenticate."
            ),
            _RETEST,
        ),
        _RFC4954,
    ),
    "auth_mechanism_unsupported.no_auth": Sentences(
        _("The server offers no login on this port"),
        _(
            "{server} did not offer any way to sign in. Port 25 and internal relays often work "
            "without a login; others offer it only on port 587 or 465."
        ),
        (
            _("Set Port to 587 with STARTTLS, or 465 with SSL/TLS."),
            _("If this is a relay that needs no login, choose No authentication."),
            _RETEST,
        ),
        _RFC4954,
    ),
    "auth_mechanism_unsupported.not_here": Sentences(
        _("This computer lacks the sign-in method"),
        _(
            "The sign-in method {mechanism} needs software that is not installed here, or that "
            "this computer's security policy does not allow."
        ),
        (
            _("Under Advanced set the mechanism to automatic."),
            _("For NTLM or GSSAPI install the extra: pip install 'smtpwizard[ntlm]'"),
            _RETEST,
        ),
        "https://github.com/jborean93/pyspnego",
    ),
    "bad_credentials": Sentences(
        _("User name or password was not accepted"),
        _(
            "{server} does not accept the login of {username}. Usual reasons are a typing error, a "
            "user name in the wrong form (many servers want the full email address), or a web "
            "password where the provider wants a separate SMTP password or key."
        ),
        (
            _("Check that User is exactly what {provider} prescribes, mostly the full address."),
            _("Type the Password again; look out for spaces at its ends."),
            _("Look up whether {provider} gives out a separate password or API key for SMTP."),
            _("Choose Test again, but only once: several failures can lock the account."),
        ),
        _RFC4954,
    ),
    "bad_credentials.google": Sentences(
        _("Google did not accept user name or password"),
        _(
            "Google accepts no account passwords for sending mail any more, only OAuth or an app "
            "password of 16 letters. An app password also stops working when the account's "
            "password changes."
        ),
        (
            _("Check that User is the full address of the account."),
            _("Better: choose OAuth (recommended) on the page Authenticate."),
            _(
                "Or create an app password at myaccount.google.com > Security > 2-Step "
                "Verification > App passwords, and enter it as Password without spaces."
            ),
            _RETEST,
        ),
        _G_APP_PASSWORD,
    ),
    "bad_credentials.microsoft": Sentences(
        _("Microsoft did not accept the login"),
        _(
            "Exchange Online refused the login of {username}. The password may be wrong, but the "
            "same answer also comes when sign-in by password is switched off for the mailbox or "
            "forbidden by a policy."
        ),
        (
            _(
                "Sign in at outlook.office.com with the same user name and password to see "
                "whether they are right."
            ),
            _(
                "Ask your administrator whether “Authenticated SMTP” is on: "
                "admin.microsoft.com > Users > Active users > the user > Mail > Manage email "
                "apps."
            ),
            _("Better: choose OAuth (recommended) on the page Authenticate."),
            _RETEST,
        ),
        _MS_SUBMISSION,
    ),
    "bad_credentials.client_certificate": Sentences(
        _("The server refused the client certificate"),
        _(
            "The connector showed its client certificate, and {server} did not accept it: it may "
            "be expired, revoked or issued by an authority that the server does not trust."
        ),
        (
            _("Check its dates with: openssl x509 -in client.pem -noout -dates"),
            _("Ask the server's administrator for a new client certificate."),
            _RETEST,
        ),
        "https://www.rfc-editor.org/rfc/rfc8446#section-6.2",
    ),
    "bad_credentials.client_certificate_file": Sentences(
        _("The client certificate cannot be used"),
        _(
            "The file of the client certificate cannot be read, its passphrase is wrong, or key "
            "and certificate in it do not belong together."
        ),
        (
            _("Check that the file exists and that you may read it."),
            _("It must hold the certificate and its private key, as PEM or PKCS#12."),
            _("Check it with: openssl pkcs12 -in client.p12 -noout"),
            _RETEST,
        ),
        "https://docs.openssl.org/master/man1/openssl-pkcs12/",
    ),
    "app_password_required": Sentences(
        _("An app password is needed here"),
        _(
            "{provider} does not accept the normal account password for mail programs. It wants a "
            "separate password that is made for one application, often called app password or "
            "authorization code."
        ),
        (
            _("Sign in to the account on the web and open its security settings."),
            _(
                "Create an app password (for some providers: switch on SMTP there and get "
                "the authorization code)."
            ),
            _("Enter it as Password, without spaces."),
            _RETEST,
        ),
        "https://support.mozilla.org/kb/app-passwords",
    ),
    "app_password_required.google": Sentences(
        _("Google wants an app password"),
        _(
            "The account uses 2-Step Verification, so its own password is refused for mail "
            "programs. Google gives out app passwords of 16 letters for them; OAuth works without "
            "one."
        ),
        (
            _("Open myaccount.google.com/apppasswords while signed in as {username}."),
            _("Create an app password and enter its 16 letters as Password, without spaces."),
            _(
                "If that page is not available, the administrator has switched it off: "
                "choose OAuth (recommended) on the page Authenticate."
            ),
            _RETEST,
        ),
        _G_APP_PASSWORD,
    ),
    "mfa_required": Sentences(
        _("The account needs a second sign-in step"),
        _(
            "{provider} asks for a second factor, such as a code from a phone, which a plain "
            "password login cannot give. The password itself may be right."
        ),
        (
            _(
                "Choose OAuth (recommended) on the page Authenticate and sign in in the "
                "browser, second step included."
            ),
            _(
                "If the account was never set up for it, finish that first by signing in on "
                "the web."
            ),
            _("If the provider offers app passwords, use one in place of the account password."),
            _RETEST,
        ),
        _MS_CODES,
    ),
    "basic_auth_disabled": Sentences(
        _("Sign-in with a password is no longer accepted"),
        _(
            "{provider} or your organisation has switched off sign-in by user name and password "
            "(basic authentication) for mail. Another password will not help; the way out is OAuth."
        ),
        (
            _("On the page Authenticate choose OAuth (recommended)."),
            _("Enter Client ID and Client secret of the app registration and sign in."),
            _RETEST,
        ),
        _RFC6749,
    ),
    "basic_auth_disabled.microsoft": Sentences(
        _("Microsoft no longer accepts a password here"),
        _(
            "Sign-in by password is switched off for this mailbox or organisation. Outlook.com "
            "accounts have needed OAuth since September 2024; Microsoft 365 switches passwords for "
            "SMTP off by default at the end of December 2026."
        ),
        (
            _("On the page Authenticate choose OAuth (recommended), and sign in as {username}."),
            _(
                "If OAuth is not possible yet, ask your administrator whether an "
                "authentication policy blocks basic authentication: admin.microsoft.com > "
                "Settings > Org settings > Modern authentication."
            ),
            _RETEST,
        ),
        "https://techcommunity.microsoft.com/blog/exchange/updated-exchange-online-smtp-auth-basic-authentication-deprecation-timeline/4489835",
    ),
    "basic_auth_disabled.google": Sentences(
        _("Google no longer accepts account passwords"),
        _(
            "Google switched off sign-in by account password (“less secure apps”) for all "
            "accounts in 2025. Only OAuth or an app password works."
        ),
        (
            _("On the page Authenticate choose OAuth (recommended)."),
            _(
                "Or create an app password at myaccount.google.com/apppasswords and enter it "
                "as Password."
            ),
            _RETEST,
        ),
        "https://knowledge.workspace.google.com/admin/sync/transition-from-less-secure-apps-to-oauth",
    ),
    "smtp_auth_disabled_tenant": Sentences(
        _("Sending by SMTP is off for the whole organisation"),
        _(
            "Your organisation has switched off SMTP sign-in (SMTP AUTH) for all mailboxes. User "
            "name, password and app registration may all be right; OAuth is blocked by this "
            "switch as well."
        ),
        (
            _("An Exchange administrator opens PowerShell and runs: Connect-ExchangeOnline"),
            _(
                "To allow this mailbox alone (recommended): Set-CASMailbox -Identity "
                "{ps_username} -SmtpClientAuthenticationDisabled $false"
            ),
            _(
                "Or for everybody: admin.exchange.microsoft.com > Settings > Mail flow > "
                "untick “Turn off SMTP AUTH protocol for your organization”."
            ),
            _("Wait up to an hour, then choose Test again."),
        ),
        _MS_SUBMISSION,
    ),
    "smtp_auth_disabled_mailbox": Sentences(
        _("Sending by SMTP is off for this mailbox"),
        _(
            "The mailbox {username} may not be used for sending over SMTP until that is switched "
            "on in its settings. The password may be right."
        ),
        (
            _("Sign in to the mailbox on the web and open the settings for mail programs."),
            _("Switch on SMTP (often shown as POP3/IMAP/SMTP or “access by mail clients”)."),
            _("In a company, ask the mail administrator to allow it for {username}."),
            _RETEST,
        ),
        _RFC6409,
    ),
    "smtp_auth_disabled_mailbox.microsoft": Sentences(
        _("Sending by SMTP is off for this mailbox"),
        _(
            "The switch “Authenticated SMTP” of the mailbox {username} is off. As long as it is, "
            "neither a password nor OAuth works for sending over SMTP."
        ),
        (
            _(
                "An administrator opens admin.microsoft.com > Users > Active users > the "
                "user > Mail > Manage email apps, and ticks “Authenticated SMTP”."
            ),
            _(
                "Or in PowerShell: Set-CASMailbox -Identity {ps_username} "
                "-SmtpClientAuthenticationDisabled $false"
            ),
            _("Wait up to an hour, then choose Test again."),
        ),
        _MS_SUBMISSION,
    ),
    "auth_policy_blocked": Sentences(
        _("A security rule blocks this sign-in"),
        _(
            "User name and password may be right, but {provider} did not let the sign-in through: "
            "a rule about place, device, network or suspicious activity stands in the way."
        ),
        (
            _("Sign in to the account once on the web and answer any security question there."),
            _(
                "In a company, ask the administrator to look into the sign-in log for "
                "{username} and to allow this application."
            ),
            _RETEST,
        ),
        _MS_CODES,
    ),
    "auth_policy_blocked.google": Sentences(
        _("Google blocked this sign-in as suspicious"),
        _(
            "Google wants to see the owner of {username} in a web browser before it lets a "
            "program sign in from here. The password may be right."
        ),
        (
            _(
                "Sign in at mail.google.com as {username}, best from the same network, and "
                "confirm that it was you."
            ),
            _("Better: choose OAuth (recommended) on the page Authenticate."),
            _RETEST,
        ),
        _G_CODES,
    ),
    "auth_policy_blocked.microsoft": Sentences(
        _("A rule of your organisation blocks this sign-in"),
        _(
            "Microsoft Entra refused the sign-in of {username} because of a policy: Conditional "
            "Access, security defaults, or a rule about devices or places. The password may be "
            "right."
        ),
        (
            _(
                "An administrator opens entra.microsoft.com > Monitoring & health > Sign-in "
                "logs, finds the failed entry of {username} and reads the tab Conditional "
                "Access."
            ),
            _(
                "If security defaults are on, password sign-in over SMTP stays blocked: "
                "choose OAuth (recommended)."
            ),
            _("Otherwise the administrator excludes this account or application from the policy."),
            _RETEST,
        ),
        _MS_CODES,
    ),
    "account_locked": Sentences(
        _("The account is locked or disabled"),
        _(
            "{provider} does not let {username} sign in at all: after too many failed attempts, "
            "because an administrator disabled it, or because the account was suspended or closed."
        ),
        (
            _("Stop all programs that still try the old password."),
            _("Wait 30 minutes, or ask the administrator or provider to unlock {username}."),
            _("Sign in once on the web to see whether the account works again."),
            _RETEST,
        ),
        _MS_CODES,
    ),
    "password_expired": Sentences(
        _("The password has expired"),
        _(
            "The password of {username} was right once, but it has expired or must be changed "
            "before anything else works."
        ),
        (
            _("Sign in on the web as {username} and set a new password."),
            _("Enter the new Password on the page Authenticate."),
            _(
                "For a mailbox used by programs, ask the administrator for a password that "
                "does not expire, or use OAuth."
            ),
            _RETEST,
        ),
        _MS_CODES,
    ),
    "mailbox_not_found": Sentences(
        _("This user does not exist there"),
        _(
            "{provider} knows no user or mailbox named {username}. There may be a typing error, "
            "the account may have been deleted, or it lives in another organisation."
        ),
        (
            _("Check User letter by letter; it is mostly the full email address."),
            _("Sign in on the web with the same name to see whether it exists."),
            _("In a company, ask the administrator whether the mailbox was renamed or removed."),
            _RETEST,
        ),
        _MS_CODES,
    ),
    "license_missing": Sentences(
        _("The account has no licence for sending"),
        _(
            "The account exists, but has no licence, mailbox or paid plan that allows sending by "
            "SMTP."
        ),
        (
            _("Ask the administrator whether {username} has a mailbox and the licence for it."),
            _(
                "At Microsoft: admin.microsoft.com > Users > Active users > the user > "
                "Licenses and apps > tick a plan with Exchange Online."
            ),
            _("With a free plan, look up whether {provider} offers SMTP only in a paid one."),
            _("Wait an hour after a change, then choose Test again."),
        ),
        _MS_NDR,
    ),
    # -- oauth -------------------------------------------------------------------------------------
    "oauth_redirect_mismatch": Sentences(
        _("The redirect URI is not registered"),
        _(
            "After the sign-in the provider sends the browser back to an address, the redirect "
            "URI. It must be registered with the app exactly as this program sends it, and it is "
            "not."
        ),
        (
            _("Copy the Redirect URI from the page Authenticate: {redirect_uri}"),
            _(
                "Add exactly this address to the app registration at the provider; case and "
                "a final slash count."
            ),
            _("Wait a few minutes and sign in again."),
        ),
        _RFC6749,
    ),
    "oauth_redirect_mismatch.google": Sentences(
        _("The redirect URI is not registered at Google"),
        _(
            "After the sign-in Google sends the browser back to an address, the redirect URI. It "
            "must be registered with the OAuth client exactly as this program sends it, and it is "
            "not."
        ),
        (
            _("Copy the Redirect URI from the page Authenticate: {redirect_uri}"),
            _(
                "Open console.cloud.google.com > Google Auth Platform > Clients > your "
                "client > Authorized redirect URIs, and add it."
            ),
            _(
                "Or create a client of type Desktop app, which needs no registered address "
                "for this computer."
            ),
            _("Wait five minutes and sign in again."),
        ),
        "https://developers.google.com/identity/protocols/oauth2/web-server#authorization-errors-redirect-uri-mismatch",
    ),
    "oauth_redirect_mismatch.microsoft": Sentences(
        _("The redirect URI is not registered in Entra"),
        _(
            "After the sign-in Microsoft sends the browser back to an address, the redirect URI. "
            "It must be registered with the app exactly as this program sends it, and it is not."
        ),
        (
            _("Copy the Redirect URI from the page Authenticate: {redirect_uri}"),
            _(
                "Open entra.microsoft.com > App registrations > your app > Authentication, "
                "and add it: under Web if the app has a secret, else under Mobile and "
                "desktop applications."
            ),
            _("Wait a few minutes and sign in again."),
        ),
        _MS_REPLY_URL,
    ),
    "oauth_app_not_found": Sentences(
        _("The provider does not know this client ID"),
        _(
            "No app registration with the client ID {client_id} was found there. It may be "
            "mistyped, deleted or disabled, or registered in another organisation or cloud."
        ),
        (
            _(
                "Copy the Client ID from the app registration again (at Microsoft: "
                "Application (client) ID, not the object ID)."
            ),
            _("Check that the registration is in the organisation in which you sign in: {tenant}."),
            _("Enter it on the page Authenticate and sign in again."),
        ),
        _MS_CODES,
    ),
    "oauth_app_not_found.google": Sentences(
        _("Google does not know this client ID"),
        _(
            "No OAuth client with this client ID exists at Google. It may be mistyped, or it was "
            "deleted; Google also deletes clients that were not used for a long time."
        ),
        (
            _("Open console.cloud.google.com > Google Auth Platform > Clients."),
            _("Copy the Client ID (it ends in apps.googleusercontent.com) or create a new client."),
            _("Enter Client ID and Client secret on the page Authenticate and sign in again."),
        ),
        _G_OAUTH,
    ),
    "oauth_secret_invalid": Sentences(
        _("The client secret is wrong"),
        _(
            "The provider knows the app, but not this client secret. A frequent mistake at "
            "Microsoft is to copy the Secret ID in place of the secret's Value; the value is "
            "shown only once, right after it is made."
        ),
        (
            _(
                "Create a new client secret in the app registration (Microsoft: Certificates "
                "& secrets > New client secret; Google: Clients > your client > Add secret)."
            ),
            _("Copy its value at once, without spaces."),
            _("Enter it as Client secret on the page Authenticate and sign in again."),
        ),
        _MS_CODES,
    ),
    "oauth_secret_expired": Sentences(
        _("The client secret has expired"),
        _(
            "Client secrets are valid for a limited time, at Microsoft two years at most. The one "
            "in this connector, or its certificate, is past its end."
        ),
        (
            _(
                "Open entra.microsoft.com > App registrations > your app > Certificates & "
                "secrets > New client secret."
            ),
            _("Copy the Value, not the Secret ID, and note the date on which it ends."),
            _("Enter it as Client secret on the page Authenticate and sign in again."),
        ),
        _MS_CODES,
    ),
    "oauth_client_type_mismatch": Sentences(
        _("The app is registered as the wrong type"),
        _(
            "The app registration exists, but its type does not allow this way of signing in: for "
            "example a desktop app that sends a secret, a web app without one, or a registration "
            "for browser pages (single-page application)."
        ),
        (
            _(
                "With a Client secret: register the Redirect URI under the platform Web. "
                "Without one: under Mobile and desktop applications (Google: Desktop app)."
            ),
            _(
                "At Microsoft look at App registrations > your app > Authentication: remove "
                "entries under Single-page application, and for device codes set “Allow "
                "public client flows” to Yes."
            ),
            _("Check under Supported account types that your kind of account is allowed."),
            _("Sign in again."),
        ),
        _MS_CODES,
    ),
    "oauth_consent_required": Sentences(
        _("Permission for the app is still missing"),
        _(
            "Nobody has allowed the app yet to send mail on behalf of {username}. Depending on the "
            "organisation the user or an administrator has to agree once."
        ),
        (
            _("Sign in again and agree on the page that lists the permissions."),
            _(
                "If it says that an administrator is needed: entra.microsoft.com > "
                "Enterprise applications > your app > Permissions > Grant admin consent."
            ),
            _("Then sign in again."),
        ),
        "https://learn.microsoft.com/entra/identity/enterprise-apps/grant-admin-consent",
    ),
    "oauth_consent_denied": Sentences(
        _("The permission was declined"),
        _(
            "The sign-in worked, but on the page that asks for permission somebody chose Cancel or "
            "Deny, so no permission was given."
        ),
        (
            _("Sign in again and agree to the permissions shown."),
            _("If you did not decline, ask your administrator whether users may agree to apps."),
        ),
        "https://www.rfc-editor.org/rfc/rfc6749#section-4.1.2.1",
    ),
    "oauth_admin_policy": Sentences(
        _("The organisation does not allow this app"),
        _(
            "{provider} or your administrator blocks this app or this user from signing in to it: "
            "the app is not verified or not approved, or the user is not on its list."
        ),
        (
            _("Send the administrator the client ID {client_id} and ask to allow it."),
            _(
                "At Microsoft: entra.microsoft.com > Enterprise applications > your app > "
                "Users and groups."
            ),
            _("Then sign in again."),
        ),
        _MS_CODES,
    ),
    "oauth_admin_policy.google": Sentences(
        _("Google or your administrator blocks the app"),
        _(
            "The app may not be used by this account: it is still in testing and the account is "
            "not on its list of test users, it is internal to another organisation, or the "
            "Workspace administrator has not allowed it."
        ),
        (
            _(
                "Owner of the app: console.cloud.google.com > Google Auth Platform > "
                "Audience > add {username} as a test user, or publish the app."
            ),
            _(
                "Workspace administrator: admin.google.com > Security > Access and data "
                "control > API controls > Manage third-party app access, and trust the "
                "client ID {client_id}."
            ),
            _("Then sign in again."),
        ),
        "https://support.google.com/a/answer/7281227",
    ),
    "oauth_scope_invalid": Sentences(
        _("The requested permission (scope) is wrong"),
        _(
            "A scope names what the app wants to be allowed. The one that was asked for does not "
            "exist, is misspelt, is missing, or belongs to a different service than the others."
        ),
        (
            _(
                "For Microsoft the scope is https://outlook.office.com/SMTP.Send (and "
                "offline_access), for Google https://mail.google.com/."
            ),
            _("Remove all other scopes from the connector, above all those of Microsoft Graph."),
            _(
                "Check that the same permission is listed in the app registration, and sign "
                "in again."
            ),
        ),
        _MS_OAUTH,
    ),
    "oauth_token_revoked": Sentences(
        _("The stored sign-in is no longer valid"),
        _(
            "The connector keeps a token from an earlier sign-in. It has expired or was withdrawn: "
            "after a password change, a long time without use, or by an administrator."
        ),
        (
            _("Open the connector, go to the page Authenticate and sign in again as {username}."),
            _(
                "At Google, publish the app: while its status is Testing, every sign-in ends "
                "after seven days."
            ),
            _RETEST,
        ),
        _G_OAUTH + "#expiration",
    ),
    "oauth_token_revoked.sign_in": Sentences(
        _("A sign-in is needed"),
        _(
            "The connector uses OAuth and has no valid token for {username}: nobody has signed in "
            "yet, or the earlier sign-in is no longer valid. The server itself was reached."
        ),
        (
            _("Open the connector, go to the page Authenticate and sign in as {username}."),
            _RETEST,
        ),
        _RFC6749,
    ),
    "oauth_code_invalid": Sentences(
        _("The sign-in took too long or was used twice"),
        _(
            "The code with which the provider ends a sign-in is valid for a few minutes and only "
            "once. It had expired, was already used, or belongs to another attempt."
        ),
        (
            _("Close old browser windows of the sign-in."),
            _("Sign in again and finish it in one go."),
            _("With a pasted address, copy the one of this very attempt."),
        ),
        _RFC6749,
    ),
    "oauth_token_rejected": Sentences(
        _("The server refused the token"),
        _(
            "The sign-in succeeded, but {server} does not accept the token for {username}. It was "
            "issued for another account, without permission to send mail, or the mailbox does not "
            "allow it."
        ),
        (
            _("Check that User is the account with which you signed in."),
            _("Sign in again with the scope for SMTP (not only for reading mail or an API)."),
            _("Ask the administrator whether SMTP is allowed for this mailbox."),
            _RETEST,
        ),
        "https://www.rfc-editor.org/rfc/rfc7628",
    ),
    "oauth_token_rejected.account": Sentences(
        _("Signed in with the wrong account"),
        _(
            "The sign-in took place as {found}, but the connector is for {username}. Browsers like "
            "to use the account that is already signed in."
        ),
        (
            _("Sign in again and choose {username}, if need be in a private browser window."),
            _(
                "If {found} may send for {username} (a shared mailbox), ask the administrator "
                "for Full Access and Send As."
            ),
            _RETEST,
        ),
        _MS_OAUTH,
    ),
    "oauth_token_rejected.google": Sentences(
        _("Google refused the token"),
        _(
            "The sign-in succeeded, but Gmail does not accept the token for {username}. It was "
            "issued for another account, or without the permission https://mail.google.com/, "
            "which SMTP needs; gmail.send is not enough."
        ),
        (
            _("Check that User is the account with which you signed in."),
            _("Sign in again and leave every box ticked on the permission page."),
            _("In the connector the only scope must be https://mail.google.com/."),
            _RETEST,
        ),
        _G_XOAUTH2,
    ),
    "oauth_token_rejected.microsoft": Sentences(
        _("Microsoft refused the token for this mailbox"),
        _(
            "The sign-in succeeded, but Exchange Online does not accept the token for {username}: "
            "it belongs to another user, is not meant for SMTP, “Authenticated SMTP” is off for "
            "the mailbox, or the app has no rights on it."
        ),
        (
            _("Check that User is the mailbox with which you signed in, or one it may fully use."),
            _(
                "Check that the scope is https://outlook.office.com/SMTP.Send, not one of "
                "Microsoft Graph."
            ),
            _(
                "An administrator checks the switch: Get-CASMailbox -Identity {ps_username} "
                "| Format-List SmtpClientAuthenticationDisabled"
            ),
            _(
                "For sign-in without a user: New-ServicePrincipal with the object ID from "
                "Enterprise applications, then Add-MailboxPermission -Identity {ps_username} "
                "-User <that ID> -AccessRights FullAccess"
            ),
            _RETEST,
        ),
        _MS_OAUTH,
    ),
    "oauth_request_invalid": Sentences(
        _("The sign-in request was malformed"),
        _(
            "The provider could not make sense of the request for a token: something is missing in "
            "it, it went to the wrong address, or its form is not the one expected. Mostly an "
            "endpoint in the connector is wrong."
        ),
        (
            _("Compare the authorization and token endpoints with the provider's documentation."),
            _("Enter Client ID and Client secret again, without spaces or line breaks."),
            _("Sign in again."),
        ),
        _RFC6749,
    ),
    "tenant_wrong": Sentences(
        _("This account belongs to another organisation"),
        _(
            "The sign-in went to an organisation (tenant) that does not exist, or that does not "
            "know this account, or for which the app is not registered."
        ),
        (
            _(
                "Open entra.microsoft.com > Overview and copy the Tenant ID of the "
                "organisation that owns the mailbox."
            ),
            _("Enter it as the tenant of the connector in place of {tenant}."),
            _(
                "For personal accounts or several organisations, the app must allow them: "
                "App registrations > your app > Authentication > Supported account types."
            ),
            _(
                "Sign in again with the right account; use a private browser window if the "
                "browser picks the wrong one."
            ),
        ),
        _MS_CODES,
    ),
    "clock_skew": Sentences(
        _("The clock of this computer is wrong"),
        _(
            "Sign-ins and certificates carry dates. The provider refused them because they seem to "
            "come from the future or the past, as seen from its clock."
        ),
        (
            _("Switch on automatic time and check the time zone."),
            _("Windows: w32tm /resync    Linux: sudo timedatectl set-ntp true"),
            _RETEST,
        ),
        "https://www.rfc-editor.org/rfc/rfc7519#section-4.1.5",
    ),
    # -- policy ------------------------------------------------------------------------------------
    "relay_denied": Sentences(
        _("The server will not forward to this recipient"),
        _(
            "{server} accepts mail for its own recipients, but does not pass mail on to "
            "{recipient} for this connector. Passing on (relaying) needs a login or an explicit "
            "permission."
        ),
        (
            _("If the connector has no login: choose OAuth or Basic on the page Authenticate."),
            _(
                "Use the submission server of your provider (port 587 or 465), not the one "
                "for incoming mail."
            ),
            _("For a relay without login, ask its administrator to allow this computer's address."),
            _RETEST,
        ),
        _RFC5321,
    ),
    "sender_not_allowed": Sentences(
        _("This login may not send as that address"),
        _("The login worked, but {username} has no right to send mail as {sender}."),
        (
            _("Set the sender address to the address of the login itself."),
            _("Or ask the mail administrator to allow {username} to send as {sender}."),
            _RETEST,
        ),
        _RFC6409,
    ),
    "sender_not_allowed.microsoft": Sentences(
        _("This mailbox may not send as that address"),
        _(
            "The login worked, but the mailbox {username} lacks the right “Send As” for {sender}. "
            "Microsoft often says so only after the whole message was handed over."
        ),
        (
            _("Set the sender address to the address of the mailbox itself."),
            _(
                "Or an administrator grants the right: admin.exchange.microsoft.com > "
                "Recipients > Mailboxes > {sender} > Delegation > Send as."
            ),
            _(
                "The same in PowerShell: Add-RecipientPermission -Identity {ps_sender} "
                "-Trustee {ps_username} -AccessRights SendAs"
            ),
            _("Wait up to an hour, then choose Test again."),
        ),
        "https://learn.microsoft.com/exchange/recipients-in-exchange-online/manage-permissions-for-recipients",
    ),
    "sender_not_allowed.google": Sentences(
        _("This account may not send as that address"),
        _(
            "The login worked, but {sender} is not an address of the account {username}. Google "
            "sends only from the account's own addresses and confirmed aliases."
        ),
        (
            _("Set the sender address to {username}."),
            _(
                "Or add the alias at mail.google.com > Settings > Accounts > Send mail as, "
                "and confirm it."
            ),
            _RETEST,
        ),
        "https://support.google.com/mail/answer/22370",
    ),
    "sender_not_verified": Sentences(
        _("The sender address is not confirmed yet"),
        _(
            "Sending services accept mail only from addresses and domains that their owner has "
            "confirmed. {sender} is not among them, or the account is still in its trial mode."
        ),
        (
            _("Open the console of {provider} and confirm the domain or the address {sender}."),
            _("Add the DNS records it asks for and wait until it shows them as verified."),
            _("If the account is in a trial or sandbox, ask the provider to lift it."),
            _RETEST,
        ),
        "https://docs.aws.amazon.com/ses/latest/dg/verify-addresses-and-domains.html",
    ),
    "sender_auth_failed": Sentences(
        _("The receiving side doubts the sender"),
        _(
            "The receiving server checked whether this server may send for the domain of {sender} "
            "(SPF, DKIM, DMARC, reverse DNS), and the check failed. The mail looked forged to it."
        ),
        (
            _("Ask who manages the domain's DNS to add the sending server to the SPF record."),
            _("Switch on DKIM signing at the sending provider and publish its key."),
            _("For a server of your own, have a reverse DNS name (PTR) set for its address."),
            _("Wait until the DNS changes are visible, then choose Test again."),
        ),
        "https://www.rfc-editor.org/rfc/rfc7489",
    ),
    "recipient_rejected": Sentences(
        _("The recipient was refused"),
        _(
            "The receiving side does not take mail for {recipient}: the address does not exist, "
            "the mailbox is full or closed, or it does not accept mail from this sender."
        ),
        (
            _("Check the address under Send to for typing errors."),
            _("Try another recipient, for example your own address."),
            _("If the address is right, ask the recipient by another way about the mailbox."),
        ),
        _RFC3463,
    ),
    "rate_limited": Sentences(
        _("A sending limit is used up"),
        _(
            "Too many messages, recipients or connections within a short time, or the limit for "
            "the day is reached. The settings are right; the limit ends by itself."
        ),
        (
            _("Wait: a few minutes for a rate, up to 24 hours for a daily limit."),
            _("Send less at once, or spread it over time."),
            _("Ask {provider} for a higher limit or plan if you need it regularly."),
        ),
        _RFC3463,
    ),
    "rate_limited.google": Sentences(
        _("Google's sending limit is used up"),
        _(
            "The account has reached Google's limit for messages or recipients: 2,000 messages a "
            "day in Workspace, 500 for a personal account, 100 recipients in one message by SMTP."
        ),
        (
            _("Wait up to 24 hours; the limit ends by itself."),
            _("Send less, or use the SMTP relay service of Workspace for bulk mail."),
        ),
        _G_LIMITS,
    ),
    "rate_limited.microsoft": Sentences(
        _("Microsoft's sending limit is used up"),
        _(
            "The mailbox or organisation has reached a limit of Exchange Online: 30 messages a "
            "minute and 10,000 recipients a day for a mailbox, less for new organisations."
        ),
        (
            _("Wait: a few minutes for the rate, up to 24 hours for the day."),
            _("For bulk mail use High Volume Email or Azure Communication Services."),
        ),
        "https://learn.microsoft.com/office365/servicedescriptions/exchange-online-service-description/exchange-online-limits",
    ),
    "concurrent_limit": Sentences(
        _("Too many connections at the same time"),
        _(
            "The server allows only a few connections at once for one account or address, at "
            "Microsoft three for a mailbox. Others are still open."
        ),
        (
            _("Wait a minute until other connections have ended."),
            _("Let programs that use the same mailbox send one after the other."),
            _RETEST,
        ),
        "https://learn.microsoft.com/exchange/troubleshoot/send-emails/smtp-submission-improvements",
    ),
    "greylisted": Sentences(
        _("The server asks to try again later"),
        _(
            "Some servers turn away the first message of an unknown sender for a few minutes, "
            "because spam programs do not come back (greylisting). Nothing is wrong."
        ),
        (
            _("Wait five to fifteen minutes and choose Test again."),
            _("If it never gets through, ask the recipient's administrator to allow your server."),
        ),
        "https://www.rfc-editor.org/rfc/rfc6647",
    ),
    "blocked_ip": Sentences(
        _("The sending address is on a block list"),
        _(
            "The server does not accept mail from this network address, because it has a bad "
            "reputation, is on a public block list, or belongs to a range for home connections."
        ),
        (
            _(
                "Send through the submission server of your provider with a login, not "
                "directly to the recipient's server."
            ),
            _("Find out this network's public address and look it up at check.spamhaus.org."),
            _(
                "Have the reason removed first (infected computer, open relay), then ask for "
                "removal from the list named in the server's answer."
            ),
        ),
        "https://check.spamhaus.org/",
    ),
    "sending_suspended": Sentences(
        _("Sending is blocked for this account"),
        _(
            "The login works, but {provider} has stopped this account from sending: after spam or "
            "a suspected break-in, because of billing, or until the account is approved."
        ),
        (
            _("Sign in to the console of {provider} and look for messages about the account."),
            _("Change the password and check for mail that you did not send."),
            _("Ask the provider's support to release sending."),
        ),
        _RFC3463,
    ),
    "sending_suspended.microsoft": Sentences(
        _("Microsoft has blocked this mailbox from sending"),
        _(
            "The login works, but the mailbox is on the list of restricted senders, mostly because "
            "spam was sent from it or somebody else used it, or the organisation's limit for "
            "outgoing mail was cut."
        ),
        (
            _("Change the password of {username} and check its rules and sign-ins."),
            _(
                "An administrator opens security.microsoft.com > Email & collaboration > "
                "Review > Restricted entities, and unblocks it."
            ),
            _("Wait up to 24 hours, then choose Test again."),
        ),
        "https://learn.microsoft.com/defender-office-365/outbound-spam-restore-restricted-users",
    ),
    "content_rejected": Sentences(
        _("The message itself was refused"),
        _(
            "The server accepted login and addresses, but a filter refused the message: it looks "
            "like spam, contains a forbidden attachment, link or header, or breaks a rule."
        ),
        (
            _("Send the plain test email to see whether the connector itself works."),
            _("Take out attachments, shortened links and unusual headers from the message."),
            _(
                "If the test email is refused as well, send the server's answer to its "
                "administrator."
            ),
        ),
        _RFC3463,
    ),
    "message_too_large": Sentences(
        _("The message is too large"),
        _(
            "The message is larger than the server or the recipient accepts. Attachments grow by a "
            "third on the way."
        ),
        (
            _("Make attachments smaller, or send a link in place of them."),
            _("Ask the mail administrator about the size limit if you need larger ones."),
        ),
        "https://www.rfc-editor.org/rfc/rfc1870",
    ),
    "protocol_error": Sentences(
        _("The server did not accept a command"),
        _(
            "The server considers something in the conversation malformed: an address, the name "
            "with which this computer introduces itself, or the order of the commands."
        ),
        (
            _(
                "Check sender, recipient and User for spaces and missing parts; an address "
                "has the form name@example.com."
            ),
            _(
                "Under Advanced set EHLO name to the full name of this computer, for example "
                "mail.example.com."
            ),
            _RETEST,
        ),
        _RFC5321,
    ),
    "protocol_error.ehlo_name": Sentences(
        _("The server does not accept the EHLO name"),
        _(
            "At the start this computer introduces itself by a name, the EHLO name. The server "
            "does not accept {ehlo_name}; it wants a full name with a domain."
        ),
        (
            _("Under Advanced set EHLO name to a full name, for example mail.example.com."),
            _RETEST,
        ),
        "https://www.rfc-editor.org/rfc/rfc5321#section-4.1.1.1",
    ),
    "protocol_error.server": Sentences(
        _("The server breaks the rules of SMTP"),
        _(
            "{server} gave an answer that makes no sense at this point, so the conversation was "
            "ended for safety. The server, or a device in between, does not work correctly."
        ),
        (
            _("Try another port, for example 587 or 465."),
            _("Send the transcript of the test to the server's administrator."),
        ),
        _RFC5321,
    ),
    "encoding_unsupported": Sentences(
        _("Special characters are not supported there"),
        _(
            "An address, the user name or the password contains letters such as ä, é or ł, and "
            "the server or a program in between does not support them."
        ),
        (
            _("Use an address without such letters before the @ sign."),
            _("If it is the password, set one of plain letters, digits and signs."),
            _RETEST,
        ),
        "https://www.rfc-editor.org/rfc/rfc6531",
    ),
    # -- keyring -----------------------------------------------------------------------------------
    "keyring_unavailable": Sentences(
        _("No safe place for passwords was found"),
        _(
            "Passwords are kept in the operating system's keyring, and this computer has none that "
            "works. That is usual on servers without a desktop."
        ),
        (
            _(
                "On a Linux desktop install and start a keyring, for example: sudo apt "
                "install gnome-keyring"
            ),
            _(
                "On a server choose the encrypted file in its place: smtpwizard "
                "--secret-store file …"
            ),
            _("Look at what this computer offers: smtpwizard doctor"),
        ),
        _KEYRING,
    ),
    "keyring_locked": Sentences(
        _("The keyring is locked"),
        _(
            "The place where passwords are kept exists, but is locked, or access was denied or the "
            "question for it was closed."
        ),
        (
            _(
                "Unlock it: Linux in “Passwords and Keys”, macOS in Keychain Access; then "
                "allow the access when asked."
            ),
            _("Over a remote session without a desktop, use: smtpwizard --secret-store file …"),
            _("Do the same again."),
        ),
        _KEYRING,
    ),
    "secret_too_large": Sentences(
        _("The secret is too large for the keyring"),
        _(
            "The keyring of this computer takes only short secrets, Windows 2,560 bytes, and a "
            "sign-in token can be longer."
        ),
        (
            _("Update this program: it splits long secrets."),
            _("Or keep secrets in the encrypted file: smtpwizard --secret-store file …"),
        ),
        "https://learn.microsoft.com/windows/win32/api/wincred/ns-wincred-credentialw",
    ),
}

# What would show that it is this cause and not the other one; put into `TELL_APART`.
TELL_APART = _("“{first}”, if {first_sign}. “{second}”, if {second_sign}.")
SIGNS: Mapping[str, str] = {
    "dns_failure": _("the command nslookup with the server's name fails as well"),
    "connection_refused": _("another port of the same server answers at once"),
    "network_unreachable": _("other servers on the Internet cannot be reached either"),
    "timeout": _("the server answers later, or from another network on the same port"),
    "port_blocked": _("the same port of other mail servers is silent too, while port 443 works"),
    "proxy_error": _("the connection works from a network without the proxy"),
    "connection_dropped": _("the connection breaks at a different point each time"),
    "server_unavailable": _("the same settings work again after some minutes"),
    "not_smtp": _("the first line that the server sends does not begin with 220"),
    "wrong_security_mode": _("the other encryption method works on the same port"),
    "starttls_required": _("the same login works with STARTTLS or SSL/TLS"),
    "starttls_unavailable": _("the server's list of extensions does not contain STARTTLS"),
    "cert_untrusted": _("the certificate was issued by the company or by the server itself"),
    "cert_hostname_mismatch": _("the certificate lists other names than the one in Server"),
    "cert_expired": _("the certificate's end date has passed and this computer's date is right"),
    "tls_version_too_old": _("an outside test of the server shows nothing newer than TLS 1.1"),
    "tls_intercepted": _("from another network the server shows a different certificate"),
    "auth_required": _("the connector has No authentication, or the login was left out"),
    "auth_mechanism_unsupported": _("the sign-in methods that the server lists do not fit"),
    "bad_credentials": _("the same user name and password fail on the provider's web page too"),
    "app_password_required": _("the password works on the web page, but not here"),
    "mfa_required": _("the web page asks for a code after the password"),
    "basic_auth_disabled": _("OAuth works with the same account"),
    "smtp_auth_disabled_tenant": _("no mailbox of the organisation can send over SMTP"),
    "smtp_auth_disabled_mailbox": _("other mailboxes of the organisation can send over SMTP"),
    "auth_policy_blocked": _("the administrator's sign-in log names a policy for this attempt"),
    "account_locked": _("the account cannot sign in on the web page at all"),
    "password_expired": _("the web page asks for a new password after the sign-in"),
    "mailbox_not_found": _("the administrator does not find the user name in the directory"),
    "license_missing": _("the administrator sees no licence or mailbox at the account"),
    "oauth_redirect_mismatch": _("the registered redirect URIs differ from the connector's"),
    "oauth_app_not_found": _("the client ID is not in the provider's list of registrations"),
    "oauth_secret_invalid": _("a newly made client secret works"),
    "oauth_secret_expired": _("the registration shows an end date of the secret in the past"),
    "oauth_client_type_mismatch": _("the registration is of another type than the sign-in needs"),
    "oauth_consent_required": _("the registration shows permissions without consent"),
    "oauth_consent_denied": _("somebody chose Cancel or Deny on the permission page"),
    "oauth_admin_policy": _("an administrator's own account can sign in to the app"),
    "oauth_scope_invalid": _("the sign-in works with the one scope that the provider documents"),
    "oauth_token_revoked": _("it worked before and works again after a new sign-in"),
    "oauth_code_invalid": _("a new sign-in, finished within a few minutes, works"),
    "oauth_token_rejected": _("the sign-in works, and only the mail server refuses"),
    "oauth_request_invalid": _("every account fails with the same words before any sign-in page"),
    "tenant_wrong": _("an account of the other organisation can sign in"),
    "clock_skew": _("this computer's clock differs from the true time by more than a minute"),
    "relay_denied": _("a recipient in the server's own domain is accepted"),
    "sender_not_allowed": _("it works with the login's own address as sender"),
    "sender_not_verified": _("the provider's console does not list the sender as verified"),
    "sender_auth_failed": _("the domain's SPF, DKIM or reverse DNS does not name this server"),
    "recipient_rejected": _("another recipient is accepted"),
    "rate_limited": _("the first messages of the day or hour get through"),
    "concurrent_limit": _("it works while no other program uses the mailbox"),
    "greylisted": _("the same message is accepted after fifteen minutes"),
    "blocked_ip": _("it works from another network, or the address is on a block list"),
    "sending_suspended": _("the provider's console shows the account as blocked or not active"),
    "content_rejected": _("a plain text message of one line is accepted"),
    "message_too_large": _("a message without attachments is accepted"),
    "protocol_error": _("it works with another EHLO name, or with plain addresses"),
    "encoding_unsupported": _("it works with addresses and a password of plain letters"),
    "keyring_unavailable": _("no program on this computer can store a password"),
    "keyring_locked": _("it works after unlocking the keyring"),
    "secret_too_large": _("a short password can be stored"),
}

"""Who issues certificates: authorities that everybody trusts, and what makes up its own."""

from __future__ import annotations

# Names that security software and gateways put into the certificates they make up.
_INTERCEPTORS = (
    "kaspersky", "avast", "avg technologies", "eset", "bitdefender", "zscaler", "fortinet",
    "fortigate", "sophos", "netskope", "cisco umbrella", "palo alto", "mcafee", "trellix", "norton",
    "symantec web", "blue coat", "bluecoat", "forcepoint", "websense", "watchguard", "sonicwall",
    "check point", "checkpoint", "untangle", "squid", "barracuda", "f-secure", "g data", "drweb",
    "doctor web", "trend micro", "comodo antivirus", "adguard", "fiddler", "charles proxy",
    "mitmproxy", "burp", "smoothwall", "securly", "iboss", "cato networks", "mimecast web",
)  # fmt: skip

# Organisations in the certificates of authorities of the public web, as they write themselves.
_PUBLIC = frozenset(
    (
        "actalis s.p.a.", "amazon", "buypass as-983163327", "certsign sa",
        "comodo ca limited", "cybertrust, inc", "d-trust gmbh",
        "deutsche telekom security gmbh", "digicert inc", "digicert, inc.",
        "digital signature trust co.", "entrust, inc.", "gandi sas", "geotrust inc.",
        "globalsign", "globalsign nv-sa", "godaddy.com, inc.", "google trust services",
        "google trust services llc", "harica",
        "hellenic academic and research institutions ca", "identrust",
        "internet security research group", "isrg", "let's encrypt",
        "microsoft corporation", "quovadis limited", "sectigo limited", "ssl corp",
        "ssl corporation", "starfield technologies, inc.", "swisssign ag",
        "symantec corporation", "t-systems enterprise services gmbh",
        "telia company ab", "thawte, inc.", "the usertrust network",
        "trustasia technologies, inc.", "unizeto technologies s.a.",
        "unizeto sp. z o.o.", "verisign, inc.", "wisekey", "wotrus ca limited",
        "zerossl",
    )
)  # fmt: skip


def is_interceptor(issuer: str) -> bool:
    """Whether an issuer is security software or a gateway that makes up certificates."""
    return bool(interceptors_in(issuer))


def interceptors_in(issuer: str) -> tuple[str, ...]:
    """The names in an issuer, in lower case, by which it is known as such a one."""
    lower = issuer.lower()
    return tuple(name for name in _INTERCEPTORS if name in lower)


def is_public_authority(organisation: str) -> bool:
    """Whether an organisation of this name issues certificates that everybody trusts."""
    return organisation.strip().lower() in _PUBLIC

"""What the bytes of a text say: files and pipes in Unicode, and what others wrote in encodings of
their own."""

from __future__ import annotations

import json


def decode_text(data: bytes) -> str:
    """The text of a file or a pipe: UTF-8, or the UTF-16 and UTF-32 that Windows' tools write, by
    their byte order mark, and without one by where the zeros are (as RFC 4627 §3 tells them).

    Raises `UnicodeDecodeError` for what is none of these.
    """
    encoding = json.detect_encoding(data)
    text = data.decode(encoding)
    if "\0" in text and not encoding.startswith("utf-8"):
        # The zeros of something that is no text at all.
        raise UnicodeDecodeError(encoding, data[:4], 0, 1, "no text")
    return text

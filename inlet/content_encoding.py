"""Content encodings: the decoding of a body that was sent compressed."""

import zlib

from inlet.media_type import IDENTITY
from inlet.refusals import NotJsonContent

LARGEST_BODY_BYTES = 6 * 1024 * 1024
"""The largest decoded body: larger ones cannot arrive, because Lambda's payload limit is 6 MB."""

WINDOW_BITS = {
    "gzip": (zlib.MAX_WBITS + 16,),
    # The specification says zlib; some senders mean raw deflate.
    "deflate": (zlib.MAX_WBITS, -zlib.MAX_WBITS),
}
"""The formats that each encoding can stand for, as zlib numbers them."""


def decoded(body: bytes, encoding: str) -> bytes:
    """Return a body without its content encoding. Never produces more than LARGEST_BODY_BYTES.

    Raises NotJsonContent if the encoding is unknown, the body is not of that encoding, or it is
    larger when decoded.
    """
    if encoding == IDENTITY:
        return body
    formats = WINDOW_BITS.get(encoding)
    if formats is None:
        raise NotJsonContent(
            f"The content encoding {encoding[:40]!a} is not supported: only gzip and deflate"
            " can be decoded."
        )
    for window_bits in formats:
        try:
            return _inflated(body, window_bits)
        except zlib.error:
            continue
    raise NotJsonContent(f"The content encoding is {encoding}, but the body cannot be decoded.")


def _inflated(body: bytes, window_bits: int) -> bytes:
    """Decompress a body. Raises zlib.error if it is not of the format from start to end."""
    stream = zlib.decompressobj(window_bits)
    result = stream.decompress(body, LARGEST_BODY_BYTES + 1)
    if len(result) > LARGEST_BODY_BYTES:
        raise NotJsonContent(f"The decoded body is larger than {LARGEST_BODY_BYTES} bytes.")
    if not stream.eof or stream.unused_data:
        raise zlib.error("it ends too early or too late")
    return result

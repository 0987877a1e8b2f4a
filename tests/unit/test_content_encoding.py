"""Bodies that were sent compressed are decoded up to a limit."""

import gzip
import tracemalloc
import zlib
from collections.abc import Callable

import pytest

from inlet.content_encoding import decoded
from inlet.refusals import NotJsonContent

SIX_MB = 6_291_456


def raw_deflate(body: bytes) -> bytes:
    compressor = zlib.compressobj(wbits=-15)
    return compressor.compress(body) + compressor.flush()


@pytest.mark.parametrize(
    ("encoding", "encode"),
    [
        ("gzip", gzip.compress),
        ("deflate", zlib.compress),
        ("deflate", raw_deflate),
        ("identity", bytes),
    ],
)
@pytest.mark.parametrize("body", [b"", b"{}", b"x" * SIX_MB])
def test_a_body_of_up_to_six_megabytes_is_decoded(
    encoding: str, encode: Callable[[bytes], bytes], body: bytes
) -> None:
    assert decoded(encode(body), encoding) == body


@pytest.mark.parametrize(
    ("encoding", "encode"),
    [("gzip", gzip.compress), ("deflate", zlib.compress), ("deflate", raw_deflate)],
)
def test_a_larger_body_is_rejected_before_it_is_decoded_further(
    encoding: str, encode: Callable[[bytes], bytes]
) -> None:
    with pytest.raises(NotJsonContent, match="decoded body is larger than 6291456 bytes"):
        decoded(encode(b"x" * (SIX_MB + 1)), encoding)
    bomb = encode(bytes(20 * SIX_MB))
    tracemalloc.start()
    try:
        with pytest.raises(NotJsonContent, match="decoded body is larger than 6291456 bytes"):
            decoded(bomb, encoding)
        assert tracemalloc.get_traced_memory()[1] < 3 * SIX_MB
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("gzip", b"{}"),
        ("gzip", b""),
        ("gzip", gzip.compress(b"{}", mtime=0)[:-1]),
        ("gzip", gzip.compress(b"{}", mtime=0) + b"{}"),
        ("gzip", gzip.compress(b"{}", mtime=0) * 2),
        ("deflate", b"{}"),
        ("deflate", zlib.compress(b"{}")[:-1]),
        ("deflate", zlib.compress(b"{}") + b"{}"),
        ("deflate", gzip.compress(b"{}", mtime=0)),
    ],
)
def test_a_body_that_is_not_of_its_encoding_is_rejected(encoding: str, body: bytes) -> None:
    with pytest.raises(NotJsonContent, match=f"is {encoding}, but the body cannot be decoded"):
        decoded(body, encoding)


@pytest.mark.parametrize(
    ("encoding", "named"),
    [
        ("br", "'br'"),
        ("gzip, gzip", "'gzip, gzip'"),
        ("\x1bé", r"'\x1b\xe9'"),
        ("z" * 99, "z" * 40),
    ],
)
def test_an_unknown_encoding_is_named(encoding: str, named: str) -> None:
    with pytest.raises(NotJsonContent) as rejected:
        decoded(b"{}", encoding)
    assert rejected.value.detail.startswith("The content encoding ")
    assert f"{named}" in rejected.value.detail
    assert "z" * 41 not in rejected.value.detail

"""A bill's text as it is read once: unpacked piece by piece, as UTF-8, its header apart from its rows."""

from __future__ import annotations

import codecs
import csv
import io
import os
import threading
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final, NamedTuple

from steward.errors import BadInput, TooLarge

if TYPE_CHECKING:
    from isal.isal_zlib import Decompress

CHUNK: Final = 1 << 20
PACKED: Final = 1 << 16
"""Bytes that are unpacked at once: what is left of them is copied for each piece they come to."""
HEADER: Final = 1 << 20
"""Bytes that a header takes at most."""
UNHURT: Final = 64 << 20
"""Bytes that any file may unpack to, whatever its size."""
SWELL: Final = 250
"""Times its size that a larger one may unpack to; bills come to thirty."""
_GZIP: Final = b"\x1f\x8b"
_ZIP: Final = b"PK\x03\x04"
_UTF16: Final = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
_DELIMITERS: Final = ",;\t|"


class Header(NamedTuple):
    """The names of a text's columns, what stands between them, and what ends its lines."""

    names: tuple[str, ...]
    delimiter: str
    ending: str


def unpacked(path: Path) -> Iterator[bytes]:
    """A file's bytes without their packing, gzip or a zip of one file.

    Raises:
        BadInput: it is cut short or damaged.
        TooLarge: it swells as no bill does.
    """
    with path.open("rb") as file:
        magic = file.read(4)
        file.seek(0)
        pieces = _pieces(file, magic)
        limit = max(UNHURT, path.stat().st_size * SWELL)
        size = 0
        for piece in pieces:
            size += len(piece)
            if size > limit:
                raise TooLarge(
                    f"file of {path.stat().st_size} bytes: unpacks to more than {limit}, {SWELL} times its "
                    "size, as no bill does; deliver it in smaller files if it is one"
                )
            yield piece


def _pieces(file: IO[bytes], magic: bytes) -> Iterator[bytes]:
    if magic.startswith(_GZIP):
        return _gunzipped(file)
    if magic == _ZIP:
        return _unzipped(file)
    return iter(lambda: file.read(CHUNK), b"")


def _gunzipped(file: IO[bytes]) -> Iterator[bytes]:
    # Twice as fast as zlib, and in the layer of the functions that read the lake alone.
    from isal.isal_zlib import decompressobj

    packed = file.read(PACKED)
    while packed:
        # A gzip file may be several, one after the other.
        member = decompressobj(wbits=31)
        while not member.eof:
            if piece := _inflated(member, packed):
                yield piece
            packed = member.unconsumed_tail or member.unused_data or file.read(PACKED)
            # What was read may still be held: the file ends when nothing more comes of it.
            if not packed and not piece and not member.eof:
                raise BadInput("gzip: ends in the middle of its data; deliver the whole file")
        packed = packed.lstrip(b"\0") or file.read(PACKED)


def _inflated(member: Decompress, packed: bytes) -> bytes:
    from isal.igzip_lib import IsalError

    try:
        return member.decompress(packed, CHUNK)
    except IsalError as error:  # type: ignore[misc]  # their stub takes the class for one of its instances
        raise BadInput(f"gzip: damaged ({error}); deliver the file anew") from error


def _unzipped(file: IO[bytes]) -> Iterator[bytes]:
    try:
        with zipfile.ZipFile(file) as archive:
            names = [one for one in archive.namelist() if not one.endswith("/")]
            if len(names) != 1:
                raise BadInput(f"zip: holds {len(names)} files; pack each bill by itself")
            with archive.open(names[0]) as one:
                yield from iter(lambda: one.read(CHUNK), b"")
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError) as error:
        raise BadInput(f"zip: damaged ({error}); deliver the file anew") from error


def utf8(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """The same text as UTF-8 without a mark of its order; UTF-16 is known by that mark.

    Raises:
        BadInput: it is UTF-16 that breaks off.
    """
    first = next(pieces, b"")
    while len(first) < len(codecs.BOM_UTF8) and (more := next(pieces, b"")):
        first += more
    encoding = _UTF16.get(first[:2])
    if encoding is None:
        yield first.removeprefix(codecs.BOM_UTF8)
        yield from pieces
        return
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        yield decoder.decode(first[2:]).encode()
        for piece in pieces:
            yield decoder.decode(piece).encode()
        decoder.decode(b"", final=True)
    except UnicodeError as error:
        raise BadInput(f"UTF-16: broken ({error}); deliver the file as UTF-8") from error


def headed(pieces: Iterator[bytes]) -> tuple[Header, Iterator[bytes]]:
    """The header of a text, and the rows that follow it.

    Raises:
        BadInput: there is no header, or it is no text.
    """
    line, everything = peeked(pieces)
    if not line.strip() or len(line) > HEADER:
        raise BadInput("file: empty, or without a header line; deliver it with the columns' names")
    held = next(everything)
    return _header(line), _joined(held.partition(b"\n")[2], everything)


def peeked(pieces: Iterator[bytes]) -> tuple[bytes, Iterator[bytes]]:
    """The first line of a text, and all of it."""
    held = b""
    for piece in pieces:
        held += piece
        if b"\n" in held or len(held) > HEADER:
            break
    return held.partition(b"\n")[0], _joined(held, pieces)


def _header(line: bytes) -> Header:
    try:
        text = line.decode().strip()
    except UnicodeDecodeError as error:
        raise BadInput(f"header: not UTF-8 ({error}); deliver the file as UTF-8") from error
    delimiter = max(_DELIMITERS, key=text.count)
    names = tuple(one.strip() for one in next(csv.reader(io.StringIO(text), delimiter=delimiter)))
    doubled = next((one for one in names if names.count(one) > 1), None) if names else None
    if doubled is not None:
        raise BadInput(f"header: names the column {doubled[:80]!r} twice; name each once")
    return Header(names, delimiter, "\\r\\n" if line.endswith(b"\r") else "\\n")


def _joined(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    if first:
        yield first
    yield from rest


class Feed:
    """Pieces that go through a pipe while another thread reads them; ``fault`` is why they ended early."""

    def __init__(self, pieces: Iterator[bytes], pipe: Path) -> None:
        self._pieces = pieces
        self._pipe = pipe
        self.fault: BaseException | None = None

    def run(self) -> None:
        """Write all of it; whoever stops reading ends it."""
        try:
            with self._pipe.open("wb", buffering=0) as out:
                for piece in self._pieces:
                    out.write(piece)
        except BrokenPipeError:
            return
        except Exception as error:  # noqa: BLE001  # told to whoever reads, who raises it
            self.fault = error


@contextmanager
def fed(pieces: Iterator[bytes], pipe: Path) -> Iterator[Callable[[], None]]:
    """Let ``pipe`` be read once, from its beginning to its end; the callable raises what broke it off."""
    os.mkfifo(pipe, 0o600)
    feed = Feed(pieces, pipe)
    thread = threading.Thread(target=feed.run, daemon=True)
    thread.start()

    def check() -> None:
        thread.join()
        if feed.fault is not None:
            raise feed.fault

    try:
        yield check
    finally:
        _let_go(pipe, thread)
        pipe.unlink(missing_ok=True)


def _let_go(pipe: Path, thread: threading.Thread) -> None:
    """End a feed that nobody reads: it waits for a reader that never came, or for room."""
    while thread.is_alive():
        with suppress(OSError):
            os.close(os.open(pipe, os.O_RDONLY | os.O_NONBLOCK))
        thread.join(0.01)

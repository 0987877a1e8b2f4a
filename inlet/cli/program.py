"""Run a program so that Ctrl-C, or an output that fails, does not end in a traceback."""

# Few imports: until `run` is called, Ctrl-C still ends in one.
import codecs
import errno
import os
import signal
import sys
from importlib import import_module

INTERRUPTED = 130
"""The exit code after Ctrl-C, which is that of shells: 128 + SIGINT."""
OUTPUT_ERRORS = (errno.EBADF, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.ENOSPC, errno.EPIPE)
"""Errors of a write to an output that is closed, full or disconnected."""


def run(module: str, function: str = "main") -> None:
    """Import a module, call its main function, and exit with the exit code that it returns.

    The exit code is 130 after Ctrl-C, and 1 if an output fails. A pipe without a reader
    (`| head -1`) is silent; any other failed output is reported on standard error. Characters that
    an output cannot encode are printed as JSON escapes, so that JSON stays JSON.
    """
    # An exception in the middle of an import may be caught or reported by the import system.
    signal.signal(signal.SIGINT, lambda *_: os._exit(INTERRUPTED))
    _prepare_outputs()
    main = getattr(import_module(module), function)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        try:
            code = main()
        finally:
            sys.stdout.flush()
    except KeyboardInterrupt:
        code = INTERRUPTED
    except OSError as error:
        if error.errno not in OUTPUT_ERRORS:
            raise
        code = 1
        if error.errno != errno.EPIPE:
            _report(f"Could not write the output: {error.strerror}.")
    finally:
        _discard_unwritten()
    if code == INTERRUPTED:
        os._exit(code)  # without exit handlers: a child process that one needs was interrupted too
    sys.exit(code)


def _prepare_outputs() -> None:
    """Open the outputs that the caller has closed, and escape what they cannot encode."""
    if sys.stdout is None:  # opened for reading, so that each write is an error
        sys.stdout = os.fdopen(os.open(os.devnull, os.O_RDONLY), "w", encoding="utf-8")
    if sys.stderr is None:
        sys.stderr = os.fdopen(os.open(os.devnull, os.O_WRONLY), "w", encoding="utf-8")
    codecs.register_error("json-escape", _json_escape)  # type: ignore[arg-type]
    for output in (sys.stdout, sys.stderr):
        output.reconfigure(errors="json-escape")  # type: ignore[union-attr]


def _json_escape(error: UnicodeEncodeError) -> tuple[str, int]:
    r"""Return the escapes of the characters, such as `\u20ac`, and where to continue."""
    units = error.object[error.start : error.end].encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[n : n + 4]}" for n in range(0, len(units), 4)), error.end


def _report(message: str) -> None:
    try:
        sys.stderr.write(f"{message}\n")
        sys.stderr.flush()
    except OSError:
        return  # standard error fails too


def _discard_unwritten() -> None:
    """Discard what could not be written: Python would try again at its exit, and complain."""
    for output in (sys.stdout, sys.stderr):
        try:
            output.flush()
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), output.fileno())

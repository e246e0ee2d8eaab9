"""Tells which archive it is and runs its driver. Runs inside a worker."""

from __future__ import annotations

import os
from typing import Final

from safelight.decode import formats
from safelight.decode.archives import sevenzip, stream, tar
from safelight.decode.archives import zip as zip_driver
from safelight.decode.archives.bounds import BoundReached, Emit, Gate, finding
from safelight.decode.limits import Limits

__all__ = ["unpack"]

_HEAD: Final = 4096

_DRIVERS: Final = {
    formats.ZIP: zip_driver.unpack,
    formats.TAR: tar.unpack,
    formats.GZIP: stream.unpack,
    formats.BZIP2: stream.unpack,
    formats.XZ: stream.unpack,
    formats.SEVENZIP: sevenzip.unpack,
}


def unpack(fd: int, limits: Limits, emit: Emit) -> None:
    """Passes on every member of an archive; what cannot be read is passed on as a finding.

    Args:
        fd: Read-only descriptor of the archive; stays open. `limits`: the bounds. `emit`: takes each member with a
            descriptor of anonymous memory, or None, and returns when the next is wanted.

    Raises:
        MemoryError: The worker's memory limit was reached; members passed on before are whole.
    """
    size_bytes = os.fstat(fd).st_size
    gate = Gate(size_bytes, limits, emit)
    form = formats.sniff(os.pread(fd, _HEAD, 0))
    driver = _DRIVERS.get(form)
    if driver is None:
        gate.about_archive(
            finding(f"The archive was digested and not opened: {form.name} is not read by this version.")
        )
        return
    with os.fdopen(os.dup(fd), "rb") as file:
        file.seek(0)
        try:
            driver(file, gate)
        except BoundReached as error:
            gate.about_archive(
                error.finding(f"Reading of the {form.name} archive stopped: {error}. The members before are kept.")
            )
        except MemoryError:
            raise
        except Exception as error:  # noqa: BLE001 - unpackers raise nearly anything for hostile bytes; the archive keeps its finding
            text = str(error)[:200] or "no reason given"
            what = f"The {form.name} archive could not be read to its end: {type(error).__name__}: {text}."
            gate.about_archive(finding(f"{what} The members before are kept."))

"""Writing files: whole or not at all."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from kgtools.faults import Fault


def save(path: Path, data: bytes | str) -> Path:
    """Write a file by way of a temporary one beside it, then rename; raise Fault and leave the old file if it fails.

    A link keeps pointing where it points; a device or pipe is written to, never replaced.
    """
    raw = data.encode("utf-8") if isinstance(data, str) else data
    temporary = ""
    try:
        if path.is_dir():
            raise IsADirectoryError(21, "is a folder")
        if path.exists() and not path.is_file():
            path.write_bytes(raw)
            return path
        target = path.resolve()
        handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
        with os.fdopen(handle, "wb") as file:
            file.write(raw)
        Path(temporary).chmod(path.stat().st_mode if path.exists() else 0o666 & ~_umask())
        Path(temporary).replace(target)
    except OSError as error:
        raise Fault(str(path), f"cannot be written ({error.strerror})", "choose another place") from error
    finally:
        if temporary:
            Path(temporary).unlink(missing_ok=True)
    return path


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask

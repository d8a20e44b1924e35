"""Names of this machine."""

from __future__ import annotations

import ipaddress
from functools import lru_cache

_LOOPBACK = frozenset({"localhost", "localhost."})


def is_loopback(host: str) -> bool:
    """Tell whether a host name or address, without port, is this machine to itself."""
    name = host.strip("[]").lower()
    if name in _LOOPBACK or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


@lru_cache(maxsize=256)
def is_own_host(host: str) -> bool:
    """Tell whether a Host header names this machine to itself: a foreign name may point here (DNS rebinding)."""
    return is_loopback(host.rpartition(":")[0] if host.rpartition(":")[2].isdigit() else host)

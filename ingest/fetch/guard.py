"""The only way out: every socket that fetching opens is opened here, to an address that was checked.

A name is resolved once, every address behind it is checked, and the connection goes to one of the
checked addresses. A second answer of the name server, a redirect or an address in disguise therefore
leads nowhere else. The time a request may take is kept here too, since a server can drip its headers
as slowly as its content.
"""

import ipaddress
import socket
import ssl
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import httpcore

from ingest.fetch.clock import Clock
from ingest.fetch.problem import NotFetched, Transient

Resolve = Callable[[str, int], Sequence[str]]
Address = ipaddress.IPv4Address | ipaddress.IPv6Address

#: What the standard library of some versions takes for global: protocol assignments (one is a cloud's
#: metadata server), and IPv6 with an IPv4 address inside, which may be any.
_NOT_PUBLIC = (ipaddress.ip_network("192.0.0.0/24"), ipaddress.ip_network("2002::/16"))
_GLOBAL_UNICAST = ipaddress.ip_network("2000::/3")
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


def system_resolve(host: str, port: int) -> list[str]:
    """The addresses behind a name, as the system's resolver tells them."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def is_public(text: str) -> bool:
    """Whether an address belongs to the public internet: not to this machine, its network or a test."""
    try:
        address = _within(ipaddress.ip_address(text))
    except ValueError:
        return False
    if address.is_multicast or any(address in network for network in _NOT_PUBLIC):
        return False
    return address.is_global and (address.version == 4 or address in _GLOBAL_UNICAST)


def _within(address: Address) -> Address:
    """The IPv4 address that an IPv6 address stands for, where it stands for one."""
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped:
            return address.ipv4_mapped
        if address in _NAT64:
            return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address


class GuardedBackend(httpcore.NetworkBackend):
    """Opens connections to public addresses, and to hosts that were named as exceptions."""

    def __init__(
        self,
        clock: Clock,
        private_hosts: Iterable[str] = (),
        resolve: Resolve = system_resolve,
        sockets: httpcore.NetworkBackend | None = None,
    ) -> None:
        self._clock = clock
        self._private_hosts = frozenset(host.lower().strip("[]") for host in private_hosts)
        self._resolve = resolve
        self._sockets = sockets or httpcore.SyncBackend()
        self._deadline = float("inf")

    def give(self, seconds: float) -> None:
        """Give the next request so many seconds for everything."""
        self._deadline = self._clock.monotonic() + seconds

    def left(self, timeout: float | None) -> float:
        """The seconds that one step may take. Raises ReadTimeout when there are none left."""
        left = self._deadline - self._clock.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout("the time for the whole request is over")
        return left if timeout is None else min(left, timeout)

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to the first checked address that answers. Raises NotFetched for a private one."""
        failure: Exception = httpcore.ConnectError(f"{host} has no address")
        for address in self._checked(host, port):
            try:
                stream = self._sockets.connect_tcp(
                    address, port, self.left(timeout), local_address, socket_options or ()
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
            else:
                return _TimedStream(stream, self)
        raise failure

    def _checked(self, host: str, port: int) -> Sequence[str]:
        try:
            addresses = self._resolve(host, port)
        except (OSError, UnicodeError) as error:
            raise Transient(
                "unknown_host",
                f"the name {host} leads to no address ({error})",
                "check the URL and this machine's name server",
                of_host=True,
            ) from error
        private = [address for address in addresses if not is_public(address)]
        if private and host.lower().strip("[]") not in self._private_hosts:
            raise NotFetched(
                "private_address",
                f"{host} leads to {private[0]}, which is no public address",
                f"if it is meant, run with --allow-private {host}",
                refused=True,
            )
        return addresses


class _TimedStream(httpcore.NetworkStream):
    """A connection whose every step ends before the request's time does."""

    def __init__(self, stream: httpcore.NetworkStream, backend: GuardedBackend) -> None:
        self._stream = stream
        self._backend = backend

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._backend.left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._backend.left(timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        secured = self._stream.start_tls(ssl_context, server_hostname, self._backend.left(timeout))
        return _TimedStream(secured, self._backend)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)

"""Where the portal listens: what is allowed, whether it is free, and whether it answers."""

from __future__ import annotations

import errno
import http.client
import ipaddress
import socket
import ssl
from dataclasses import dataclass
from pathlib import Path

from script.lib.console import Stop

Ip = ipaddress.IPv4Address | ipaddress.IPv6Address
# What the options of the command alone decide: .env may name it for other ways to start the portal.
DECIDED_HERE = ("PORTAL_BIND", "PORTAL_TLS_CERT", "PORTAL_TLS_KEY", "INSECURE_LAN")


def is_private(where: Ip) -> bool:
    """Only this machine or an inner network can reach it: where a demo portal may be shown."""
    return where.is_private and not where.is_unspecified


@dataclass(frozen=True)
class Address:
    """Host and port, and how browsers reach it."""

    host: str
    port: int
    certificate: Path | None = None
    key: Path | None = None
    insecure_lan: bool = False

    @property
    def is_https(self) -> bool:
        return self.certificate is not None

    @property
    def _in_brackets(self) -> str:
        return f"[{self.host}]" if ":" in self.host else self.host

    @property
    def url(self) -> str:
        return f"{'https' if self.is_https else 'http'}://{self._in_brackets}:{self.port}/"

    def settings(self) -> dict[str, str]:
        """What the portal's processes must know of it."""
        hosts = dict.fromkeys(["127.0.0.1", "localhost", "[::1]", self._in_brackets, socket.gethostname()])
        return {
            "PORTAL_BIND": f"{self._in_brackets}:{self.port}",
            "PORTAL_TLS_CERT": str(self.certificate or ""),
            "PORTAL_TLS_KEY": str(self.key or ""),
            "ALLOWED_HOSTS": ",".join(hosts),
            "HTTPS": "true" if self.is_https else "false",
            "INSECURE_LAN": "true" if self.insecure_lan else "false",
        }

    def is_named_in(self, allowed_hosts: str) -> bool:
        """Do browsers get an answer under the address printed? 0.0.0.0 is no name that anybody types."""
        return not self._ip().is_unspecified and self._in_brackets in allowed_hosts.split(",")

    def check(self, *, demo: bool) -> None:
        """Refuse what would show invented accounts to the world, or real ones to a listener on the line."""
        if not 0 < self.port < 65536:
            raise Stop(f"端口{self.port}不存在，请用1到65535之间的数")
        if (self.certificate is None) != (self.key is None):
            raise Stop("--tls-cert和--tls-key要一起给出")
        for file in (self.certificate, self.key):
            if file is not None and not file.is_file():
                raise Stop(f"找不到证书文件{file}")
        if self.certificate is not None and not _is_pair(self.certificate, self.key):
            raise Stop(f"证书{self.certificate}和私钥{self.key}读不了，或者不是一对（要PEM格式）")
        where = self._ip()
        if where.is_loopback:
            return
        if demo and not is_private(where):
            raise Stop(
                f"演示平台只监听本机和内网地址，{self.host}不是：请写明一个内网地址，如--host 192.168.1.5"
            )
        if not self.is_https and not (demo and self.insecure_lan):
            raise Stop(
                "监听本机以外的地址要有证书：--tls-cert 证书 --tls-key 私钥"
                + ("；只在可信的内网试用演示平台，可加--insecure-lan" if demo else "")
            )

    def require_free(self) -> None:
        """Stop with one line where another program already listens there."""
        where = self._ip()
        with socket.socket(socket.AF_INET6 if where.version == 6 else socket.AF_INET) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((str(where), self.port))
            except OSError as error:
                if error.errno == errno.EADDRINUSE:
                    raise Stop(
                        f"端口{self.port}已被别的程序占用：换一个，如script/server --port {self.port + 1}"
                    ) from None
                if error.errno == errno.EACCES:
                    raise Stop(f"没有权限监听端口{self.port}，请用1024以上的端口") from None
                raise Stop(f"不能监听{self.host}：这台机器没有这个地址") from None

    def answers(self) -> bool:
        """Does the portal serve its pages there?"""
        where = self._ip()
        name = ("::1" if where.version == 6 else "127.0.0.1") if where.is_unspecified else str(where)
        line: http.client.HTTPConnection
        if self.is_https:
            trusting = ssl._create_unverified_context()  # noqa: S323  (asks only whether it answers)
            line = http.client.HTTPSConnection(name, self.port, timeout=5, context=trusting)
        else:
            line = http.client.HTTPConnection(name, self.port, timeout=5)
        try:
            line.request("GET", "/", headers={"Host": "localhost"})
            return line.getresponse().status < 500
        except (OSError, http.client.HTTPException):
            return False
        finally:
            line.close()

    def _ip(self) -> Ip:
        try:
            found = socket.getaddrinfo(self.host, self.port, type=socket.SOCK_STREAM)[0][4][0]
        except OSError:
            raise Stop(f"不认识地址{self.host}") from None
        return ipaddress.ip_address(str(found).partition("%")[0])


def _is_pair(certificate: Path, key: Path | None) -> bool:
    try:
        ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(certificate, key)
    except OSError:  # what OpenSSL says of them is one of these too
        return False
    return True

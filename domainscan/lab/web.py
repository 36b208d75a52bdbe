"""The lab's web: one handler for http and https, answering by Host header as each site behaves."""

from __future__ import annotations

import asyncio
import html
from typing import Final

from aiohttp import web

from blocklists.names import Name
from domainscan.lab.rdap import CONTENT_TYPE, Registry
from domainscan.lab.state import Request, State
from domainscan.lab.tls import reset
from domainscan.lab.world import Body, Site, World

HTML: Final = "text/html; charset=utf-8"
CUT_TITLE: Final = "Non-compliance ICP Filing"
WEBBLOCK: Final = "http://webblock.lab/webblock.html"
DISALLOW_ALL: Final = b"User-agent: *\nDisallow: /\n"
_DRIP_SECONDS: Final = 1.0


class Web:
    """Answers every request of the lab. `trap_url` is where `redirect-private` points."""

    def __init__(
        self, world: World, state: State, registry: Registry, *, trap_url: str, slow_seconds: float
    ) -> None:
        self._world, self._state, self._registry = world, state, registry
        self._trap_url, self._slow_seconds = trap_url, slow_seconds

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """The response; a site that resets its visitors gets its connection reset instead."""
        host = host_of(request)
        seen = Request(
            request.scheme, host, request.method, request.path_qs, request.headers.get("User-Agent", "")
        )
        self._state.requests.append(seen)
        if request.method not in ("GET", "HEAD"):
            return _text(405, "Method Not Allowed")
        if host == "rdap.lab":
            status, body = self._registry.respond(request.path)
            return web.Response(status=status, body=body, headers={"Content-Type": CONTENT_TYPE})
        if host == "webblock.lab":
            return _page(200, "网站暂时无法访问", "该网站已被停止接入。This site has been disconnected.")
        number = self._world.bulk_number(host)
        if number:
            return _bulk(number) if request.path == "/" else _text(404, "Not Found")
        site = self._world.find(host)
        if site is None:
            return _page(404, "No such site", "Nothing is served under this name.")
        return await self._site(request, site, host)

    async def _site(self, request: web.BaseRequest, site: Site, host: str) -> web.StreamResponse:
        behaviour = self._state.behaviour(self._world, site)
        match behaviour:
            case "cut-403" | "cut-302" | "cut-reset" | "challenge":
                return _shut(request, behaviour, host)
            case "slow":
                return await self._slow(request, site)
            case "redirect" | "redirect-private":
                return _redirect(self._location(site))
            case "robots" if request.path == "/robots.txt":
                return web.Response(body=DISALLOW_ALL, headers={"Content-Type": "text/plain"})
            case "parked" if request.path == "/" and "/" not in site.pages:
                return _page(200, f"{host} is parked", f"The domain {host} may be for sale. 该域名正在出售。")
            case _:
                return self._stored(site, request.path)

    def _location(self, site: Site) -> str:
        """The target as written, a URL for a bare host, the trap for none; `{trap}` is the trap's port."""
        target = site.target or self._trap_url
        whole = target if "/" in target else f"https://{target}/"
        return whole.replace("{trap}", self._trap_url.rpartition(":")[2].rstrip("/"))

    def _stored(self, site: Site, path: str) -> web.Response:
        body: Body | None = self._world.bodies[Name(site.name)].get(path)
        if body is None:
            return _text(404, "Not Found")
        return web.Response(body=body.content, headers={"Content-Type": body.type, "Server": "nginx"})

    async def _slow(self, request: web.BaseRequest, site: Site) -> web.StreamResponse:
        """A page that arrives an octet a second, or, with target "late", begins when it should have ended."""
        if site.target == "late":
            await asyncio.sleep(self._slow_seconds)
            return _page(200, "Late", "This page came late.")
        response = web.StreamResponse(headers={"Content-Type": HTML})
        await response.prepare(request)
        await response.write(b"<!doctype html><title>Slow</title><p>")
        loop = asyncio.get_running_loop()
        end = loop.time() + self._slow_seconds
        while loop.time() < end:
            await asyncio.sleep(min(_DRIP_SECONDS, self._slow_seconds))
            await response.write(b".")
        await response.write_eof()
        return response


def host_of(request: web.BaseRequest) -> str:
    """The host asked for, in lower case without port and final dot."""
    return request.headers.get("Host", "").lower().rpartition("@")[2].split(":")[0].removesuffix(".")


def _shut(request: web.BaseRequest, behaviour: str, host: str) -> web.Response:
    """What access providers answer for a name they no longer connect, and a guard for a visitor it does not know."""
    if behaviour == "challenge":
        return _challenge(host)
    if behaviour == "cut-302":
        return _redirect(f"{WEBBLOCK}?d={host}")
    if behaviour == "cut-reset":
        return _reset(request)
    response = _page(403, CUT_TITLE, "该域名未完成备案或已被取消接入，暂时无法访问。")
    response.headers["Server"] = "Beaver"
    return response


def _challenge(host: str) -> web.Response:
    """How Cloudflare asks whether a visitor is a robot, whatever is asked for."""
    text = f"{host} needs to review the security of your connection before proceeding."
    response = _page(403, "Just a moment...", text)
    response.headers["cf-mitigated"] = "challenge"
    return response


def _reset(request: web.BaseRequest) -> web.Response:
    transport = request.transport
    if isinstance(transport, asyncio.Transport):
        reset(transport.get_extra_info("socket"))
        transport.abort()
    return web.Response()


def _redirect(location: str) -> web.Response:
    return web.Response(status=302, headers={"Location": location, "Content-Type": HTML})


def _page(status: int, title: str, text: str) -> web.Response:
    title, text = html.escape(title), html.escape(text)
    head, body = f"<title>{title}</title>", f"<h1>{title}</h1><p>{text}</p>"
    document = f"<!doctype html><html><head>{head}</head><body>{body}</body></html>"
    return web.Response(status=status, body=document.encode(), headers={"Content-Type": HTML})


def _text(status: int, text: str) -> web.Response:
    return web.Response(status=status, text=text)


def _bulk(number: int) -> web.Response:
    return _page(200, f"Bulk site {number}", f"Site number {number} of many, with nothing to offer.")

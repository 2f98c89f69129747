"""The application of a three-tier environment: alive, and able to tell whether its database is.

`/healthz` is for the load balancer and asks nobody; `/readyz` and `/db` ask the database.
"""

import logging
import os
import socket
import sys
from typing import Annotated

from fastapi import FastAPI, Header
from fastapi.responses import HTMLResponse, JSONResponse

import database
import page
import settings
from access_log import AccessLog

logging.basicConfig(stream=sys.stdout, format="%(levelname)s %(message)s")
logging.getLogger("app").setLevel(logging.INFO)

app = FastAPI(title="Three-tier application", openapi_url=None)
app.add_middleware(AccessLog)


@app.get("/", response_class=HTMLResponse)
def home(x_forwarded_proto: Annotated[str, Header()] = "http") -> str:
    found = settings.read()
    facts = {
        "Instance": found.get("INSTANCE_ID", socket.gethostname()),
        "Zone": found.get("ZONE", "unknown"),
        "Version": str(_version()["version"]),
        "Connection": "encrypted" if x_forwarded_proto == "https" else "not encrypted (plain HTTP)",
    }
    try:
        answer = database.ask()
        state, answered = f"answers, {answer.version}, {answer.tls}", True
    except database.Away as reason:
        state, answered = f"away: {reason}", False
    title = found.get("ENVIRONMENT", "Three-tier application")
    return page.render(title=title, facts=facts, database=state, answered=answered)


@app.get("/healthz")
async def healthz() -> dict[str, str]:
    """Alive. No database and no thread of the pool: a slow database must not replace every instance."""
    return {"status": "ok"}


@app.get("/readyz")
def readyz() -> JSONResponse:
    try:
        database.ask()
    except database.Away as reason:
        return JSONResponse({"status": "not ready", "reason": str(reason)}, 503)
    return JSONResponse({"status": "ready"})


@app.get("/db")
def db() -> JSONResponse:
    try:
        answer = database.ask()
    except database.Away as reason:
        return JSONResponse({"status": "away", "reason": str(reason)}, 503)
    # Where it cannot be verified there is no answer.
    answered = {"status": "ok", "version": answer.version, "tls": answer.tls, "certificate": "verified"}
    return JSONResponse(answered)


@app.get("/version")
async def version() -> dict[str, str | None]:
    return _version()


def _version() -> dict[str, str | None]:
    """What runs: the commit it was built from and the digest of the image; neither for the built-in one."""
    image = os.environ.get("APP_IMAGE", "")
    return {
        "version": os.environ.get("APP_VERSION", "built-in"),
        "digest": image.partition("@")[2] or None,
    }

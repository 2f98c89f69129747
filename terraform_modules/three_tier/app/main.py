"""The application of a three-tier environment: alive, and able to tell whether its database is."""

import json
import logging
import socket
import time
from pathlib import Path
from typing import Any

import boto3
import pymysql
from fastapi import FastAPI
from fastapi.responses import JSONResponse

SETTINGS = Path("/etc/app.env")
CERTIFICATES = "/opt/app/rds-ca.pem"
SECRET_LIFE_SECONDS = 300
ACCESS_DENIED = 1045

app = FastAPI(title="Three-tier application")
_secrets: dict[str, tuple[float, dict[str, str]]] = {}


def settings() -> dict[str, str]:
    """What /etc/app.env says now: the database may be announced after this process began."""
    lines = SETTINGS.read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if "=" in line)


def secret(*, arn: str, region: str, fresh: bool) -> dict[str, str]:
    """Return the secret's fields, at most five minutes old; `fresh` asks again at once."""
    read_at, fields = _secrets.get(arn, (0.0, {}))
    if fresh or time.monotonic() - read_at > SECRET_LIFE_SECONDS or not fields:
        answer = boto3.client("secretsmanager", region_name=region).get_secret_value(SecretId=arn)
        fields = json.loads(answer["SecretString"])
        _secrets[arn] = (time.monotonic(), fields)
    return fields


def server_version(*, of: dict[str, str], fresh: bool) -> str:
    login = secret(arn=of["DB_SECRET_ARN"], region=of["AWS_REGION"], fresh=fresh)
    connection = pymysql.connect(
        host=of["DB_HOST"],
        port=int(of["DB_PORT"]),
        user=login["username"],
        password=login["password"],
        database=of["DB_NAME"],
        connect_timeout=3,
        read_timeout=3,
        ssl={"ca": CERTIFICATES},
    )
    with connection, connection.cursor() as cursor:
        cursor.execute("SELECT VERSION()")
        return str(cursor.fetchone()[0])


@app.get("/")
def home() -> dict[str, str]:
    return {"application": "three-tier", "host": socket.gethostname()}


@app.get("/healthz")
def healthz() -> dict[str, str]:
    return {"status": "ok"}


@app.get("/db")
def db() -> Any:
    found = settings()
    if "DB_HOST" not in found:
        return JSONResponse({"status": "waiting", "reason": "no database is announced yet"}, 503)
    try:
        try:
            version = server_version(of=found, fresh=False)
        except pymysql.err.OperationalError as refusal:
            # RDS rotates the password: what was cached may be the one before.
            if refusal.args[0] != ACCESS_DENIED:
                raise
            version = server_version(of=found, fresh=True)
    except Exception as failure:
        # This address is public: names of hosts and users go to the journal only.
        logging.getLogger("uvicorn.error").warning("database: %s", failure)
        number = [str(part) for part in failure.args[:1] if isinstance(part, int)]
        return JSONResponse({"status": "away", "reason": " ".join([type(failure).__name__, *number])}, 503)
    return {"status": "ok", "version": version, "tls": True}

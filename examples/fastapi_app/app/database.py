"""The database behind the application: signing in with the secret that RDS makes and rotates."""

import json
import logging
import ssl
import threading
import time
from dataclasses import dataclass

import boto3
import pymysql
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

import settings

SECRET_LIFE_SECONDS = 300
# A wrong password must not become a call to Secrets Manager for each visitor.
SECONDS_BETWEEN_FORCED_READS = 2
LIMIT_SECONDS = 3
ACCESS_DENIED = 1045

log = logging.getLogger("app.database")


class Away(Exception):
    """The database cannot be used now. The text is public: it names no host and no user."""


@dataclass(frozen=True)
class Database:
    """What a database that answered says of itself: `tls` is the protocol."""

    version: str
    tls: str


class Secret:
    """The user name and password behind one ARN, at most five minutes old. Safe for several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._arn = ""
        self._fields: dict[str, str] = {}
        self._read_at = self._forced_at = float("-inf")

    def fields(self, *, arn: str, region: str, fresh: bool) -> dict[str, str]:
        """The secret's fields; `fresh` asks again although they are young."""
        with self._lock:
            now = time.monotonic()
            forced = fresh and now - self._forced_at >= SECONDS_BETWEEN_FORCED_READS
            if forced:
                self._forced_at = now
            if forced or arn != self._arn or now - self._read_at > SECRET_LIFE_SECONDS:
                self._fields = _fetch(arn, region)
                self._arn, self._read_at = arn, now
            return self._fields


_secret = Secret()


def ask() -> Database:
    """Sign in and ask for the version.

    Raises Away with what a visitor may know; the rest goes to the log.
    """
    found = settings.read()
    if "DB_HOST" not in found:
        raise Away("no database is announced yet")
    try:
        try:
            return _ask(found, fresh=False)
        except pymysql.err.OperationalError as refusal:
            # RDS rotates the password: what was kept may be the one before.
            if refusal.args[0] != ACCESS_DENIED:
                raise
            return _ask(found, fresh=True)
    except pymysql.err.MySQLError as failure:
        log.warning("database: %s", failure)
        raise Away(_reason(failure)) from failure
    except (BotoCoreError, ClientError) as failure:
        log.warning("secret: %s", failure)
        raise Away(f"the secret cannot be read ({_code(failure)})") from failure


def _ask(found: dict[str, str], *, fresh: bool) -> Database:
    encryption = _encryption()
    login = _secret.fields(arn=found["DB_SECRET_ARN"], region=found["AWS_REGION"], fresh=fresh)
    connection = pymysql.connect(
        host=found["DB_HOST"],
        port=int(found["DB_PORT"]),
        user=login["username"],
        password=login["password"],
        database=found["DB_NAME"],
        connect_timeout=LIMIT_SECONDS,
        read_timeout=LIMIT_SECONDS,
        ssl=encryption,
    )
    with connection, connection.cursor() as cursor:
        cursor.execute("SELECT VERSION()")
        version = str(cursor.fetchone()[0])
        cursor.execute("SHOW SESSION STATUS LIKE 'Ssl_version'")
        return Database(version=version, tls=str(cursor.fetchone()[1]))


def _encryption() -> ssl.SSLContext:
    """Raises Away without AWS's bundle: any server that answers would get the password."""
    bundle = next((path for path in settings.AUTHORITIES if path.exists()), None)
    if bundle is None:
        raise Away("there is no bundle of RDS's authorities, so nobody is given the password")
    context = ssl.create_default_context(cafile=str(bundle))
    # Authorities of RDS predate what Python 3.13 demands of one.
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    return context


def _fetch(arn: str, region: str) -> dict[str, str]:
    patience = Config(
        connect_timeout=LIMIT_SECONDS, read_timeout=LIMIT_SECONDS, retries={"total_max_attempts": 2}
    )
    client = boto3.client("secretsmanager", region_name=region, config=patience)
    fields: dict[str, str] = json.loads(client.get_secret_value(SecretId=arn)["SecretString"])
    return fields


def _reason(failure: pymysql.err.MySQLError) -> str:
    number = failure.args[0] if failure.args and isinstance(failure.args[0], int) else 0
    sentences = {
        1045: "the database refuses the password of the secret",
        1049: "the database server has no database of this name",
        1040: "the database has too many connections",
        3159: "the database demands TLS",
        2003: "the database cannot be reached",
        2005: "the name of the database is unknown",
        2013: "the database went away while answering",
    }
    return f"{sentences.get(number, 'the database failed')} ({number or type(failure).__name__})"


def _code(failure: Exception) -> str:
    if isinstance(failure, ClientError):
        return str(failure.response["Error"]["Code"])
    return type(failure).__name__

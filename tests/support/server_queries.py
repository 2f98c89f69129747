"""Queries to a PostgreSQL server without Django."""

from typing import Any

import psycopg

from tests.support import postgres


def printed_lines(server: postgres.Server) -> int:
    try:
        output = "SELECT count(*) FROM provisioner_runevent WHERE message LIKE '%%(local-exec): line %%'"
        return int(ask(server, output)[0])
    except psycopg.Error:
        # Not migrated yet.
        return 0


def is_away(server: postgres.Server) -> bool:
    try:
        ask(server, "SELECT 1")
    except psycopg.Error:
        return True
    return False


def ask(server: postgres.Server, question: str) -> Any:
    with psycopg.connect(server.url, connect_timeout=3) as connection:
        return connection.execute(question).fetchone()

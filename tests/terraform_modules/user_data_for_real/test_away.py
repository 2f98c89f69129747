"""What is answered while something behind the instance is away or changes: 502, 503, a rotation."""

from __future__ import annotations

import os
import signal

from tests.simulator import server as simulator
from tests.terraform_modules import authority
from tests.terraform_modules.instance import Answer, Instance
from tests.terraform_modules.user_data_for_real.environment import USER, Environment

REFUSED = "connect() failed (111: Connection refused) while connecting to upstream"


def _refused(instance: Instance) -> Answer | None:
    """nginx's answer once nobody listens any more behind it; before, a connection may still be cut."""
    answer = instance.get("/healthz")
    return answer if REFUSED in instance.text("var/log/nginx-error.log") else None


class TestTrue502:
    def test_is_nginx_own_while_the_application_is_dead_and_ends_by_itself(
        self, running: Environment
    ) -> None:
        killed = running.instance.main_process("app.service")
        os.kill(killed, signal.SIGKILL)
        answer = simulator.wait_for(lambda: _refused(running.instance))

        assert (answer.status, answer.headers["Server"]) == (502, "nginx")
        assert "Bad Gateway" in answer.body
        assert running.instance.get("/nginx-health").body == "ok\n"
        assert simulator.wait_for(lambda: running.instance.get("/healthz").status == 200)
        assert running.instance.main_process("app.service") not in (0, killed)


class TestTrue503:
    def test_says_that_the_database_is_stopped_and_stays_alive(self, running: Environment) -> None:
        running.database.stop()
        db, readyz = running.instance.get("/db"), running.instance.get("/readyz")
        home, healthz = running.instance.get("/"), running.instance.get("/healthz")
        running.database.start()

        assert db.status == readyz.status == 503
        assert db.fields == {"status": "away", "reason": "the database cannot be reached (2003)"}
        assert (home.status, healthz.status) == (200, 200)
        assert "away: the database cannot be reached" in home.body
        assert "127.0.0.1" not in db.body
        assert "Can't connect to MySQL server on" in running.instance.text("var/log/app.service.log")
        assert running.instance.get("/db").status == 200

    def test_says_that_the_secret_is_stale_until_it_is_not(self, running: Environment) -> None:
        password = running.new_password()
        stale, healthz = running.instance.get("/db"), running.instance.get("/healthz")
        running.keep(password)

        assert (stale.status, healthz.status) == (503, 200)
        assert stale.fields["reason"] == "the database refuses the password of the secret (1045)"
        assert USER not in stale.body
        assert simulator.wait_for(lambda: running.instance.get("/db").status == 200)

    def test_says_that_the_certificate_is_not_of_rds_and_gives_nobody_the_password_without_a_bundle(
        self, running: Environment, trusted: authority.Authority
    ) -> None:
        bundle = running.instance.root / "etc/app/rds-ca.pem"
        bundle.write_bytes(authority.make("somebody else").certificate_pem)
        refused = running.instance.get("/db")
        bundle.unlink()
        unknown = running.instance.get("/db")
        bundle.write_bytes(trusted.certificate_pem)

        assert refused.status == 503
        assert "certificate verify failed" in running.instance.text("var/log/app.service.log")
        assert unknown.status == 503
        assert str(unknown.fields["reason"]).startswith("there is no bundle of RDS's authorities")

    def test_says_that_the_secret_cannot_be_read(self, running: Environment) -> None:
        settings = running.instance.root / "etc/app/app.env"
        before = settings.read_text()
        settings.write_text(before.replace(running.secret_arn, f"{running.secret_arn}-gone"))
        answer = running.instance.get("/db")
        settings.write_text(before)

        assert answer.status == 503
        assert answer.fields["reason"] == "the secret cannot be read (ResourceNotFoundException)"


class TestRotation:
    def test_costs_no_answer_and_no_restart(self, running: Environment) -> None:
        # A new process: the one before may have seen a wrong password less than two seconds ago.
        running.instance.run("systemctl", "restart", "app.service")
        assert simulator.wait_for(lambda: running.instance.get("/db").status == 200)
        before = running.instance.main_process("app.service")
        running.keep(running.new_password())

        answer = running.instance.get("/db")

        assert (answer.status, answer.fields["status"]) == (200, "ok")
        assert running.instance.main_process("app.service") == before

import io
import json
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from portal.management import cli
from provisioner import audit, encryption
from provisioner.database import triggers
from provisioner.models import AuditEntry, CloudAccount, Environment, Run, StateVersion, Team
from provisioner.run_status import RunStatus
from tests.support import stage


def call(*arguments: str) -> str:
    out = io.StringIO()
    call_command(*arguments, stdout=out)
    return out.getvalue()


@pytest.fixture
def _stage(ada: Any, alice: Any, account: CloudAccount, shop: Team) -> None:
    """An admin, a member, an account, a team."""


@pytest.mark.usefixtures("_stage")
class TestOrder:
    def test_orders_in_the_first_admins_name_for_the_first_team(self) -> None:
        output = call(
            "order", "boxes", "--name", "web-9", "--set", "colour=blue", "--set", "count_of_boxes=4"
        )

        run = Run.objects.get()
        assert str(run.pk) in output
        assert (run.requested_by.username, run.environment.team.slug) == ("ada", "shop")
        assert (run.inputs["colour"], run.inputs["count_of_boxes"]) == ("blue", 4)
        entry = AuditEntry.objects.filter(action="environment.order").get()
        assert (entry.actor, entry.user_agent) == ("ada", "manage.py order")

    def test_orders_in_the_given_name_and_size(self) -> None:
        call("order", "boxes", "--name", "web-9", "--as", "alice", "--size", "guarded")

        run = Run.objects.get()
        assert (run.requested_by.username, run.size, run.approval) == ("alice", "guarded", "person")

    @pytest.mark.parametrize(
        ("arguments", "sentence"),
        [
            (["no-such", "--name", "web-9"], "Available: boxes"),
            (["boxes", "--name", "X"], "name: "),
            (["boxes", "--name", "web-9", "--set", "colour=green"], "colour: "),
            (["boxes", "--name", "web-9", "--set", "color=red"], "Did you mean colour?"),
            (["boxes", "--name", "web-9", "--set", "colour"], "KEY=VALUE"),
            (["boxes", "--name", "web-9", "--set", "colour=red", "--set", "colour=blue"], "given twice"),
            (["boxes", "--name", "web-9", "--size", "huge"], "small"),
            (["boxes", "--name", "web-9", "--account", "mars"], "Available: simulated"),
            (["boxes", "--name", "web-9", "--team", "mars"], "Available: shop"),
            (["boxes", "--name", "web-9", "--as", "nobody"], "no active person called nobody"),
        ],
    )
    def test_refuses_in_plain_sentences(self, arguments: list[str], sentence: str) -> None:
        with pytest.raises(CommandError, match=sentence.replace("?", r"\?")):
            call("order", *arguments)

        assert not Environment.objects.exists()


class TestOrderOnAFreshPortal:
    def test_says_how_to_make_the_first_admin(self, db: None) -> None:
        with pytest.raises(CommandError, match=r"manage\.py person NAME --role admin"):
            call("order", "boxes", "--name", "web-9")

    def test_finds_the_simulated_account_by_itself(self, ada: Any, shop: Team) -> None:
        call("order", "boxes", "--name", "web-9")

        assert CloudAccount.objects.get().slug == "simulated"


class TestWatching:
    def test_prints_each_event_with_time_phase_and_message(self, applied_run: Run) -> None:
        output: list[str] = []

        run = cli.watch(applied_run, write=output.append)

        assert run.status == RunStatus.APPLIED
        assert len(output) == applied_run.last_seq
        assert output[0][8:].split() == ["apply", "Ordered."]

    def test_ends_where_a_person_is_needed(self, environment: Environment) -> None:
        doubtful = stage.run(environment, status=RunStatus.NEEDS_ATTENTION)

        assert cli.watch(doubtful, write=lambda text: None).status == RunStatus.NEEDS_ATTENTION

    def test_passes_no_control_sequence_on_to_the_terminal(self, environment: Environment) -> None:
        run = stage.run(environment, status=RunStatus.PLANNING)
        stage.say(run, "\x1b]0;owned\x07 \x9b31m red")
        stage.move(run, RunStatus.FAILED)
        output: list[str] = []

        cli.watch(run, write=output.append)

        assert any("red" in text for text in output)
        assert not any(letter in text for text in output for letter in "\x1b\x07\x9b")


class TestDestroy:
    def test_asks_for_it(self, ada: Any, environment: Environment) -> None:
        call("destroy", "web-1")

        run = Run.objects.get()
        assert (run.kind, run.requested_by.username) == ("destroy", "ada")

    @pytest.mark.parametrize(("person", "sentence"), [("mallory", "There is no"), ("audrey", "not destroy")])
    def test_is_refused_to_who_may_not(
        self, mallory: Any, audrey: Any, environment: Environment, person: str, sentence: str
    ) -> None:
        with pytest.raises(CommandError, match=sentence):
            call("destroy", "web-1", "--as", person)

        assert not Run.objects.exists()

    def test_of_what_is_gone_says_so(self, ada: Any, alice: Any, shop: Team, account: CloudAccount) -> None:
        stage.environment(owner=alice, team=shop, account=account, status="destroyed")

        with pytest.raises(CommandError, match="It has been destroyed"):
            call("destroy", "web-1")

    def test_while_a_run_is_active_names_it(self, ada: Any, planned_run: Run) -> None:
        with pytest.raises(CommandError, match="run 1 of this environment, which is waiting for approval"):
            call("destroy", "web-1")


class TestChange:
    def test_plans_it_again_without_a_change(self, ada: Any, environment: Environment) -> None:
        call("change", "web-1")

        run = Run.objects.get()
        assert run.kind == "update"
        assert encryption.decrypted(run.inputs).items() >= environment.inputs.items()

    def test_to_another_size_brings_its_values(self, ada: Any, environment: Environment) -> None:
        call("change", "web-1", "--size", "guarded", "--set", "label=mine")

        run = Run.objects.get()
        assert (run.size, run.inputs["count_of_boxes"], run.inputs["label"]) == ("guarded", 4, "mine")

    def test_names_a_wrong_value_by_its_field(self, ada: Any, environment: Environment) -> None:
        with pytest.raises(CommandError, match="no_such_input"):
            call("change", "web-1", "--set", "no_such_input=1")

        assert not Run.objects.exists()

    def test_is_refused_to_who_may_only_look(self, audrey: Any, environment: Environment) -> None:
        with pytest.raises(CommandError, match="Not changed"):
            call("change", "web-1", "--as", "audrey")


class TestOneNameInTwoAccounts:
    @pytest.fixture(autouse=True)
    def _namesakes(self, ada: Any, environment: Environment, alice: Any, shop: Team) -> None:
        second = CloudAccount.objects.create(slug="second", title="Second", kind="aws", region="eu-west-1")
        stage.environment(owner=alice, team=shop, account=second, name=environment.name)

    @pytest.mark.parametrize("command", ["destroy", "change", "state"])
    def test_is_never_picked_by_chance(self, command: str) -> None:
        with pytest.raises(CommandError, match=r"Use --account with one of: second, simulated\."):
            call(command, "web-1")

        assert not Run.objects.exists()

    @pytest.mark.parametrize("command", ["destroy", "change"])
    def test_is_reported_by_the_account(self, command: str) -> None:
        call(command, "web-1", "--account", "second")

        assert Run.objects.get().environment.account.slug == "second"

    def test_in_a_third_is_not_found(self) -> None:
        with pytest.raises(CommandError, match=r"no environment called web-1 in account third\."):
            call("state", "web-1", "--account", "third")

    def test_of_which_one_is_gone_is_no_question(self) -> None:
        Environment.objects.filter(account__slug="second").update(status="destroyed")

        assert "no state yet" in call("state", "web-1")


class TestAudit:
    def test_the_old_name_of_audit_works_and_prints_a_warning(
        self, planned_run: Run, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert call("trail", "verify") == call("audit", "verify")
        assert "`manage.py trail` is now `manage.py audit`" in capsys.readouterr().err

    def test_verify_counts_the_entries(self, planned_run: Run) -> None:
        output = call("audit", "verify")

        assert f"{AuditEntry.objects.count()} entries" in output

    @pytest.mark.django_db(transaction=True)
    def test_verify_finds_an_entry_that_was_altered(self, planned_run: Run) -> None:
        from django.db import connection

        triggers.remove(connection, operation="UPDATE")
        try:
            AuditEntry.objects.filter(seq=1).update(actor="somebody else")
        finally:
            triggers.remove(connection)
            triggers.install(connection)
            triggers.remove(connection, operation="DELETE")

        with pytest.raises(CommandError, match="entry 1 was modified"):
            call("audit", "verify")

    def test_export_is_verifiable_by_anybody(self, planned_run: Run) -> None:
        import hashlib

        lines = call("audit", "export").splitlines()

        previous = "0" * 64
        for line in lines:
            entry = json.loads(line)
            content = {name: value for name, value in entry.items() if name != "hash"}
            text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
            assert entry["previous_hash"] == previous
            assert entry["hash"] == hashlib.sha256(text.encode()).hexdigest()
            previous = entry["hash"]
        assert json.loads(lines[-1])["action"] == "audit.export"

    def test_export_as_csv_holds_no_formula(self, db: None) -> None:
        audit.record("test", subject=audit.Subject(type="environment", name="=HYPERLINK(1)"))

        output = call("audit", "export", "--format", "csv")

        assert output.startswith("seq,at,actor")
        assert "'=HYPERLINK" in output


class TestToken:
    def test_prints_one_that_opens_the_api(self, alice: Any) -> None:
        token = call("token", "alice").strip()

        response = Client().get("/api/v1/environments/", headers={"authorization": f"Bearer {token}"})
        assert response.status_code == 200

    def test_for_nobody_is_refused(self, db: None) -> None:
        with pytest.raises(CommandError, match="no active person"):
            call("token", "nobody")


class TestState:
    def test_shows_versions_and_resources(self, ada: Any, applied_run: Run) -> None:
        StateVersion.objects.create(
            environment=applied_run.environment,
            run=applied_run,
            version_id="v-1",
            serial=7,
            lineage="l",
            size_bytes=1234,
            written_at=timezone.now(),
            resources=[{"address": "terraform_data.box[0]", "type": "terraform_data", "id": "abc"}],
        )

        output = call("state", "web-1")

        assert "serial 7" in output
        assert "terraform_data.box[0]  abc" in output

    def test_before_the_first_apply_says_so(self, ada: Any, environment: Environment) -> None:
        assert "no state yet" in call("state", "web-1")


@pytest.mark.usefixtures("_stage")
class TestPerson:
    def person(self, name: str) -> Any:
        return get_user_model().objects.get(username=name)

    def test_is_made_with_role_and_team_and_a_password_shown_once(self) -> None:
        output = call("person", "nora", "--role", "operator", "--team", "shop", "--team", "new-team")

        nora = self.person("nora")
        password = output.split("Password of nora: ")[1].splitlines()[0]
        assert nora.check_password(password)
        assert (nora.role, sorted(nora.teams.values_list("slug", flat=True))) == (
            "operator",
            ["new-team", "shop"],
        )
        entry = AuditEntry.objects.order_by("-seq")[0]
        assert (entry.action, entry.object_name) == ("person.change", "nora")
        assert password not in str(entry.details)

    def test_that_is_disabled_stays_so_until_somebody_says_otherwise(self) -> None:
        call("person", "alice", "--disable")

        output = call("person", "alice", "--role", "auditor")
        assert (self.person("alice").is_active, self.person("alice").role) == (False, "auditor")
        assert "disabled" in output

        call("person", "alice", "--enable")
        assert self.person("alice").is_active

    def test_keeps_the_password_unless_a_new_one_is_asked_for(self) -> None:
        assert "Password" not in call("person", "alice", "--role", "member")
        assert "Password of alice: " in call("person", "alice", "--new-password")

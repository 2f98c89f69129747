import json
from datetime import UTC, datetime

import pytest

from provisioner.terraform import stream


def line(**content: object) -> bytes:
    head = {"@level": "info", "@message": "text", "@module": "terraform.ui"}
    return json.dumps(head | {"@timestamp": "2026-11-23T10:00:00.123456Z"} | content).encode() + b"\n"


RESOURCE = {"addr": "aws_vpc.main", "resource_type": "aws_vpc", "resource_name": "main", "resource_key": None}


class TestEveryMessage:
    def test_keeps_its_text_level_and_time(self) -> None:
        message = stream.parse(line(**{"@message": "Creating...", "@level": "warn", "type": "apply_start"}))

        assert (message.type, message.level, message.message) == ("apply_start", "warn", "Creating...")
        assert message.at == datetime(2026, 11, 23, 10, 0, 0, 123456, tzinfo=UTC)

    @pytest.mark.parametrize(
        ("written", "understood"),
        [
            ("2026-11-23T10:00:00Z", datetime(2026, 11, 23, 10, tzinfo=UTC)),
            ("2026-11-23T12:00:00.5+02:00", datetime(2026, 11, 23, 10, 0, 0, 500000, tzinfo=UTC)),
            ("2026-11-23T10:00:00.123456789Z", datetime(2026, 11, 23, 10, 0, 0, 123456, tzinfo=UTC)),
            ("2026-11-23T10:00:00", None),
            ("0001-01-01T00:00:00+10:00", None),
            ("soon", None),
            (7, None),
        ],
    )
    def test_has_its_time_in_utc_or_none(self, written: object, understood: datetime | None) -> None:
        assert stream.parse(line(**{"@timestamp": written})).at == understood

    def test_of_an_unknown_type_is_kept_as_text(self) -> None:
        message = stream.parse(line(type="brand_new", **{"@message": "something new", "secret": 1}))

        assert (message.type, message.message, message.data) == ("brand_new", "something new", {})

    def test_without_a_type_is_a_log_line(self) -> None:
        assert stream.parse(b'{"@message": "hello"}').type == "log"


class TestVersion:
    def test_1_x_is_supported(self) -> None:
        message = stream.parse(line(type="version", terraform="1.11.4", ui="1.2", more="ignored"))

        assert message.data == {"terraform": "1.11.4", "ui": "1.2"}

    def test_of_opentofu_is_supported(self) -> None:
        assert stream.parse(line(type="version", tofu="1.10.0", ui="1.2")).data["terraform"] == "1.10.0"

    @pytest.mark.parametrize("ui", ["2.0", "0.1", "", None, 1, "10.0"])
    def test_of_another_major_version_is_rejected(self, ui: object) -> None:
        with pytest.raises(stream.UnsupportedStream, match="reads version 1"):
            stream.parse(line(type="version", terraform="9", ui=ui))


class TestResources:
    @pytest.mark.parametrize("kind", ["planned_change", "resource_drift"])
    def test_that_are_planned_have_an_action_and_a_reason(self, kind: object) -> None:
        change = {"resource": RESOURCE, "action": "replace", "reason": "tainted"}

        message = stream.parse(line(type=kind, change=change))

        assert message.resource == "aws_vpc.main"
        assert message.data == {"action": "replace", "resource_type": "aws_vpc", "reason": "tainted"}

    def test_that_are_moved_or_imported_have_their_source(self) -> None:
        change = {"resource": RESOURCE, "action": "move", "previous_resource": {"addr": "aws_vpc.old"}}

        message = stream.parse(line(type="planned_change", change=change | {"importing": {"id": "vpc-1"}}))

        assert (message.data["previous"], message.data["import_id"]) == ("aws_vpc.old", "vpc-1")

    def test_that_are_only_removed_from_the_state_are_forgotten(self) -> None:
        message = stream.parse(line(type="planned_change", change={"resource": RESOURCE, "action": "remove"}))

        assert message.data["action"] == "forget"

    def test_that_are_created_have_their_duration_and_id(self) -> None:
        hook = {
            "resource": RESOURCE,
            "action": "create",
            "id_key": "id",
            "id_value": "vpc-1",
            "elapsed_seconds": 12.0,
        }

        message = stream.parse(line(type="apply_complete", hook=hook))

        assert message.resource == "aws_vpc.main"
        assert message.data == {
            "action": "create",
            "elapsed_seconds": 12,
            "id_key": "id",
            "id_value": "vpc-1",
            "resource_type": "aws_vpc",
        }
        assert isinstance(message.data["elapsed_seconds"], int)

    @pytest.mark.parametrize(
        "kind",
        [
            *("apply_start", "apply_progress", "apply_errored", "refresh_start", "refresh_complete"),
            *("provision_start", "provision_progress", "provision_complete", "provision_errored"),
            *("ephemeral_op_start", "ephemeral_op_progress", "ephemeral_op_complete", "ephemeral_op_errored"),
        ],
    )
    def test_are_named_in_every_message_about_them(self, kind: object) -> None:
        message = stream.parse(line(type=kind, hook={"resource": RESOURCE, "provisioner": "local-exec"}))

        assert message.resource == "aws_vpc.main"
        assert message.data == {"resource_type": "aws_vpc", "provisioner": "local-exec"}

    def test_with_an_infinite_number_can_be_stored(self) -> None:
        raw = b'{"type": "apply_progress", "@message": "", "hook": {"elapsed_seconds": 1e999}}'

        message = stream.parse(raw)

        assert json.loads(json.dumps(message.data, allow_nan=False)) == {"elapsed_seconds": "1e999"}


class TestSummary:
    def test_has_counts_and_the_operation(self) -> None:
        changes = {"add": 3, "change": 0, "remove": 1, "import": 0, "operation": "plan", "new": 4}

        message = stream.parse(line(type="change_summary", changes=changes))

        assert message.data == {"add": 3, "change": 0, "remove": 1, "import": 0, "operation": "plan"}


class TestOutputs:
    def test_have_values_only_if_they_are_marked_as_not_sensitive(self) -> None:
        outputs = {
            "url": {"sensitive": False, "type": "string", "value": "http://a"},
            "password": {"sensitive": True, "type": "string", "value": "hunter2"},
            "unclear": {"type": "string", "value": "hunter3"},
        }

        message = stream.parse(line(type="outputs", outputs=outputs))

        assert message.data["outputs"] == {
            "url": {"sensitive": False, "type": "string", "value": "http://a"},
            "password": {"sensitive": True, "type": "string"},
            "unclear": {"sensitive": True, "type": "string"},
        }
        assert "hunter" not in repr(message)


class TestDiagnostic:
    def test_has_its_text_its_place_and_the_source_line(self) -> None:
        diagnostic = {
            "severity": "error",
            "summary": "Invalid CIDR",
            "detail": "10.0.0.0/99 is none.",
            "address": "aws_vpc.main",
            "range": {"filename": "main.tf", "start": {"line": 7, "column": 3, "byte": 90}, "end": {}},
            "snippet": {
                "context": 'resource "aws_vpc" "main"',
                "code": "cidr = x",
                "start_line": 7,
                "values": [],
            },
        }

        message = stream.parse(line(type="diagnostic", diagnostic=diagnostic, **{"@level": "info"}))

        assert (message.level, message.resource) == ("error", "aws_vpc.main")
        assert (message.data["filename"], message.data["line"]) == ("main.tf", 7)
        assert message.data["detail"] == "10.0.0.0/99 is none."
        assert message.data["snippet"] == diagnostic["snippet"]

    def test_without_a_place_is_accepted(self) -> None:
        message = stream.parse(line(type="diagnostic", diagnostic={"severity": "warning", "summary": "Old"}))

        assert message.level == "warn"
        assert message.data == {"severity": "warning", "summary": "Old"}


class TestStepMessages:
    def test_of_the_shepherd_have_step_code_and_seconds(self) -> None:
        message = stream.parse(line(type="step_end", phase="plan", step="init", exit_code=0, seconds=1.25))

        assert message.phase == "plan"
        assert message.data == {"step": "init", "exit_code": 0, "seconds": 1.25}

    def test_of_init_have_their_code(self) -> None:
        message = stream.parse(line(type="init_output", message_code="output_init_success_message"))

        assert message.data == {"code": "output_init_success_message"}


class TestPlainText:
    @pytest.mark.parametrize("raw", [b"hello", b"[1, 2]", b'"x"', b"{", b"17", b"", b'{"a": 1}', b"null"])
    def test_is_kept_unchanged(self, raw: bytes) -> None:
        message = stream.parse(raw + b"\r\n")

        assert (message.type, message.level, message.message) == ("text", "info", raw.decode())

    @pytest.mark.parametrize(
        ("raw", "level"),
        [
            ("Error: no backend", "error"),
            ("│ Error: no", "error"),
            ("panic: oh", "error"),
            ("│ Warning: old", "warn"),
            ("Errors are", "info"),
        ],
    )
    def test_of_an_error_or_a_warning_has_its_level(self, raw: str, level: str) -> None:
        assert stream.parse(raw.encode()).level == level

    def test_loses_nul_and_broken_utf8_but_nothing_else(self) -> None:
        message = stream.parse(b"a\0b\xff\xc3\xa9\x1b[31mred")

        assert message.message == "a\ufffdb\ufffdé\x1b[31mred"

    def test_in_json_loses_nul_and_lone_surrogates(self) -> None:
        message = stream.parse(b'{"@message": "a\\u0000b\\ud800c", "type": "log"}')

        assert message.message == "a\ufffdb\ufffdc"

    def test_over_a_mebibyte_is_truncated_with_a_mark(self) -> None:
        message = stream.parse(line(**{"@message": "x" * (2 << 20), "type": "log"}))

        assert message.message.endswith(" ... [truncated: 1048576 characters left out]")
        assert len(message.message) < (1 << 20) + 100

    @pytest.mark.parametrize(
        "raw", [b"[" * 100_000, b'{"a":' * 100_000, b'{"type":"log","x":' + b"9" * 5000 + b"}"]
    )
    def test_is_the_type_of_json_that_is_nested_too_deep(self, raw: bytes) -> None:
        assert stream.parse(raw).type == "text"


class TestStateDump:
    DUMP = {"version": 4, "lineage": "abc", "resources": [{"password": "canary-91"}]}

    def test_is_only_in_the_emergency_state(self) -> None:
        raw = line(type="log", state=self.DUMP, **{"@message": "Emergency state dump"})

        message = stream.parse(raw)

        assert (message.type, message.level, message.data) == ("state_dump", "error", {})
        assert message.emergency_state == raw.rstrip()
        assert "canary-91" not in message.message
        assert "canary-91" not in repr(message)

    @pytest.mark.parametrize("kind", ["apply_start", "outputs", "unheard_of", 5, None])
    def test_is_recognized_under_any_type(self, kind: object) -> None:
        assert stream.parse(line(type=kind, state=None)).type == "state_dump"

    def test_is_recognized_without_a_type_and_in_a_truncated_line(self) -> None:
        whole = line(type="log", state=self.DUMP)

        cut = stream.parse(whole[:-30] + b" ... [truncated: 30 bytes left out]")

        assert cut.type == "state_dump"
        assert "canary" not in cut.message
        assert stream.parse(b'{"state": {"password": "canary-91"}}').type == "state_dump"

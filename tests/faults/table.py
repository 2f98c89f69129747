"""The sixty faults, and the tests which show that they do no damage.

`SHOWN_ELSEWHERE` names tests in other folders; tests in this folder are marked `fault(number)`. `make faults`
reports a fault without a test. Tests marked `mutation(number)` remove the protection described in
`MUTATIONS`: they pass if the fault then does damage and the checks find it.
"""

MUTATIONS = {
    1: "Terraform writes into a pipe instead of a file",
    4: "the kernel's lock is not checked for living processes",
    5: "it is not checked whether the plan has been applied before",
    9: "it is not checked whether another worker has claimed the run",
    23: "viewers rely on change notifications only",
    30: "leases are trusted immediately after an outage",
}

TITLES = {
    1: "worker's main process SIGKILLed during the apply",
    2: "a process of the worker's pool SIGKILLed",
    3: "worker and shepherd SIGKILLed, Terraform alive",
    4: "Terraform SIGKILLed, its local-exec child alive",
    5: "the whole tree SIGKILLed before the first state write",
    6: "all workers dead, back after the apply ended",
    7: "the host restarts",
    8: "a worker without memory",
    9: "worker SIGSTOPped past its lease, then SIGCONT",
    10: "graceful deploy during an apply",
    11: "death between commit and publish",
    12: "one message delivered fifty times",
    13: "an old message after the run's end",
    14: "two people click Apply at once",
    15: "double click, resubmit, back button",
    16: "approve and discard at once",
    17: "cancel and finish at once",
    18: "cancel during the apply",
    19: "cancel clicked ten times",
    20: "Terraform ignores SIGINT",
    21: "the deadline passes",
    22: "Redis SIGKILLed and empty afterwards while runs are queued",
    23: "Redis down during an apply with browsers open",
    24: "Redis accepts and never answers",
    25: "Redis FLUSHALL repeatedly",
    26: "the worker's broker connection killed twenty times",
    27: "a WebSocket idle for 20 s",
    28: "PostgreSQL SIGKILLed during the apply",
    29: "all database connections terminated every second",
    30: "the housekeeping runs as soon as the database is back",
    31: "the database read-only",
    32: "a deadlock or serialization failure in ingest",
    33: "browser offline for 60 s during 50,000 lines",
    34: "twenty reloads during an apply",
    35: "a browser that never reads",
    36: "200 viewers reconnect at once",
    37: "web process SIGKILLed",
    38: "NUL, broken UTF-8, long line, no newline, no JSON, unknown type, other major version",
    39: "1,000,000 lines",
    40: "the run directory's disk is full",
    41: "the bucket answers 500 or 503 for a while",
    42: "the bucket is gone at the end",
    43: "the bucket is gone and the run directory not writable",
    44: "credentials expire during the apply",
    45: "the state is locked by somebody else",
    46: "our stale lock replaced by a foreign one meanwhile",
    47: "the state changed outside between plan and apply",
    48: "the plan file altered on disk",
    49: "init of eight runs at once",
    50: "no beat; two control workers",
    51: "two housekeepings at the same time",
    52: "the worker's clock jumps by ten minutes",
    53: "the audit trail cannot be written",
    54: "an audit entry edited or deleted by SQL",
    55: "a WebSocket of another site",
    56: "the id of another team's run on every route",
    57: "role removed, logout or account disabled while streaming",
    58: "form values that look like Terraform, flags or paths",
    59: "a template that prints its environment",
    60: "a secret printed plain, in base64, across two blocks",
}

SHOWN_ELSEWHERE: dict[int, tuple[str, ...]] = {
    3: (
        "tests/provisioner/worker/test_lost_workers.py::TestApply::"
        "test_whose_shepherd_died_too_is_judged_by_terraforms_output",
        "tests/provisioner/terraform/test_real_terraform.py::TestDeath::"
        "test_of_the_shepherd_lets_real_terraform_finish_and_save_its_state",
    ),
    5: (
        "tests/provisioner/worker/test_lost_workers.py::TestApply::"
        "test_that_was_killed_completely_needs_attention_and_is_never_applied_again",
    ),
    6: (
        "tests/provisioner/worker/test_lost_workers.py::TestApply::test_that_ended_without_a_worker_is_stored_completely",
    ),
    9: (
        "tests/provisioner/worker/test_lost_workers.py::TestApply::test_is_not_changed_by_a_worker_that_wakes_up",
    ),
    10: (
        "tests/provisioner/worker/test_celery_worker.py::"
        "test_a_run_whose_worker_ends_during_its_apply_is_applied_once_and_misses_no_event[stop]",
    ),
    11: (
        "tests/provisioner/scheduling/test_queue.py::TestDispatch::test_repeats_a_lost_message_with_growing_intervals",
    ),
    14: (
        "tests/provisioner/worker/test_races.py::test_the_second_of_two_changes_gets_the_run_of_the_first",
        "tests/portal/api/test_orders.py::TestDestroy::test_is_a_conflict_while_a_run_is_active",
    ),
    15: ("tests/provisioner/worker/test_races.py::test_a_double_click_is_one_order",),
    16: ("tests/provisioner/worker/test_races.py::test_either_an_approval_or_a_discard_succeeds",),
    18: (
        "tests/provisioner/worker/test_execution.py::TestCancel::"
        "test_during_the_apply_interrupts_once_and_names_resources_in_flight",
        "tests/provisioner/terraform/test_real_terraform.py::TestCancel::test_of_a_real_apply_saves_the_state_with_incomplete_resources",
    ),
    19: (
        "tests/provisioner/terraform/test_stopping.py::TestRequestStop::test_ten_times_sends_one_interrupt",
    ),
    20: (
        "tests/provisioner/terraform/test_stopping.py::TestRequestStop::test_without_effect_is_reported_as_still_stopping_and_not_repeated",
    ),
    21: (
        "tests/provisioner/worker/test_execution.py::TestCancel::test_at_the_deadline_says_so",
        "tests/provisioner/terraform/test_real_terraform.py::TestCancel::test_by_the_deadline_does_the_same",
    ),
    28: (
        "tests/provisioner/database/test_database_killed.py::test_no_line_is_lost_when_the_database_is_killed",
        "tests/portal/live/test_database_away.py::test_an_open_socket_reports_it_and_misses_no_event",
        "tests/portal/monitoring/test_health.py::TestWithoutADatabase::test_a_signed_in_person_gets_a_503_page",
    ),
    32: ("tests/provisioner/worker/test_ingestion.py::TestWithoutADatabase::test_waits_for_the_database",),
    35: ("tests/portal/live/test_socket.py::TestAcknowledgment::test_limits_how_far_the_server_is_ahead",),
    38: (
        "tests/provisioner/terraform/test_stream_properties.py::test_any_bytes_become_a_message_that_can_be_stored",
        "tests/provisioner/worker/test_ingestion.py::test_stores_lines_that_a_database_would_reject",
        "tests/provisioner/worker/test_ingestion.py::test_every_line_becomes_one_event_even_without_a_final_newline",
        "tests/provisioner/worker/test_ingestion.py::test_an_unsupported_major_version_is_reported_and_stopped",
        "tests/provisioner/terraform/test_tail.py::TestTail::test_truncates_a_long_line_with_a_mark_and_keeps_its_offset",
    ),
    40: ("tests/provisioner/terraform/test_survival.py::TestFullDisk::test_does_not_lose_exit_json",),
    43: (
        "tests/provisioner/terraform/test_emergency.py::TestStateThatCannotBeSaved::test_anywhere_is_only_in_the_emergency_state_dump",
    ),
    46: (
        "tests/provisioner/worker/test_remediation.py::TestUnlock::test_deletes_only_the_content_that_it_read",
    ),
    48: (
        "tests/provisioner/worker/test_execution.py::TestApproval::test_a_plan_altered_on_disk_is_never_applied",
    ),
    51: ("tests/provisioner/worker/test_housekeeping.py::TestPass::test_is_run_by_one_process_at_a_time",),
    54: (
        "tests/portal/management/test_commands.py::TestAudit::test_verify_finds_an_entry_that_was_altered",
        "tests/provisioner/runs/test_lifecycle.py::TestTriggers::test_the_audit_trail_is_append_only",
    ),
    55: (
        "tests/portal/live/test_real_server.py::TestOrigin::test_of_another_site_is_refused_in_the_handshake",
    ),
    56: (
        "tests/portal/test_access_matrix.py::TestRoutesWithAnObject::test_allow_what_the_matrix_says",
        "tests/portal/live/test_socket.py::TestHandshake::test_of_a_person_outside_the_team_closes_with_4404_and_is_audited",
    ),
    57: (
        "tests/portal/live/test_socket.py::TestOpenSocket::test_closes_when_the_person_may_no_longer_watch",
        "tests/portal/live/test_socket.py::TestOpenSocket::test_closes_when_the_person_loses_the_role_that_allowed_it",
    ),
    58: (
        "tests/provisioner/terraform/test_real_terraform.py::TestApply::test_passes_every_value_as_text_never_as_an_expression_or_a_flag",
        "tests/provisioner/terraform/test_arguments.py::TestArguments::test_have_no_place_for_a_value_that_a_person_typed",
    ),
    59: (
        "tests/provisioner/terraform/test_environment.py::TestBuild::test_gives_terraform_what_it_needs_and_no_secret_of_the_portal",
        "tests/provisioner/terraform/test_environment.py::TestBuild::test_keeps_the_portals_environment_out_of_the_shepherds_proc_entry",
    ),
    60: (
        "tests/provisioner/worker/test_execution.py::TestCreate::"
        "test_shows_no_secret_and_no_output_that_the_blueprint_does_not_declare",
        "tests/provisioner/terraform/test_redaction.py::TestMask::test_finds_a_secret_in_every_usual_form",
        "tests/provisioner/worker/test_ingestion.py::test_secrets_are_masked_before_they_are_stored",
    ),
}

from typing import Any

import pytest
from botocore.exceptions import ClientError
from botocore.parsers import ResponseParserError

from tests.simulator.server import Account

# One action that moto lacks for each protocol: EC2's and the query protocol's XML, JSON; an unknown service.
ASKED = [
    pytest.param("ec2", "describe_network_insights_paths", {}, id="ec2"),
    pytest.param("rds", "describe_pending_maintenance_actions", {}, id="query"),
    pytest.param("ssm", "describe_activations", {}, id="json"),
    pytest.param("pricing", "describe_services", {}, id="unknown service"),
]


class TestActionThatMotoLacks:
    @pytest.mark.parametrize(("service", "action", "parameters"), ASKED[:3])
    def test_is_a_server_error_in_moto_alone(
        self, moto_alone: Account, service: str, action: str, parameters: dict[str, Any]
    ) -> None:
        # For boto3 the HTML page is either not XML at all or an error without a name.
        with pytest.raises((ResponseParserError, ClientError), match="500"):
            getattr(moto_alone.client(service), action)(**parameters)

    @pytest.mark.parametrize(("service", "action", "parameters"), ASKED)
    def test_is_refused_at_once_in_ours(
        self, account: Account, service: str, action: str, parameters: dict[str, Any]
    ) -> None:
        with pytest.raises(ClientError) as refusal:
            getattr(account.client(service), action)(**parameters)

        response = refusal.value.response
        assert response["ResponseMetadata"]["HTTPStatusCode"] == 400
        assert response["ResponseMetadata"]["RetryAttempts"] == 0
        assert response["Error"]["Code"] == "InvalidAction"

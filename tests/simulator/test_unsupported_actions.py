import pytest
from botocore.exceptions import ClientError
from botocore.parsers import ResponseParserError

from simulator.json_types import JsonObject
from tests.simulator.server import Account

# An action that moto lacks for each protocol (EC2's XML, query XML, JSON), and an unknown service.
ACTIONS = [
    pytest.param("ec2", "describe_network_insights_paths", {}, id="ec2"),
    pytest.param("rds", "describe_pending_maintenance_actions", {}, id="query"),
    pytest.param("ssm", "describe_activations", {}, id="json"),
    pytest.param("pricing", "describe_services", {}, id="unknown service"),
]


class TestUnsupportedAction:
    @pytest.mark.parametrize(("service", "action", "parameters"), ACTIONS[:3])
    def test_is_a_server_error_in_plain_moto(
        self, plain_moto: Account, service: str, action: str, parameters: JsonObject
    ) -> None:
        # boto3 finds in the HTML page either no XML or an error without a code.
        with pytest.raises((ResponseParserError, ClientError), match="500"):
            getattr(plain_moto.client(service), action)(**parameters)

    @pytest.mark.parametrize(("service", "action", "parameters"), ACTIONS)
    def test_is_rejected_without_retries(
        self, account: Account, service: str, action: str, parameters: JsonObject
    ) -> None:
        with pytest.raises(ClientError) as caught:
            getattr(account.client(service), action)(**parameters)

        response = caught.value.response
        assert response["ResponseMetadata"]["HTTPStatusCode"] == 400
        assert response["ResponseMetadata"]["RetryAttempts"] == 0
        assert response["Error"]["Code"] == "InvalidAction"

"""A gateway endpoint that is given other route tables has its route in these, and in no others."""

from typing import Any

from moto.ec2.models import EC2Backend

from provisioner.simulator.patches import replacing


def apply() -> None:
    @replacing.wrap(EC2Backend, "modify_vpc_endpoint")
    def modify_vpc_endpoint(original: replacing.Method, self: Any, **wanted: Any) -> None:
        # moto only notes the tables. Deleting the endpoint then looks for routes that nobody made, and fails.
        [endpoint] = self.describe_vpc_endpoints(vpc_end_point_ids=[wanted["vpc_id"]])
        for table_id in [*wanted["add_route_tables"], *wanted["remove_route_tables"]]:
            self.get_route_table(table_id)  # raises for an unknown one before anything changed
        before = set(endpoint.route_table_ids)
        original(self, **wanted)
        if endpoint.destination_prefix_list_id:
            _move_routes(self, endpoint, before=before, after=set(endpoint.route_table_ids))


def _move_routes(ec2: Any, endpoint: Any, *, before: set[str], after: set[str]) -> None:
    prefix_list = endpoint.destination_prefix_list_id
    for table_id in after - before:
        ec2.create_route(table_id, None, gateway_id=endpoint.id, destination_prefix_list_id=prefix_list)
    for table_id in before - after:
        ec2.delete_route(table_id, prefix_list)

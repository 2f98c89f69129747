"""Changing an endpoint moves its resources: a gateway endpoint's routes to the new route tables, an interface
endpoint's network interfaces to the new subnets.
"""

from typing import Any

from moto.ec2.models import EC2Backend

from simulator.patches import patching


def apply() -> None:
    @patching.wrap(EC2Backend, "modify_vpc_endpoint")
    def modify_vpc_endpoint(original: patching.Method, self: EC2Backend, **wanted: Any) -> None:
        # moto only stores the ids of the tables and subnets. Later it fails to delete a gateway endpoint,
        # because the routes do not exist. An interface endpoint's interfaces stay in the old subnets.
        [endpoint] = self.describe_vpc_endpoints(vpc_end_point_ids=[wanted["vpc_id"]])
        for table_id in [*wanted["add_route_tables"], *wanted["remove_route_tables"]]:
            self.get_route_table(table_id)  # raises for an unknown table before anything changes
        for subnet_id in wanted["add_subnets"]:
            self.get_subnet(subnet_id)
        before = set(endpoint.route_table_ids)
        original(self, **wanted)
        if endpoint.destination_prefix_list_id:
            _move_routes(self, endpoint, before=before, after=set(endpoint.route_table_ids))
        if (endpoint.vpc_endpoint_type or "").lower() == "interface":
            _move_interfaces(self, endpoint)


def _move_routes(ec2: Any, endpoint: Any, *, before: set[str], after: set[str]) -> None:
    prefix_list = endpoint.destination_prefix_list_id
    for table_id in after - before:
        ec2.create_route(table_id, None, gateway_id=endpoint.id, destination_prefix_list_id=prefix_list)
    for table_id in before - after:
        ec2.delete_route(table_id, prefix_list)


def _move_interfaces(ec2: Any, endpoint: Any) -> None:
    interfaces = [ec2.enis[each] for each in endpoint.network_interface_ids if each in ec2.enis]
    for interface in interfaces:
        if interface.subnet_id not in endpoint.subnet_ids:
            ec2.delete_network_interface(interface.id)
    by_subnet = {each.subnet_id: each.id for each in interfaces if each.subnet_id in endpoint.subnet_ids}
    for subnet_id in endpoint.subnet_ids:
        if subnet_id not in by_subnet:
            by_subnet[subnet_id] = ec2.create_network_interface(ec2.get_subnet(subnet_id), None).id
    endpoint.network_interface_ids = list(by_subnet.values())

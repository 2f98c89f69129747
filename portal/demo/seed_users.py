"""The demo's users: six people in two teams. Created only by the demo, on loopback."""

from django.contrib.auth import get_user_model, hashers
from django.db import transaction

from portal.accounts.models import Role, User
from provisioner.models import Team

TEAMS = {"shop": "Shop", "lab": "Lab"}
# name -> (role, team or none)
PEOPLE = {
    "alice": (Role.MEMBER, "shop"),
    "bob": (Role.MEMBER, "shop"),
    "mallory": (Role.MEMBER, "lab"),
    "oscar": (Role.OPERATOR, None),
    "audrey": (Role.AUDITOR, None),
    "ada": (Role.ADMIN, None),
}


@transaction.atomic
def make(*, password: str) -> None:
    """Create the people who are missing, and set everybody's password if it changed."""
    teams = {
        slug: Team.objects.get_or_create(slug=slug, defaults={"name": name})[0]
        for slug, name in TEAMS.items()
    }
    people = {username: _person(username, role=role) for username, (role, _) in PEOPLE.items()}
    encoded = _encoded(password, before=people["alice"].password)
    for username, person in people.items():
        if person.password != encoded:
            person.password = encoded
            person.save(update_fields=["password"])
        if team := PEOPLE[username][1]:
            teams[team].members.add(person)


def _person(username: str, *, role: Role) -> User:
    defaults = {"first_name": username.capitalize(), "role": role}
    person, _ = get_user_model().objects.get_or_create(username=username, defaults=defaults)
    return person


def _encoded(password: str, *, before: str) -> str:
    # Hashing takes half a second: once for all six, who have the same password.
    is_same = before != "" and hashers.check_password(password, before)
    return before if is_same else hashers.make_password(password)

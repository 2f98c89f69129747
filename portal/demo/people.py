"""The demo's cast: six people, two teams. Made only here, only for a portal on loopback."""

from django.contrib.auth import get_user_model
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
    """Create who is missing, and give everyone the password again if it changed."""
    teams = {
        slug: Team.objects.get_or_create(slug=slug, defaults={"name": name})[0]
        for slug, name in TEAMS.items()
    }
    for username, (role, team) in PEOPLE.items():
        person = _person(username, role=role, password=password)
        if team:
            teams[team].members.add(person)


def _person(username: str, *, role: Role, password: str) -> User:
    person, _ = get_user_model().objects.get_or_create(
        username=username, defaults={"first_name": username.capitalize(), "role": role}
    )
    # Hashing costs half a second per person: only where the password is another one.
    if not person.has_usable_password() or not person.check_password(password):
        person.set_password(password)
        person.save(update_fields=["password"])
    return person

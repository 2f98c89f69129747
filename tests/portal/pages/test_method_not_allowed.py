"""A request with the wrong method gets a page, or JSON for a program."""

from django.test import Client

from portal.accounts.models import User
from provisioner.models import Run


def test_a_person_gets_a_page_with_a_link(client: Client, oscar: User, planned_run: Run) -> None:
    client.force_login(oscar)

    response = client.get(f"/runs/{planned_run.pk}/approve/")

    assert (response.status_code, response["Allow"]) == (405, "POST")
    page = response.content.decode()
    assert "The request used GET, but this address accepts only POST." in page
    assert 'href="/"' in page


def test_a_program_gets_json(client: Client, oscar: User, planned_run: Run) -> None:
    client.force_login(oscar)

    response = client.get(f"/runs/{planned_run.pk}/approve/", headers={"accept": "application/json"})

    assert (response.status_code, response["Allow"]) == (405, "POST")
    assert response.json() == {"errors": {"__all__": ["This address does not accept GET. Use one of: POST."]}}


def test_a_streamed_download_answers_405_too(client: Client, oscar: User, planned_run: Run) -> None:
    client.force_login(oscar)

    assert client.post(f"/runs/{planned_run.pk}/log.txt").status_code == 405

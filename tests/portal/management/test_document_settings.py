from portal.configuration import Configuration
from portal.management.commands import document_settings


def test_the_page_of_settings_is_up_to_date() -> None:
    assert document_settings.PAGE.read_text() == document_settings.page(), "run: manage.py document_settings"


def test_every_setting_has_a_row_with_its_meaning() -> None:
    rows = document_settings.page().splitlines()

    for name, field in Configuration.model_fields.items():
        [row] = [row for row in rows if row.startswith(f"| `{name.upper()}` |")]
        assert field.description
        assert row.endswith(f"| {field.description} |")

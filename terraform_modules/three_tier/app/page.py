"""The front page: tells a person what was reached, where it runs and how the database is."""

from collections.abc import Mapping
from html import escape

PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif }}
body {{ max-width: 36rem; margin: 12vh auto; padding: 0 1.25rem }}
h1 {{ font-size: 1.75rem; margin: 0 }}
p {{ margin: .25rem 0 1.75rem; opacity: .75 }}
dl {{ display: grid; grid-template-columns: max-content 1fr; gap: .5rem 1.5rem }}
dt {{ opacity: .65 }}
dd {{ margin: 0; overflow-wrap: anywhere }}
.good::before, .bad::before {{ content: ""; display: inline-block; width: .6em; height: .6em;
  margin-right: .5em; border-radius: 50%; background: #2e9e5b }}
.bad::before {{ background: #d64545 }}
nav {{ margin-top: 2rem; display: flex; gap: 1.25rem }}
</style>
<h1>{title}</h1>
<p>It works: load balancer, web server and application answered.</p>
<dl>
{rows}
</dl>
<nav><a href="/db">/db</a> <a href="/readyz">/readyz</a> <a href="/healthz">/healthz</a>
<a href="/version">/version</a></nav>
</html>
"""


def render(*, title: str, facts: Mapping[str, str], database: str, answered: bool) -> str:
    """The page as HTML. `facts` are shown in their order, `database` last."""
    rows = [f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in facts.items()]
    looks = "good" if answered else "bad"
    rows.append(f'<dt>Database</dt><dd class="{looks}">{escape(database)}</dd>')
    return PAGE.format(title=escape(title), rows="\n".join(rows))

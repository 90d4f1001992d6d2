"""Pages without scripts or foreign files: the API's description, made of its OpenAPI document, and the form that asks for the token."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

_STYLE = ("body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}code,pre{font-size:14px}"
          "pre{background:#8881;padding:.6rem;overflow-x:auto}h2{margin-top:2rem;font-size:1.15rem}td,th{text-align:left;padding:.15rem .8rem .15rem 0;"
          "vertical-align:top}@media(prefers-color-scheme:dark){body{background:#171614;color:#eeece6}a{color:#7fb3dc}}")
_FORM = ("form{display:flex;flex-wrap:wrap;gap:.6rem;align-items:center}label{width:100%}input,button{font:inherit;padding:.4rem .8rem;max-width:100%}"
         "#told{color:#a11}@media(prefers-color-scheme:dark){#told{color:#ff9d8a}}")
_EXAMPLE = """curl -s localhost:8501/api/v1/predict -H 'Content-Type: application/json' -d '
  {"dialogues": [{"turns": [{"speaker": "user", "text": "I need a cheap hotel."}]}], "variants": ["crm"], "tasks": ["intent"]}'
curl -s 'localhost:8501/api/v1/convert?to=csv_long' -H 'Content-Type: application/octet-stream' --data-binary @chat.txt"""


def described(openapi: Mapping[str, Any]) -> str:
    """The whole page; every text of the document is escaped."""
    schemas = openapi["components"]["schemas"]
    body = "".join([*_routes(openapi["paths"]), "<h1>Forms</h1>", *(_form(name, schemas[name]) for name in sorted(schemas))])
    info, title = openapi["info"], escape(openapi["info"]["title"])
    return (f'<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{title} API</title>'
            f'<style>{_STYLE}</style><h1>{title} API, {escape(info["version"])}</h1><p>{escape(info["description"])}</p>'
            f'<p>For programs: <a href="/api/{escape(info["version"])}/openapi.json">openapi.json</a></p><pre>{escape(_EXAMPLE)}</pre>{body}</html>\n')


def sign_in(trouble: str = "", note: str = "") -> str:
    """The form, sent to its own address, with what was wrong and what else to know."""
    said = f'<p id="told" role="alert">{escape(trouble)}</p>' if trouble else ""
    return ('<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>DialAtlas: sign in</title>'
            f'<style>{_STYLE}{_FORM}</style><h1>DialAtlas</h1><form method="post"><label for="token">Token of this server</label>'
            f'<input id="token" name="token" type="password" autocomplete="current-password" required autofocus aria-describedby="told">'
            f'<button>Sign in</button></form>{said}<p>{escape(note)}</p><p>You have signed in already? <a href="">Open the page again</a>: '
            'your browser does not show it to a page that you came here from.</p></html>\n')


def _routes(paths: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    for path, methods in paths.items():
        for method, one in methods.items():
            yield f"<h2><code>{method.upper()} /api{escape(path)}</code></h2><p>{escape(one.get('description', ''))}</p>"
            takes = next(iter(one.get("requestBody", {}).get("content", {}).items()), None)
            if takes:
                yield f"<p>Takes {_shape(takes[1]['schema']) if takes[0] == 'application/json' else f'<code>{escape(takes[0])}</code>'}</p>"
            yield _rows((one["name"], _shape(one["schema"]), one.get("description", "")) for one in one.get("parameters", ()))
            yield f"<p>Gives {_shape(one['responses']['200']['content']['application/json']['schema'])}</p>"


def _form(name: str, schema: Mapping[str, Any]) -> str:
    rows = _rows((key, _shape(one), one.get("description", "")) for key, one in schema.get("properties", {}).items())
    return f'<h2 id="{escape(name)}"><code>{escape(name)}</code></h2><p>{escape(schema.get("description", ""))}</p>{rows}'


def _rows(rows: Iterator[tuple[str, str, str]]) -> str:
    inner = "".join(f"<tr><th><code>{escape(name)}</code><td>{shape}<td>{escape(note)}" for name, shape, note in rows)
    return f"<table>{inner}</table>" if inner else ""


def _shape(schema: Mapping[str, Any]) -> str:
    """A schema in a few words of HTML.

    >>> _shape({"type": "array", "items": {"$ref": "#/components/schemas/Turn"}})
    'list of <a href="#Turn">Turn</a>'
    """
    if "$ref" in schema:
        name = escape(schema["$ref"].rpartition("/")[2])
        return f'<a href="#{name}">{name}</a>'
    if "anyOf" in schema:
        return " or ".join(dict.fromkeys(map(_shape, schema["anyOf"])))
    if "enum" in schema:
        return " or ".join(f"<code>{escape(str(one))}</code>" for one in schema["enum"])
    if schema.get("type") == "array":
        return f"list of {_shape(schema.get('items', {}))}"
    if schema.get("type") == "object":
        inner = schema.get("additionalProperties")
        return f"object of {_shape(inner)}" if isinstance(inner, Mapping) else "object"
    return escape(str(schema.get("const", schema.get("type", "anything"))))

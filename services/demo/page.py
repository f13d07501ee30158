"""The page on the test environment, printed from its one table: `python -m services.demo.page`."""

import json
from collections.abc import Iterable
from pathlib import Path

from services.demo.expected import EXPECTED, Expected

_HEAD = """# Test environment: fixed people, known answers

Printed from `services/demo/expected.py`; a test loads these people into an empty database and asks every question.

For integrators: load them, point your client at the service, and compare. Nobody here is real: NHS numbers begin with
999, which is never issued, postcodes and property numbers are out of ranges that do not exist.

    rhannu migrate
    rhannu demo --fixture       # safe to repeat; beside the region of `rhannu demo` or in a database of its own
    rhannu serve

Your client's private key is in `.rhannu/demo-clients/<agency>-system.json` (a JWK Set, made at the first load): sign
assertions with it for `POST /oauth2/token`. Or print a token: `rhannu token --agency abuhb --role practitioner`.

## How to ask

One line of `POST /v1/flag-checks` for each row; all may be sent in one call.

    curl -s $BASE/v1/flag-checks -H "Authorization: Bearer $TOKEN" \\
      -H "Purpose-Of-Use: staff-safety-visit" -H "Content-Type: application/json" \\
      -d '{"entries": [ENTRY]}'

Asked, where the row says nothing else, as a `practitioner` of `abuhb` for `staff-safety-visit`.

## What is answered

"""
_TAIL = """
Every answer also says what to do in both languages (`whatToDo`), until when it holds, and which registers it covers;
texts may be reworded, codes may not. In brackets stands `about`: the person, the place, or somebody who may be present.
Warnings carry `controls` and the owner's `sentence`.

## What your client must do with it

* `warnings`: show what to do before anything else. `contact-before-visit`: show the number, and no guess.
* `no-warning-known` is never shown as safety. `refine`: ask for more, or ring the duty desk; not an all-clear.
* Any error, timeout or status that you do not know: the risk is unknown. Show the lone-worker sentence and your duty
  number (keep a copy of `GET /v1/duty-contacts`). To see one, ask without the purpose (400), without a token (401), or
  while the service is stopped.

## How long this holds

Five months after the load: then the reviews of these warnings fall due, and 28 days later answers change as they do in
life. Load into an empty database again. Whoever has been shown a warning holds it: T17 is for an agency that never was.
"""


def render() -> str:
    """Write the page."""
    return f"{_HEAD}{_table()}\n{_TAIL}"


def _table() -> str:
    rows = [
        "| | who or what, and why | `ENTRY` | asked by | `outcome` | also in the answer |",
        "|---|---|---|---|---|---|",
    ]
    return "\n".join([*rows, *map(_row, EXPECTED)])


def _row(each: Expected) -> str:
    entry = json.dumps({"reference": each.code, **each.entry}, ensure_ascii=False)
    also = "; ".join([
        *_named("warning", each.warnings), *_named("badge", each.badges), *_named("ring", each.contacts),
        *_named("issue", each.issues),
    ])  # fmt: skip
    cells = (each.code, each.says, f"`{entry}`", _asked_by(each), f"`{each.outcome}`", also)
    return f"| {' | '.join(cells)} |"


def _named(word: str, values: Iterable[str]) -> list[str]:
    return [f"{word} `{value}`" for value in values]


def _asked_by(each: Expected) -> str:
    usual = Expected("", "", {}, "")
    agency = "" if each.agency == usual.agency else f"`{each.agency}`"
    purpose = "" if each.purpose is usual.purpose else f"`{each.purpose.value}`"
    return " ".join(filter(None, (agency, purpose)))


def main() -> None:
    """Write the page to the documents."""
    Path("docs/test-environment.md").write_text(render(), encoding="utf-8")


if __name__ == "__main__":
    main()

"""What the stories of the examples have in common: where the examples are, and when an answer looks as shown."""

import json
import os
import re
from pathlib import Path
from typing import Any

import api
from api.app import create_app
from api.examples import EXAMPLES
from api.openapi import routes_of
from domain.dates_in_words import MONTHS
from services.core.settings import Settings
from tests.fixtures.service import Service

FILE = Path(api.__file__).with_name("examples.json")
WRITE_AGAIN = "RHANNU_WRITE_EXAMPLES"
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}T[\d:.]+(Z|[+-]\d{2}:\d{2})")
IN_WORDS = re.compile(rf"\d{{1,2}} ({'|'.join(name for month in MONTHS for name in (month.en, month.cy))}) \d{{4}}")


def like(shown: object, real: object) -> bool:
    """Say whether an answer looks as shown: the same but for ids, moments and days."""
    if isinstance(shown, dict) and isinstance(real, dict):
        return shown.keys() == real.keys() and all(like(shown[key], real[key]) for key in shown)
    if isinstance(shown, list) and isinstance(real, list):
        return len(shown) == len(real) and all(map(like, shown, real))
    if isinstance(shown, str) and isinstance(real, str):
        return masked(shown) == masked(real)
    return shown == real


def masked(text: str) -> str:
    """Put the kind of each id, moment and day in its place."""
    for name, form in (("moment", MOMENT), ("day", DAY), ("id", UUID), ("words", IN_WORDS)):
        text = form.sub(name, text)
    return text


class Teller:
    """Tells the story: remembers which id of an example stands for which real one, and how each thing now stands."""

    def __init__(self, service: Service, real: dict[str, str], names: dict[str, tuple[str, str]]) -> None:
        """`names` says after which operation a new id is known: its field, and the id that stands for it."""
        self.service = service
        self.names = names
        self.routes = {route.operation_id: route for route in routes_of(create_app(Settings(environment="test")))}
        self.real = real
        self.versions: dict[str, int] = {}

    def now_real(self, text: str) -> str:
        return UUID.sub(lambda found: self.real.get(found.group(0), found.group(0)), text)

    async def tell(self, name: str, who: tuple[str, str, str], number: int = 1) -> Any:
        route, example = self.routes[name], EXAMPLES[name]
        path = self.now_real(route.path.format(**{key: str(value) for key, value in example.parameters.items()}))
        headers = self.service.creating(*who, number=number)
        version = next((self.versions[part] for part in path.split("/") if part in self.versions), 1)
        headers["If-Match"] = f'"v{version}"'
        body = None if example.request is None else json.loads(self.now_real(json.dumps(example.request)))
        (method,) = route.methods or {"GET"}
        answer = await self.service.http.request(method, path, json=body, headers=headers)
        assert answer.is_success, f"{name}: {answer.text}"
        told = answer.json()
        if "version" in told:
            self.versions[told.get("id") or told["personId"]] = told["version"]
        if name in self.names:
            field, shown = self.names[name]
            self.real[shown] = told[field]
        back = {value: key for key, value in self.real.items()}
        return json.loads(UUID.sub(lambda found: back.get(found.group(0), found.group(0)), answer.text))


def written_again(wrong: dict[str, Any]) -> None:
    """Write answers anew into the examples, where that was asked for."""
    if os.environ.get(WRITE_AGAIN) and wrong:
        kept = json.loads(FILE.read_text(encoding="utf-8"))
        for name, answer in wrong.items():
            kept[name]["response"] = answer
        FILE.write_text(json.dumps(kept, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")

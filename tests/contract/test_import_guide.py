"""What the guide to older registers shows is what works."""

import json
import re
import uuid
from pathlib import Path

from api.commands.import_register import app
from domain.flag_import_mapping import DateFormat
from domain.flag_import_plan import RowOutcome
from domain.flag_imports import OlderRegister
from tests.factories.imports import Importing
from tests.fixtures.service import Service

GUIDE = (Path(__file__).parents[2] / "docs" / "import.md").read_text(encoding="utf-8")


async def test_the_mapping_shown_brings_a_register_in(service: Service) -> None:
    shown = re.search(r"^    \{\n.*?^    \}\n", GUIDE, re.MULTILINE | re.DOTALL)
    assert shown is not None
    begun = json.loads(shown.group(0))
    name, uprn = f"Canllaw{uuid.uuid4().hex[:8]}", str(uuid.uuid4().int % 10**11 + 10**11)
    heading = "Type,Marker,Precautions,Tenant no,NHS No,Surname,Forenames,DOB,Address 1,Town,Postcode,UPRN,Ref,Officer,Raised,Date added,Comments"
    person = f"Tenant,VIO,2 staff / dog in,T{name},,{name},Siôn,03/02/1950,1 Stryd Fawr,Casnewydd,NP44 9ZZ,,1,R. Bevan,2019,04/05/2019,Threw a plate."
    place = f"Address,DOG,dog in,,,,,,,,,{uprn},2,R. Bevan,2021,01/02/2021,Loose."
    raw = "\r\n".join((heading, person, place)).encode(begun["layout"]["encoding"])
    importing = await (await Importing(service).begin(**begun)).whole(raw)
    assert [row["outcome"] for row in await importing.rows()] == ["made", "made"]


def test_the_words_of_the_guide_are_those_of_the_service() -> None:
    for form in DateFormat:
        assert f"`{form.value}`" in GUIDE
    assert set(re.findall(r"^\| `([a-z-]+)` \|", GUIDE, re.MULTILINE)) == {outcome.value for outcome in RowOutcome}
    for state in OlderRegister:
        assert f"`{state.value}`" in GUIDE
    commands = {command.name or command.callback.__name__ for command in app.registered_commands if command.callback}
    assert set(re.findall(r"rhannu import-register ([a-z]+) ", GUIDE)) == commands

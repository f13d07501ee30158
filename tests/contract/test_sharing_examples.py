"""The examples of requests for information can be sent as they are, and the answers look as shown.

One story between a council and the police. `RHANNU_WRITE_EXAMPLES=1` writes the answers anew.
"""

from typing import Any

from api.examples import EXAMPLES
from tests.contract.telling import WRITE_AGAIN, Teller, like, written_again
from tests.factories.flags import registered
from tests.factories.sharing import ASKER, HOLDER, PURPOSE
from tests.fixtures.service import Service

COUNCIL, POLICE = (ASKER, "practitioner", PURPOSE), (HOLDER, "safeguarding-lead", PURPOSE)
STORY = [
    ("askForInformation", COUNCIL), ("readInformationRequest", COUNCIL),
    ("acknowledgeInformationRequest", (HOLDER, "mash-duty", PURPOSE)),
    ("askClarification", POLICE), ("clarifyInformationRequest", COUNCIL), ("matchInformationRequest", POLICE),
    ("noteOnInformationRequest", POLICE), ("answerInformationRequest", POLICE), ("readDisclosure", COUNCIL),
    ("acknowledgeDisclosure", COUNCIL), ("correctDisclosure", POLICE), ("withdrawDisclosure", POLICE),
    ("askForInformation", COUNCIL), ("refuseInformationRequest", POLICE),
    ("escalateInformationRequest", (ASKER, "safeguarding-lead", PURPOSE)),
    ("askForInformation", COUNCIL), ("withdrawInformationRequest", COUNCIL),
    ("decideNotToShare", COUNCIL), ("answerNotSharing", (ASKER, "line-manager", "supervision")),
]  # fmt: skip
UNTOLD = {"listInformationRequests", "listDisclosures", "listNotSharing"}
"""They list what other tests did as well."""
NAMES = {
    "askForInformation": ("id", str(EXAMPLES["readInformationRequest"].parameters["request_id"])),
    "answerInformationRequest": ("disclosureId", str(EXAMPLES["readDisclosure"].parameters["disclosure_id"])),
    "decideNotToShare": ("id", str(EXAMPLES["answerNotSharing"].parameters["decision_id"])),
}
"""After which operation a new id is known: its field, and the id that stands for it in the examples."""


def shown_persons() -> tuple[str, str]:
    asks, matches = EXAMPLES["askForInformation"].request, EXAMPLES["matchInformationRequest"].request
    assert isinstance(asks, dict)
    assert isinstance(matches, dict)
    return asks["personId"], matches["personId"]


async def test_the_story_of_a_request_can_be_told(service: Service) -> None:
    ours, theirs = shown_persons()
    teller = Teller(service, {ours: await registered(service, ASKER), theirs: await registered(service, HOLDER)}, NAMES)
    wrong: dict[str, Any] = {}
    for name, who in STORY:
        real = await teller.tell(name, who)
        if not like(EXAMPLES[name].response, real):
            wrong[name] = real
    written_again(wrong)
    assert wrong == {}, f"if this is meant: {WRITE_AGAIN}=1, run again, read the diff"

"""The examples of information sharing protocols can be sent as they are, and the answers look as shown.

From a draft of the Board's to its end, with a request answered under it. `RHANNU_WRITE_EXAMPLES=1` writes them anew.
"""

from typing import Any

from api.examples import EXAMPLES
from tests.contract.telling import WRITE_AGAIN, Teller, like, written_again
from tests.contract.test_sharing_examples import NAMES as SHARING_NAMES
from tests.contract.test_sharing_examples import shown_persons
from tests.factories.flags import registered
from tests.factories.protocols import BOARD
from tests.factories.sharing import ASKER, HOLDER, PURPOSE
from tests.fixtures.service import Service

KEEPER = (BOARD, "board-administrator", "audit-quality")
POLICE, COUNCIL = (HOLDER, "safeguarding-lead", "flag-governance"), (ASKER, "safeguarding-lead", "flag-governance")
STORY = [
    ("draftProtocol", KEEPER, 1), ("amendProtocol", KEEPER, 1), ("assureProtocol", KEEPER, 2),
    ("signProtocol", POLICE, 1), ("signProtocol", COUNCIL, 1), ("bringProtocolIntoForce", KEEPER, 1),
    ("askForInformation", (ASKER, "practitioner", PURPOSE), 1),
    ("matchInformationRequest", (HOLDER, "safeguarding-lead", PURPOSE), 1),
    ("answerUnderFlow", (HOLDER, "mash-duty", PURPOSE), 1),
    ("beginProtocolReview", KEEPER, 1), ("renewProtocol", KEEPER, 2), ("readProtocol", POLICE, 1),
    ("leaveProtocol", COUNCIL, 1), ("beginProtocolReview", KEEPER, 1), ("endProtocol", KEEPER, 2),
]  # fmt: skip
UNSHOWN = {("signProtocol", COUNCIL), ("matchInformationRequest", (HOLDER, "safeguarding-lead", PURPOSE))}
"""Steps taken a second time, or told with another story."""
NAMES = SHARING_NAMES | {
    "draftProtocol": ("id", str(EXAMPLES["readProtocol"].parameters["protocol_id"])),
    "answerUnderFlow": SHARING_NAMES["answerInformationRequest"],
}


async def test_the_story_of_a_protocol_can_be_told(service: Service) -> None:
    ours, theirs = shown_persons()
    real = {ours: await registered(service, ASKER), theirs: await registered(service, HOLDER)}
    teller, wrong, told = Teller(service, real, NAMES), dict[str, Any](), set[str]()
    for name, who, number in STORY:
        answer = await teller.tell(name, who, number)
        if (name, who) in UNSHOWN or name in told:
            continue
        told.add(name)
        if not like(EXAMPLES[name].response, answer):
            wrong[name] = answer
    written_again(wrong)
    assert wrong == {}, f"if this is meant: {WRITE_AGAIN}=1, run again, read the diff"

"""The examples of confidentiality terms and restrictions can be sent as they are, and the answers look as shown.

One story of the police. `RHANNU_WRITE_EXAMPLES=1` writes the answers anew.
"""

import json
import os
from typing import Any

from api.examples import EXAMPLES
from tests.contract.telling import FILE, WRITE_AGAIN, like
from tests.contract.test_sharing_examples import Teller
from tests.factories.flags import registered
from tests.factories.sharing import HOLDER, PURPOSE
from tests.fixtures.service import Service

FIELD, LEAD = (HOLDER, "practitioner", PURPOSE), (HOLDER, "safeguarding-lead", PURPOSE)
STORY = [
    ("agreeConfidentialityTerms", FIELD), ("listConfidentialityTerms", FIELD), ("amendConfidentialityTerms", FIELD),
    ("readConfidentialityTerms", LEAD), ("endConfidentialityTerms", FIELD),
    ("readPersonRestriction", LEAD), ("restrictPerson", LEAD), ("liftPersonRestriction", LEAD),
]  # fmt: skip
PERSON = str(EXAMPLES["listConfidentialityTerms"].parameters["person_id"])
TERMS = str(EXAMPLES["readConfidentialityTerms"].parameters["terms_id"])


async def test_the_story_of_what_is_kept_back_can_be_told(service: Service) -> None:
    teller = Teller(service, {PERSON: await registered(service, HOLDER)}, {"agreeConfidentialityTerms": ("id", TERMS)})
    wrong: dict[str, Any] = {}
    for name, who in STORY:
        real = await teller.tell(name, who)
        if not like(EXAMPLES[name].response, real):
            wrong[name] = real
    if os.environ.get(WRITE_AGAIN) and wrong:
        kept = json.loads(FILE.read_text(encoding="utf-8"))
        for name, answer in wrong.items():
            kept[name]["response"] = answer
        FILE.write_text(json.dumps(kept, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    assert wrong == {}, f"if this is meant: {WRITE_AGAIN}=1, run again, read the diff"

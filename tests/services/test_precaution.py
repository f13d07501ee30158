"""What recipients are told of a flag is what to do, and never the story (law 7)."""

import json
from dataclasses import replace
from datetime import date

from domain.flag_changes import contest, remove
from domain.flag_reviews import Challenger, ContestFlag, RemoveFlag
from services.flags.precaution import precaution_text
from tests.domain.flag_samples import ACTIVATE, INSPECTOR, NOW, TERMS, active, proposed


def test_a_precaution_says_what_to_do_and_nothing_of_the_story() -> None:
    flag = active(replace(ACTIVATE, review_on=date(2026, 4, 1)))
    contested = contest(flag, ContestFlag(Challenger.SUBJECT, "It was my brother.", channel="letter"), INSPECTOR, NOW)
    text = precaution_text(contested)
    shown = json.loads(f"{{{text}}}")
    assert shown["flagId"] == str(flag.id)
    assert shown["version"] == 3
    assert shown["category"]["code"] == "threat-violence"
    assert [control["code"] for control in shown["controls"]] == list(TERMS.controls)
    assert shown["sentence"] == {"en": TERMS.sentence.en, "cy": TERMS.sentence.cy}
    assert (shown["state"], shown["reviewOn"]) == ("active", "2026-04-01")
    for story in ("mug", "brother", "meant", "hurt"):
        assert story not in text


def test_flags_that_do_not_warn_have_no_precaution() -> None:
    for flag in (proposed(), remove(active(), RemoveFlag("He has moved away."), INSPECTOR, NOW)):
        assert precaution_text(flag) == ""

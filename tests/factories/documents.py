"""A sheet and letters with everything that can stand in them, to look at and to judge."""

import uuid
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta

from domain.errors import FieldIssue
from domain.flag_checks import Outcome, Verdict
from domain.flag_codes import Badge, Category, FlagState
from domain.flag_decisions import ControlSentence
from domain.flag_imports import OlderRegister
from domain.ids import AgencyCode, CheckId, FlagId
from domain.letter_defaults import ALL_PARTNERS, CARE_NEED_NOTICE, CHALLENGE, NOTICE
from domain.letters import LetterFacts, Template, write_letter
from domain.problems import Bilingual, Language
from domain.visits import Contact, Register, Sheet, SheetLanguage, SheetLine, SheetWarning, Shift
from domain.vocabularies import item

NOW = datetime(2026, 9, 9, 18, 5, tzinfo=UTC)
POLICE = Contact(AgencyCode("gwent-police"), Bilingual("Gwent Police", "Heddlu Gwent"), "01632 960101")
HEALTH = Contact(
    AgencyCode("abuhb"),
    Bilingual("Aneurin Bevan University Health Board", "Bwrdd Iechyd Prifysgol Aneurin Bevan"),
    "01632 960102",
)


def warning(sentence: ControlSentence | None = None, *badges: Badge) -> SheetWarning:
    return SheetWarning(
        flag_id=FlagId(uuid.UUID(int=7)),
        flag_version=2,
        category=Category.THREAT_VIOLENCE,
        controls=("joint", "phone-or-alarm"),
        sentence=sentence or ControlSentence("Visit in pairs and ring first.", "Ewch fesul dau a ffoniwch yn gyntaf."),
        review_on=date(2027, 3, 9),
        state=FlagState.ACTIVE,
        about="may-be-present",
        badges=badges,
        contact=POLICE,
    )


def sheet(language: SheetLanguage, lines: tuple[SheetLine, ...] | None = None) -> Sheet:
    welsh_only = ControlSentence(None, "Gofynnwch i'r ci gael ei gau i mewn cyn i chi fynd drwy'r glwyd.")
    every = (
        SheetLine("08:30", Verdict(Outcome.NO_WARNING_KNOWN), (), (), ()),
        SheetLine(
            '09:15 <b>B</b> & "C"', Verdict(Outcome.WARNINGS, contact_before_visit=True),
            (warning(None, Badge.CONTESTED, Badge.REVIEW_OVERDUE), warning(welsh_only)), (POLICE,), (),
        ),
        SheetLine("10:40", Verdict(Outcome.CONTACT_BEFORE_VISIT, contact_before_visit=True), (), (POLICE,), ()),
        SheetLine("W" * 100, Verdict(Outcome.REFINE, refine=True), (), (), (FieldIssue("/identity/nhsNumber", "check-digit"),)),
        SheetLine("", Verdict(Outcome.UNAVAILABLE), (), (), ()),
    )  # fmt: skip
    return Sheet(
        check_id=CheckId(uuid.UUID(int=9)),
        issued_at=NOW,
        shift=Shift(NOW + timedelta(hours=2), NOW + timedelta(hours=14)),
        holds_until=NOW + timedelta(hours=12),
        language=language,
        duty=HEALTH,
        registers=(
            Register(HEALTH.agency, HEALTH.name, NOW, OlderRegister.UNREVIEWED),
            Register(POLICE.agency, POLICE.name, None, OlderRegister.NOT_IMPORTED),
        ),
        lines=every if lines is None else lines,
    )


def letters(template: Template, category: Category, *languages: Language) -> dict[str, object]:
    """What the print program is given for a letter in some languages."""
    written = [write_letter(template.text(each), _facts(category, each), each, date(2026, 9, 9)) for each in languages]
    title = " / ".join(letter.title for letter in written)
    return {"title": title, "language": languages[0], "letters": [asdict(letter) for letter in written]}


def _facts(category: Category, language: Language) -> LetterFacts:
    contact = Bilingual("ring 01632 960199", "ffoniwch 01632 960199").said(language)
    return LetterFacts(
        name="Gethin Ŵyn-Prytherch",
        agency=POLICE.name.said(language),
        category=item("flag-category", category).label.said(language),
        review=Bilingual("9 March 2027", "9 Mawrth 2027").said(language),
        contact=contact,
        reference="b7d3f6a2-90c4-4f1e-a1d8-4c2e7b5f9038",
        incidents=(Bilingual("3 September 2026: You raised a stick.", "3 Medi 2026: Codoch chi ffon.").said(language),),
        recipients=(ALL_PARTNERS.said(language), POLICE.name.said(language)),
        challenge=tuple(each.said(language).replace("{contact}", contact) for each in CHALLENGE),
    )


LETTERS = {
    "notice in Welsh": letters(NOTICE, Category.THREAT_VIOLENCE, "cy"),
    "notice in English": letters(NOTICE, Category.THREAT_VIOLENCE, "en"),
    "notice in both": letters(NOTICE, Category.THREAT_VIOLENCE, "cy", "en"),
    "care need in both": letters(CARE_NEED_NOTICE, Category.CARE_NEED_BEHAVIOUR, "en", "cy"),
}

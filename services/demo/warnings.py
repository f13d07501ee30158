"""Kinds of warning in the invented region: what each says, to whom it matters, and why it was thought right."""

from dataclasses import dataclass
from datetime import date, timedelta

from domain.adult_view import AdultView
from domain.flag_adults import AdultPlan
from domain.flag_care import CarerSupport
from domain.flag_codes import Category, RiskLevel
from domain.flag_decisions import (
    SENSE_MAKING,
    Assessment,
    Consideration,
    ControlSentence,
    Reach,
    Recipients,
    RiskAssessment,
    Terms,
)
from domain.ids import AgencyCode
from services.demo.scenes import ASSAULTED, DOG, HATED, INTIMIDATED, KEPT_IN, PREMISES, STARTLED, THREATENED, Scene


@dataclass(frozen=True, slots=True, kw_only=True)
class Warned:
    """One kind of warning and the incidents that found it."""

    category: Category
    scene: Scene
    controls: tuple[str, ...]
    en: str
    cy: str
    retention: str
    level: RiskLevel
    is_place: bool = False


THREAT = Warned(
    category=Category.THREAT_VIOLENCE,
    scene=THREATENED,
    controls=("joint", "daylight", "phone-or-alarm"),
    en="Go in twos, by daylight, keep to the front room, a telephone at hand; leave if voices are raised.",
    cy="Ewch fesul dau, yng ngolau dydd, arhoswch yn yr ystafell flaen, ffôn wrth law; gadewch os codir llais.",
    retention="threat",
    level=RiskLevel.HIGH,
)
ASSAULT = Warned(
    category=Category.THREAT_VIOLENCE,
    scene=ASSAULTED,
    controls=("no-home-visit", "neutral-venue", "police-present"),
    en="Do not visit at home. Meet at a surgery or office; if a visit cannot wait, go with the police.",
    cy="Peidiwch ag ymweld â'r cartref. Cyfarfod mewn meddygfa neu swyddfa; os na all aros, ewch gyda'r heddlu.",
    retention="violence",
    level=RiskLevel.VERY_HIGH,
)
INTIMIDATION = Warned(
    category=Category.INTIMIDATION_HARASSMENT,
    scene=INTIMIDATED,
    controls=("vehicle-precaution", "check-in"),
    en="Park out of sight, give no personal details, and ring in before and after.",
    cy="Parciwch o'r golwg, peidiwch â rhoi manylion personol, a ffoniwch cyn ac ar ôl.",
    retention="verbal",
    level=RiskLevel.MEDIUM,
)
HATE = Warned(
    category=Category.HATE_ABUSE,
    scene=HATED,
    controls=("joint", "check-in"),
    en="Offer every colleague the choice of not going; go in twos; end the visit if abuse begins.",
    cy="Cynigiwch ddewis i bob cydweithiwr beidio â mynd; ewch fesul dau; dewch â'r ymweliad i ben os bydd sarhad.",
    retention="verbal",
    level=RiskLevel.MEDIUM,
)
NOT_ALONE = Warned(
    category=Category.DO_NOT_VISIT_ALONE,
    scene=KEPT_IN,
    controls=("joint", "phone-or-alarm", "check-in"),
    en="Never go in by yourself; keep the door open behind you.",
    cy="Peidiwch byth â mynd i mewn ar eich pen eich hun; cadwch y drws ar agor y tu ôl i chi.",
    retention="threat",
    level=RiskLevel.HIGH,
)
CARE_NEED = Warned(
    category=Category.CARE_NEED_BEHAVIOUR,
    scene=STARTLED,
    controls=("check-in",),
    en="Knock, say who you are and what you will do before you touch or come near.",
    cy="Curwch, dywedwch pwy ydych chi a beth wnewch chi cyn cyffwrdd neu ddod yn agos.",
    retention="care-need",
    level=RiskLevel.LOW,
)
DOGS = Warned(
    category=Category.ANIMAL_HAZARD,
    scene=DOG,
    controls=("animals-secured", "phone-or-alarm"),
    en="Ring first and ask for the dogs to be shut away; wait at the gate until they are.",
    cy="Ffoniwch yn gyntaf a gofynnwch i'r cŵn gael eu cau i mewn; arhoswch wrth y giât nes eu bod.",
    retention="weapon-or-animal",
    level=RiskLevel.MEDIUM,
    is_place=True,
)
HAZARD = Warned(
    category=Category.PREMISES_HAZARD,
    scene=PREMISES,
    controls=("daylight", "phone-or-alarm"),
    en="Stay on the ground floor and out of the kitchen; go by daylight.",
    cy="Arhoswch ar y llawr gwaelod ac allan o'r gegin; ewch yng ngolau dydd.",
    retention="premises",
    level=RiskLevel.MEDIUM,
    is_place=True,
)

KINDS = (THREAT, INTIMIDATION, DOGS, NOT_ALONE, HATE, ASSAULT, HAZARD, CARE_NEED, THREAT)
KINDS_ALONE = (DOGS, HAZARD, CARE_NEED)
"""Kinds that concern somebody who lives alone: none that tells of another in the house."""

_NOTES = {
    "prepared": "The visit had been announced by letter and by telephone.",
    "deliberate": "The words were repeated after a request to stop.",
    "needs-to-complain": "The way to complain was explained and written down; nobody has wished to.",
}


def assessment(kind: Warned, *, level: RiskLevel | None = None) -> Assessment:
    """Write the assessment that stands before a decision."""
    return Assessment(
        RiskAssessment(
            level or kind.level, "What was said or met there was specific, recent, and seen by a colleague."
        ),
        RiskAssessment(RiskLevel.MEDIUM, "The adult lives with this between our visits, and visits may now be fewer."),
        tuple(Consideration(question, _NOTES.get(question)) for question in sorted(SENSE_MAKING)),
        AdultView(not_asked="Nobody could speak with the adult alone; the plan below says who will."),
        "The adult may put up with a great deal rather than lose the visits.",
        CarerSupport("assessment-offered") if kind is CARE_NEED else None,
    )


def adult_seen(today: date) -> tuple[AdultPlan, ...]:
    """Say who will see the adult while a warning keeps workers away."""
    by = today + timedelta(days=10)
    return (AdultPlan("The worker whom the adult knows best", "Away from the home, alone with the adult", by),)


def terms(kind: Warned, owner: AgencyCode, recipients: Recipients) -> Terms:
    """Write what a warning says and to whom."""
    is_police = owner in {"gwent-police", "probation-wales"}
    is_private = owner in {"pobl", "age-cymru-gwent"}
    return Terms(
        controls=kind.controls,
        sentence=ControlSentence(en=kind.en, cy=kind.cy),
        retention_class=kind.retention,
        lawful_basis=("6-1-f",) if is_private else ("6-1-e",),
        gateways=("COMMON-LAW-POLICE", "CDA-115") if is_police else ("SSWBA-162", "HSWA-2-3"),
        recipients=recipients,
        special_conditions=("9-2-g+sch1-18",) if kind is CARE_NEED else (),
        reach=Reach(),
    )

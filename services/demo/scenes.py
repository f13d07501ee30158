"""What happens in the invented region: kinds of incident, told as fact, with the worker's view beside it.

Accounts are written as workers are asked to write them: who did and said what, in what order, and nothing
about what somebody is like. `{worker}` stands for the role of whoever was there, `{he}` and the
like for the person whose behaviour is told.
"""

from dataclasses import dataclass

from domain.incidents import HazardKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """One kind of incident, and how it may be told."""

    accounts: tuple[str, ...]
    opinion: str
    impact: str
    types: tuple[str, ...] = ()
    indicators: tuple[str, ...] = ()
    behaviours: tuple[str, ...] = ()
    grade: str | None = None
    threat_form: str | None = None
    circumstances: tuple[str, ...] = ("general",)
    self_neglect: tuple[str, ...] = ()
    care_need: tuple[str, ...] = ()
    hazard: tuple[HazardKind, str] | None = None
    complaint: bool = False
    harm: str | None = None
    reported: bool = False
    unreported_because: str = "not-criminal"
    language: str = "en"


THREATENED = Scene(
    accounts=(
        "The {worker} rang the bell at the agreed time. {He} opened the door, said 'come in here again and I'll put you "
        "through that wall', and stood in the doorway with a hammer in {his} right hand. The {worker} stepped back to the "
        "gate and left. {He} shouted the same words again from the window.",
        "While the {worker} spoke with the adult in the kitchen, {he} came downstairs and said 'I know what car you drive "
        "and I'll be waiting by it'. {He} hit the table with {his} fist twice. The {worker} ended the visit after nine minutes.",
        "On the telephone {he} told the {worker} that whoever came to the house next 'would be leaving in an ambulance'. "
        "{He} repeated it when asked to stop, and rang off.",
    ),
    opinion="I believed that {he} meant it, and would have done it had I stayed or come.",
    impact="The adult lives with this every day and went quiet when {he} came in; fear may keep the adult from asking for help.",
    types=("confrontation", "violence"),
    indicators=("con-verbal", "vio-threatened"),
    behaviours=("intimidating-language", "shouting"),
    grade="threat-of-violence",
    threat_form="overt",
    reported=True,
)
ASSAULTED = Scene(
    accounts=(
        "{He} took hold of the {worker}'s sleeve in the hall, pushed the {worker} against the coat rack and let go when the "
        "adult called out. The {worker} left at once. There was a bruise on the left upper arm, seen by a colleague.",
        "A mug was thrown from the top of the stairs and broke beside the {worker}. When the {worker} went to the door {he} "
        "came down and kicked it shut against the {worker}'s foot.",
    ),
    opinion="In my view this was meant to stop the visit, and it worked.",
    impact="The adult watched it happen and apologised for {him}; it is likely that the same is done to the adult.",
    types=("violence",),
    indicators=("vio-actual",),
    behaviours=("physical-violence", "throwing-things"),
    grade="actual-violence",
    harm="Bruising; two days away from visits.",
    reported=True,
)
INTIMIDATED = Scene(
    accounts=(
        "{He} followed the {worker} from the house to the car, wrote down the number plate and said 'now I can find you'. "
        "On the two following days a car of the same make and colour stood outside the office at five o'clock; its driver was not seen.",
        "{He} asked the {worker} three times for a home address and the school of the {worker}'s children. When the {worker} "
        "did not answer {he} said that {he} 'had ways of finding out'.",
    ),
    opinion="I think that it was meant to unsettle me, and it did.",
    impact="The adult may feel that nobody will keep coming, and that nothing can change.",
    types=("confrontation",),
    indicators=("con-challenges", "con-verbal"),
    behaviours=("following-harassing", "seeking-personal-information"),
    grade="intimidation",
    threat_form="covert",
    unreported_because="pending-advice",
)
HATED = Scene(
    accounts=(
        "{He} used a racist word about the {worker} at the door, said that {he} would not have 'one of them' in the house, "
        "and shouted it again from the step while the {worker} walked to the car. A neighbour came out.",
        "During the call {he} used racist words about the {worker}'s name four times and asked for 'somebody from here'.",
    ),
    opinion="I was shaken, and I would not ask anybody to go there alone.",
    impact="The adult was heard asking for it to stop; care that is refused on these grounds is care not received.",
    types=("confrontation",),
    indicators=("con-verbal",),
    behaviours=("racist", "shouting"),
    grade="abuse",
    reported=True,
)
DOG = Scene(
    accounts=(
        "Two large dogs were loose in the front garden. One jumped at the gate and bit through the {worker}'s bag. Nobody "
        "answered when called. The {worker} did not go in.",
        "A dog on a long chain reached the path to the door and bit the {worker}'s boot. The occupier fetched it in after "
        "some minutes.",
    ),
    opinion="I do not think that anybody set the dogs on me; nobody seemed to be in.",
    impact="Visits may be missed because of the dogs, and the adult may not know why nobody comes.",
    hazard=(HazardKind.ANIMAL, "Two large dogs, loose in the front garden."),
)
PREMISES = Scene(
    accounts=(
        "The third stair gave way under the {worker}'s foot. Boards were missing in the back bedroom and a cable with bare "
        "ends hung by the sink, where the floor was wet.",
        "Boards on the landing had been lifted and not put back. A cable with bare ends lay across the lowest stairs, which "
        "moved when the {worker} set a foot on them. The {worker} stayed in the hall.",
    ),
    opinion="It is in my view not safe to go upstairs there.",
    impact="The adult sleeps upstairs and uses these stairs several times a day.",
    hazard=(HazardKind.PREMISES, "Rotten stairs, missing boards and bare cable ends."),
)
KEPT_IN = Scene(
    accounts=(
        "{He} locked the front door behind the {worker}, put the key into {his} pocket and stood with {his} back to it for about "
        "ten minutes, saying that the {worker} would 'stay until it was sorted'. {He} opened it when the telephone rang.",
        "Three men who did not live there stood round the {worker} in the hall and asked who had sent for 'the likes of "
        "you'. One of them held the door shut.",
    ),
    opinion="I was frightened, and did not know whether I would be let out.",
    impact="The adult could not leave the room either; people come and go there whom the adult did not invite.",
    types=("confrontation",),
    indicators=("con-challenges",),
    behaviours=("domineering-body-language", "intimidating-language"),
    grade="intimidation",
    threat_form="implied",
    unreported_because="worker-declined",
)
STARTLED = Scene(
    accounts=(
        "While being helped out of the chair the adult struck the {worker} on the forearm with an open hand, twice, and "
        "called out a name that was not the {worker}'s. Sitting down again, the adult was calm and asked for tea.",
        "When the {worker} came in without knocking, the adult threw a cup towards the door. After the {worker} had gone "
        "out, knocked and said who it was, the visit went on without difficulty.",
    ),
    opinion="I think that the adult did not know me and was startled; it has not happened when the approach was explained.",
    impact="The adult was distressed afterwards and did not seem to know what had happened.",
    care_need=("dementia", "distress"),
    unreported_because="care-need",
)
AVOIDANCE = Scene(
    accounts=(
        "Nobody answered at the agreed time, for the third time this month. A curtain moved. A card was left.",
        "The daughter met the {worker} at the gate, said that her mother was asleep, and that she would telephone. She had "
        "not telephoned by the end of the week.",
    ),
    opinion="I have the impression that the family would rather that nobody came in.",
    impact="The adult has not been seen for five weeks and may think that nobody has tried.",
    types=("avoidance",),
    indicators=("avo-appointments", "avo-cuts-short"),
    grade="reluctance-resistance",
)
AMBIVALENCE = Scene(
    accounts=(
        "{He} agreed to the care plan on Monday, cancelled the first visit on Wednesday and asked for it again on Friday.",
        "Cytunodd i gael cymorth ar y dydd Llun, ond nid oedd neb gartref ar gyfer y ddau ymweliad cyntaf.",
    ),
    opinion="I think that {he} wants the help and does not want to need it.",
    impact="The adult depends on what {he} decides and has gone without help on two days.",
    types=("ambivalence",),
    indicators=("amb-excuses", "amb-late"),
    grade="reluctance-resistance",
)
SELF_NEGLECT = Scene(
    accounts=(
        "The {worker} found the kitchen without food except for bread several days old. The adult had not washed since the "
        "last visit and said so. Letters lay unopened behind the door.",
        "Newspapers stood in piles in every room. The adult declined an offer to have the boiler mended for the second time.",
    ),
    opinion="I believe that the adult understands the risk and is ashamed of the state of the house.",
    impact="The adult is cold, eats little, and says that it is nobody's business.",
    self_neglect=("lacks-essentials", "household-maintenance"),
)
COMPLAINT = Scene(
    accounts=(
        "{He} said that {he} had been told three different things by three people, that it was 'a disgrace', and that {he} "
        "would write to the council and {his} councillor. {He} asked for the {worker}'s manager and was given the name.",
    ),
    opinion="{His} complaint seems to me to be justified in part.",
    impact="The adult has waited eleven weeks for an assessment and is tired of explaining.",
    types=("confrontation",),
    indicators=("con-challenges",),
    behaviours=("shouting",),
    grade="reluctance-resistance",
    complaint=True,
)

QUIET = (AVOIDANCE, AMBIVALENCE, SELF_NEGLECT, COMPLAINT)
"""Kinds that can found no flag."""
QUIET_ALONE = (AVOIDANCE, SELF_NEGLECT)
"""Those of them that can be told of somebody who lives alone."""

"""The words that come with the service, for agencies that have not written their own.

Plain language: short sentences, no word of law, nothing threatened. Wording on sanctions is an agency's own to
add. Welsh texts await a translator's check (W-07).
"""

from domain.letters import Template, Templates, TemplateSection, TemplateText
from domain.problems import Bilingual


def _text(title: str, *sections: tuple[str, str]) -> TemplateText:
    return TemplateText(title, tuple(TemplateSection(heading, text) for heading, text in sections))


_SEEING_EN = (
    "What we keep about you",
    "We keep a record of what is said and done. You can ask to see what we hold about you, in person, by telephone or "
    "in writing: {contact}.\n\n"
    "If you would like this letter read to you, or in another language or form, tell us: {contact}.",
)
_SEEING_CY = (
    "Yr hyn rydym yn ei gadw amdanoch",
    "Rydym yn cadw cofnod o'r hyn a ddywedir ac a wneir. Gallwch ofyn am weld yr hyn sydd gennym amdanoch, wyneb yn "
    "wyneb, dros y ffôn neu'n ysgrifenedig: {contact}.\n\n"
    "Os hoffech i rywun ddarllen y llythyr hwn i chi, neu ei gael mewn iaith neu ffurf arall, rhowch wybod i ni: "
    "{contact}.",
)

NOTICE = Template(
    en=_text(
        "A note on your record",
        (
            "Why we are writing",
            "We are writing to tell you about a note that we have put on your record, and why. You have a right to "
            "know, and a right to disagree.",
        ),
        ("What happened", "We put the note there because of this:\n\n{incidents}"),
        (
            "What the note says",
            "The note is called “{category}”. It tells staff what to do to stay safe when they visit. It does not "
            "tell them the whole story.\n\n"
            "The note is not a punishment. It does not stop you getting the help you need.",
        ),
        (
            "Who may be told",
            "These may be told that the note is there, and what to do:\n\n{recipients}\n\n"
            "They may use it only to keep people safe.",
        ),
        (
            "How long it stays",
            "We will look at the note again by {review}. Then we will keep it, change it or take it off. We will take "
            "it off sooner if it is no longer needed.",
        ),
        ("If you disagree", "{challenge}"),
        _SEEING_EN,
    ),
    cy=_text(
        "Nodyn ar eich cofnod",
        (
            "Pam rydym yn ysgrifennu",
            "Rydym yn ysgrifennu i ddweud wrthych am nodyn rydym wedi'i roi ar eich cofnod, a pham. Mae gennych hawl i "
            "gael gwybod, a hawl i anghytuno.",
        ),
        ("Beth ddigwyddodd", "Rhoesom y nodyn yno oherwydd hyn:\n\n{incidents}"),
        (
            "Beth mae'r nodyn yn ei ddweud",
            "Enw'r nodyn yw “{category}”. Mae'n dweud wrth staff beth i'w wneud i gadw'n ddiogel pan fyddant yn "
            "ymweld. Nid yw'n dweud yr holl hanes wrthynt.\n\n"
            "Nid cosb yw'r nodyn. Nid yw'n eich atal rhag cael yr help sydd ei angen arnoch.",
        ),
        (
            "Pwy all gael gwybod",
            "Gall y rhain gael gwybod bod y nodyn yno, a beth i'w wneud:\n\n{recipients}\n\n"
            "Dim ond i gadw pobl yn ddiogel y cânt ei ddefnyddio.",
        ),
        (
            "Am ba hyd y bydd yno",
            "Byddwn yn edrych ar y nodyn eto erbyn {review}. Yna byddwn yn ei gadw, yn ei newid neu'n ei dynnu oddi "
            "yno. Byddwn yn ei dynnu'n gynt os nad oes ei angen mwyach.",
        ),
        ("Os ydych yn anghytuno", "{challenge}"),
        _SEEING_CY,
    ),
)
"""A letter to somebody whose record carries a marker."""

CARE_NEED_NOTICE = Template(
    en=_text(
        "How we will visit you from now on",
        (
            "Why we are writing",
            "Some visits to you have been hard lately. We know that this comes from being unwell or from needing care. "
            "Nobody is in trouble. We want the visits to go well for you and for the people who come.",
        ),
        ("What happened", "We are thinking of this:\n\n{incidents}"),
        (
            "What we have done",
            "We have put a note on your record. It is called “{category}”. It tells the people who visit you how to "
            "come in a way that suits you and is safe for everybody.",
        ),
        (
            "Who may be told",
            "These may be told that the note is there, and how to visit you:\n\n{recipients}\n\n"
            "They may use it only to care for you well and to keep people safe.",
        ),
        (
            "How long it stays",
            "We will look at the note again by {review}, and sooner if things change. We will take it off when it is "
            "no longer needed.",
        ),
        (
            "More help",
            "If you, or somebody who cares for you, would like more help, tell us. A carer has a right to ask what "
            "support there is for them: {contact}.",
        ),
        ("If you disagree", "{challenge}"),
        _SEEING_EN,
    ),
    cy=_text(
        "Sut y byddwn yn ymweld â chi o hyn ymlaen",
        (
            "Pam rydym yn ysgrifennu",
            "Mae rhai ymweliadau â chi wedi bod yn anodd yn ddiweddar. Gwyddom fod hyn yn deillio o fod yn sâl neu o "
            "fod ag angen gofal. Nid oes neb mewn helynt. Rydym am i'r ymweliadau fynd yn dda i chi ac i'r bobl sy'n "
            "dod.",
        ),
        ("Beth ddigwyddodd", "Rydym yn meddwl am hyn:\n\n{incidents}"),
        (
            "Yr hyn rydym wedi'i wneud",
            "Rydym wedi rhoi nodyn ar eich cofnod. Ei enw yw “{category}”. Mae'n dweud wrth y bobl sy'n ymweld â chi "
            "sut i ddod mewn ffordd sy'n addas i chi ac yn ddiogel i bawb.",
        ),
        (
            "Pwy all gael gwybod",
            "Gall y rhain gael gwybod bod y nodyn yno, a sut i ymweld â chi:\n\n{recipients}\n\n"
            "Dim ond i ofalu amdanoch yn dda ac i gadw pobl yn ddiogel y cânt ei ddefnyddio.",
        ),
        (
            "Am ba hyd y bydd yno",
            "Byddwn yn edrych ar y nodyn eto erbyn {review}, ac yn gynt os bydd pethau'n newid. Byddwn yn ei dynnu "
            "oddi yno pan na fydd ei angen mwyach.",
        ),
        (
            "Rhagor o help",
            "Os hoffech chi, neu rywun sy'n gofalu amdanoch, gael rhagor o help, rhowch wybod i ni. Mae gan ofalwr "
            "hawl i ofyn pa gymorth sydd ar gael: {contact}.",
        ),
        ("Os ydych yn anghytuno", "{challenge}"),
        _SEEING_CY,
    ),
)
"""A letter about behaviour that arises from illness, dementia or distress: nobody is blamed, help is offered."""

PRODUCT_TEMPLATES = Templates(NOTICE, CARE_NEED_NOTICE)
"""What an agency writes with until it writes its own."""

CHALLENGE: tuple[Bilingual, ...] = (
    Bilingual(
        "You can tell us that the note is wrong or unfair. You do not need to put it in writing: {contact}.",
        "Gallwch ddweud wrthym fod y nodyn yn anghywir neu'n annheg. Nid oes angen i chi ei roi'n ysgrifenedig: "
        "{contact}.",
    ),
    Bilingual(
        "Somebody who had no part in the decision will look at it and tell you the answer. Until then, everybody who "
        "sees the note is told that you disagree.",
        "Bydd rhywun nad oedd â rhan yn y penderfyniad yn edrych arno ac yn rhoi'r ateb i chi. Tan hynny, caiff pawb "
        "sy'n gweld y nodyn wybod eich bod yn anghytuno.",
    ),
    Bilingual(
        "You can ask somebody you trust, or an advocate, to speak for you.",
        "Gallwch ofyn i rywun rydych yn ymddiried ynddo, neu eiriolwr, siarad ar eich rhan.",
    ),
    Bilingual(
        "You can also complain to the Information Commissioner's Office: telephone 0303 123 1113.",
        "Gallwch hefyd gwyno wrth Swyddfa'r Comisiynydd Gwybodaeth: ffôn 0303 123 1113.",
    ),
)
"""How to challenge: the same in every letter, because it is a right and not a matter of style (F-16)."""

ALL_PARTNERS = Bilingual(
    "Every agency of the safeguarding partnership whose staff may visit you",
    "Pob asiantaeth yn y bartneriaeth ddiogelu y gall ei staff ymweld â chi",
)
"""Who may be told, where no agency is named."""

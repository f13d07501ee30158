"""Texts of what can be wrong with a step on a flag, for the one registry in `domain.problems`.

Each is in English and Welsh. Welsh texts await a translator's check.
"""

from domain.bilingual import Bilingual
from domain.errors import Kind

FLAG_PROBLEMS: dict[str, tuple[Kind, tuple[str, str], tuple[str, str]]] = {
    "category-reserved": (
        Kind.DENIED,
        ("This kind of warning is kept to named roles", "Cedwir y math hwn o rybudd i rolau a enwir"),
        (
            "Your agency lets only some roles raise or see this kind of warning. Ask your safeguarding lead who they are.",
            "Dim ond rhai rolau yn eich asiantaeth a gaiff godi neu weld y math hwn o rybudd. Gofynnwch i'ch arweinydd "
            "diogelu pwy ydynt.",
        ),
    ),
    "proposer-cannot-decide": (
        Kind.DENIED,
        ("Someone else must decide", "Rhaid i rywun arall benderfynu"),
        (
            "The person who proposed a flag never decides it, from any account. Ask another decision-maker of your agency.",
            "Nid yw'r sawl a gynigiodd fflag byth yn penderfynu arni, o unrhyw gyfrif. Gofynnwch i benderfynwr arall yn eich asiantaeth.",
        ),
    ),
    "appeal-needs-another": (
        Kind.DENIED,
        ("Someone not involved must hear this", "Rhaid i rywun nad oedd ynghlwm wrando ar hyn"),
        (
            "Whoever proposed, decided or reviewed a flag never answers a challenge to it. Ask another decision-maker of your agency.",
            "Nid yw'r sawl a gynigiodd, a benderfynodd neu a adolygodd fflag byth yn ateb her iddi. Gofynnwch i benderfynwr arall yn eich asiantaeth.",
        ),
    ),
    "corroboration-needs-another": (
        Kind.DENIED,
        ("Somebody else has to bear this out", "Rhaid i rywun arall ategu hyn"),
        (
            "You had a part in this flag for the agency that owns it, so you cannot bear it out for another. Ask a colleague who had none.",
            "Roedd gennych ran yn y fflag hon ar ran yr asiantaeth sy'n berchen arni, felly ni allwch ei hategu ar ran un arall. Gofynnwch i gydweithiwr nad oedd ganddo ran ynddi.",
        ),
    ),
    "already-corroborated": (
        Kind.CONFLICT,
        ("Your agency bears this out already", "Mae eich asiantaeth eisoes yn ategu hyn"),
        (
            "Your agency's corroboration of this flag stands. Withdraw it and make a new one if there is more to say.",
            "Mae cadarnhad eich asiantaeth o'r fflag hon yn sefyll. Tynnwch ef yn ôl a gwnewch un newydd os oes rhagor i'w ddweud.",
        ),
    ),
    "flag-already-live": (
        Kind.CONFLICT,
        ("There is already such a flag", "Mae fflag o'r fath eisoes"),
        (
            "Your agency already has a proposed or live flag of this category on this subject. Review or amend that one.",
            "Mae gan eich asiantaeth eisoes fflag gynigiedig neu fyw o'r categori hwn ar y gwrthrych hwn. Adolygwch neu diwygiwch honno.",
        ),
    ),
    "flag-state-conflict": (
        Kind.CONFLICT,
        ("Not in this state", "Nid yn y cyflwr hwn"),
        (
            "The flag's state does not allow this step. Read the flag again: somebody may have acted first.",
            "Nid yw cyflwr y fflag yn caniatáu'r cam hwn. Darllenwch y fflag eto: efallai fod rhywun wedi gweithredu gyntaf.",
        ),
    ),
}

FLAG_ISSUES: dict[str, Bilingual] = {
    "retention-class-excessive": Bilingual(
        "A warning of this kind is not kept in this class: choose one that fits what happened.",
        "Ni chedwir rhybudd o'r math hwn yn y dosbarth hwn: dewiswch un sy'n cyfateb i'r hyn a ddigwyddodd.",
    ),
    "handling-forbids": Bilingual(
        "The originator of the evidence set a condition against passing it on: it stays with your own agency.",
        "Gosododd tarddwr y dystiolaeth amod yn erbyn ei phasio ymlaen: mae'n aros gyda'ch asiantaeth eich hun.",
    ),
    "not-about-subject": Bilingual(
        "This incident is about someone or somewhere else.", "Mae'r digwyddiad hwn yn ymwneud â rhywun neu rywle arall."
    ),
    "cannot-found-flag": Bilingual(
        "These incidents cannot found such a flag: ambivalence, avoidance, a complaint or self-neglect never do.",
        "Ni all y digwyddiadau hyn fod yn sail i fflag o'r fath: nid yw amwysedd, osgoi, cwyn na hunanesgeulustod byth yn sail.",
    ),
}

"""Texts of what can be wrong with opening a sealed door, and with answering for it.

Each is in English and Welsh. Welsh texts await a translator's check.
"""

from domain.bilingual import Bilingual
from domain.errors import Kind
from domain.problem_rows import Problem, row

BREAK_GLASS_PROBLEMS: dict[str, Problem] = {
    "break-glass-needs-a-person": row(
        Kind.DENIED,
        ("A named person must do this", "Rhaid i berson a enwir wneud hyn"),
        (
            "Only a named human opens a sealed door, because somebody has to answer for it: no team and no system. Sign in yourself. If there is danger now, ring 999.",
            "Dim ond person a enwir sy'n agor drws dan sêl, am fod yn rhaid i rywun ateb drosto: nid tîm na system. Mewngofnodwch eich hun. Os oes perygl nawr, ffoniwch 999.",
        ),
    ),
    "break-glass-already-open": row(
        Kind.CONFLICT,
        ("You have this open already", "Mae hwn ar agor gennych eisoes"),
        (
            "You have opened this person's warnings within the hour. Read them under the grant that you have.",
            "Rydych wedi agor rhybuddion y person hwn o fewn yr awr. Darllenwch nhw dan y caniatâd sydd gennych.",
        ),
    ),
    "break-glass-withheld": row(
        Kind.DENIED,
        ("You cannot open this now", "Ni allwch agor hwn nawr"),
        (
            "Two or more reviews of what you opened are overdue, or a use was judged unjustified. Ask a data protection officer of the agency for which you opened it. If there is danger now, ring 999 or the duty manager.",
            "Mae dau neu ragor o adolygiadau o'r hyn a agorwyd gennych yn hwyr, neu barnwyd nad oedd cyfiawnhad dros ddefnydd. Gofynnwch i swyddog diogelu data yr asiantaeth y gwnaethoch ei agor ar ei rhan. Os oes perygl nawr, ffoniwch 999 neu'r rheolwr dyletswydd.",
        ),
    ),
    "break-glass-expired": row(
        Kind.DENIED,
        ("This is not open any more", "Nid yw hwn ar agor mwyach"),
        (
            "The hour is over, somebody has reviewed it, or your record now stands for somebody else. What you read is not known to hold any more. Open it again if you must know now.",
            "Mae'r awr ar ben, mae rhywun wedi'i adolygu, neu mae eich cofnod bellach yn sefyll dros rywun arall. Ni wyddys a yw'r hyn a ddarllenwyd gennych yn dal yn wir. Agorwch ef eto os oes rhaid i chi wybod nawr.",
        ),
    ),
    "break-glass-needs-another": row(
        Kind.DENIED,
        ("Somebody else must judge this", "Rhaid i rywun arall farnu hyn"),
        (
            "Nobody reviews what they opened themselves, acknowledges the notice of it, or gives the right back to themselves, from any account. Ask another data protection officer of your agency.",
            "Nid oes neb yn adolygu'r hyn a agorodd ei hun, yn cydnabod yr hysbysiad amdano nac yn rhoi'r hawl yn ôl iddo'i hun, o unrhyw gyfrif. Gofynnwch i swyddog diogelu data arall yn eich asiantaeth.",
        ),
    ),
    "break-glass-reviewed": row(
        Kind.CONFLICT,
        ("Somebody has done this already", "Mae rhywun wedi gwneud hyn eisoes"),
        (
            "This was reviewed or acknowledged before, and the first answer stands. Read it again.",
            "Adolygwyd neu cydnabuwyd hwn o'r blaen, ac mae'r ateb cyntaf yn sefyll. Darllenwch ef eto.",
        ),
    ),
    "break-glass-not-withheld": row(
        Kind.CONFLICT,
        ("There is nothing to give back", "Nid oes dim i'w roi yn ôl"),
        (
            "Your agency has judged no use by this account unjustified, or has given the right back already. A right lost by overdue reviews comes back when they are done.",
            "Nid yw eich asiantaeth wedi barnu bod unrhyw ddefnydd gan y cyfrif hwn heb gyfiawnhad, neu mae wedi rhoi'r hawl yn ôl eisoes. Daw hawl a gollwyd oherwydd adolygiadau hwyr yn ôl pan gânt eu gwneud.",
        ),
    ),
}

BREAK_GLASS_ISSUES: dict[str, Bilingual] = {
    "says-nothing": Bilingual(
        "One character repeated gives no reason: say what is happening, in words.",
        "Nid yw un nod wedi'i ailadrodd yn rhoi rheswm: dywedwch beth sy'n digwydd, mewn geiriau.",
    ),
}

"""Texts of what can be wrong with conflicts of interest and access alerts, for the registry of problems.

Each is in English and Welsh. Welsh texts await a translator's check.
"""

from domain.errors import Kind
from domain.problem_rows import Problem, row

CONFLICT_PROBLEMS: dict[str, Problem] = {
    "conflict-of-interest": row(
        Kind.DENIED,
        ("Hand this to a colleague", "Trosglwyddwch hyn i gydweithiwr"),
        (
            "It is about somebody whom you are declared to be close to, or about yourself. Nothing was given and nothing was stored; the attempt is on the audit trail. If a check was refused, the risk is unknown: ask a colleague to make it.",
            "Mae'n ymwneud â rhywun y datganwyd eich bod yn agos ato, neu â chi eich hun. Ni roddwyd dim ac ni storiwyd dim; mae'r ymgais ar y trywydd archwilio. Os gwrthodwyd gwiriad, nid yw'r risg yn hysbys: gofynnwch i gydweithiwr ei wneud.",
        ),
    ),
    "conflict-needs-another": row(
        Kind.DENIED,
        ("Somebody else must end it", "Rhaid i rywun arall ddod ag ef i ben"),
        (
            "Nobody ends a declaration that concerns themself, from any account. Ask another line manager or your data protection officer.",
            "Nid oes neb yn dod â datganiad amdano'i hun i ben, o unrhyw gyfrif. Gofynnwch i reolwr llinell arall neu i'ch swyddog diogelu data.",
        ),
    ),
    "conflict-ended": row(
        Kind.CONFLICT,
        ("It holds no more", "Nid yw mewn grym mwyach"),
        (
            "This declaration was ended, or its last day is past.",
            "Daethpwyd â'r datganiad hwn i ben, neu mae ei ddiwrnod olaf wedi bod.",
        ),
    ),
    "alert-reviewed": row(
        Kind.CONFLICT,
        ("Already reviewed", "Wedi'i adolygu eisoes"),
        (
            "Somebody reviewed this alert. Read it again.",
            "Adolygodd rhywun y rhybudd hwn. Darllenwch ef eto.",
        ),
    ),
}

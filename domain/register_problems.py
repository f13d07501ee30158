"""The part of the registry of problems that the register and the review of links add; read it as `domain.problems`."""

from domain.errors import Kind
from domain.problem_rows import Problem, row

REGISTER_PROBLEMS: dict[str, Problem] = {
    "needs-another-person": row(
        Kind.DENIED,
        ("Someone else must do this", "Rhaid i rywun arall wneud hyn"),
        (
            "Nobody gives themselves a role, lifts their own suspension or confirms what they asked for, from any account. "
            "Ask another administrator of the agency this was put to; where there is none, an administrator of the Board.",
            "Nid oes neb yn rhoi rôl iddo'i hun, yn codi ei ataliad ei hun nac yn cadarnhau'r hyn y gofynnodd amdano, o "
            "unrhyw gyfrif. Gofynnwch i weinyddwr arall yn yr asiantaeth dan sylw; lle nad oes un, i weinyddwr y Bwrdd.",
        ),
    ),
    "duties-apart": row(
        Kind.CONFLICT,
        ("These duties stay apart", "Mae'r dyletswyddau hyn yn aros ar wahân"),
        (
            "Nobody both administers accounts and decides on flags, in whatever agencies and from whatever accounts: one "
            "human would propose and decide. End the other role first, or give this one to somebody else.",
            "Nid oes neb yn gweinyddu cyfrifon ac yn penderfynu ar fflagiau hefyd, ym mha asiantaethau bynnag ac o ba "
            "gyfrifon bynnag: byddai un person yn cynnig ac yn penderfynu. Rhowch derfyn ar y rôl arall yn gyntaf, neu "
            "rhowch hon i rywun arall.",
        ),
    ),
    "code-taken": row(
        Kind.CONFLICT,
        ("That code is taken", "Mae'r cod hwnnw wedi'i gymryd"),
        (
            "An agency or a system with this code is registered already. Choose another code.",
            "Mae asiantaeth neu system â'r cod hwn eisoes wedi'i chofrestru. Dewiswch god arall.",
        ),
    ),
    "register-state-conflict": row(
        Kind.CONFLICT,
        ("The register does not allow this now", "Nid yw'r gofrestr yn caniatáu hyn nawr"),
        (
            "What you want to change is so already, has ended, waits already, or is not yours to undo. Read it again: "
            "somebody may have acted first.",
            "Mae'r hyn rydych am ei newid felly eisoes, wedi dod i ben, yn aros eisoes, neu nid chi biau ei ddadwneud. "
            "Darllenwch ef eto: efallai fod rhywun wedi gweithredu gyntaf.",
        ),
    ),
    "link-state-conflict": row(
        Kind.CONFLICT,
        ("The record has moved on", "Mae'r cofnod wedi symud ymlaen"),
        (
            "The record is no longer joined as this review says, or there is nothing left to join it to. Read the list again.",
            "Nid yw'r cofnod bellach wedi'i gysylltu fel y dywed yr adolygiad hwn, neu nid oes dim ar ôl i'w gysylltu ag ef. "
            "Darllenwch y rhestr eto.",
        ),
    ),
}

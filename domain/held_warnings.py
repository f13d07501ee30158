"""What has become of a warning that somebody already has: on a sheet, in a diary, in their own system (F-15).

A copy does not know that its original changed. Whoever holds one may ask, and is told what applies today, as
far as they may still see it; of a warning withdrawn from them, that it no longer applies as they have it. What
is not asked here is whether there is something new: only a new check says that (law 10).
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from domain.flag_checks import VALID_FOR
from domain.flag_codes import FlagState
from domain.ids import AgencyCode, CheckId, FlagId, RecordId
from domain.problems import Bilingual
from domain.visibility import Tier

CHECK_AGAIN = Bilingual(
    "This tells only of warnings you already have. It does not look for new ones: check every line again, those "
    "without a warning too, before you make contact.",
    "Dim ond am rybuddion sydd gennych eisoes y mae hyn yn sôn. Nid yw'n chwilio am rai newydd: gwiriwch bob llinell "
    "eto, gan gynnwys y rhai heb rybudd, cyn i chi gysylltu.",
)
"""Said with every answer: that nothing changed is no all-clear (law 10)."""


class HeldStanding(StrEnum):
    """What has become of a warning since it was given."""

    UNCHANGED = "unchanged"
    CHANGED = "changed"
    REMOVED = "removed"
    WITHDRAWN = "withdrawn"
    NOT_SHOWN = "not-shown"


WHAT_NOW: dict[HeldStanding, Bilingual] = {
    HeldStanding.UNCHANGED: Bilingual(
        "The warning stands as you have it. Look at its badges: they are today's.",
        "Mae'r rhybudd yn sefyll fel y mae gennych. Edrychwch ar ei fathodynnau: rhai heddiw ydynt.",
    ),
    HeldStanding.CHANGED: Bilingual(
        "The warning has changed: do what it says now, and mark your copy as replaced.",
        "Mae'r rhybudd wedi newid: gwnewch yr hyn y mae'n ei ddweud nawr, a nodwch fod eich copi wedi'i ddisodli.",
    ),
    HeldStanding.REMOVED: Bilingual(
        "The warning has been removed and no longer applies. Remove your copy. This does not show that it is safe: "
        "assess the risk as for any visit.",
        "Mae'r rhybudd wedi'i ddileu ac nid yw'n berthnasol mwyach. Dilëwch eich copi. Nid yw hyn yn dangos ei bod yn "
        "ddiogel: aseswch y risg fel ar gyfer unrhyw ymweliad.",
    ),
    HeldStanding.WITHDRAWN: Bilingual(
        "The warning should never have been given: it was entered in error or about the wrong person. Destroy your "
        "copy, and tell whoever you passed it to.",
        "Ni ddylai'r rhybudd erioed fod wedi'i roi: fe'i cofnodwyd ar gam neu am y person anghywir. Dinistriwch eich "
        "copi, a rhowch wybod i bawb y gwnaethoch ei basio ato.",
    ),
    HeldStanding.NOT_SHOWN: Bilingual(
        "The warning is not shown to your agency now. Do not rely on your copy: ring the number given before contact.",
        "Ni ddangosir y rhybudd i'ch asiantaeth nawr. Peidiwch â dibynnu ar eich copi: ffoniwch y rhif a roddir cyn "
        "cysylltu.",
    ),
}
"""What to do, for each standing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldWarning:
    """A warning as it was given by a check, and what has become of it.

    `about` is its owner's record, for the trail and nobody else. `changes` are those told to holders since
    (`recipient-change`), and `precaution` what it says today; both are empty where it is not shown now.
    """

    flag_id: FlagId
    held_version: int
    version: int
    owner_agency: AgencyCode
    phone: str
    about: RecordId | None
    standing: HeldStanding
    changes: tuple[str, ...]
    precaution: dict[str, object] | None
    badges: tuple[str, ...]

    @property
    def what_now(self) -> Bilingual:
        """Say what to do."""
        return WHAT_NOW[self.standing]


@dataclass(frozen=True, slots=True)
class ChangesSince:
    """What has become, by `as_of`, of the warnings that a check gave."""

    check: CheckId
    checked_at: datetime
    as_of: datetime
    warnings: tuple[HeldWarning, ...]

    @property
    def valid_until(self) -> datetime:
        """Say until when the check's own answer held; afterwards it is asked anew whatever has changed."""
        return self.checked_at + VALID_FOR


def standing_of(
    held_version: int, version: int, state: FlagState, tier: Tier, *, is_quiet: bool = False
) -> HeldStanding:
    """Say what has become of a warning, from its state and from what its holder sees of it today.

    A holder hears of an end even where nothing of it is shown any more, since it was passed to them (F-15). `is_quiet`
    says that no version since changed anything that holders hold: the owner recorded something for itself.
    """
    if state is FlagState.ENTERED_IN_ERROR:
        return HeldStanding.WITHDRAWN
    if state is FlagState.REMOVED:
        return HeldStanding.REMOVED
    if tier < Tier.PRECAUTION:
        return HeldStanding.NOT_SHOWN
    return HeldStanding.UNCHANGED if is_quiet or version == held_version else HeldStanding.CHANGED

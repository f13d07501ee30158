"""Views of the coded lists and of the duty numbers; both languages always, so that one copy serves every reader."""

from typing import Literal

from api.schemas.common import View


class TextView(View):
    """One text in English and Welsh."""

    en: str
    cy: str


class CodedItemView(View):
    """One code; `sensitive` ones say something about health and have fewer readers."""

    code: str
    label: TextView
    parent: str | None
    group: str | None
    sensitive: bool


class CodedListView(View):
    """One list; an open one may grow, so accept codes that you do not know yet."""

    id: str
    source: Literal["guidance", "domain"]
    title: TextView
    open_list: bool
    multi_select: bool
    note: TextView | None
    items: list[CodedItemView]


class CodedListSummaryView(View):
    """What a list is called and how many codes it holds."""

    id: str
    title: TextView
    open_list: bool
    multi_select: bool
    codes: int


class CodedListsView(View):
    """All lists, by id."""

    vocabularies: list[CodedListSummaryView]


class DutyContactView(View):
    """One agency and the number that answers day and night."""

    agency: str
    name: TextView
    phone: str


class DutyContactsView(View):
    """Every agency's duty number. Keep a copy: it is needed most when this service cannot answer."""

    contacts: list[DutyContactView]

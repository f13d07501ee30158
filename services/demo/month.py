"""The scripted month: what agencies asked, gave, refused, took back and opened in the weeks before the load.

It is told through the use cases, by whoever's step it is, on days of the past month. What the background process does
at such a moment, filing who received what and chasing, is done by its own functions with its own role; everything that
comes due later is left to the process that runs beside the service.
"""

from services.demo.flags import acts_of_flag
from services.demo.month_cast import COUNCILS_FLAG, HOUSEHOLD, LANDLORDS_FLAG, POLICE_FLAG, STORIES, Month
from services.demo.month_doors import ACTS as DOORS
from services.demo.month_doors import tell_doors
from services.demo.month_holders import ACTS as HOLDERS
from services.demo.month_holders import tell_correction
from services.demo.month_requests import ACTS as REQUESTS
from services.demo.month_requests import tell_requests
from services.demo.people import acts_of_household, register_people
from services.demo.telling import Telling

ACTS = acts_of_household(HOUSEHOLD) + sum(map(acts_of_flag, STORIES)) + REQUESTS + DOORS + HOLDERS
"""How many acts the month takes."""


async def tell_month(month: Month) -> None:
    """Tell the month from its people to its last notice."""
    await register_people(month.stage, month.records, HOUSEHOLD)
    await Telling(month.stage, month.records, LANDLORDS_FLAG).tell()
    await Telling(month.stage, month.records, COUNCILS_FLAG).tell()
    wrong = await Telling(month.stage, month.records, POLICE_FLAG).tell()
    await tell_requests(month)
    await tell_doors(month)
    await tell_correction(month, wrong)

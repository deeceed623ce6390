"""Calendar days from epoch time, without asking any clock or time zone database.

Promise: right for every day of the Gregorian calendar from 1970 on; who was born on 29 February is not forgotten
in other years.
"""

from __future__ import annotations

import calendar
from datetime import date

DAY_MS = 86_400_000
EPOCH = date(1970, 1, 1).toordinal()


def days_kept(now_ms: int, utc_offset_min: int) -> tuple[str, ...]:
    """The days of the year (MM-DD) that are kept now, `utc_offset_min` minutes east of UTC.

    One day, and on 1 March of a common year 29 February too.
    """
    day = date.fromordinal(EPOCH + (now_ms + utc_offset_min * 60_000) // DAY_MS)
    if day.month == 3 and day.day == 1 and not calendar.isleap(day.year):
        return "03-01", "02-29"
    return (f"{day.month:02}-{day.day:02}",)

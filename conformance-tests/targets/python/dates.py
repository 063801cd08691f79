"""Instants and partial dates. docs/spec/referral.md, REX-REF-046"""
import re
from datetime import datetime, timedelta

from errors import demand

INSTANT = re.compile(r'(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?(Z|([+-])(\d\d):(\d\d))', re.A)
DAY = re.compile(r'(\d{4})(?:-(\d\d)(?:-(\d\d))?)?[?~%]?', re.A)
EPOCH = datetime(2000, 1, 1)
FIRST, LAST = (float('-inf'),), (float('inf'),)


def utc(year, month, day, hour=0, minute=0, second=0):
    """Returns the seconds since the year 0. The calendar repeats every 400 years, that is 146 097 days; `datetime` has no year 0 or 10000."""
    return year // 400 * 146097 * 86400 + (datetime(2000 + year % 400, month, day, hour, minute, second) - EPOCH) // timedelta(seconds=1)


def instant(text):
    """Reads an instant in UTC. Returns its seconds since the year 0, and its nanoseconds."""
    found = INSTANT.fullmatch(text)
    demand(found, 'no instant')
    year, month, day, hour, minute = (int(found[place]) for place in range(1, 6))
    try:
        seconds = utc(year, month, day, hour, minute, int(found[6] or 0))
    except ValueError:
        demand(False, 'no day of the calendar, or no time of the day')
    if found[8] != 'Z':
        hours, minutes = int(found[10]), int(found[11])
        demand(hours < 15 and minutes < 60, 'an offset of 15 hours or more')
        seconds -= (hours * 3600 + minutes * 60) * (1 if found[9] == '+' else -1)
    return seconds, int((found[7] or '').ljust(9, '0'))


def extent(text):
    """Returns the first and the last moment of a date, each in seconds since the year 0 and nanoseconds."""
    if 'T' in text:
        moment = instant(text)
        return moment, moment
    found = DAY.fullmatch(text)
    demand(found, 'no date')
    year, month, day = (int(part) if part else None for part in found.groups())
    try:
        first = utc(year, month or 1, day or 1)
        if day:
            return (first, 0), (first + 86399, 999999999)
        after = utc(year + 1, 1, 1) if not month or month == 12 else utc(year, month + 1, 1)
        return (first, 0), (after - 1, 999999999)
    except ValueError:
        demand(False, 'no day of the calendar')


def partial_date(text):
    """Refuses a text that is no date, instant or interval."""
    ends = text.split('/')
    demand(len(ends) <= 2, 'no date')
    if len(ends) == 1:
        extent(text)
        return
    demand(ends != ['..', '..'], 'an interval has an end')
    begin = FIRST if ends[0] == '..' else extent(ends[0])[0]
    end = LAST if ends[1] == '..' else extent(ends[1])[1]
    demand(begin <= end, 'an interval in the wrong order')

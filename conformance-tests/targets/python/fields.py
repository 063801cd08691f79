"""The tables of fields, formats, sections and kinds. docs/spec/referral.md"""
import re
from dataclasses import dataclass
from functools import cache

from tables import marked, rows, words


@dataclass
class Field:
    """A field of a type. `kind` is code, flag, number, object, choice, absent or the name of a format."""

    name: str
    must: bool
    kind: str
    most: int = 0
    least: int = 0
    listed: int = 0
    of: object = None
    refers: str = ''


def field(name, must, value):
    result = Field(name, must == 'yes', '')
    listed = re.match(r'1 to (\d+): (.*)', value)
    if listed:
        result.listed, value = int(listed[1]), listed[2]
    if value.startswith('reasons for'):
        result.kind, result.of = 'absent', words(value)
    elif found := re.match(r'code of \[(.*?)\]', value):
        result.kind, result.of = 'code of', found[1]
    elif found := re.match(r'whole number, (-?\d+) to (\d+)', value):
        result.kind, result.least, result.most = 'number', int(found[1]), int(found[2])
    elif value == 'true or false':
        result.kind = 'flag'
    elif found := re.match(r'\[(\w+)\]', value):
        result.kind, result.of = 'object', found[1]
    elif found := re.match(r'([a-z-]+), ≤ (\d+)(?:; id of an? (\w+))?', value):
        result.kind, result.most, result.refers = found[1], int(found[2]), found[3] or ''
    else:
        result.kind, result.of = 'choice', words(value)
    return result


@cache
def types():
    """Returns for each type its fields by name, and the sets of fields of which at least one, or exactly one, must be present."""
    result = {}
    for part in marked('referral', 'fields').split('\n### ')[1:]:
        name, text = part.split('\n', 1)
        lead = text.split('|')[0]
        least = re.search(r'At least one of (.*?)(?: is given)?\.', lead)
        exactly = re.search(r'Exactly one of (.*?)\.', lead)
        known = {row[0].strip('`'): field(row[0].strip('`'), row[1], row[2]) for row in rows(text)}
        sets = [
            (only, [word for word in re.findall(r'\w+', found[1]) if word in known]) for only, found in ((False, least), (True, exactly)) if found
        ]
        result[name] = known, sets
    return result


@cache
def formats():
    table = {row[0].strip('`'): words(row[2])[0] for row in rows(marked('referral', 'formats'))}
    return {name: re.compile(pattern.removeprefix('^').removesuffix('$')) for name, pattern in table.items()}


@cache
def sections():
    """Returns for each type of section the name of the field that is in it."""
    return {row[0].strip('`'): row[1].strip('`') for row in rows(marked('referral', 'sections'))}


@cache
def kinds():
    """Returns for each kind the sections that it must have, and those that it must not have."""
    return {row[0].strip('`'): (words(row[1]), words(row[3])) for row in rows(marked('referral', 'kinds'))}



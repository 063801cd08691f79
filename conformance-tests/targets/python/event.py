"""The structure of events, and the codes in them. docs/spec/thread.md, REX-THR-003 to 005"""
import re
from functools import cache

from envelope import arm
from errors import demand
from identity import is_code, is_identifier
from tables import cells, chapter, code_lists, schema, words

LATEST = 253402300799999


@cache
def code_members():
    """Returns, for the path of each code in an event, such as `except[].code`, the code's list and whether a decision depends on it."""
    table = chapter('thread').split('**REX-THR-005**')[1].split('**REX-THR-006**')[0]
    found = {}
    for line in table.split('\n'):
        if line.startswith('| `'):
            members, name, decides = cells(line)
            found |= {member: (name, decides == 'yes') for member in words(members)}
    return found


def camel(name):
    return re.sub('_(.)', lambda found: found[1].upper(), name)


def walk(message, value, path=''):
    """Yields name, type, value and path of each member of an event that is present, depth first. Paths have JSON names."""
    for name, kind, label in schema()[0][message].values():
        member, at = value[name], f'{path}.{camel(name)}' if path else camel(name)
        if label == 'repeated':
            yield name, 'list', member, at
            for index, each in enumerate(member):
                yield name, kind, each, f'{at}[{index}]'
                if kind in schema()[0]:
                    yield from walk(kind, each, f'{at}[{index}]')
        elif member is not None:
            yield name, kind, member, at
            if kind in schema()[0]:
                yield from walk(kind, member, at)


def code_of(path):
    """Returns the list of the code at a path, and whether a decision depends on the code; None if there is no code at this path."""
    short = re.sub('[A-Z]', lambda found: '_' + found[0].lower(), re.sub(r'\[\d+\]', '[]', path))
    return code_members().get(short) or code_members().get(short.partition('.')[2])


def check_event(number, event):
    """Refuses an event whose structure is not that of its type (REX-THR-004)."""
    content = event[arm(number)]
    demand(content is not None, 'the event is not of the type')
    for name, kind, value, path in walk('Event', event):
        if kind == 'list':
            demand(len(value) <= 10000, 'a list is too long', 'LIMIT_EXCEEDED', path)
        elif kind == 'string':
            demand(len(value) <= (200 if name == 'reference' else 20000), 'a text is too long', 'LIMIT_EXCEEDED', path)
            demand(not code_of(path) or is_code(value), 'no code', path=path)
            demand(name != 'alternative' or value == '' or is_identifier(value), 'no entity identifier', path=path)
        elif name.endswith('_ms'):
            demand(value <= LATEST, 'a time after the year 9999', path=path)
    if event['refer']:
        check_refer(content)
    if event['decline'] or event['fail']:
        demand(content['code'] != 'other' or content['text'], 'the code other needs a text')
    if event['request_info']:
        demand(content['questions'], 'no question')
        demand(len(content['questions']) <= 64, 'too many questions', 'LIMIT_EXCEEDED')


def check_refer(refer):
    group, index, size = refer['group'], refer['group_index'], refer['group_size']
    alone = not group and index == size == 0
    demand(alone or (len(group) == 16 and 1 <= index <= size <= 1000), 'no group')
    demand(len(refer['follows']) in (0, 16), 'no thread id')


def texts(event):
    """Returns the texts of an event with their paths, for the guard."""
    return [(path, value) for _, kind, value, path in walk('Event', event) if kind == 'string']


def unknown_code(event):
    """Returns path and code of the first code that is in no list although a decision depends on it, or None."""
    for _, kind, value, path in walk('Event', event):
        name, decides = code_of(path) or ('', False)
        if kind == 'string' and decides and value not in code_lists()[name][1]:
            return path, value
    return None

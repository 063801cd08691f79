"""Referrals and sections: validation, unknown codes, handling rules. docs/spec/referral.md"""
import dates
import guard
from errors import Refused, demand
from event import camel
from fields import formats, sections, types
from jose import strict_json
from tables import code_lists, schema
from wire import decode

FILE_BYTES, SPACE, DEPTH = 8 * 2**20, 2**20, 64
VERSIONS = 4096
OWNERS = {'people': 'person', 'accounts': 'account', 'items': 'item', 'references': 'reference', 'questions': 'question'}


def wrong(path, detail):
    raise Refused('INVALID_REFERRAL', detail, path)


def joined(path, name):
    return f'{path}.{name}' if path else name


class Check:
    """Checks JSON against the tables of fields. For a receiver, unknown codes and ids without a target are permitted."""

    def __init__(self, receiver):
        self.receiver, self.ids, self.references = receiver, {}, []

    def object(self, value, name, path):
        known, sets = types()[name]
        if not isinstance(value, dict):
            wrong(path, 'no object')
        for member in value:
            if member not in known:
                wrong(joined(path, member), 'an unknown field')
        for member, field in known.items():
            at = joined(path, member)
            if member in value:
                self.field(value[member], field, at, value)
            elif field.must:
                wrong(at, 'is missing')
        for only, members in sets:
            given = sum(member in value for member in members)
            if given == 0 or (only and given > 1):
                wrong(path, f'of {", ".join(members)} there must be {"exactly" if only else "at least"} one')
        if 'id' in value and known['id'].kind == 'local-id':
            self.own(value['id'], path)

    def own(self, id, path):
        """Remembers the id of an entry, which must be unique within the referral (REX-REF-045)."""
        owner = OWNERS[path.split('[')[0]]
        if id in self.ids:
            wrong(joined(path, 'id'), 'an id that occurs twice')
        self.ids[id] = owner

    def field(self, value, field, path, holder):
        if field.kind == 'absent':
            self.absent(value, field.of, path, holder)
        elif field.listed:
            if not isinstance(value, list) or not 1 <= len(value) <= field.listed:
                wrong(path, f'no list of 1 to {field.listed}')
            for index, each in enumerate(value):
                self.value(each, field, f'{path}[{index}]')
        else:
            self.value(value, field, path)

    def value(self, value, field, path):
        if field.kind == 'object':
            self.object(value, field.of, path)
        elif field.kind == 'flag':
            if not isinstance(value, bool):
                wrong(path, 'not true or false')
        elif field.kind == 'number':
            if not isinstance(value, int) or isinstance(value, bool) or not field.least <= value <= field.most:
                wrong(path, f'no whole number from {field.least} to {field.most}')
        elif field.kind == 'choice':
            if value not in field.of:
                wrong(path, 'none of ' + ', '.join(field.of))
        elif field.kind == 'code of':
            self.code(value, field.of, path)
        else:
            self.text(value, field, path)

    def code(self, value, name, path):
        if not isinstance(value, str) or (len(value) > 64 or not formats()['code'].fullmatch(value) if self.receiver else value not in code_lists()[name][1]):
            wrong(path, f'no code of {name}')

    def text(self, value, field, path):
        if not isinstance(value, str) or len(value) > field.most or not formats()[field.kind].fullmatch(value):
            wrong(path, f'no {field.kind} of at most {field.most} code points')
        try:
            if field.kind == 'instant':
                dates.instant(value)
            elif field.kind == 'partial-date':
                dates.partial_date(value)
        except Refused as refused:
            wrong(path, refused.detail)
        if field.refers:
            self.references.append((value, field.refers, path))

    def absent(self, value, allowed, path, holder):
        if not isinstance(value, dict) or not value:
            wrong(path, 'no reasons')
        for name, reason in value.items():
            if name not in allowed:
                wrong(joined(path, name), 'a field that may not have a reason')
            if name in holder:
                wrong(joined(path, name), 'a field that has a value')
            self.code(reason, 'absence', joined(path, name))

    def resolve(self):
        for id, owner, path in self.references:
            if self.ids.get(id) not in ({owner} if owner != 'entry' else set(OWNERS.values())):
                wrong(path, f'no {owner} has this id')


def read_json(data):
    """Parses a JSON file (REX-ENC-032)."""
    demand(len(data) <= FILE_BYTES, 'the file is too large', 'LIMIT_EXCEEDED')
    data = data.removeprefix(b'\xef\xbb\xbf')
    demand(len(data) - len(data.strip(b' \t\r\n')) <= SPACE, 'too much white space', 'LIMIT_EXCEEDED')
    return strict_json(data, DEPTH)


def check_referral(data):
    """Refuses JSON unless it is a referral that a sender may send (REX-REF-050)."""
    value, check = read_json(data), Check(receiver=False)
    check.object(value, 'Referral', '')
    for index, extension in enumerate(value.get('extensions', [])):
        if extension['section'] not in sections():
            wrong(f'extensions[{index}].section', 'no section of a referral')
    check.resolve()
    for type, name in sections().items():
        extensions = [each for each in value.get('extensions', []) if each['section'] == type]
        if name in value or extensions:
            guard.check(strings({name: value.get(name), 'extensions': extensions}))


def to_json(message, value):
    """Returns the JSON of a decoded message, without members that have their default value (REX-REF-030)."""
    result = {}
    for name, kind, label in schema()[0][message].values():
        member = value[name]
        if kind == 'Absence':
            fields = [each['field'] for each in member]
            demand(all(a < b for a, b in zip(fields, fields[1:])), 'reasons do not ascend', 'NOT_CANONICAL')
            member = {each['field']: each['reason'] for each in member}
        elif kind in schema()[0]:
            member = [to_json(kind, each) for each in member] if label == 'repeated' else member and to_json(kind, member)
        if member is not None and (label == 'optional' or kind in schema()[0] and label != 'repeated' or member):
            result[camel(name)] = list(member) if isinstance(member, tuple) else member
    return result


def read_section(type, content):
    """Decodes a received section (REX-REF-031). Returns its id, its version, and its content as JSON."""
    value = to_json('ReferralSection', decode('ReferralSection', content))
    id, version = value.pop('id', ''), value.pop('version', 0)
    if len(id) > 64 or not formats()['local-id'].fullmatch(id):
        wrong(f'{type}.id', 'no id of a section')
    if not 1 <= version <= VERSIONS:
        wrong(f'{type}.version', 'no version')
    known, check = types()['Referral'][0], Check(receiver=True)
    for name in value:
        if name not in (sections()[type], 'extensions'):
            wrong(name, 'a field of another section')
        check.field(value[name], known[name], name, value)
    for index, extension in enumerate(value.get('extensions', [])):
        if extension['section'] != type:
            wrong(f'extensions[{index}].section', 'another section')
    guard.check(strings(value))
    return id, version, value


def strings(value, path=''):
    """Yields the texts in a value with their paths, in reading order."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, list):
        for index, each in enumerate(value):
            yield from strings(each, f'{path}[{index}]')
    elif isinstance(value, dict):
        for name, each in value.items():
            yield from strings(each, joined(path, name))


def unknown_code(value):
    """Returns path and code of the first code that is in no list although a decision depends on it, or None (REX-REF-060)."""
    return next(undecided(value, 'Referral', ''), None)


def undecided(value, name, path):
    for member, field in types()[name][0].items():
        if member not in value:
            continue
        entries = [(value[member], joined(path, member))]
        if field.listed:
            entries = [(each, f'{joined(path, member)}[{index}]') for index, each in enumerate(value[member])]
        for each, at in entries:
            if field.kind == 'object':
                yield from undecided(each, field.of, at)
            elif field.kind == 'code of' and code_lists()[field.of][0] and each not in code_lists()[field.of][1]:
                yield at, each


EXTERNAL = {'externally-visible-direct', 'externally-visible-indirect'}


def check_handling(handling, types_of_sections):
    """Refuses handling rules that contradict each other (REX-REF-081, REX-REF-082)."""
    label, actions, onward = handling['tlp'], handling.get('permittedActions', []), handling.get('onward')
    shared = 'onwardTo' in handling
    contradictions = {
        'handling.onward': label in ('red', 'amber-strict') and onward == 'allowed',
        'handling.onwardTo': shared and (label in ('red', 'amber-strict') or onward == 'not-allowed'),
        'handling.permittedActions': (label == 'red' and EXTERNAL & set(actions)) or ('none' in actions and len(actions) > 1),
        'handling.attribution': label == 'red' and handling.get('attribution') == 'must',
        'handling.tlp': label in ('green', 'clear') and {'people', 'contact'} & set(types_of_sections),
    }
    for path, found in contradictions.items():
        demand(not found, 'rules that contradict each other', 'HANDLING_REFUSED', path)

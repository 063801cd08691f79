"""Canonical protobuf. docs/spec/overview.md, REX-ENC-001 to 010"""
import hashlib
from functools import cache

from errors import demand, malformed
from tables import limit, schema

VARINTS = {'uint32', 'uint64', 'sint64', 'bool'}
SAFE = 2**53 - 1
OPEN_ENUMS = {'DeskReceiptStatus', 'ErrorReason'}
TOKENS = {'Envelope': 1024, 'EvidenceBundle': 1048576, 'Routing': limit('routing') // 4}


def digest(tag, data):
    return hashlib.sha256(b'REX-1 ' + tag.encode() + b'\0' + data).digest()


class Reader:
    """Reads tags, lengths and numbers, and counts them (REX-ENC-007)."""

    def __init__(self, data, most):
        self.data, self.at, self.left = data, 0, most

    def varint(self):
        self.left -= 1
        demand(self.left >= 0, 'too many tags, lengths and numbers', 'LIMIT_EXCEEDED')
        value = shift = 0
        while True:
            demand(self.at < len(self.data) and shift < 70, 'a number is cut off or too long')
            byte = self.data[self.at]
            self.at += 1
            value |= (byte & 127) << shift
            if byte < 128:
                demand(value < 2**64, 'a number has more than 64 bits')
                return value
            shift += 7

    def run(self, end):
        size = self.varint()
        demand(size <= end - self.at, 'a length reaches beyond its object')
        self.at += size
        return self.at - size, self.at


def number(kind, value):
    if kind == 'bool':
        return value != 0
    if kind == 'uint32':
        return value & 0xFFFFFFFF
    if kind == 'sint64':
        return (value >> 1) ^ -(value & 1)
    if kind == 'uint64':
        demand(value <= SAFE, 'a uint64 above 2^53 - 1')
        return value
    demand(kind in OPEN_ENUMS or value in schema()[1][kind] - {0}, f'unknown value of {kind}')
    return value


def is_number(kind):
    return kind in VARINTS or kind in schema()[1]


@cache
def blank(message):
    """Returns the default of each member: an empty list, None for a member with presence, otherwise zero. An absent enumeration has no value to check."""
    zeros = {'string': '', 'bytes': b'', 'bool': False}
    fields = schema()[0][message].values()
    present = {'optional', 'oneof'}
    return {
        name: () if label == 'repeated' else None if label in present or kind in schema()[0] else zeros.get(kind, 0)
        for name, kind, label in fields
    }


@cache
def others(message):
    return [name for name, _, label in schema()[0][message].values() if label == 'oneof']


def read(message, reader, end, depth=0):
    result, fields = dict(blank(message)), schema()[0][message]
    while reader.at < end:
        tag = reader.varint()
        demand(0 < tag >> 3 < 2**29, 'a field number out of range')
        field, form = fields.get(tag >> 3), tag & 7
        demand(form in (0, 1, 2, 5), 'a wire type that no field has')
        if not field or form in (1, 5):
            skip(reader, form, end)
            continue
        name, kind, label = field
        if form == 0:
            demand(is_number(kind), f'wrong wire type of {message}.{name}')
            value = number(kind, reader.varint())
        else:
            start, stop = reader.run(end)
            if is_number(kind):
                demand(label == 'repeated', f'wrong wire type of {message}.{name}')
                reader.at, packed = start, []
                while reader.at < stop:
                    packed.append(number(kind, reader.varint()))
                demand(reader.at == stop, 'a number reaches beyond its list')
                result[name] = (*result[name], *packed)
                continue
            value = content(kind, reader, start, stop, depth)
        if label == 'repeated':
            if not result[name]:
                result[name] = []
            result[name].append(value)
        else:
            for other in others(message) if label == 'oneof' else ():
                result[other] = None
            result[name] = value
    demand(reader.at == end, 'a number reaches beyond its object')
    for name, kind, label in fields.values():
        demand(kind not in schema()[1].keys() - OPEN_ENUMS or result[name] or label, f'{message}.{name} is missing')
    return result


def skip(reader, form, end):
    if form == 0:
        reader.varint()
    elif form == 2:
        reader.run(end)
    else:
        reader.at += 8 if form == 1 else 4
        demand(reader.at <= end, 'a field reaches beyond its object')


def content(kind, reader, start, stop, depth):
    if kind in schema()[0]:
        demand(depth < 64, 'nested too deep', 'LIMIT_EXCEEDED')
        reader.at = start
        return read(kind, reader, stop, depth + 1)
    data = reader.data[start:stop]
    if kind == 'bytes':
        return data
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise malformed('a string is not UTF-8') from None


def varint(value):
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)


def encode_number(kind, value):
    return varint(value << 1 ^ value >> 63 if kind == 'sint64' else int(value))


def encode(message, value):
    """Encodes a message as canonical bytes. Omitted members have their default."""
    out, fields, defaults = [], schema()[0][message], blank(message)
    for field in sorted(fields):
        name, kind, label = fields[field]
        member = value.get(name, defaults[name])
        if label == 'repeated' and is_number(kind):
            packed = b''.join(encode_number(kind, each) for each in member)
            out += [varint(field << 3 | 2), varint(len(packed)), packed] if packed else []
        elif label == 'repeated' or (member is not None and (member or defaults[name] is None)):
            for each in member if label == 'repeated' else [member]:
                if is_number(kind):
                    out += [varint(field << 3), encode_number(kind, each)]
                    continue
                data = encode(kind, each) if kind in schema()[0] else each.encode() if kind == 'string' else each
                out += [varint(field << 3 | 2), varint(len(data)), data]
    return b''.join(out)


def decode(message, data, canonical=True):
    """Decodes a message into its members by name. Refuses a message that is not canonical, unless `canonical` is false."""
    reader = Reader(data, TOKENS.get(message, limit('envelope') // 4))
    result = read(message, reader, len(data))
    demand(not canonical or encode(message, result) == data, f'{message} is not canonical', 'NOT_CANONICAL')
    return result

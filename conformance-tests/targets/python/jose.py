"""JOSE objects: slots, strict JSON, signatures. docs/spec/envelope-slots.md"""
import base64
import hashlib
import json
import re
from functools import cache

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from errors import demand, malformed
from tables import cells, chapter, limit, words

PRIME = 2**255 - 19
TEXT = re.compile(r'[A-Za-z0-9_-]*')


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b'=').decode()


def unb64(text):
    """Decodes canonical base64url (REX-ENC-020)."""
    demand(isinstance(text, str) and TEXT.fullmatch(text) and len(text) % 4 != 1, 'no base64url')
    data = base64.urlsafe_b64decode(text + '=' * (-len(text) % 4))
    demand(b64(data) == text, 'unused bits of base64url are set')
    return data


@cache
def headers():
    """Returns the protected header of each slot, by the name of the slot. If a slot has two suites, the name ends with the suite."""
    table = chapter('envelope-slots').split('**REX-JOSE-010**')[1].split('**REX-JOSE-011**')[0]
    lines = [cells(line) for line in table.split('\n') if line.startswith('| `')]
    return {' '.join(words(slot)): words(header)[0] for slot, _, header in lines}


def header(slot, **values):
    """Returns the protected header of a slot, with these values in it."""
    return re.sub(r'‹(\w+)›', lambda name: b64(values[name[1]]), headers()[slot]).encode()


@cache
def pattern(slot):
    return re.compile(re.sub(r'‹(\w+)›', r'(?P<\1>[A-Za-z0-9_-]{43})', re.escape(headers()[slot]).replace('\\‹', '‹')))


def match(slot, protected):
    """Returns the values in a protected header, which must fit its slot (REX-JOSE-010)."""
    demand(len(protected) <= limit('protectedHeader'), 'a protected header is too long', 'LIMIT_EXCEEDED')
    found = pattern(slot).fullmatch(protected.decode('latin-1'))
    demand(found, f'no header of {slot}')
    return {name: unb64(value) for name, value in found.groupdict().items()}


@cache
def low_order(curve):
    """Returns the coordinates of the points of low order on a curve (REX-JOSE-031)."""
    table = chapter('envelope-slots').split('| Ed25519 (y) | X25519 (u) |')[1].split('\n\n')[0]
    return {int(words(row)[['Ed25519', 'X25519'].index(curve)], 16) for row in table.split('\n')[2:]}


def good_point(curve, data):
    """Returns whether 32 bytes are a canonical coordinate of a point that is not of low order."""
    value = int.from_bytes(data, 'little') & (2**255 - 1 if curve == 'Ed25519' else 2**256 - 1)
    return len(data) == 32 and value < PRIME and value not in low_order(curve)


def jws(slot, parts):
    """Returns the `kid` of a JWS, which must have the form of its slot. `parts`: header, payload and signature."""
    protected, _, signature = parts
    values = match(slot, protected)
    demand(len(signature) == 64 and good_point('Ed25519', signature[:32]), 'no Ed25519 signature')
    return values['kid']


def verified(key, parts):
    """Returns whether the signature verifies. OpenSSL checks S < L and compares the encoding of [S]B - [k]A with R (REX-JOSE-030)."""
    protected, payload, signature = parts
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, f'{b64(protected)}.{b64(payload)}'.encode())
        return True
    except (InvalidSignature, ValueError):
        return False


def public_kid(seed):
    """Returns the thumbprint of the public key that belongs to a private Ed25519 key."""
    public = Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()
    return thumbprint({'kty': 'OKP', 'crv': 'Ed25519', 'x': b64(public)})


def sign(slot, seed, payload):
    """Signs a payload. Returns header, payload and signature of the JWS."""
    protected = header(slot, kid=public_kid(seed))
    return protected, payload, Ed25519PrivateKey.from_private_bytes(seed).sign(f'{b64(protected)}.{b64(payload)}'.encode())


def thumbprint(jwk):
    """Returns the thumbprint of a JWK (RFC 7638, SHA-256). For an AKP key, it covers `alg`, `kty` and `pub` (REX-ID-003)."""
    names = ('alg', 'kty', 'pub') if jwk['kty'] == 'AKP' else ('crv', 'kty', 'x')
    return hashlib.sha256(json.dumps({name: jwk[name] for name in names}, separators=(',', ':')).encode()).digest()


def jwt(slot, text, most):
    """Parses a JWT (REX-JOSE-022). Returns its header, payload and signature as one tuple, its `kid`, and its claims."""
    demand(len(text) <= most, f'{slot} is too long', 'LIMIT_EXCEEDED')
    parts = text.split('.')
    demand(len(parts) == 3, 'a JWT has three parts')
    parts = tuple(unb64(part) for part in parts)
    kid = jws(slot, parts)
    claims = strict_json(parts[1], 16)
    demand(isinstance(claims, dict), 'claims are an object')
    return parts, kid, claims


STRINGS = re.compile(r'"(?:[^"\\]|\\.)*"', re.S)


def strict_json(data, deepest):
    """Parses JSON text strictly (REX-JOSE-020, REX-JOSE-021). `deepest`: maximum number of levels."""
    try:
        text = data.decode()
    except UnicodeDecodeError:
        raise malformed('JSON is not UTF-8') from None
    depth = most = 0
    for bracket in re.findall(r'[\[{]|[\]}]', STRINGS.sub('', text)):
        depth += 1 if bracket in '[{' else -1
        most = max(most, depth)
    demand(most <= deepest, 'JSON nests too deep', 'LIMIT_EXCEEDED')
    try:
        return json.loads(text, object_pairs_hook=members, parse_int=whole, parse_float=no_number, parse_constant=no_number)
    except (ValueError, RecursionError) as fault:
        raise malformed(f'no JSON: {fault.__class__.__name__}') from None


def members(pairs):
    result = dict(pairs)
    demand(len(pairs) <= 256, 'an object has too many members', 'LIMIT_EXCEEDED')
    demand(len(result) == len(pairs) and '__proto__' not in result, 'a name occurs twice, or is __proto__')
    for name, value in pairs:
        check_strings(name)
        check_strings(value)
    return result


def check_strings(value):
    for text in value if isinstance(value, list) else [value]:
        if isinstance(text, list):
            check_strings(text)
        demand(not isinstance(text, str) or not re.search('[\ud800-\udfff]', text), 'a string has a lone surrogate')


def whole(text):
    demand(len(text) < 18 and text != '-0' and abs(int(text)) < 2**53, 'no whole number of up to 53 bits')
    return int(text)


def no_number(_):
    raise malformed('no whole number')

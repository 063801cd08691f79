"""Identifiers, entity configurations, rotations, invites. docs/spec/identity.md"""
import ipaddress
import re
import unicodedata
from functools import cache

from errors import Refused, demand
from jose import b64, good_point, jwt, thumbprint, unb64, verified
from tables import limit
from wire import digest
from wordlist import WORDS

SKEW, LIFETIME = limit('skew'), limit('maxLifetime')
LABEL = '[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?'
IDENTIFIER = re.compile(rf'https://({LABEL}\.)+[a-z]([a-z0-9-]{{0,61}}[a-z0-9])?(/[a-z0-9_~-][a-z0-9._~-]*)*')
HOST = re.compile(rf'({LABEL}\.)*[a-z]([a-z0-9-]{{0,61}}[a-z0-9])?')
INVITE_BYTES = 131072
# Matches characters that mail programs add to a text: white space, invisible characters, and quotation marks at the beginning of lines (REX-ENC-033).
ADDED = re.compile('(^|[\r\n])[>\\s]+|[\\s\u00ad\u200b-\u200d\u2060\ufeff]+')


def is_identifier(text):
    """Returns whether a text is an entity identifier (REX-ID-001)."""
    return len(text) <= limit('entityIdentifier') and IDENTIFIER.fullmatch(text) is not None


def is_code(text):
    words = text.split('-')
    return len(text) <= 64 and all(word and word.isascii() and word.isalnum() and word == word.lower() for word in words)


def number(claims, name):
    value = claims.get(name)
    demand(isinstance(value, int) and not isinstance(value, bool) and value >= 0, f'{name} is no NumericDate')
    return value


def the(claims, name, kind):
    demand(isinstance(claims.get(name), kind), f'{name} is missing or of another type')
    return claims[name]


def jwk(value, kind, *more):
    """Returns the public bytes and the thumbprint of a JWK, which must have exactly the members of its kind and `more` (REX-JOSE-031)."""
    fixed = {'kty': 'AKP', 'alg': 'HPKE-10'} if kind == 'HPKE-10' else {'kty': 'OKP', 'crv': kind}
    member = 'pub' if kind == 'HPKE-10' else 'x'
    demand(isinstance(value, dict) and value.get('kty') == fixed['kty'], 'no JWK of the kind that belongs here')
    demand('kid' not in more or isinstance(value.get('kid'), str), 'no kid')
    try:
        demand(set(value) - set(more) == {*fixed, member}, 'not the members of this kind')
        demand(all(value[name] == fixed[name] for name in fixed), 'no JWK of this kind')
        data = unb64(value[member])
        if kind == 'HPKE-10':
            demand(len(data) == 1216 and good_lattice(data[:1184]) and good_point('X25519', data[1184:]), 'no key of HPKE-10')
        else:
            demand(good_point(kind, data), 'no key of this curve')
        kid = thumbprint(value)
        demand('kid' not in more or unb64(value['kid']) == kid, 'kid is not the thumbprint')
    except Refused as refused:
        raise Refused('KEY_INVALID', refused.detail) from None
    return data, kid


@cache
def good_lattice(data):
    """Performs the modulus check of an ML-KEM key (FIPS 203, section 7.2)."""
    triples = zip(data[0:1152:3], data[1:1152:3], data[2:1152:3])
    return all(a | (b & 15) << 8 < 3329 and b >> 4 | c << 4 < 3329 for a, b, c in triples)


def signing_keys(holder, name):
    keys = the(the(holder, name, dict), 'keys', list)
    demand(len(keys) <= 16, 'too many keys')
    result = []
    for key in keys:
        data, kid = jwk(key, 'Ed25519', 'kid', 'nbf', 'exp', 'revoked')
        revoked = key.get('revoked')
        if 'revoked' in key:
            demand(isinstance(revoked, dict) and revoked.get('reason') in ('superseded', 'compromised'), 'no revocation')
            number(revoked, 'revoked_at')
        result.append({'bytes': data, 'kid': kid, 'nbf': number(key, 'nbf'), 'exp': number(key, 'exp'), 'revoked': revoked})
    return result


def epochs(party):
    listed = the(party, 'epochs', list)
    demand(len(listed) <= 64, 'too many epochs')
    result = []
    for epoch in listed:
        demand(isinstance(epoch, dict), 'no epoch')
        keys = the(epoch, 'keys', list)
        demand(len(keys) == 2, 'an epoch has two keys')
        published = {'REX-1': jwk(keys[0], 'X25519')[0], 'REX-2': jwk(keys[1], 'HPKE-10')[0]}
        result.append({'epoch': number(epoch, 'epoch'), 'nbf': number(epoch, 'nbf'), 'exp': number(epoch, 'exp'), 'keys': published})
    numbers = [epoch['epoch'] for epoch in result]
    demand(all(a < b for a, b in zip(numbers, numbers[1:])), 'epochs do not ascend')
    return result


def check_endpoint(text):
    demand(isinstance(text, str) and len(text) <= 300, 'no endpoint')
    found = re.fullmatch(r'(?:\[([^\]]*)\]|([^:\[\]]*)):([1-9][0-9]{0,4})', text, re.A)
    demand(found and int(found[3]) <= 65535, 'no endpoint')
    six, name = found[1], found[2]
    try:
        if six is not None:
            ipaddress.IPv6Address(six)
            demand('%' not in six and six == six.lower(), 'an address has no zone and no capitals')
        elif re.fullmatch(r'[0-9.]+', name):
            ipaddress.IPv4Address(name)
        else:
            demand(len(name) <= 253 and HOST.fullmatch(name), 'no DNS name')
    except ValueError:
        demand(False, 'no address')


def check_authority(text):
    """Checks that base64url text is one DER SEQUENCE and nothing else."""
    der = unb64(text)
    demand(len(der) <= 8192 and len(der) >= 2 and der[0] == 0x30, 'no DER SEQUENCE')
    size = der[1] & 127 if der[1] > 128 else 0
    length = int.from_bytes(der[2 : 2 + size], 'big') if size else der[1]
    minimal = der[1] < 128 or (size and length >= 128 and der[2] != 0)
    demand(minimal and length and len(der) == 2 + size + length, 'no DER SEQUENCE')


def check_needs(party):
    demand('needs' not in party or isinstance(party['needs'], dict), 'needs are no object')
    needs = party.get('needs', {})
    demand(len(needs) <= 32, 'too many needs')
    for kind, need in needs.items():
        demand(isinstance(need, dict) and is_code(kind), 'no need')
        for name in ('must', 'should'):
            paths = need.get(name, [])
            demand(isinstance(paths, list) and len(paths) <= 64, 'no paths')
            for path in paths:
                demand(isinstance(path, str) and len(path) <= 200, 'no path')
                demand(re.fullmatch(r'[A-Za-z][A-Za-z0-9]*(\.[A-Za-z][A-Za-z0-9]*)*', path), 'no path')


def check_gateway(party):
    gateway = the(party, 'gateway', dict)
    endpoints = the(gateway, 'endpoints', list)
    demand(1 <= len(endpoints) <= 8, 'wrong number of endpoints')
    for endpoint in endpoints:
        check_endpoint(endpoint)
    check_authority(the(gateway, 'ca', str))
    if 'next_ca' in gateway:
        check_authority(the(gateway, 'next_ca', str))
    return signing_keys(gateway, 'receipt_keys')


def texts(party, name):
    values = the(party, name, list)
    demand(1 <= len(values) <= 16, f'wrong number of {name}')
    return values


@cache
def parse_configuration(text):
    """Parses an entity configuration and returns its claims. Checks only header and form (REX-ID-010)."""
    parts, kid, claims = jwt('entity-statement', text, limit('entityConfiguration'))
    organisation, iat, exp = the(claims, 'iss', str), number(claims, 'iat'), number(claims, 'exp')
    demand(claims.get('sub') == organisation and is_identifier(organisation), 'iss and sub are one entity identifier')
    demand(iat < exp, 'iat is not before exp')
    keys = the(the(claims, 'jwks', dict), 'keys', list)
    demand(len(keys) == 1, 'one entity key')
    key, thumb = jwk(keys[0], 'Ed25519', 'kid')
    metadata = the(claims, 'metadata', dict)
    name = the(the(metadata, 'federation_entity', dict), 'organization_name', str)
    demand(1 <= len(name) <= 200 and not re.search('[\x00-\x1f\x7f-\x9f\u2028\u2029]', name), 'no name of one line')
    demand(unicodedata.is_normalized('NFC', name), 'the name is not in form C')
    party = the(metadata, 'rex_party', dict)
    versions = texts(party, 'versions')
    demand(all(isinstance(each, int) and not isinstance(each, bool) and each >= 0 for each in versions), 'no versions')
    demand(all(isinstance(each, str) and 1 <= len(each) <= 1024 for each in texts(party, 'suites')), 'no suites')
    lists = the(party, 'code_lists', dict)
    demand(len(lists) <= 128, 'too many code lists')
    for version in lists:
        number(lists, version)
    check_needs(party)
    return {
        'parts': parts, 'kid': kid, 'organisation': organisation, 'iat': iat, 'exp': exp, 'key': key, 'thumbprint': thumb,
        'name': name, 'suites': party['suites'], 'message_keys': signing_keys(party, 'message_keys'), 'epochs': epochs(party),
        'receipt_keys': check_gateway(party), 'rotations': rotations(party, organisation, thumb),
    }  # fmt: skip


def rotations(party, organisation, last):
    """Returns the rotations that led to the key in use, the oldest first (REX-ID-075)."""
    listed = party.get('entity_rotations', [])
    demand('entity_rotations' not in party or (isinstance(listed, list) and 1 <= len(listed) <= 16), 'no list of rotations')
    result, former = [], None
    for text in listed:
        demand(isinstance(text, str), 'no rotation')
        parts, kid, claims = jwt('rotation', text, limit('rotation'))
        demand(the(claims, 'iss', str) == organisation, 'a rotation of another organisation')
        iat, keys = number(claims, 'iat'), the(the(claims, 'jwks', dict), 'keys', list)
        demand(len(keys) == 2, 'two keys')
        (giving, old), (_, new) = (jwk(key, 'Ed25519', 'kid') for key in keys)
        demand(kid == old and former in (None, old), 'not of the key that gives way, or it took over in no rotation')
        result.append({'parts': parts, 'key': giving, 'from': old, 'to': new, 'iat': iat})
        former = new
    if result:
        demand(former == last, 'the last rotation leads to another key')
        used = [rotation['from'] for rotation in result] + [last]
        demand(len(set(used)) == len(used), 'a key occurs twice')
    return result


def signed_by_own_key(claims):
    return claims['kid'] == claims['thumbprint'] and verified(claims['key'], claims['parts'])


def leads(claims, pinned):
    """Returns whether rotations with valid signatures lead from a pinned key to the key in use (REX-ID-076)."""
    after = [rotation['from'] for rotation in claims['rotations']]
    if pinned not in after:
        return False
    return all(verified(rotation['key'], rotation['parts']) for rotation in claims['rotations'][after.index(pinned) :])


def pin_of(key):
    return thumbprint({'kty': 'OKP', 'crv': 'Ed25519', 'x': b64(key)})


def verify_configuration(text, organisation, pinned, now_ms, seen_ms):
    """Verifies an entity configuration in the order of REX-ID-012. Returns its claims."""
    claims = parse_configuration(text)
    known = claims['organisation'] == organisation and (claims['key'] == pinned or leads(claims, pin_of(pinned)))
    demand(known and signed_by_own_key(claims), 'not signed by this organisation', 'STATEMENT_INVALID')
    check_dates(claims, now_ms)
    demand(claims['iat'] * 1000 >= seen_ms, 'an older one', 'STATEMENT_ROLLBACK')
    return claims


def check_dates(claims, now_ms):
    demand(claims['iat'] * 1000 <= now_ms + SKEW, 'dated ahead', 'CLOCK_SKEW')
    demand(now_ms < claims['exp'] * 1000 + SKEW, 'expired', 'EXPIRED')


def verify_invite(text, now_ms):
    """Verifies an invite (REX-ID-041). Returns the claims of the configuration in it."""
    parts, kid, claims = jwt('invite', ADDED.sub('', text), INVITE_BYTES)
    organisation, exp = the(claims, 'iss', str), number(claims, 'exp')
    number(claims, 'iat')
    statement = parse_configuration(the(claims, 'entity_configuration', str))
    signed = kid == statement['thumbprint'] and verified(statement['key'], parts) and signed_by_own_key(statement)
    demand(signed and statement['organisation'] == organisation, 'not signed by this organisation', 'STATEMENT_INVALID')
    demand(now_ms < exp * 1000, 'the invite has expired', 'EXPIRED')
    check_dates(statement, now_ms)
    return statement


def six_words(claims):
    """Returns the six words of an organisation (REX-ID-042)."""
    number_of = int.from_bytes(digest('entity-words', f'{claims["organisation"]} {b64(claims["thumbprint"])}'.encode()), 'big')
    return [WORDS[number_of >> (256 - 11 * (place + 1)) & 2047] for place in range(6)]


def configuration_of(organisation, configurations):
    """Returns the claims of the newest configuration of an organisation, or None."""
    own = [claims for claims in map(parse_configuration, configurations) if claims['organisation'] == organisation]
    return max(own, key=lambda claims: claims['iat'], default=None)


def key_of(keys, kid):
    return next((key for key in keys if key['kid'] == kid), None)


def usable(key, time_ms, compromised=False):
    """Returns whether a signing key is usable at a time (REX-ID-021). `compromised`: whether to ignore a revocation as compromised."""
    revoked = key['revoked']
    if revoked and revoked['reason'] == 'compromised':
        if not compromised:
            return False
        revoked = None
    end = min(key['exp'], revoked['revoked_at']) if revoked else key['exp']
    return key['nbf'] * 1000 - SKEW <= time_ms < end * 1000 + LIFETIME + SKEW

"""Evidence bundles. docs/spec/receipts.md, REX-RCP-020 to 032"""
from contextlib import contextmanager

from envelope import RECEIPT, envelope_digest, jws_parts, manifest_digest, parse_manifest, parse_routing, parse_section
from errors import Refused, demand
from identity import key_of, leads, parse_configuration, pin_of, signed_by_own_key, usable
from jose import jws, verified
from receipts import verify_stored
from tables import limit
from wire import decode, digest, encode

REFUSED = 4
SKEW, LIFETIME = limit('skew'), limit('maxLifetime')


@contextmanager
def part(path):
    """Refuses the bundle for any fault of a part, with the path of that part (REX-RCP-026)."""
    try:
        yield
    except Refused as refused:
        raise Refused('EVIDENCE_INVALID', f'{refused.reason}: {refused.detail}', path) from None


class Keys:
    """The message keys and receipt keys of one organisation, as its configurations state them (REX-RCP-020, REX-RCP-031)."""

    def __init__(self, statements):
        self.statements = sorted(statements, key=lambda claims: claims['iat'], reverse=True)

    def entries(self, kind, kid):
        """Returns a key once for each configuration that names it, as stated there and with the date of that configuration, newest first."""
        found = [(claims, key_of(claims[kind], kid)) for claims in self.statements]
        return [(claims['iat'], {**key, 'exp': min(key['exp'], claims.get('until', key['exp']))}) for claims, key in found if key]

    def named(self, kind, kid):
        """Returns the key with the dates that follow from all configurations (REX-RCP-031), without its revocation as compromised, or None."""
        entries = self.entries(kind, kid)
        if not entries:
            return None
        newest = entries[0][1]
        revoked = newest['revoked'] if newest['revoked'] and newest['revoked']['reason'] == 'superseded' else None
        if revoked:
            in_use = max((iat for iat, key in entries if not key['revoked']), default=0)
            revoked = {**revoked, 'revoked_at': max(revoked['revoked_at'], in_use)}
        dates = {'nbf': min(key['nbf'] for _, key in entries), 'exp': max(key['exp'] for _, key in entries)}
        return {**newest, **dates, 'revoked': revoked}

    def compromised_ms(self, kind, kid):
        """Returns the earliest time from which the key counts as compromised, in Unix milliseconds, or None."""
        revoked = [key['revoked'] for _, key in self.entries(kind, kid) if key['revoked']]
        times = [each['revoked_at'] * 1000 for each in revoked if each['reason'] == 'compromised']
        return min(times, default=None)


class Succession:
    """The entity keys of one organisation that a pinned key vouches for (REX-RCP-029, REX-RCP-032)."""

    def __init__(self, pinned, statements):
        self.pinned = pinned
        self.later = [claims for claims in statements if self.is_later(claims)]
        edges = [rotation for claims in self.later for rotation in claims['rotations'] if leads(claims, rotation['from'])]
        successors = {}
        for rotation in edges:
            successors.setdefault(rotation['from'], set()).add(rotation['to'])
        self.forked = any(len(keys) > 1 for keys in successors.values())
        self.gave_way = {rotation['from']: rotation['iat'] for rotation in edges}

    def is_later(self, claims):
        return signed_by_own_key(claims) and (claims['thumbprint'] == self.pinned or leads(claims, self.pinned))

    def accepted(self, claims):
        """Returns the claims of a configuration, with the time until which they count, or None if the pinned key does not vouch for them."""
        if self.forked or not signed_by_own_key(claims):
            return None
        until = self.gave_way.get(claims['thumbprint'])
        if until is not None:
            return {**claims, 'until': until} if claims['iat'] * 1000 <= until * 1000 + SKEW else None
        return claims if self.is_later(claims) else None


def known_keys(texts, pins, own):
    parsed = []
    for index, text in enumerate(texts):
        with part(f'entity_configurations[{index}]'):
            parsed.append((f'entity_configurations[{index}]', parse_configuration(text)))
    organisations = {claims['organisation'] for _, claims in parsed}
    for index, text in enumerate(own):
        with part(f'statements[{index}]'):
            claims = parse_configuration(text)
        if claims['organisation'] in organisations:
            parsed.append((f'statements[{index}]', claims))
    of = lambda name: [claims for _, claims in parsed if claims['organisation'] == name]
    successions = {name: Succession(pin_of(key), of(name)) for name, key in pins.items()}
    counting = {name: [] for name in organisations}
    for path, claims in parsed:
        with part(path):
            name = claims['organisation']
            counts = name in successions and successions[name].accepted(claims)
            demand(counts, 'the pinned key does not vouch for it', 'STATEMENT_INVALID')
            counting[name].append(counts)
    return {name: Keys(statements) for name, statements in counting.items()}


def keys_of(known, organisation):
    demand(organisation in known, 'no configuration of this organisation')
    return known[organisation]


def check_signed(known, parts, manifest, time_ms):
    key = keys_of(known, manifest['sender']).named('message_keys', manifest['sender_key'])
    demand(key and usable(key, time_ms) and verified(key['bytes'], parts), 'not signed by its sender')


def check_delivery(delivery, parts, manifest, known):
    """Checks routing, receipts and digests of a delivery (REX-RCP-023 to 025). Returns the routing, the envelope digest, and what the receipts prove."""
    context = decode('EnvelopeContext', delivery['context'])
    digests = [context['recipient_key'], context['manifest'], *context['sections'], delivery['grant']]
    demand(len(context['sections']) <= limit('sections'), 'too many sections')
    demand(all(len(each) == 32 for each in digests), 'a digest or thumbprint has 32 bytes')
    routing = parse_routing(context['routing'])
    opening = delivery['commitment']
    demand(opening and digest('commitment', encode('RecipientCommitment', opening)) in manifest['recipient_commitments'], 'no such commitment')
    demand((opening['recipient'], opening['lane']) == (routing['recipient'], routing['lane']), 'opening and routing differ')
    demand((routing['sender'], routing['expires_ms']) == (manifest['sender'], manifest['expires_ms']), 'routing and manifest differ')
    result = {'routing': routing, 'digest': envelope_digest(delivery['context'], delivery['grant']), 'stored_ms': None}
    if delivery['stored']:
        kid = jws('stored-jws', jws_parts(delivery['stored']))
        key = keys_of(known, routing['recipient']).named('receipt_keys', kid)
        names = routing['envelope_id'], result['digest'], routing['sender'], routing['recipient']
        result.update(stored_ms=verify_stored(delivery['stored'], [key] if key else [], *names), stored_kid=kid)
    result['batches'] = [check_batch(jws_parts(the_manifest(each)), result, parts, known) for each in delivery['receipts']]
    return result


def check_batch(batch, delivery, parts, known):
    """Checks the key and the receipts of a batch that mentions the envelope (REX-RCP-025). Returns the key, and the times that the receipts prove."""
    manifest = parse_manifest(batch)
    demand(manifest['type'] == RECEIPT and manifest['sender'] == delivery['routing']['recipient'], 'no batch of the recipient')
    check_signed(known, batch, manifest, manifest['created_ms'])
    about = [each for each in manifest['event']['receipts']['receipts'] if each['envelope_digest'] == delivery['digest']]
    message = manifest_digest(parts)
    demand(about, 'the batch does not speak of the envelope')
    demand(all(each['message'] == message or (each['status'] == REFUSED and not each['message']) for each in about), 'another message')
    proven = [each['time_ms'] for each in about if each['status'] != REFUSED and each['message'] == message]
    return {'kid': manifest['sender_key'], 'times': proven}


def the_manifest(holder):
    demand(holder['manifest'], 'no manifest')
    return holder['manifest']


def check_message(message, index, known):
    at = f'messages[{index}]'
    with part(f'{at}.manifest'):
        parts = jws_parts(the_manifest(message))
        manifest = parse_manifest(parts)
    for place, section in enumerate(message['sections']):
        with part(f'{at}.sections[{place}]'):
            parse_section(section)
            demand(digest('section', section) in manifest['section_digests'], 'not a section of the manifest')
    deliveries = []
    for place, delivery in enumerate(message['deliveries']):
        with part(f'{at}.deliveries[{place}]'):
            deliveries.append(check_delivery(delivery, parts, manifest, known))
    with part(f'{at}.manifest'):
        stored = [delivery['stored_ms'] for delivery in deliveries if delivery['stored_ms'] is not None]
        check_signed(known, parts, manifest, max([manifest['created_ms'], *stored]))
    return at, manifest, parts, deliveries


def check_compromised(at, manifest, deliveries, known):
    """Refutes parts that a thief of a compromised key could have signed (REX-RCP-028)."""
    proven = []
    for place, delivery in enumerate(deliveries):
        keys = known.get(delivery['routing']['recipient'])
        with part(f'{at}.deliveries[{place}]'):
            stored, batches = delivery.get('stored_kid'), delivery['batches']
            demand(not stored or keys.compromised_ms('receipt_keys', stored) is None, 'the receipt key is compromised')
            sound = all(keys.compromised_ms('message_keys', batch['kid']) is None for batch in batches)
            demand(sound, 'the key of a receipt batch is compromised')
        times = [time for batch in batches for time in batch['times']]
        if times and delivery['routing']['recipient'] != manifest['sender']:
            stored_ms = delivery['stored_ms']
            proven += times if stored_ms is None else [min(time, max(stored_ms, time - LIFETIME)) for time in times]
    since = known[manifest['sender']].compromised_ms('message_keys', manifest['sender_key'])
    with part(f'{at}.manifest'):
        demand(since is None or (proven and min(proven) < since), 'its key is compromised')


def verify_evidence(data, pins, own):
    """Returns the digests of the messages that a bundle proves. `pins`: entity keys by organisation; `own`: configurations that the verifier has."""
    with part('bundle'):
        demand(len(data) <= limit('evidence'), 'the bundle is too large', 'LIMIT_EXCEEDED')
        bundle = decode('EvidenceBundle', data)
        demand(len(bundle['entity_configurations']) <= limit('evidenceConfigurations'), 'too many configurations')
    demand(bundle['version'] == 1, 'another version', 'UNSUPPORTED_VERSION')
    known = known_keys(bundle['entity_configurations'], pins, own)
    checked, seen = [], set()
    for index, message in enumerate(bundle['messages']):
        with part(f'messages[{index}]'):
            payload = message['manifest'] and message['manifest']['payload']
            demand(payload not in seen, 'a message twice')
            seen.add(payload)
        checked.append(check_message(message, index, known))
    for at, manifest, _, deliveries in checked:
        check_compromised(at, manifest, deliveries, known)
    return [manifest_digest(parts) for _, _, parts, _ in checked]

"""Sealing a message for its recipients. docs/spec/envelope.md, REX-ENV-050"""
import os

from envelope import arm, context_of
from errors import demand
from identity import parse_configuration
from jose import b64, public_kid, sign, thumbprint
from seal import SUITES, seal_content, seal_grant
from tables import limit
from wire import decode, digest, encode

SIGNED_MEMBERS = ('thread_id', 'sender', 'chain', 'counter', 'expires_ms', 'test_traffic')
LANES = {False: 1, True: 2}


def decoys(digests, places):
    return [*digests, *(os.urandom(32) for _ in range(places - len(digests)))]


def suite_for(claims, minimum):
    """Returns the strongest suite that both sides support (REX-ENV-031). `minimum`: the weakest suite that the sender accepts."""
    offered = [suite for suite in sorted(SUITES, reverse=True) if suite in claims['suites'] and suite >= minimum]
    demand(offered, 'no common suite', 'SUITE_UNAVAILABLE')
    return offered[0]


def epoch_for(claims, now_ms):
    """Returns the epoch of the recipient to whose keys a message is sealed (REX-ID-033)."""
    current = [epoch for epoch in claims['epochs'] if epoch['nbf'] * 1000 <= now_ms < epoch['exp'] * 1000]
    demand(claims['epochs'], 'no epoch', 'KEY_EXPIRED')
    return (current or claims['epochs'][-1:])[0]


def kid_of(suite, public):
    jwk = {'kty': 'OKP', 'crv': 'X25519', 'x': b64(public)} if suite == 'REX-1' else {'kty': 'AKP', 'alg': 'HPKE-10', 'pub': b64(public)}
    return thumbprint(jwk)


def identifies(event):
    """Returns whether an event identifies somebody, so that it must travel in a section (REX-THR-003)."""
    revealing = {'text', 'reference', 'questions', 'answers', 'except', 'people', 'item_outcomes'}
    content = next(content for content in event.values() if content is not None)
    return any(content.get(name) for name in revealing)


def number_of(event):
    return next(number for number in range(1, 22) if event[arm(number)] is not None)


def seal_message(ask):
    """Seals a message. Returns the manifest digest, and one envelope for each recipient."""
    event = decode('Event', ask['event'])
    confidential = identifies(event)
    contents = [('event', ask['event'])] * confidential + [(each['type'], each['content']) for each in ask['sections']]
    places = -(-len(contents) // 4) * 4
    demand(places <= limit('sections'), 'too many sections', 'LIMIT_EXCEEDED')
    demand(1 <= len(ask['recipients']) <= limit('recipients'), 'wrong number of recipients', 'LIMIT_EXCEEDED')
    sections = [encode('Section', {'salt': os.urandom(32), 'type': type, 'content': content}) for type, content in contents]
    recipients = [Recipient(each, ask, confidential) for each in ask['recipients']]
    commitments = [recipient.commitment() for recipient in recipients]
    size = next(size for size in (4, 16, 64) if size >= len(commitments))
    manifest = {
        **{name: ask[name] for name in SIGNED_MEMBERS},
        'message_id': message_id(ask['now_ms']), 'sender_key': public_kid(ask['message_key']), 'created_ms': ask['now_ms'],
        'heads': sorted(ask['heads']), 'void': sorted(ask['void']), 'type': number_of(event), 'event': None if confidential else event,
        'section_digests': decoys([digest('section', section) for section in sections], places),
        'recipient_commitments': sorted(decoys(commitments, size)),
    }  # fmt: skip
    parts = dict(zip(('protected', 'payload', 'signature'), sign('manifest-jws', ask['message_key'], encode('Manifest', manifest))))
    sealed_manifest = seal_content('manifest-jwe', encode('Jws', parts))
    granted = {index for recipient in recipients for index in recipient.indexes}
    sealed = {index: seal_content('section-jwe', sections[index]) for index in sorted(granted)}
    return digest('manifest', parts['payload']), [recipient.envelope(sealed_manifest, sealed) for recipient in recipients]


def message_id(now_ms):
    """Makes a UUIDv7 (RFC 9562)."""
    random = bytearray(now_ms.to_bytes(6, 'big') + os.urandom(10))
    random[6], random[8] = random[6] & 15 | 0x70, random[8] & 63 | 0x80
    return bytes(random)


class Recipient:
    """The parts of a message that differ by recipient: keys, lane, grant and routing."""

    def __init__(self, given, ask, confidential):
        self.claims = parse_configuration(given['configuration'])
        self.suite = suite_for(self.claims, ask['minimum_suite'])
        self.public = epoch_for(self.claims, ask['now_ms'])['keys'][self.suite]
        demand(all(index < len(ask['sections']) for index in given['sections']), 'no such section')
        self.indexes = [0] * confidential + [index + confidential for index in given['sections']]
        self.lane, self.salt, self.ask = LANES[given['urgent']], os.urandom(32), ask

    def commitment(self):
        opening = {'salt': self.salt, 'recipient': self.claims['organisation'], 'lane': self.lane, 'sections': self.indexes}
        return digest('commitment', encode('RecipientCommitment', opening))

    def envelope(self, manifest, sealed):
        routing = {'version': 1, 'envelope_id': os.urandom(16), 'sender': self.ask['sender'], 'recipient': self.claims['organisation'],
                   'created_ms': self.ask['now_ms'], 'expires_ms': self.ask['expires_ms'], 'lane': self.lane}  # fmt: skip
        keys = [{'index': index, 'key': sealed[index][1]} for index in self.indexes]
        grant = {'manifest_key': manifest[1], 'sections': keys, 'commitment_salt': self.salt}
        parts = {'routing': encode('Routing', routing), 'manifest': manifest[0], 'sections': [sealed[index][0] for index in self.indexes]}
        kid = kid_of(self.suite, self.public)
        ctx = digest('context', context_of(parts, kid))
        return encode('Envelope', {**parts, 'grant': seal_grant(self.suite, self.public, encode('Grant', grant), ctx=ctx, kid=kid)})

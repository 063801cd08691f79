"""Envelopes: parsing, manifests, opening. docs/spec/envelope.md"""
from contextlib import contextmanager

from errors import Refused, demand
from identity import configuration_of, is_code, is_identifier, key_of, usable
from jose import jws, verified
from seal import check_form, epoch_keys, open_content, open_grant, unpad
from tables import limit, schema
from wire import decode, digest, encode

RECEIPT = 20
SKEW, LIFETIME = limit('skew'), limit('maxLifetime')


def arm(number):
    """Returns the name of the member of `Event` that belongs to an event type: both have the same numbers and nearly the same names."""
    return schema()[0]['Event'][number][0]


def parse(data):
    """Parses an envelope without any key (REX-ENV-001 to 004). Returns the envelope, its routing, the values of the grant's header, and the envelope digest."""
    demand(len(data) <= limit('envelope'), 'the envelope is too large', 'LIMIT_EXCEEDED')
    envelope = decode('Envelope', data)
    demand(envelope['routing'] and envelope['grant'] and envelope['manifest'], 'a part is missing')
    demand(len(envelope['sections']) <= limit('sections'), 'too many sections', 'LIMIT_EXCEEDED')
    routing = parse_routing(envelope['routing'])
    values = check_form('grant-jwe', envelope['grant'])
    check_form('manifest-jwe', envelope['manifest'])
    for section in envelope['sections']:
        check_form('section-jwe', section)
    context = context_of(envelope, values['kid'])
    demand(values['ctx'] == digest('context', context), 'ctx is not the digest of the context')
    return envelope, routing, values, envelope_digest(context, jwe_digest(envelope['grant']))


def parse_routing(data):
    demand(len(data) <= limit('routing'), 'the routing is too large', 'LIMIT_EXCEEDED')
    routing = decode('Routing', data)
    demand(routing['version'] == 1, 'another version', 'UNSUPPORTED_VERSION')
    demand(len(routing['envelope_id']) == 16, 'an envelope id has 16 bytes')
    demand(is_identifier(routing['sender']) and is_identifier(routing['recipient']), 'no entity identifier')
    check_times(routing)
    return routing


def check_times(dated):
    demand(dated['created_ms'] > 0 and 0 < dated['expires_ms'] - dated['created_ms'] <= LIFETIME, 'impossible times')


def jwe_digest(part):
    return digest('jwe', encode('Jwe', part))


def context_of(envelope, recipient_key):
    return encode(
        'EnvelopeContext',
        {
            'routing': envelope['routing'],
            'recipient_key': recipient_key,
            'manifest': jwe_digest(envelope['manifest']),
            'sections': [jwe_digest(section) for section in envelope['sections']],
        },
    )


def envelope_digest(context, grant):
    return digest('envelope', encode('EnvelopeDigest', {'context': context, 'grant': grant}))


def ascending(digests, most, what):
    demand(len(digests) <= most, f'too many {what}')
    demand(all(len(each) == 32 for each in digests), f'{what} have 32 bytes')
    demand(all(a < b for a, b in zip(digests, digests[1:])), f'{what} do not ascend')


def parse_manifest(parts):
    """Parses the manifest in a JWS of the right form (REX-ENV-010 to 019)."""
    kid = jws('manifest-jws', parts)
    manifest = decode('Manifest', parts[1])
    receipt = manifest['type'] == RECEIPT
    for name, size in {'message_id': 16, 'thread_id': 16, 'chain': 16, 'sender_key': 32}.items():
        demand(len(manifest[name]) == size, f'{name} has {size} bytes')
    demand(manifest['sender_key'] == kid, 'kid is not the sender key')
    demand(is_identifier(manifest['sender']), 'the sender is no entity identifier')
    demand(receipt == (manifest['thread_id'] == bytes(16)), 'receipts, and they alone, belong to no thread')
    demand(manifest['counter'] <= limit('counter'), 'a counter beyond the end of a chain')
    check_times(manifest)
    ascending(manifest['heads'], limit('heads'), 'heads')
    ascending(manifest['void'], limit('void'), 'void')
    demand((not manifest['heads']) == (receipt or arm(manifest['type']) == 'refer'), 'heads do not fit the type')
    if manifest['event']:
        demand(manifest['event'][arm(manifest['type'])] is not None, 'the event is not of the type')
    digests = manifest['section_digests']
    demand(len(digests) <= limit('sections') and len(digests) % 4 == 0, 'wrong number of section digests')
    demand(all(len(each) == 32 for each in digests) and len(set(digests)) == len(digests), 'wrong section digests')
    demand(len(manifest['recipient_commitments']) in (4, 16, 64), 'wrong number of commitments')
    ascending(manifest['recipient_commitments'], 64, 'commitments')
    if receipt:
        check_batch(manifest)
    return manifest


def check_batch(manifest):
    """Checks the form of a receipt batch (REX-RCP-010)."""
    demand(manifest['event'], 'a batch has its event in the manifest')
    demand(1 <= len(manifest['event']['receipts']['receipts']) <= limit('receiptsPerBatch'), 'wrong number of receipts')
    extra = manifest['counter'] or manifest['heads'] or manifest['void'] or manifest['section_digests']
    demand(not extra and not manifest['test_traffic'], 'a batch has nothing but receipts')


def manifest_digest(parts):
    return digest('manifest', parts[1])


def parse_section(data):
    """Decodes and checks a section (REX-ENV-021)."""
    section = decode('Section', data)
    demand(len(section['salt']) == 32, 'a salt has 32 bytes')
    demand(is_code(section['type']), 'the type is no code')
    return section


def jws_parts(jws_message):
    return jws_message['protected'], jws_message['payload'], jws_message['signature']


@contextmanager
def stage(name):
    """Gives a refusal in this stage the reason that outsiders see: UNOPENABLE for every reason but KEY_EXPIRED (REX-ENV-070)."""
    try:
        yield
    except Refused as refused:
        reason = 'KEY_EXPIRED' if refused.reason == 'KEY_EXPIRED' else 'UNOPENABLE'
        raise Refused(reason, f'{refused.reason}: {refused.detail}', '', name) from None


def open_envelope(data, recipient, seed, stored_ms, configurations):
    """Performs steps 1 to 7 of REX-ENV-070. Returns the digests of manifest and envelope, and the granted sections by index."""
    with stage('parse'):
        envelope, routing, values, digest_of_envelope = parse(data)
    with stage('routing'):
        demand(routing['recipient'] == recipient, 'it is for another organisation')
        demand(stored_ms < routing['expires_ms'] + SKEW, 'it had expired')
        demand(routing['created_ms'] <= stored_ms + SKEW, 'it is dated ahead')
    with stage('grant'):
        demand(values['kid'] in epoch_keys(seed), 'no such key', 'KEY_EXPIRED')
        grant = decode('Grant', open_grant(envelope['grant'], values, *epoch_keys(seed)[values['kid']]))
        indexes = [key['index'] for key in grant['sections']]
        lengths = {len(key) for key in [grant['manifest_key'], grant['commitment_salt'], *(key['key'] for key in grant['sections'])]}
        demand(lengths == {32}, 'keys and salt have 32 bytes')
        demand(all(a < b for a, b in zip(indexes, indexes[1:])), 'indexes do not ascend')
    with stage('manifest'):
        parts = jws_parts(decode('Jws', open_content('manifest-jwe', envelope['manifest'], grant['manifest_key'])))
        manifest = parse_manifest(parts)
    with stage('signature'):
        demand(stored_ms - LIFETIME - SKEW <= manifest['created_ms'] <= stored_ms + SKEW, 'the message is too old or dated ahead')
        check_signature(parts, manifest, stored_ms, configurations)
    with stage('binding'):
        bind(routing, manifest, grant['commitment_salt'], indexes, len(envelope['sections']))
    with stage('section'):
        sections = open_sections(envelope['sections'], grant['sections'], manifest)
    return manifest_digest(parts), digest_of_envelope, sections


def check_signature(parts, manifest, stored_ms, configurations):
    claims = configuration_of(manifest['sender'], configurations)
    key = claims and key_of(claims['message_keys'], manifest['sender_key'])
    demand(key, 'no such key of the sender')
    demand(usable(key, stored_ms), 'the key is not usable')
    demand(manifest['type'] != RECEIPT or usable(key, manifest['created_ms']), 'the key was not usable when the batch was made')
    demand(verified(key['bytes'], parts), 'the signature does not verify')


def bind(routing, manifest, salt, indexes, delivered):
    demand(routing['sender'] == manifest['sender'], 'another sender')
    demand(routing['expires_ms'] == manifest['expires_ms'], 'another expiry')
    demand(routing['created_ms'] >= manifest['created_ms'], 'the routing is older than the manifest')
    demand(len(indexes) == delivered, 'sections and keys differ in number')
    demand(all(index < len(manifest['section_digests']) for index in indexes), 'no such section')
    opening = {'salt': salt, 'recipient': routing['recipient'], 'lane': routing['lane'], 'sections': indexes}
    commitment = digest('commitment', encode('RecipientCommitment', opening))
    demand(commitment in manifest['recipient_commitments'], 'no such commitment')


def open_sections(sealed, keys, manifest):
    opened = {}
    for part, key in zip(sealed, keys):
        data = open_content('section-jwe', part, key['key'])
        section = parse_section(data)
        demand(digest('section', data) == manifest['section_digests'][key['index']], 'another section')
        opened[key['index']] = section, data
    events = [index for index, (section, _) in opened.items() if section['type'] == 'event']
    demand(events == ([] if manifest['event'] else [0]), 'an event is missing, misplaced or doubled')
    if events:
        event = decode('Event', opened[0][0]['content'])
        demand(event[arm(manifest['type'])] is not None, 'the event is not of the type')
    return {index: data for index, (_, data) in opened.items()}

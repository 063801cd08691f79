"""A codec target: REX in Python, from the specification alone. docs/guide/conformance.md"""
import sys

from cryptography import __version__ as library

import envelope
import evidence
import identity
import judging
import receipts
import referral
import sealing
from errors import Refused
from seal import SUITES
from wire import decode, encode

VERSION = 1
REQUEST, RESPONSE = 'ConformanceRequest', 'ConformanceResponse'


def text(value):
    return str(value).encode()


def parse_envelope(ask):
    return {'envelope_digest': envelope.parse(ask['envelope'])[-1]}


def open_envelope(ask):
    manifest, whole, sections = envelope.open_envelope(
        ask['envelope'], ask['recipient'], ask['seed'], ask['stored_ms'], ask['configurations']
    )
    return {'manifest_digest': manifest, 'envelope_digest': whole, **{f'section {index}': data for index, data in sections.items()}}


def verify_stored(ask):
    keys = identity.parse_configuration(ask['configuration'])['receipt_keys']
    names = ('envelope_id', 'envelope_digest', 'sender', 'recipient')
    return {'stored_ms': text(receipts.verify_stored(decode('Jws', ask['receipt']), keys, *(ask[name] for name in names)))}


def verify_configuration(ask):
    pin = ask['pin']
    claims = identity.verify_configuration(ask['configuration'], pin['organisation'], pin['key'], ask['now_ms'], ask['seen_ms'])
    return {'name': text(claims['name'])}


def verify_invite(ask):
    claims = identity.verify_invite(ask['invite'], ask['now_ms'])
    return {'organisation': text(claims['organisation']), 'words': text(' '.join(identity.six_words(claims)))}


def verify_evidence(ask):
    pins = {pin['organisation']: pin['key'] for pin in ask['pins']}
    digests = evidence.verify_evidence(ask['bundle'], pins, tuple(ask['configurations']))
    return {f'message {index}': each for index, each in enumerate(digests)}


def judge_thread(ask):
    values = judging.judge_thread(ask['organisation'], ask['referrer'], ask['recipient'], ask['messages'])
    return {name: b''.join(value) if isinstance(value, list) else text(value) for name, value in values.items()}


def check_section(ask):
    id, version, _ = referral.read_section(ask['type'], ask['content'])
    return {'id': text(id), 'version': text(version)}


def check_referral(ask):
    referral.check_referral(ask['referral'])
    return {}


def seal(ask):
    manifest, envelopes = sealing.seal_message(ask)
    return {'manifest_digest': manifest, **{f'envelope {index}': data for index, data in enumerate(envelopes)}}


def sign_stored(ask):
    return {'receipt': receipts.sign_stored(ask['receipt'], ask['receipt_key'])}


OPERATIONS = {
    'parse_envelope': parse_envelope,
    'open_envelope': open_envelope,
    'verify_stored': verify_stored,
    'verify_evidence': verify_evidence,
    'verify_configuration': verify_configuration,
    'verify_invite': verify_invite,
    'judge_thread': judge_thread,
    'check_section': check_section,
    'check_referral': check_referral,
    'seal': seal,
    'sign_stored': sign_stored,
}


def answer(request):
    """Returns the result of one request, as a member of the response's `oneof`."""
    if request['greet']:
        return {'target': {'version': VERSION, 'name': f'Python from the specification, cryptography {library}', 'features': SUITES}}
    for name, operation in OPERATIONS.items():
        if request[name]:
            try:
                values = operation(request[name])
            except Refused as refused:
                members = ('reason', 'stage', 'path', 'detail')
                return {'refused': {member: getattr(refused, member) for member in members}}
            return {'accepted': {'values': [{'name': key, 'value': value} for key, value in values.items()]}}
    return {'unsupported': {}}


def respond(data):
    """Answers one encoded request on standard output."""
    request = decode(REQUEST, data, canonical=False)
    response = encode(RESPONSE, {'case': request['case'], **answer(request)})
    sys.stdout.buffer.write(len(response).to_bytes(4, 'big') + response)
    sys.stdout.buffer.flush()


def main():
    while size := sys.stdin.buffer.read(4):
        respond(sys.stdin.buffer.read(int.from_bytes(size, 'big')))


if __name__ == '__main__':
    main()

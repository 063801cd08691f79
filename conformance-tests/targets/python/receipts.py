"""Stored receipts. docs/spec/receipts.md"""
from envelope import jws_parts
from errors import demand
from identity import key_of, usable
from jose import jws, sign, verified
from wire import decode, encode


def verify_stored(receipt, keys, envelope_id, envelope_digest, sender, recipient):
    """Verifies that a stored receipt is for this envelope (REX-RCP-002). Returns its `stored_ms`."""
    parts = jws_parts(receipt)
    kid = jws('stored-jws', parts)
    stored = decode('StoredReceipt', parts[1])
    expected = {'envelope_id': envelope_id, 'envelope_digest': envelope_digest, 'sender': sender, 'recipient': recipient}
    demand(all(stored[name] == expected[name] for name in expected), 'a receipt for another envelope')
    key = key_of(keys, kid)
    demand(key and usable(key, stored['stored_ms']) and verified(key['bytes'], parts), 'not signed by the gateway', 'STATEMENT_INVALID')
    return stored['stored_ms']


def sign_stored(receipt, seed):
    """Signs a stored receipt. Returns canonical `Jws` bytes (REX-RCP-001)."""
    return encode('Jws', dict(zip(('protected', 'payload', 'signature'), sign('stored-jws', seed, receipt))))

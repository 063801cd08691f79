"""Sealing and opening: padding, content, the grants of REX-1 and REX-2. docs/spec/envelope.md, docs/spec/envelope-slots.md"""
import hashlib
import os
from functools import cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.concatkdf import ConcatKDFHash
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from errors import demand
from jose import b64, good_point, header, match, thumbprint
from wire import digest

try:
    from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM768PublicKey
except ImportError:
    MLKEM768PrivateKey = None

SUITES = ['REX-1', 'REX-2'] if MLKEM768PrivateKey else ['REX-1']
FLOORS = {'manifest-jwe': 4096, 'section-jwe': 1024, 'grant-jwe': 512}


def padme(length):
    exponent = length.bit_length() - 1
    unit = 1 << max(0, exponent - exponent.bit_length())
    return -(-length // unit) * unit


def pad(slot, data):
    size = max(FLOORS[slot], padme(4 + len(data)))
    return (len(data).to_bytes(4, 'big') + data).ljust(size, b'\0')


def unpad(slot, padded):
    """Returns the bytes inside a padded plaintext (REX-ENV-040)."""
    size = int.from_bytes(padded[:4], 'big')
    data = padded[4 : 4 + size]
    demand(len(padded) >= 4 and len(data) == size and pad(slot, data) == padded, 'wrong padding')
    return data


def aes(key, iv, ciphertext, protected):
    try:
        return AESGCM(key).decrypt(iv, ciphertext, b64(protected).encode())
    except (InvalidTag, ValueError):
        demand(False, 'it does not decrypt')


def jwe(protected, encrypted_key, iv, sealed):
    """Makes a Jwe. `sealed`: ciphertext; if there is an IV, its last 16 bytes are the tag."""
    ciphertext, tag = (sealed[:-16], sealed[-16:]) if iv else (sealed, b'')
    return {'protected': protected, 'encrypted_key': encrypted_key, 'iv': iv, 'ciphertext': ciphertext, 'tag': tag}


def seal_content(slot, data):
    """Encrypts data with a new key. Returns the Jwe and the key."""
    key, iv = os.urandom(32), os.urandom(12)
    protected = header(slot, kc=digest('content-key', key))
    return jwe(protected, b'', iv, AESGCM(key).encrypt(iv, pad(slot, data), b64(protected).encode())), key


def open_content(slot, sealed, key):
    """Decrypts a Jwe, after checking that `kc` belongs to the key (REX-JOSE-041)."""
    demand(match(slot, sealed['protected'])['kc'] == digest('content-key', key), 'kc is not the digest of the key')
    return unpad(slot, aes(key, sealed['iv'], sealed['ciphertext'] + sealed['tag'], sealed['protected']))


def check_form(slot, sealed):
    """Returns the values in the header of a Jwe, which must fit its slot. The IV of a grant shows its suite (REX-JOSE-012)."""
    lengths = [len(sealed[part]) for part in ('encrypted_key', 'iv', 'tag')]
    hpke = slot == 'grant-jwe' and not sealed['iv']
    if slot == 'grant-jwe':
        slot += ' REX-2' if hpke else ' REX-1'
    values = match(slot, sealed['protected'])
    demand(lengths == ([1120, 0, 0] if hpke else [0, 12, 16]), 'a part has a wrong length')
    demand(len(sealed['ciphertext']) >= (17 if hpke else 1), 'the ciphertext is too short')
    demand('epk' not in values or good_point('X25519', values['epk']), 'epk is no key')
    return values


def expand(seed, info):
    return HKDF(SHA256(), 32, None, ('REX-1 epoch ' + info).encode()).derive(seed)


EPOCHS_AHEAD = 60


@cache
def epoch_keys(seed):
    """Returns suite and private key by thumbprint, for the epoch of the seed and the later ones (REX-ID-031, REX-ID-032, REX-ID-063)."""
    keys = {}
    for _ in range(EPOCHS_AHEAD):
        own = X25519PrivateKey.from_private_bytes(expand(seed, 'X25519'))
        jwk = {'kty': 'OKP', 'crv': 'X25519', 'x': b64(own.public_key().public_bytes_raw())}
        keys[thumbprint(jwk)] = 'REX-1', own
        if 'REX-2' in SUITES:
            pair = hybrid(expand(seed, 'HPKE-10'))
            jwk = {'kty': 'AKP', 'alg': 'HPKE-10', 'pub': b64(hybrid_public(pair))}
            keys[thumbprint(jwk)] = 'REX-2', pair
        seed = expand(seed, 'next')
    return keys


def hybrid(seed):
    """Derives the two private keys of MLKEM768-X25519 from a seed (REX-JOSE-053)."""
    expanded = derive(b'KEM\x64\x7a', seed, b'DeriveKeyPair', b'', 32)
    expanded = hashlib.shake_256(expanded).digest(96)
    return MLKEM768PrivateKey.from_seed_bytes(expanded[:64]), X25519PrivateKey.from_private_bytes(expanded[64:])


def hybrid_public(pair):
    return pair[0].public_key().public_bytes_raw() + pair[1].public_key().public_bytes_raw()


def prefixed(data):
    return len(data).to_bytes(2, 'big') + data


def derive(suite, ikm, label, context, size):
    """Computes the function D of REX-JOSE-053."""
    return hashlib.shake_256(ikm + b'HPKE-v1' + suite + prefixed(label) + size.to_bytes(2, 'big') + context).digest(size)


def hpke_key(quantum, classical, ephemeral, public):
    """Derives key and nonce of a REX-2 grant from both shared secrets and both X25519 public keys."""
    shared = hashlib.sha3_256(quantum + classical + ephemeral + public + b'\\.//^\\').digest()
    both = prefixed(b'') + prefixed(shared)
    secret = derive(b'HPKE\x64\x7a\x00\x11\x00\x02', both, b'secret', b'\0' + prefixed(b'') * 2, 108)
    return secret[:32], secret[32:44]


def seal_grant(suite, public, data, **values):
    """Seals a grant to a public key. Returns the Jwe. `values`: `ctx` and `kid` of its header."""
    ephemeral = X25519PrivateKey.generate()
    epk = ephemeral.public_key().public_bytes_raw()
    shared = ephemeral.exchange(X25519PublicKey.from_public_bytes(public[-32:]))
    if suite == 'REX-1':
        protected, iv = header('grant-jwe REX-1', epk=epk, **values), os.urandom(12)
        return jwe(protected, b'', iv, AESGCM(concat_kdf(shared)).encrypt(iv, pad('grant-jwe', data), b64(protected).encode()))
    protected = header('grant-jwe REX-2', **values)
    quantum, encapsulated = MLKEM768PublicKey.from_public_bytes(public[:-32]).encapsulate()
    key, nonce = hpke_key(quantum, shared, epk, public[-32:])
    sealed = AESGCM(key).encrypt(nonce, pad('grant-jwe', data), b64(protected).encode())
    return jwe(protected, encapsulated + epk, b'', sealed)


def concat_kdf(shared):
    """Derives the content key with Concat KDF (RFC 7518, section 4.6.2)."""
    info = b'\0\0\0\x07A256GCM' + bytes(8) + (256).to_bytes(4, 'big')
    return ConcatKDFHash(SHA256(), 32, info).derive(shared)


def open_grant(sealed, values, suite, own):
    """Opens a grant with the private key of its suite. Returns the bytes of the grant."""
    demand((suite == 'REX-2') == (not sealed['iv']), 'the key belongs to another suite')
    try:
        if suite == 'REX-1':
            shared = own.exchange(X25519PublicKey.from_public_bytes(values['epk']))
            key, nonce = concat_kdf(shared), sealed['iv']
        else:
            encapsulated, epk = sealed['encrypted_key'][:1088], sealed['encrypted_key'][1088:]
            shared = own[1].exchange(X25519PublicKey.from_public_bytes(epk))
            public = own[1].public_key().public_bytes_raw()
            key, nonce = hpke_key(own[0].decapsulate(encapsulated), shared, epk, public)
    except ValueError:
        demand(False, 'a key agreement yields zero')
    return unpad('grant-jwe', aes(key, nonce, sealed['ciphertext'] + sealed['tag'], sealed['protected']))

// Explains how to check evidence by hand, with common tools and without REX. docs/guide/rex-desk.md, "Evidence"
import { code, commands, element, text } from '../../output/html.ts'
import type { Digest, Signature } from './signatures.ts'

/** DER prefix of SubjectPublicKeyInfo for Ed25519 (RFC 8410), which precedes the 32 bytes of the key. */
const SPKI = '302a300506032b6570032100'

/** Returns the procedure, step by step. `sha256`: hash of the evidence file, hex. */
export function procedure(sha256: string): string[] {
  const say = (...parts: readonly string[]) => element('p', ...parts)
  return [
    element('h2 class="annex"', 'How to check this by hand'),
    say(
      'You need the evidence file, a computer with OpenSSL 3 and common Unix tools, and the six words of each organisation, ',
      'from a source that you trust. You need neither REX nor a network. The commands are for Bash.',
    ),
    element('h3', '1. The file is the one that this page is about'),
    commands(['sha256sum FILE', `# must print ${sha256}`]),
    element('h3', '2. The key of each organisation is the right one'),
    say(
      'Ask the organisation, or whoever knows it, for its six words. To compute them: the SHA-256 of the text ',
      '“REX-1 entity-words”, a zero byte, the identifier, a space and the thumbprint of its key. The first 66 bits, ',
      '11 at a time, count from 0 in the English word list of BIP-39.',
    ),
    commands([
      'ORGANISATION=https://…  KID=…       # of the statement, in the list of signatures',
      "printf 'REX-1 entity-words\\0%s %s' \"$ORGANISATION\" \"$KID\" | openssl dgst -sha256 -binary | xxd -b -c 32 | cut -d' ' -f2-33 | tr -d ' ' | cut -c1-66 | fold -w11",
      '# six binary numbers; word number n stands in line n + 1 of the list',
    ]),
    element('h3', '3. Each signature is valid'),
    say('For each signature in the list below, with its key, its input and its signature:'),
    commands([
      'KEY=…  INPUT=…  SIGNATURE=…',
      'decode() { printf \'%s===\' "$1" | tr -- -_ +/ | base64 -d 2> /dev/null; }',
      `{ printf ${SPKI} | xxd -r -p; decode "$KEY"; } > key.der`,
      'printf %s "$INPUT" > input; decode "$SIGNATURE" > signature',
      'openssl pkeyutl -verify -pubin -keyform DER -inkey key.der -rawin -in input -sigfile signature',
      '# must print: Signature Verified Successfully',
    ]),
    element('h3', '4. Each key belongs to its organisation'),
    say(
      'The part of a statement between the two full stops is JSON in base64url: ',
      code('decode "$(cut -d. -f2 <<< "$INPUT")"'),
      '. It names the organisation (sub), its entity key (jwks), its message keys and receipt keys with their dates, and ',
      'which of them it has revoked. The key of every other signature must stand in a statement of the organisation that is ',
      'said to have signed, and must have been used within its dates. If any statement revokes it as compromised, what it signed ',
      'is proven only if another organisation had it before. If statements of an organisation are signed by several entity keys, ',
      'one of them lists rotations (entity_rotations): each is signed by the earlier key and names the later one (jwks). The key of ',
      'step 2 must be one of this line, and so must the key of every statement. A statement under an earlier key counts for what was signed ',
      'until the date of the rotation (iat) and 14 days after. A line that forks proves nothing.',
    ),
    element('h3', '5. The parts belong together'),
    say('Each digest in the list below is the SHA-256 of its tag, a zero byte and its bytes:'),
    commands(['TAG=…  BYTES=…', '{ printf \'%s\\0\' "$TAG"; decode "$BYTES"; } | sha256sum']),
    say(
      'The message names the recipient commitment of each delivery. The stored receipt names the digest of the envelope. ',
      'The desk receipts name the digests of envelope and message. To read the parts: ',
      code('protoc --decode_raw < FILE'),
      ', or with names and the schema of REX: ',
      code('protoc --decode=rex.core.v1.EvidenceBundle -I proto proto/rex/core/v1/receipt.proto < FILE'),
      '. The specification (docs/spec/receipts.md, REX-RCP-020 to 028) states every rule.',
    ),
  ]
}

/** Lists the signatures to check. */
export function signatureList(signatures: readonly Signature[]): string[] {
  return [
    element('h2', 'Signatures'),
    ...signatures.map(({ path, what, kid, key, input, signature }) =>
      [
        element('h3', text(`${path}: ${what}`)),
        element('p', 'Thumbprint ', code(kid)),
        element('p', 'Key ', code(key ?? 'in no statement')),
        element('p', 'Input ', code(input)),
        element('p', 'Signature ', code(signature)),
      ].join('\n'),
    ),
  ]
}

/** Lists the digests to check. */
export function digestList(digests: readonly Digest[]): string[] {
  return [
    element('h2', 'Digests'),
    ...digests.map(({ path, what, tag, bytes, digest }) =>
      [
        element('h3', text(`${path}: ${what}`)),
        element('p', 'Tag ', code(tag)),
        element(
          'p',
          'Bytes ',
          bytes === '' ? 'only in the evidence file, because they are part of the case' : code(bytes),
        ),
        element('p', 'Digest ', code(digest)),
      ].join('\n'),
    ),
  ]
}

// The request of a case. docs/guide/conformance.md
import type { ConformanceRequest, PinnedKey } from '@rex/proto/conformance/v1/conformance'
import type { Case, Parties } from '../suite/case.ts'
import { BadFile } from '../suite/read.ts'

type Request = NonNullable<ConformanceRequest['operation']>

/** Makes the request. @throws BadFile if the input of the case lacks a member or names nobody */
export function requestOf(given: Case, parties: Parties): ConformanceRequest {
  return { case: given.name, operation: operationOf(given, parties) }
}

function operationOf(given: Case, parties: Parties): Request {
  const read = readerOf(given, parties)
  switch (given.operation) {
    case 'parse-envelope':
      return { $case: 'parseEnvelope', value: { envelope: read.bytes('envelope') } }
    case 'open-envelope': {
      const { organisation, epoch, seed } = read.party('recipient')
      const configurations = read.configurations('configurations')
      const opener = { recipient: organisation, epoch, seed: Buffer.from(seed, 'base64url') }
      const envelope = read.bytes('envelope')
      return {
        $case: 'openEnvelope',
        value: { envelope, ...opener, storedMs: read.number('storedMs'), configurations },
      }
    }
    case 'verify-stored':
      return {
        $case: 'verifyStored',
        value: {
          receipt: read.bytes('receipt'),
          configuration: read.configuration('configuration'),
          envelopeId: read.bytes('envelopeId'),
          envelopeDigest: read.bytes('envelopeDigest'),
          sender: read.party('sender').organisation,
          recipient: read.party('recipient').organisation,
        },
      }
    case 'verify-evidence': {
      const configurations = read.configurations('configurations')
      const pins = read.list('pins').map((name) => pinOf(read.named(name)))
      return { $case: 'verifyEvidence', value: { bundle: read.bytes('bundle'), pins, configurations } }
    }
    case 'verify-configuration': {
      const times = { nowMs: read.number('nowMs'), seenMs: read.number('seenMs') }
      const pin = pinOf(read.party('pin'))
      return {
        $case: 'verifyConfiguration',
        value: { configuration: read.text('configuration'), pin, ...times },
      }
    }
    case 'verify-invite':
      return { $case: 'verifyInvite', value: { invite: read.text('invite'), nowMs: read.number('nowMs') } }
  }
}

type PartyEntry = Parties['parties'][string]

function pinOf({ organisation, entityKey }: PartyEntry): PinnedKey {
  return { organisation, key: Buffer.from(entityKey, 'base64url') }
}

/** Reads the members of an input. */
function readerOf({ name, input }: Case, { parties, configurations }: Parties) {
  function member<T>(key: string, is: (value: unknown) => boolean): T {
    if (!is(input[key])) throw new BadFile(`${name}.json: input.${key} is missing or of another type.`)
    return input[key] as T
  }
  function known<T>(table: Readonly<Record<string, T>>, entry: string): T {
    const found = table[entry]
    if (found === undefined) throw new BadFile(`${name}.json: parties.json has no ${entry}.`)
    return found
  }
  const text = (key: string) => member<string>(key, (value) => typeof value === 'string')
  const list = (key: string) => member<readonly string[]>(key, Array.isArray)
  return {
    text,
    list,
    bytes: (key: string): Uint8Array => Buffer.from(text(key), 'base64url'),
    number: (key: string) => member<number>(key, Number.isSafeInteger),
    named: (party: string) => known(parties, party),
    party: (key: string) => known(parties, text(key)),
    configuration: (key: string) => known(configurations, text(key)),
    configurations: (key: string) => list(key).map((entry) => known(configurations, entry)),
  }
}

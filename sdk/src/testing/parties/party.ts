// A test organisation with fixed keys derived from its name. Never use them for real.
import { createHash } from 'node:crypto'
import { parseEntityId } from '../../core/identifier.ts'
import {
  type EntityClaims,
  type EntityConfiguration,
  parseEntityConfiguration,
  signEntityConfiguration,
} from '../../core/identity/entity.ts'
import {
  type EpochChain,
  epochAt,
  epochDecapsulator,
  epochFor,
  publicEpochs,
  recipientKeys,
} from '../../core/identity/epoch.ts'
import { localSigner } from '../../core/jose/jose.ts'
import type { Signer } from '../../core/jose/key.ts'
import type { Decapsulator, RecipientKeys } from '../../core/jose/suite.ts'
import { LIMITS } from '../../core/limits.ts'
import { TEST_CERTIFICATE } from './certificate.ts'

const YEAR = 365 * 24 * 60 * 60_000

/** Returns the entity identifier of a test organisation. @throws RexError MALFORMED for a name that cannot be part of a host name */
export function organisationOf(name: string): string {
  return parseEntityId(`https://${name}.example`, 'name')
}

/** Returns the seed of a key: 32 bytes, the same in every run. */
export function testSeed(name: string, use: string): Uint8Array {
  return createHash('sha256').update(`REX test ${name} ${use}`).digest()
}

/** An organisation with all keys derived from its name. */
export interface TestParty {
  readonly organisation: string
  readonly entity: Signer
  readonly message: Signer
  readonly receipt: Signer
  readonly epochs: EpochChain
  readonly configuration: EntityConfiguration
  readonly decapsulator: Decapsulator
  /** Encryption keys of the epoch at `now`. */
  readonly keys: RecipientKeys
}

/** Options of a test organisation. */
export interface TestPartyOptions {
  /** Time at which the organisation is made. Unix milliseconds. */
  readonly now: number
  /** Changes the entity configuration before it is signed. Default: unchanged. */
  readonly change?: (draft: EntityClaims) => EntityClaims
}

/** Makes a test organisation `https://<name>.example`. */
export async function testParty(
  name: string,
  { now, change = (draft) => draft }: TestPartyOptions,
): Promise<TestParty> {
  const organisation = organisationOf(name)
  const seed = (use: string) => testSeed(name, use)
  const [entity, message, receipt] = [
    localSigner(seed('entity')),
    localSigner(seed('message')),
    localSigner(seed('receipt')),
  ]
  const epochs = { epoch: epochAt(now), seed: seed('epoch') }
  const published = await publicEpochs(epochs, epochs.epoch, LIMITS.epochsAhead)
  const lifetime = { notBeforeMs: now - YEAR, expiresMs: now + YEAR }
  const draft = change({
    organisation,
    name,
    issuedMs: now,
    expiresMs: now + YEAR,
    party: {
      versions: [1],
      suites: ['REX-2', 'REX-1'],
      messageKeys: [{ jwk: message.key, ...lifetime }],
      epochs: published,
      gateway: {
        endpoints: ['127.0.0.1:4433'],
        authority: TEST_CERTIFICATE,
        receiptKeys: [{ jwk: receipt.key, ...lifetime }],
      },
      codeLists: {},
    },
  })
  const configuration = parseEntityConfiguration(await signEntityConfiguration(draft, entity))
  const keys = recipientKeys(epochFor(published, now).keys, draft.party.suites)
  const decapsulator = await epochDecapsulator(epochs, epochs.epoch + LIMITS.epochsAhead - 1)
  return { organisation, entity, message, receipt, epochs, configuration, decapsulator, keys }
}

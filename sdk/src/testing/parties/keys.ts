// The keys of a desk in a test network, derived from its name. Never use them for real. docs/guide/testing.md
import type { Keys } from '../../client/keys/keystore.ts'
import { epochAt } from '../../core/identity/epoch.ts'
import { TEST_CERTIFICATE } from './certificate.ts'
import { organisationOf, testSeed } from './party.ts'

/** Returns the keys of a desk created at `now` (Unix milliseconds). */
export function testKeys(name: string, now: number): Keys {
  return {
    organisation: organisationOf(name),
    name: `${name} (test)`,
    entitySeed: testSeed(name, 'entity'),
    messageSeed: testSeed(name, 'message'),
    messageKeyMs: now,
    archiveKey: testSeed(name, 'archive'),
    gateways: ['in memory'],
    chain: testSeed(name, 'chain').subarray(0, 16),
    epochs: { epoch: epochAt(now), seed: testSeed(name, 'epoch') },
    tls: { certificate: TEST_CERTIFICATE, authority: TEST_CERTIFICATE, privateKey: '' },
  }
}

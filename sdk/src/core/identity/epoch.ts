// Derives epoch keys: encryption keys for 7 days each, from a one-way chain of seeds. docs/spec/identity.md, "Epochs"
import { hkdfSync } from 'node:crypto'
import type { Jwe } from '@rex/proto/core/v1/envelope'
import { utf8 } from '../encoding/encoding.ts'
import { RexError } from '../error.ts'
import { openEcdhEs } from '../jose/ecdh-es.ts'
import { deriveHpke, type HpkePrivateKey, openHpke } from '../jose/hpke.ts'
import {
  deriveX25519,
  type HpkePublicJwk,
  kid,
  type X25519PrivateKey,
  type X25519PublicJwk,
} from '../jose/key.ts'
import type { Decapsulator, RecipientKeys } from '../jose/suite.ts'
import { LIMITS } from '../limits.ts'

const SEED_BYTES = 32
/** How long envelopes for an epoch may still arrive after its end, in milliseconds: the maximum lifetime plus two days. */
const OVERLAP = LIMITS.maxLifetime + 48 * 60 * 60_000

/** Number of further epochs (400 days) whose keys a desk with a fast clock may have published. */
const CLOCK_AHEAD_EPOCHS = 58

/** The oldest epoch whose keys still exist, with its seed. The seeds of all later epochs derive from this seed; those of earlier epochs do not. */
export interface EpochChain {
  /** Epoch number: whole 7-day periods since 1970-01-01 (REX-ID-030). */
  readonly epoch: number
  /** 32 bytes. */
  readonly seed: Uint8Array
}

/** The public keys of one epoch, as published. */
export interface EpochKeys {
  readonly epoch: number
  readonly notBeforeMs: number
  readonly expiresMs: number
  readonly x25519: X25519PublicJwk
  readonly hpke: HpkePublicJwk
}

/** Returns the epoch that contains a time. */
export function epochAt(ms: number): number {
  return Math.floor(ms / LIMITS.epoch)
}

/** Returns the chain from a later epoch on. It no longer yields the keys of earlier epochs (REX-ID-031). */
export function advance(chain: EpochChain, epoch: number): EpochChain {
  let { seed } = chain
  for (let n = chain.epoch; n < epoch; n++) seed = derive(seed, 'REX-1 epoch next')
  return { epoch: Math.max(chain.epoch, epoch), seed }
}

/**
 * Returns the oldest epoch whose keys must still exist. An epoch's keys are destroyed once the mailbox has been drained after the epoch and
 * its overlap, and after 180 days in any case (REX-ID-034). `drainedMs`: the time up to which the mailbox has been drained.
 */
export function oldestEpoch({ now, drainedMs }: { now: number; drainedMs: number }): number {
  return Math.max(epochAt(drainedMs - OVERLAP), epochAt(now - LIMITS.epochRetention))
}

/** Derives the public keys of `count` epochs from `first` on, to be published in the entity configuration (REX-ID-032). */
export async function publicEpochs(chain: EpochChain, first: number, count: number): Promise<EpochKeys[]> {
  const epochs: EpochKeys[] = []
  for (
    let current = advance(chain, first);
    epochs.length < count;
    current = advance(current, current.epoch + 1)
  ) {
    const { x25519, hpke } = await epochKeyPairs(current.seed)
    const { epoch } = current
    const window = { notBeforeMs: epoch * LIMITS.epoch, expiresMs: (epoch + 1) * LIMITS.epoch }
    epochs.push({ epoch, ...window, x25519: x25519.publicJwk, hpke: hpke.publicJwk })
  }
  return epochs
}

/**
 * Derives the keys of the chain up to the epoch `last` and returns a decapsulator that opens grants with them. If a grant names an unknown
 * key, the keys of 400 more days are derived, because a desk with a fast clock may have published them (REX-ID-063). If the key remains
 * unknown, opening fails with KEY_EXPIRED; only the unencrypted `kid` is examined (REX-ID-034). If `wasOurs` says that the key was never made
 * here, the error's cause is KEY_INVALID, and the sender is to blame (REX-MBX-061).
 */
export async function epochDecapsulator(
  chain: EpochChain,
  last: number,
  wasOurs: (keyId: string) => boolean = () => true,
): Promise<Decapsulator> {
  const openers = new Map<string, (grant: Jwe) => Promise<Uint8Array>>()
  let next = chain
  async function deriveUpTo(epoch: number): Promise<void> {
    for (; next.epoch <= epoch; next = advance(next, next.epoch + 1)) {
      const { x25519, hpke } = await epochKeyPairs(next.seed)
      openers.set(kid(x25519.publicJwk), (grant) => openEcdhEs(grant, x25519))
      openers.set(kid(hpke.publicJwk), (grant) => openHpke(grant, hpke))
    }
  }
  const newest = Math.max(last, chain.epoch + LIMITS.epochsAhead)
  await deriveUpTo(newest)
  let further: Promise<void> | undefined
  return {
    open: async (keyId, grant) => {
      if (!openers.has(keyId)) {
        further ??= deriveUpTo(newest + CLOCK_AHEAD_EPOCHS)
        await further
      }
      const opener = openers.get(keyId)
      if (opener !== undefined) return opener(grant)
      const cause = wasOurs(keyId) ? undefined : new RexError('KEY_INVALID', 'This key was never made here.')
      throw new RexError('KEY_EXPIRED', 'The encryption key does not exist here.', {
        metadata: { kid: keyId },
        ...(cause && { cause }),
      })
    },
  }
}

/**
 * Selects the published epoch to seal to: the current epoch or, marked as `stale`, the last published one, so that an inactive organisation
 * stays reachable (REX-ID-033).
 */
export function epochFor<T extends Pick<EpochKeys, 'notBeforeMs' | 'expiresMs'>>(
  epochs: readonly T[],
  now: number,
): { keys: T; stale: boolean } {
  const current = epochs.find((epoch) => epoch.notBeforeMs <= now && now < epoch.expiresMs)
  const keys = current ?? epochs.at(-1)
  if (keys === undefined)
    throw new RexError('STATEMENT_INVALID', 'The organisation publishes no encryption keys.')
  return { keys, stale: current === undefined }
}

/** Returns the keys of an organisation's epoch in the form that sealing needs. */
export function recipientKeys(epoch: EpochKeys, suites: RecipientKeys['suites']): RecipientKeys {
  return { suites, x25519: epoch.x25519, hpke: epoch.hpke }
}

async function epochKeyPairs(seed: Uint8Array): Promise<{ x25519: X25519PrivateKey; hpke: HpkePrivateKey }> {
  const x25519 = deriveX25519(derive(seed, 'REX-1 epoch X25519'))
  return { x25519, hpke: await deriveHpke(derive(seed, 'REX-1 epoch HPKE-10')) }
}

function derive(seed: Uint8Array, info: string): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', seed, new Uint8Array(0), utf8(info), SEED_BYTES))
}

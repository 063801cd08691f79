// Records desk credentials: the certified keys, their last use and their revocation. docs/spec/mailbox.md, "Desk credentials"
import { type Certificate, LIMITS, parseCertificate, RexError } from '@rex/sdk/core'
import type { Clock } from '../clock/clock.ts'
import type { GatewayTime } from '../clock/time.ts'
import type { DeskCredential } from '../store/desks.ts'
import type { Store, Writes } from '../store/store.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR
/** How long a credential stays in the list after its last certificate has expired. */
const KEPT_MS = 90 * DAY
/** Minimum number of digits that identify a credential. */
const SHORTEST = 8

/** Dependencies of credentials. */
interface CredentialsOptions {
  readonly store: Pick<Store, 'read' | 'commit'>
  readonly clock: Clock
  readonly time: Pick<GatewayTime, 'now'>
  /** Commits `also`, and ends the mailbox lease if the desk with this credential has the lease. */
  readonly release: (credential: string, also: (write: Writes) => void) => Promise<void>
}

/** The credentials of the desks of the organisation served. */
export interface Credentials {
  /** Deletes credentials that expired long ago, and checks that another desk may enrol. @throws RexError LIMIT_EXCEEDED */
  admit(write: Writes): void
  /** Records the certificate (DER) issued for a token, and the identity of a desk if it was created as a new desk. */
  enrolled(
    write: Writes,
    certificate: Uint8Array,
    by: { readonly id: string; readonly name: string; readonly identity: Uint8Array },
  ): void
  /** Records a further certificate (DER) for the same key. */
  renewed(write: Writes, certificate: Uint8Array): void
  /** Records a call by a desk. A credential unknown to this store gets a record (REX-MBX-100). */
  saw(certificate: Pick<Certificate, 'keyFingerprint' | 'notAfterMs'>): void
  /** Returns the credentials, newest enrolment first. */
  list(): DeskCredential[]
  /** Returns whether the key was revoked. */
  isRevoked(certificate: Pick<Certificate, 'keyFingerprint'>): boolean
  /** Returns whether the key has a record of a certificate that expires no earlier than this certificate. */
  isRecorded(certificate: Pick<Certificate, 'keyFingerprint' | 'notAfterMs'>): boolean
  /** Revokes the credential whose fingerprint has this prefix (REX-MBX-102). Idempotent. @throws RexError NOT_FOUND, MALFORMED */
  revoke(beginning: string): Promise<DeskCredential>
  /** Calls `listener` after every revocation. */
  onRevoked(listener: () => void): void
}

/** Reads the credentials from the store. */
export function openCredentials({ store, clock, time, release }: CredentialsOptions): Credentials {
  const seen = new Map<string, number>()
  /** Time from which the next call of each credential is recorded, by the steady clock. */
  const due = new Map<string, number>()
  const listeners: (() => void)[] = []
  const revoked = new Set(
    store.read.desks
      .list()
      .filter(({ revokedMs }) => revokedMs > 0)
      .map(({ credential }) => credential),
  )

  const list = (): DeskCredential[] =>
    store.read.desks.list().map((desk) => ({
      ...desk,
      seenMs: Math.max(desk.seenMs, seen.get(desk.credential) ?? 0),
    }))

  return {
    admit(write) {
      if (time.now() > 0) write.desks.sweep(time.now() - KEPT_MS)
      if (write.desks.count() < LIMITS.deskCredentials) return
      throw new RexError('LIMIT_EXCEEDED', 'Too many desks are enrolled.', {
        metadata: { limit: String(LIMITS.deskCredentials) },
        hint: 'A credential leaves the list 90 days after its certificate expires. See `rex-gateway desks`.',
      })
    },
    enrolled(write, certificate, { id: token, name, identity }) {
      const { keyFingerprint: credential, notAfterMs: expiresMs } = parseCertificate(certificate)
      write.desks.enrol({ credential, name, token, enrolledMs: clock.now(), expiresMs, identity })
    },
    renewed(write, certificate) {
      const { keyFingerprint: credential, notAfterMs: expiresMs } = parseCertificate(certificate)
      write.desks.renew({ credential, renewedMs: clock.now(), expiresMs })
    },
    saw({ keyFingerprint: credential, notAfterMs: expiresMs }) {
      const seenMs = clock.now()
      seen.set(credential, seenMs)
      if (clock.steady() < (due.get(credential) ?? 0)) return
      due.set(credential, clock.steady() + HOUR)
      store
        .commit((write) => write.desks.see({ credential, expiresMs, seenMs }))
        .catch(() => due.delete(credential))
    },
    list,
    isRevoked: ({ keyFingerprint }) => revoked.has(keyFingerprint),
    isRecorded: ({ keyFingerprint, notAfterMs }) =>
      store.read.desks
        .list()
        .some(({ credential, expiresMs }) => credential === keyFingerprint && expiresMs >= notAfterMs),
    async revoke(beginning) {
      const { credential } = only(list(), beginning)
      await release(credential, (write) => write.desks.revoke(credential, clock.now()))
      revoked.add(credential)
      for (const listener of listeners) listener()
      return only(list(), credential)
    },
    onRevoked: (listener) => void listeners.push(listener),
  }
}

/** Returns the only credential whose fingerprint has this prefix. @throws RexError NOT_FOUND, MALFORMED */
function only(desks: readonly DeskCredential[], beginning: string): DeskCredential {
  const found = desks.filter(({ credential }) => credential.startsWith(beginning.toLowerCase()))
  const [desk] = found
  if (beginning.length < SHORTEST || found.length > 1)
    throw new RexError('MALFORMED', 'This does not identify one credential.', {
      path: 'credential',
      hint: `Give at least ${SHORTEST} digits, as \`rex-gateway desks\` lists them.`,
    })
  if (desk === undefined)
    throw new RexError('NOT_FOUND', 'There is no such credential.', {
      hint: '`rex-gateway desks` lists them.',
    })
  return desk
}

// The current, next and former certification authorities of a gateway. docs/spec/identity.md, "Change of the authority"
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { rename, rm } from 'node:fs/promises'
import {
  type Authority,
  CERTIFICATES_BEGIN,
  createAuthority,
  fingerprint,
  fromPem,
  LIMITS,
  RexError,
  toPem,
} from '@rex/sdk/core'
import { readKey, syncDirectory, writeSecret } from './files.ts'
import { exists } from './receipt-keys.ts'

/** Files of the next authority and of former authorities. Not in backups. */
export const AUTHORITY_FILES = {
  nextAuthority: 'authority.next.pem',
  nextAuthorityKey: 'authority.next.key',
  formerAuthorities: 'authority.former.pem',
} as const

/** Maximum number of former authorities to keep. Desks request a certificate of the current authority within the hour. */
const FORMER = 8
const BLOCKS = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----\n?/g

type AuthorityFile = keyof typeof AUTHORITY_FILES | 'authority' | 'authorityKey'

/** The authorities of a gateway. */
export interface Authorities {
  inUse(): Authority
  /** Returns the next authority, or undefined if there is none. */
  next(): Authority | undefined
  /** Returns the certificates of the current and former authorities, DER. */
  ofDesks(): Uint8Array[]
  /** Makes the next authority, unless there already is one. Returns its fingerprint. */
  begin(): Promise<string>
  /** Makes the next authority the current one. Returns its fingerprint. @throws RexError NOT_FOUND */
  change(): Promise<string>
}

/** Owner and location of the authorities. */
interface AuthoritiesOptions {
  readonly organisation: string
  readonly path: (file: AuthorityFile) => string
  /** The time at which certificates are issued. Unix milliseconds. */
  readonly now: () => number
}

/** Reads the authorities. Completes a change that was interrupted. @throws RexError CONFIG_INVALID */
export async function openAuthorities({ organisation, path, now }: AuthoritiesOptions): Promise<Authorities> {
  await settle(path)
  const read = (file: 'authority' | 'nextAuthority') =>
    readPair({ certificate: path(file), privateKey: path(`${file}Key`) })
  let inUse = await read('authority')
  let next = (await exists(path('nextAuthority'))) ? await read('nextAuthority') : undefined
  let former = (await exists(path('formerAuthorities')))
    ? await certificatesIn(path('formerAuthorities'))
    : []
  return {
    inUse: () => inUse,
    next: () => next,
    ofDesks: () => [inUse.certificate, ...former],
    async begin() {
      next ??= await made()
      return fingerprint(next.certificate)
    },
    async change() {
      if (next === undefined) throw new RexError('NOT_FOUND', 'There is no next authority.')
      const kept = [inUse.certificate, ...former].slice(0, FORMER)
      await writeSecret(path('formerAuthorities'), kept.map((der) => toPem('CERTIFICATE', der)).join(''))
      await rename(path('nextAuthorityKey'), path('authorityKey'))
      await settle(path)
      former = kept
      inUse = next
      next = undefined
      return fingerprint(inUse.certificate)
    },
  }

  async function made(): Promise<Authority> {
    const sinceMs = Math.min(now() - LIMITS.skew, CERTIFICATES_BEGIN)
    const authority = await createAuthority({ organisation, now: now(), sinceMs })
    // Delete a certificate left by a failed attempt, because it must not stay next to another key.
    await rm(path('nextAuthority'), { force: true })
    await writeSecret(path('nextAuthorityKey'), authority.privateKey)
    await writeSecret(path('nextAuthority'), toPem('CERTIFICATE', authority.certificate))
    return authority
  }
}

/**
 * Makes the files consistent after an interrupted change. The certificate of the next authority is written
 * last and moved last. If there is a next key without this certificate, the creation was interrupted. If
 * there is this certificate without the next key, the key was already moved.
 */
async function settle(path: AuthoritiesOptions['path']): Promise<void> {
  if (!(await exists(path('nextAuthority')))) return rm(path('nextAuthorityKey'), { force: true })
  if (await exists(path('nextAuthorityKey'))) return
  await syncDirectory(path('authorityKey'))
  await rename(path('nextAuthority'), path('authority'))
  await syncDirectory(path('authority'))
}

/** Reads a certificate and its key. @throws RexError CONFIG_INVALID, which states the file */
export async function readPair(files: {
  readonly certificate: string
  readonly privateKey: string
}): Promise<Authority> {
  const certificate = await certificateIn(files.certificate)
  return { certificate, privateKey: await readKey(files.privateKey, (pem) => keyOf(certificate, pem)) }
}

function certificateIn(path: string): Promise<Uint8Array> {
  return readKey(path, (pem) => fromPem('CERTIFICATE', pem, path))
}

function certificatesIn(path: string): Promise<Uint8Array[]> {
  return readKey(path, (text) => (text.match(BLOCKS) ?? []).map((pem) => fromPem('CERTIFICATE', pem, path)))
}

/** Parses the private key (PEM) of a certificate (DER). @throws Error if it is damaged or belongs to another certificate */
export function keyOf(certificate: Uint8Array, pem: string): string {
  if (!new X509Certificate(certificate).checkPrivateKey(createPrivateKey(pem)))
    throw new Error('The key belongs to another certificate.')
  return pem
}

// The unencrypted head of a backup: version, kind, and how to find the key. docs/adr/0033
import { Buffer } from 'node:buffer'
import { createHmac, timingSafeEqual } from 'node:crypto'
import type { FileHandle } from 'node:fs/promises'
import { claimsOf } from '../core/encoding/claims.ts'
import { toBase64url } from '../core/encoding/encoding.ts'
import { RexError } from '../core/error.ts'
import { readJson } from '../core/input/json.ts'

/** Version of the format, including head, stream and entries. */
const VERSION = 1
const FIRST = 'REX backup '
const LINE = /^REX backup (\d{1,6})\n/
const LINE_MOST = FIRST.length + 7
const LENGTH = 4
/** Maximum size of a head in bytes. A wrapped keystore takes a few kilobytes. */
const MOST = 128 * 1024

/** Kind of program that a backup belongs to. */
export type BackupKind = 'desk' | 'gateway'

/** The head of a backup. */
export interface Head {
  readonly kind: BackupKind
  /** 32 random bytes. */
  readonly salt: Uint8Array
  /** 32 bytes that show whether a key is the right one, and reveal nothing else about the key. */
  readonly check: Uint8Array
  /** What the owner needs to find the key, such as a keystore. */
  readonly wrapped: string
}

/** Computes the bytes that show whether a key belongs to a backup. */
export function checkOf(key: Uint8Array, salt: Uint8Array): Buffer {
  return createHmac('sha256', key).update('REX backup check\0').update(salt).digest()
}

export function isKeyOf({ salt, check }: Head, key: Uint8Array): boolean {
  return timingSafeEqual(checkOf(key, salt), check)
}

/** Encodes a head. */
export function encodeHead({ kind, salt, check, wrapped }: Head): Buffer {
  const json = Buffer.from(
    JSON.stringify({ kind, salt: toBase64url(salt), check: toBase64url(check), wrapped }),
  )
  const length = Buffer.alloc(LENGTH)
  length.writeUInt32BE(json.length)
  return Buffer.concat([Buffer.from(`${FIRST}${VERSION}\n`), length, json])
}

/** Reads the head of a backup. Returns it decoded as `head`, and as the `bytes` in the file. @throws RexError MALFORMED, UNSUPPORTED_VERSION */
export async function readHead(file: FileHandle): Promise<{ readonly head: Head; readonly bytes: Buffer }> {
  const start = await readAt(file, 0, LINE_MOST + LENGTH)
  const [line, version] = LINE.exec(start.toString('latin1')) ?? []
  if (line === undefined) throw noBackup()
  if (Number(version) !== VERSION)
    throw new RexError('UNSUPPORTED_VERSION', `This backup has the format ${version}, not ${VERSION}.`, {
      metadata: { version: `${version}` },
      hint: 'Read it with the release that made it.',
    })
  if (start.length < line.length + LENGTH) throw damagedBackup()
  const size = start.readUInt32BE(line.length)
  if (size > MOST) throw damagedBackup()
  const bytes = await readAt(file, 0, line.length + LENGTH + size)
  if (bytes.length < line.length + LENGTH + size) throw damagedBackup()
  return { head: decodeHead(bytes.subarray(line.length + LENGTH)), bytes }
}

function decodeHead(json: Uint8Array): Head {
  try {
    const claims = claimsOf(readJson(json), 'backup')
    const kind = claims.text('kind')
    if (kind !== 'desk' && kind !== 'gateway') throw damagedBackup()
    const [salt, check] = [claims.bytes('salt', 32), claims.bytes('check', 32)]
    if (salt.length !== 32 || check.length !== 32) throw damagedBackup()
    return { kind, salt, check, wrapped: claims.text('wrapped', MOST) }
  } catch (cause) {
    throw damagedBackup(cause)
  }
}

/** Reads up to `length` bytes. Returns fewer only at the end of the file. */
export async function readAt(file: FileHandle, at: number, length: number): Promise<Buffer> {
  const bytes = Buffer.alloc(length)
  let got = 0
  while (got < length) {
    const { bytesRead } = await file.read(bytes, got, length - got, at + got)
    if (bytesRead === 0) break
    got += bytesRead
  }
  return bytes.subarray(0, got)
}

function noBackup(): RexError {
  return new RexError('MALFORMED', 'This file is not a backup of REX.', {
    hint: 'Name a file that `rex-desk backup` or `rex-gateway backup` made.',
  })
}

/** Returns the error for a damaged backup. */
export function damagedBackup(cause?: unknown): RexError {
  return new RexError('MALFORMED', 'This backup is damaged or cut off, or was changed.', {
    cause,
    hint: 'Take another copy of it, or another backup. Nothing was changed here.',
  })
}

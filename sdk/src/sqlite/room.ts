// Whether there is room beside a store. SQLite tells a full disk apart, but not a quota that is used up. docs/spec/delivery.md, "Durability"

import { closeSync, fsyncSync, openSync, rmSync, writeSync } from 'node:fs'
import { isFull } from '../core/system-error.ts'

/** Larger than what one write of SQLite takes. */
const PROBE_BYTES = 1024 ** 2

/** Whether the disk or its quota takes no more beside a store, after a write to it failed: tries to write a file. */
export function isWithoutRoom(store: string): boolean {
  const path = `${store}.room`
  let file: number | undefined
  try {
    file = openSync(path, 'w', 0o600)
    const bytes = new Uint8Array(PROBE_BYTES)
    for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at, bytes.length - at, at)
    fsyncSync(file)
    return false
  } catch (error) {
    return isFull(error)
  } finally {
    if (file !== undefined) closeSync(file)
    rmSync(path, { force: true })
  }
}

// Checks for free space next to a store. SQLite reports a full disk, but not an exceeded quota. docs/spec/delivery.md, "Durability"

import { closeSync, fsyncSync, openSync, rmSync, writeSync } from 'node:fs'
import { isFull } from '../core/system-error.ts'

/** Size of the test file, larger than any single write of SQLite. */
const PROBE_BYTES = 1024 ** 2

/** Whether the disk is full or its quota exceeded. Called after a failed write to a store; tries to write a file next to the store. */
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

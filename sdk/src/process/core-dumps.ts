// Keeps keys out of core dumps: excludes the memory of the process, and warns if dumps are enabled. docs/guide/gateway.md, "Running"
import { readFileSync, writeFileSync } from 'node:fs'

/** File with the bit mask of the kinds of memory that Linux writes into a core dump of this process, core(5). */
const FILTER = '/proc/self/coredump_filter'
const LIMITS = '/proc/self/limits'
const NOTHING = '0'

/** Excludes the memory of this process and its children from core dumps (T-151). Returns false if the system does not support this. */
export function keepOutOfCoreDumps(): boolean {
  try {
    writeFileSync(FILTER, NOTHING)
    return true
  } catch {
    return false
  }
}

/**
 * Returns a warning to the operator if this process would dump core. Returns undefined if it would not, or if the limit cannot
 * be read.
 */
export function coreDumpWarning(limits: string = readLimits()): string | undefined {
  const [, soft] = /^Max core file size\s+(\S+)/m.exec(limits) ?? []
  if (soft === undefined || soft === '0') return undefined
  return `Core dumps are on (limit: ${soft}). They can contain keys and messages: turn them off with \`ulimit -c 0\`, or LimitCORE=0 in the unit.`
}

function readLimits(): string {
  try {
    return readFileSync(LIMITS, 'utf8')
  } catch {
    return ''
  }
}

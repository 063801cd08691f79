// Keeps keys out of core dumps: the memory of the process is left out, and where dumps are on, somebody is told. docs/guide/gateway.md, "Running"
import { readFileSync, writeFileSync } from 'node:fs'

/** Which kinds of memory Linux writes into a core dump of this process, core(5): bits of a mask. */
const FILTER = '/proc/self/coredump_filter'
const LIMITS = '/proc/self/limits'
const NOTHING = '0'

/** Leaves the memory of this process and its children out of core dumps (T-151). False: this system has no way to. */
export function keepOutOfCoreDumps(): boolean {
  try {
    writeFileSync(FILTER, NOTHING)
    return true
  } catch {
    return false
  }
}

/** What to tell the operator where this process would dump core; undefined where it would not, or it cannot be known. */
export function coreDumpWarning(limits: string = readLimits()): string | undefined {
  const [, soft] = /^Max core file size\s+(\S+)/m.exec(limits) ?? []
  if (soft === undefined || soft === '0') return undefined
  return `Core dumps are on (limit: ${soft}). They can hold keys and messages: turn them off with \`ulimit -c 0\`, or LimitCORE=0 in the unit.`
}

function readLimits(): string {
  try {
    return readFileSync(LIMITS, 'utf8')
  } catch {
    return ''
  }
}

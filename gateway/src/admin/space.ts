// Reports how full the store is, and which organisations fill it. docs/guide/gateway.md, "Status"
import { growingLog } from '@rex/sdk/sqlite'
import type { GatewayProblem } from './problems.ts'

/** Share of the store in use. Above `warning`, status reports a problem; above `critical`, the gateway refuses routine mail of some senders. */
const FULL = { warning: 0.75, critical: 0.9 }
const NAMED = 3
const MEBI = 1024 ** 2

/** How full the store is. Sizes in bytes. */
export interface Filling {
  /** Maximum size of the store. */
  readonly capacity: number
  readonly used: number
  /** Bytes stored per organisation, largest first. */
  readonly holdings: readonly { readonly organisation: string; readonly bytes: number }[]
  /** Organisations whose mail the gateway refused within the last hour because they hold too much. */
  readonly refused: readonly string[]
}

/**
 * Reports in one sentence that the store is full or that an organisation has used up its share, and which organisations fill it. If other
 * files fill the disk, reports `disk-low` instead.
 */
export function spaceProblems({ capacity, used, holdings, refused }: Filling): GatewayProblem[] {
  const part = used / Math.max(1, capacity)
  const kept = holdings.reduce((sum, { bytes }) => sum + bytes, 0)
  const isFull = part >= FULL.warning && kept >= used / 2
  if (!isFull && refused.length === 0) return []
  const most = holdings
    .slice(0, NAMED)
    .map(({ organisation, bytes }) => `${organisation} (${mebibytes(bytes)})`)
  const fullest = most.length === 0 ? '' : ` Most of it is mail from or to ${listed(most)}.`
  const turnedAway =
    refused.length === 0 ? '' : ` For now, the gateway refuses new mail from or to ${listed(refused)}.`
  const message = `The store is ${Math.floor(part * 100)} % full: ${mebibytes(used)} of ${mebibytes(capacity)}.${fullest}${turnedAway} Open the desk, so that it reads its mailbox; free disk space, or raise limits.storeBytes.`
  return [{ code: 'store-full', severity: part < FULL.critical ? 'warning' : 'critical', message }]
}

/** Reports a write-ahead log that keeps growing (REX-DLV-072). `store` is the path of the store. */
export function logProblems(store: string): GatewayProblem[] {
  const log = growingLog(store)
  if (log === undefined) return []
  const message = `The write-ahead log of the store has ${mebibytes(log.bytes)}: the disk does not accept the writes that would empty it. Check the disk and free some space, then restart the gateway.`
  return [{ code: 'store-log', severity: log.severity, message }]
}

function mebibytes(bytes: number): string {
  return `${Math.ceil(bytes / MEBI)} MiB`
}

function listed(names: readonly string[]): string {
  return new Intl.ListFormat('en').format(names)
}

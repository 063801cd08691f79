// Reads and checks the audit log. docs/guide/service.md, "Audit log"
import { join } from 'node:path'
import { RexError } from '../../core/error.ts'
import { auditOf, FILES, fileName, fileNumbers, readAuditFile, readHead } from './files.ts'
import type { AuditRecord, Link } from './record.ts'

/** The result of checking the log. */
export interface AuditCheck {
  /** Sequence number of the oldest record that still exists. Files with earlier records have been deleted. */
  readonly from: number
  /** The last record. If you note it elsewhere, a later check can prove that the log still contains it. */
  readonly last: Link
  /** Sequence numbers of the acts without a recorded end, because the service was killed or is still performing them. */
  readonly open: readonly number[]
  /** The faults. Empty: the log is intact. */
  readonly faults: readonly string[]
}

/** Options of the check. */
export interface VerifyOptions {
  /** A link that was noted earlier, which must be in the log. */
  readonly known?: Link
  /** Called with every record. */
  readonly each?: (record: AuditRecord) => void
  /** Maximum number of files that the service keeps. Default: as shipped. */
  readonly files?: number
}

/**
 * Reads the log, and checks the chain, the head and the files.
 * @throws RexError NOT_FOUND if there is no log
 */
export async function verifyAudit(
  directory: string,
  { known, each = () => {}, files = FILES }: VerifyOptions = {},
): Promise<AuditCheck> {
  const audit = auditOf(directory)
  const numbers = await fileNumbers(audit)
  const [start, end] = [numbers[0], numbers.at(-1)]
  if (start === undefined || end === undefined)
    throw new RexError('NOT_FOUND', 'There is no audit log here.', { hint: '`rex-desk serve` begins one.' })
  // The service may append records during the check, so note first what is durable now.
  const head = await readHead(audit)
  const faults: string[] = []
  if (numbers.length !== end - start + 1 || (start > 1 && numbers.length < files))
    faults.push('Files are missing.')
  const open = new Set<number>()
  const seek = { head: head === undefined || head.seq === 0, known: known === undefined }
  let from: number | undefined
  let last: Link | undefined
  for (const number of numbers) {
    const name = fileName(number)
    const found = await readAuditFile(join(audit, name), (record, link) => {
      if (record.what === 'begin') open.add(record.seq)
      if (record.what === 'end') open.delete(record.of ?? 0)
      seek.head ||= link.hash === head?.hash
      seek.known ||= link.hash === known?.hash && link.seq === known.seq
      each(record)
    })
    const { first } = found
    from ??= (first?.seq ?? 0) + 1
    if (first === undefined || (last !== undefined && first.hash !== last.hash))
      faults.push(`${name} does not follow the file before.`)
    seek.head ||= first?.hash === head?.hash
    if (found.isTorn && (number < end || head === undefined || found.last.seq < head.seq))
      faults.push(`${name} was changed after record ${found.last.seq}.`)
    last = found.last
  }
  if (head === undefined) faults.push('The head is missing.')
  else if (!seek.head) faults.push(`The end is missing: record ${head.seq} was there.`)
  if (!seek.known) faults.push(`Record ${known?.seq} is not the one that was noted.`)
  return { from: from ?? 1, last: last as Link, open: [...open], faults }
}

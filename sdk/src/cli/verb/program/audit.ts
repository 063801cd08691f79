// `rex-desk audit`: read and check the audit log of the service. docs/guide/service.md, "Audit log"

import { Command, InvalidArgumentError } from 'commander'
import type { AuditCheck, AuditRecord, Link } from '../../../service/audit/index.ts'
import { AlreadyReported } from '../../exit.ts'
import { threadId } from '../../input/parsers.ts'
import { t } from '../../language/language.ts'
import { bad, dim, good, type Line, name } from '../../output/lines.ts'
import { localTime } from '../../output/time.ts'
import { example, given, type Settings } from '../../settings.ts'
import { answer, type Shell, show, showJson } from '../../shell.ts'

interface AuditOptions extends Settings {
  readonly verify?: boolean
  readonly known?: Link
  readonly thread?: string
}

export function audit(shell: Shell): Command {
  const command = new Command('audit')
    .summary('show who read what and did what through the service, or check that the log is intact')
    .description(
      'Shows the records of the audit log, the oldest first; with --json one per line. With --verify: checks that none is missing or changed. ' +
        'Needs no passphrase, because the log has no case data.',
    )
    .option('--verify', 'check the log instead of showing it')
    .option(
      '--known <link>',
      'with --verify: a place that was noted, `SEQ:HASH`, which must be in the log',
      link,
    )
    .option('--thread <id>', 'only the records of this thread: its full id', threadId)
    .addHelpText('after', example('rex-desk audit --json', 'rex-desk audit --verify'))
    .action(() => run(shell, command.optsWithGlobals()))
  return command
}

async function run(shell: Shell, { verify, known, thread, ...settings }: AuditOptions): Promise<void> {
  const { verifyAudit } = await import('../../../service/audit/index.ts')
  const tell = (record: AuditRecord) => {
    if (
      verify === true ||
      (thread !== undefined &&
        !Object.values(record.on ?? {})
          .join(' ')
          .includes(thread))
    )
      return
    if (settings.json === true) showJson(shell, record)
    else show(shell, [lineOf(record)])
  }
  const found = await verifyAudit(settings.dir, { each: tell, ...given({ known }) })
  const isWhole = found.faults.length === 0
  if (verify === true) {
    const { seq, hash } = found.last
    const value = { verified: isWhole, ...found, last: `${seq}:${hash}` }
    answer(shell, settings, { value, lines: lines(found) })
  } else if (!isWhole)
    show(shell, [[bad(t`The log is incomplete or was changed: see rex-desk audit --verify.`)]])
  if (!isWhole) throw new AlreadyReported()
}

function lineOf({ seq, atMs, what, operation, actor, door, on = {}, of, outcome }: AuditRecord): Line {
  const ids = Object.entries(on).map(([id, value]) => `${id}=${value}`)
  const facts = [operation, actor, door && `(${door})`, ...ids, of && `of ${of}`, outcome]
  return [name(String(seq)), `  ${localTime(atMs)}  ${what}  `, dim(facts.filter(Boolean).join('  '))]
}

function lines({ from, last, open, faults }: AuditCheck): Line[] {
  return [
    faults.length === 0 ? [good(t`Whole.`), ' ', t`Records ${from} to ${last.seq}.`] : [bad(t`Not whole.`)],
    ...faults.map((fault): Line => [bad('! '), fault]),
    ...(open.length === 0 ? [] : [t`Acts whose end is not known: ${open.join(', ')}.`]),
    t`Note this elsewhere, and give it to a later check with --known:`,
    ['  ', name(`${last.seq}:${last.hash}`)],
  ]
}

function link(value: string): Link {
  const [, seq, hash] = /^(\d{1,16}):([0-9a-f]{64})$/.exec(value) ?? []
  if (hash === undefined)
    throw new InvalidArgumentError('Write it as `rex-desk audit --verify` shows it: SEQ:HASH.')
  return { seq: Number(seq), hash }
}

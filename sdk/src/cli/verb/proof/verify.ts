// `rex-desk verify`: the facts that an evidence bundle proves. Works offline. docs/guide/rex-desk.md, "Evidence"
import { existsSync } from 'node:fs'
import { Command } from 'commander'
import { RexError } from '../../../core/error.ts'
import { LIMITS } from '../../../core/limits.ts'
import { readBounded } from '../../../process/read-file.ts'
import { openDesk } from '../../desk.ts'
import { organisationWords, type Words } from '../../input/parsers.ts'
import { example, type Settings } from '../../settings.ts'
import { answer, type Shell, say } from '../../shell.ts'
import { evidenceLines, keyLine } from '../../view/evidence.ts'
import { sure } from '../sure.ts'

interface VerifyOptions extends Settings {
  readonly words?: readonly Words[]
}

export function verify(shell: Shell): Command {
  const command = new Command('verify')
    .summary('check an evidence file, and show what it proves')
    .description(
      'Checks every signature of an evidence file and shows what it proves. Needs no network. ' +
        'It checks the keys by the six words of each organisation: words that you give, words of organisations that your desk is paired with, or words that you confirm.',
    )
    .argument('<file>', 'evidence, as saved by `rex-desk export`')
    .option('--words <organisation=words>', 'six words of an organisation (repeatable)', organisationWords)
    .addHelpText(
      'after',
      example(
        'rex-desk verify 7f3a91c2.rexevidence',
        'rex-desk verify 7f3a91c2.rexevidence --words "https://ngo.example=apple river stone cloud table lamp"',
      ),
    )
    .action((file: string) => run(shell, file, command.optsWithGlobals()))
  return command
}

async function run(shell: Shell, file: string, options: VerifyOptions): Promise<void> {
  const { carriedKeys, entityWords, verifyEvidence } = await import('../../input/evidence.ts')
  const bytes = await readBounded(file, { path: 'The evidence', limit: LIMITS.evidence })
  const keys = carriedKeys(bytes)
  const found = [...keys].map(([organisation, key]) => ({
    organisation,
    words: entityWords(organisation, key),
  }))
  const { known, judgedBy } = await knownWords(shell, options)
  for (const { organisation, words } of found) await judge(shell, { organisation, words }, known)
  const report = await verifyEvidence(bytes, (organisation) => keys.get(organisation))
  answer(shell, options, {
    value: { holds: true, organisations: found, ...report },
    lines: evidenceLines(report, { judgedBy, keys: found }),
  })
}

interface Known {
  /** Absent: the user is asked. */
  readonly known?: readonly Words[]
  readonly judgedBy: string
}

async function knownWords(shell: Shell, options: VerifyOptions): Promise<Known> {
  if (options.words !== undefined) return { known: options.words, judgedBy: 'the words that you gave' }
  if (!existsSync(options.dir)) return { judgedBy: 'the words that you confirmed' }
  await using desk = await openDesk(shell, options)
  const own = { organisation: desk.organisation, words: (await desk.invite()).words }
  return { known: [own, ...(await desk.peers())], judgedBy: 'the keys that your desk is paired with' }
}

/** Refuses keys that do not belong to the organisation. */
async function judge(shell: Shell, found: Words, known: readonly Words[] | undefined): Promise<void> {
  if (known === undefined) {
    say(shell, [keyLine(found)])
    return await sure(shell, {}, `Are these the words of ${found.organisation}?`)
  }
  const expected = known.find(({ organisation }) => organisation === found.organisation)
  if (expected === undefined)
    throw new RexError(
      'UNKNOWN_ORGANISATION',
      `This evidence has messages of ${found.organisation}, which is not known here.`,
      {
        hint: 'Ask them for their six words and add --words.',
      },
    )
  if (expected.words.join(' ') !== found.words.join(' '))
    throw new RexError(
      'EVIDENCE_INVALID',
      `The evidence carries another key of ${found.organisation} than the one you know.`,
    )
}

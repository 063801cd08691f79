// `rex-desk verify`: the facts that an evidence bundle proves. Works offline. docs/guide/rex-desk.md, "Evidence"
import { existsSync } from 'node:fs'
import { basename } from 'node:path'
import { Command } from 'commander'
import { RexError } from '../../../core/error.ts'
import { LIMITS } from '../../../core/limits.ts'
import { readBounded } from '../../../process/read-file.ts'
import { openDesk } from '../../desk.ts'
import { AlreadyReported } from '../../exit.ts'
import { organisationWords, type Words } from '../../input/parsers.ts'
import { dim } from '../../output/lines.ts'
import { saveNew } from '../../output/save.ts'
import { example, type Settings } from '../../settings.ts'
import { answer, type Shell, say } from '../../shell.ts'
import { evidenceLines, keyLine } from '../../view/evidence/lines.ts'
import { sure } from '../sure.ts'

interface VerifyOptions extends Settings {
  readonly words?: readonly Words[]
  readonly report?: string
}

export function verify(shell: Shell): Command {
  const command = new Command('verify')
    .summary('check an evidence file, and show what it proves')
    .description(
      'Checks every signature of an evidence file and shows what it proves, until when, and what it does not. Needs no network. ' +
        'It checks the keys by the six words of each organisation: words that you give, words of organisations that your desk is paired with, or words that you confirm. ' +
        'With your desk, and without --words, it also checks the statements that the desk keeps, because one of them may revoke a key.',
    )
    .argument('<file>', 'evidence, as saved by `rex-desk export`')
    .option('--words <organisation=words>', 'six words of an organisation (repeatable)', organisationWords)
    .option(
      '--report <file>',
      'also save the result as a page to print (HTML), with the way to check it by hand',
    )
    .addHelpText(
      'after',
      example(
        'rex-desk verify 7f3a91c2.rexevidence',
        'rex-desk verify 7f3a91c2.rexevidence --report 7f3a91c2.html',
        'rex-desk verify 7f3a91c2.rexevidence --words "https://ngo.example=apple river stone cloud table lamp"',
      ),
    )
    .action((file: string) => run(shell, file, command.optsWithGlobals()))
  return command
}

async function run(shell: Shell, file: string, options: VerifyOptions): Promise<void> {
  const { entityWords, examineEvidence, readEvidence } = await import('../../input/evidence.ts')
  const bytes = await readBounded(file, { path: 'The evidence', limit: LIMITS.evidence })
  const { bundle, keys, sha256 } = readEvidence(bytes)
  const found = [...keys].map(([organisation, key]) => ({
    organisation,
    words: entityWords(organisation, key),
  }))
  const { known, statements, judgedBy } = await knownOf(shell, options, [...keys.keys()])
  for (const { organisation, words } of found) await judge(shell, { organisation, words }, known)
  const findings = await examineEvidence(bytes, (organisation) => keys.get(organisation), { statements })
  const judgement = { judgedBy, keys: found, compared: statements.length > 0 }
  if (options.report !== undefined) {
    const { evidencePage } = await import('../../view/evidence/page.ts')
    const reported = { file: basename(file), sha256, bundle, findings, judgement, now: shell.now() }
    await saveNew(options.report, evidencePage(reported))
    say(shell, [[dim(`The report is saved as ${options.report}.`)]])
  }
  const holds = findings.refuted.length === 0
  answer(shell, options, {
    value: { holds, organisations: found, ...findings },
    lines: evidenceLines(findings, judgement),
  })
  if (!holds) throw new AlreadyReported()
}

interface Known {
  /** Absent: the user is asked. */
  readonly known?: readonly Words[]
  /** Statements (JWTs) to compare. */
  readonly statements: readonly string[]
  readonly judgedBy: string
}

async function knownOf(
  shell: Shell,
  options: VerifyOptions,
  organisations: readonly string[],
): Promise<Known> {
  if (options.words !== undefined)
    return { known: options.words, statements: [], judgedBy: 'the words that you gave' }
  if (!existsSync(options.dir)) return { statements: [], judgedBy: 'the words that you confirmed' }
  const { entityKeysOf, entityWords } = await import('../../input/evidence.ts')
  await using desk = await openDesk(shell, options)
  const own = [...entityKeysOf(await desk.statements([desk.organisation]))]
  return {
    known: [
      ...own.map(([organisation, key]) => ({ organisation, words: entityWords(organisation, key) })),
      ...(await desk.peers()),
    ],
    statements: await desk.statements(organisations),
    judgedBy: 'the keys that your desk is paired with',
  }
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

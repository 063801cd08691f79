// `rex-desk verify`: show the facts that an evidence bundle proves. Needs no network. docs/guide/rex-desk.md, "Evidence"

import { existsSync } from 'node:fs'
import { basename } from 'node:path'
import { Command } from 'commander'
import { RexError } from '../../../core/error.ts'
import type { Ed25519PublicJwk } from '../../../core/jose/key.ts'
import { LIMITS } from '../../../core/limits.ts'
import { readBounded } from '../../../process/read-file.ts'
import { openDesk } from '../../desk.ts'
import { AlreadyReported } from '../../exit.ts'
import { organisationWords, type Words } from '../../input/parsers.ts'
import { inEnglish, safety, t } from '../../language/language.ts'
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
  const { entityKeysOf, examineEvidence, parseEntityConfiguration, readEvidence } = await import(
    '../../input/evidence.ts'
  )
  const bytes = await readBounded(file, { path: 'The evidence', limit: LIMITS.evidence })
  const { bundle, carried, sha256 } = readEvidence(bytes)
  const organisations = new Set(carried.map(({ organisation }) => organisation))
  const { known, statements, judgedBy } = await knownOf(shell, options, [...organisations])
  const keys = entityKeysOf([...carried, ...statements.map(parseEntityConfiguration)])
  const pinned = new Map<string, Ed25519PublicJwk>()
  const found: Words[] = []
  for (const organisation of organisations) {
    const judged = await judge(shell, { organisation, keys: keys.get(organisation) ?? [] }, known)
    pinned.set(organisation, judged.key)
    found.push({ organisation, words: judged.words })
  }
  const findings = await examineEvidence(bytes, (organisation) => pinned.get(organisation), { statements })
  const judgement = { judgedBy, keys: found, compared: statements.length > 0 }
  if (options.report !== undefined) {
    const { evidencePage } = await import('../../view/evidence/page.ts')
    const reported = { file: basename(file), sha256, bundle, findings, judgement, now: shell.now() }
    await saveNew(
      options.report,
      inEnglish(() => evidencePage(reported)),
    )
    say(shell, [[dim(t`The report is saved as ${options.report}.`)]])
  }
  const holds = findings.refuted.length === 0
  answer(shell, options, {
    value: { holds, organisations: found, ...findings },
    lines: inEnglish(() => evidenceLines(findings, judgement)),
  })
  if (!holds) throw new AlreadyReported()
}

interface Known {
  /** The words that the user gave as options. Absent: the user is asked for each organisation. */
  readonly known?: readonly Words[]
  /** Statements (JWTs) to compare with those in the bundle. */
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
  const { entityKeysOf, entityWords, parseEntityConfiguration } = await import('../../input/evidence.ts')
  await using desk = await openDesk(shell, options)
  const own = entityKeysOf((await desk.statements([desk.organisation])).map(parseEntityConfiguration))
  return {
    known: [
      ...[...own].flatMap(([organisation, [key]]) =>
        key === undefined ? [] : [{ organisation, words: entityWords(organisation, key) }],
      ),
      ...(await desk.peers()),
    ],
    statements: await desk.statements(organisations),
    judgedBy: 'the keys that your desk is paired with',
  }
}

/**
 * Returns the key under which an organisation's signatures are verified: the key with the given words. Throws if no key of the organisation in the
 * evidence has these words.
 */
async function judge(
  shell: Shell,
  { organisation, keys }: { readonly organisation: string; readonly keys: readonly Ed25519PublicJwk[] },
  known: readonly Words[] | undefined,
): Promise<{ key: Ed25519PublicJwk; words: readonly string[] }> {
  const { entityWords } = await import('../../input/evidence.ts')
  const carried = keys.map((key) => ({ key, words: entityWords(organisation, key) }))
  const [newest] = carried
  if (known === undefined && newest !== undefined) {
    say(shell, [keyLine({ organisation, words: newest.words })])
    await sure(shell, {}, safety`Are these the words of ${organisation}?`)
    return newest
  }
  const expected = known?.find((one) => one.organisation === organisation)
  if (expected === undefined)
    throw new RexError(
      'UNKNOWN_ORGANISATION',
      `This evidence has messages of ${organisation}, which is not known here.`,
      {
        hint: 'Ask them for their six words and add --words.',
      },
    )
  const judged = carried.find(({ words }) => words.join(' ') === expected.words.join(' '))
  if (judged !== undefined) return judged
  throw new RexError(
    'EVIDENCE_INVALID',
    `The evidence carries another key of ${organisation} than the one you know.`,
  )
}

// Reads a recovery kit from a private file, standard input or a prompt, but never from an argument. docs/guide/rex-desk.md, "Recovery kit"
import { t } from '../../language/language.ts'
import type { Line } from '../../output/lines.ts'
import { bad } from '../../output/lines.ts'
import { type Shell, say } from '../../shell.ts'
import { readPrivate } from '../passphrase.ts'
import { ask } from '../terminal.ts'
import { readInput } from '../text.ts'

/** Options of verbs that read a recovery kit. */
export interface KitInput {
  readonly kitFile?: string
}

/** Reads the kit from the file named in the options, otherwise from standard input, otherwise from a prompt (T-119). */
export async function readKitFrom(shell: Shell, { kitFile }: KitInput): Promise<string> {
  if (kitFile !== undefined) return readPrivate(kitFile)
  if (!shell.stdin.isTTY) return readInput(shell, 'the recovery kit')
  return await typedKit(shell)
}

/** Asks until there are 24 words. If a word is not in the list, asks for the line again. */
async function typedKit(shell: Shell): Promise<string> {
  const { KIT_WORDS, readKitWords } = await import('../../../core/identity/kit.ts')
  say(shell, [
    t`Type the words of the recovery kit in the order of their numbers, as many on a line as you like.`,
    t`The first four letters of a word suffice.`,
  ])
  let words: string[] = []
  while (words.length < KIT_WORDS) {
    const line = await ask(shell, t`From word ${words.length + 1} on:`)
    try {
      words = readKitWords(`${words.join(' ')} ${line}`)
    } catch (error) {
      say(shell, [refusal(error), t`That line again, please.`])
    }
  }
  return words.join(' ')
}

function refusal(error: unknown): Line {
  if (error instanceof Error) return [bad('rex-desk: '), error.message]
  throw error
}

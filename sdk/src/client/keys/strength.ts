// Estimates whether a new passphrase would withstand guessing if the keystore were stolen. docs/guide/rex-desk.md, "Passphrase"
import { RexError } from '../../core/error.ts'
import { passphraseForm } from '../../core/input/passphrase.ts'

/** Number of guesses that a new passphrase must withstand, as a power of ten. Each guess costs one key derivation. */
const LEAST_GUESSES = 10
/** Words that an attacker tries first, along with those of the organisation. */
const OURS = ['passphrase', 'rex', 'desk', 'gateway', 'referral', 'exchange']
/**
 * Han characters and Hangul syllables. The estimator assumes ten choices for each character, although there are thousands, so
 * each distinct character adds `WORTH_OF_LARGE` to the estimate.
 */
const LARGE_SCRIPTS = /[\p{Script=Han}\p{Script=Hangul}]/gu
const WORTH_OF_LARGE = 0.5
/** Maximum number of characters that are judged. The time of the estimate grows with the square of this number. */
const LONGEST_JUDGED = 128

const HINT =
  'Choose four or more words that nobody else would combine, in any language and script, such as words chosen by dice from a word list.'

/**
 * Checks the strength of a new passphrase. `known`: words associated with the desk, such as the name of its organisation.
 * @throws RexError CONFIG_INVALID if 10^10 guesses would suffice; UNLOCK_FAILED if it is not a valid passphrase
 */
export async function checkStrength(passphrase: string, known: readonly string[] = []): Promise<void> {
  const form = passphraseForm(passphrase)
  if ((await guessesOf(form, known)) >= LEAST_GUESSES) return
  throw new RexError('CONFIG_INVALID', 'The passphrase is too easy to guess.', {
    path: 'passphrase',
    hint: HINT,
  })
}

/** Estimates the number of guesses, as a power of ten, for an attacker who knows how people choose passphrases. */
async function guessesOf(form: string, known: readonly string[]): Promise<number> {
  const text = [...withoutRepeats(form)].slice(0, LONGEST_JUDGED).join('')
  const estimator = await estimatorFor([...OURS, ...known.flatMap(wordsOf)])
  const large = new Set(text.match(LARGE_SCRIPTS)).size
  return estimator.check(text).guessesLog10 + large * WORTH_OF_LARGE
}

/** Loads the dictionaries only when a passphrase is chosen, because they are large. */
async function estimatorFor(words: string[]) {
  const [{ ZxcvbnFactory }, common] = await Promise.all([
    import('@zxcvbn-ts/core'),
    import('@zxcvbn-ts/language-common'),
  ])
  return new ZxcvbnFactory({
    dictionary: { ...common.dictionary, known: words },
    graphs: common.adjacencyGraphs,
  })
}

/** Removes repeated words, because they do not make a passphrase harder to guess. */
function withoutRepeats(text: string): string {
  return [...new Set(text.toLowerCase().split(/\s+/))].join(' ')
}

function wordsOf(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []
}

// Whether a new passphrase would hold against guessing, should the keystore be stolen. docs/guide/rex-desk.md, "Passphrase"
import { RexError } from '../../core/error.ts'
import { passphraseForm } from '../../core/input/passphrase.ts'

/** Guesses that a new passphrase must take, as a power of ten. Each costs a stretching of the keystore. */
const LEAST_GUESSES = 10
/** Words that a guesser tries first, beside those of the organisation. */
const OURS = ['passphrase', 'rex', 'desk', 'gateway', 'referral', 'exchange']
/** A Han character or Hangul syllable is one of thousands; the estimate counts each as one of ten. */
const LARGE_SCRIPTS = /[\p{Script=Han}\p{Script=Hangul}]/gu
const WORTH_OF_LARGE = 0.5
/** The estimate is quadratic in the length; a longer passphrase is judged by its beginning. */
const LONGEST_JUDGED = 128

const HINT =
  'Choose a sentence of four or more words that belong together for nobody else, in any language and script, such as one that six dice and a word list give.'

/**
 * Checks a new passphrase. `known` are words that others connect with the desk, such as the name of its organisation.
 * @throws RexError CONFIG_INVALID if 10^10 guesses would be enough; UNLOCK_FAILED if it is no passphrase at all
 */
export async function checkStrength(passphrase: string, known: readonly string[] = []): Promise<void> {
  const form = passphraseForm(passphrase)
  if ((await guessesOf(form, known)) >= LEAST_GUESSES) return
  throw new RexError('CONFIG_INVALID', 'The passphrase is too easy to guess.', {
    path: 'passphrase',
    hint: HINT,
  })
}

/** Guesses that somebody who knows how people choose passphrases would need, as a power of ten. */
async function guessesOf(form: string, known: readonly string[]): Promise<number> {
  const text = [...withoutRepeats(form)].slice(0, LONGEST_JUDGED).join('')
  const estimator = await estimatorFor([...OURS, ...known.flatMap(wordsOf)])
  const large = new Set(text.match(LARGE_SCRIPTS)).size
  return estimator.check(text).guessesLog10 + large * WORTH_OF_LARGE
}

/** Dictionaries are large: they are loaded only where a passphrase is chosen. */
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

/** A word that comes again is no further word to guess. */
function withoutRepeats(text: string): string {
  return [...new Set(text.toLowerCase().split(/\s+/))].join(' ')
}

function wordsOf(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []
}

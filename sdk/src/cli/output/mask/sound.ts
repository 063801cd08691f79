// Finds names in texts in linear time, even if they are written in another script or spelled differently with the same sound. docs/guide/rex-desk.md,
// "Names are masked"
import { type Word, wordsOf } from '../../../core/input/words.ts'
import type { Span } from './seek.ts'

/** Usual Latin letters for letters of other scripts. The keys are folded, so final forms and accents are gone. */
const LATIN: Readonly<Record<string, string>> = Object.fromEntries(
  [
    'а a б b в v г g ґ g д d е e є ye ж zh з z и i і i ї yi й y к k л l м m н n о o п p р r с s т t у u ф f х kh ц ts ч ch ш sh щ sh ъ - ы i ь - э e ю yu я ya ј y љ l њ n ћ c ђ d џ j',
    'α a β v γ g δ d ε e ζ z η i θ th ι i κ k λ l μ m ν n ξ ks ο o π p ρ r σ s ς s τ t υ i φ f χ kh ψ ps ω o',
    'ا a ب b ت t ث th ج j ح h خ kh د d ذ d ر r ز z س s ش sh ص s ض d ط t ظ z ع a غ g ف f ق k ك k ل l م m ن n ه h و w ي y پ p چ ch ژ zh گ g',
    'א a ב b ג g ד d ה h ו w ז z ח h ט t י y כ k ך k ל l מ m ם m נ n ן n ס s ע a פ f ף f צ ts ץ ts ק k ר r ש sh ת t',
    'ա a բ b գ g դ d ե e զ z է e ը y թ t ժ zh ի i լ l խ kh ծ ts կ k հ h ձ dz ղ gh ճ ch մ m յ y ն n շ sh ո o չ ch պ p ջ j ռ r ս s վ v տ t ր r ց ts ւ v փ p ք k և ev օ o ֆ f',
    'ა a ბ b გ g დ d ე e ვ v ზ z თ t ი i კ k ლ l მ m ნ n ო o პ p ჟ zh რ r ს s ტ t უ u ფ p ქ k ღ gh ყ q შ sh ჩ ch ც ts ძ dz წ ts ჭ ch ხ kh ჯ j ჰ h',
  ].flatMap((table) => {
    const parts = table.split(' ')
    return parts.flatMap((letter, i) => (i % 2 === 0 ? [[letter, parts[i + 1]?.replace('-', '') ?? '']] : []))
  }),
)
/** Matches Arabic and Hebrew, which write few vowels, so only consonants can be compared. */
const CONSONANTAL = /[\p{sc=Arab}\p{sc=Hebr}]/u
const OTHER = /[\p{sc=Cyrl}\p{sc=Grek}\p{sc=Arab}\p{sc=Hebr}\p{sc=Armn}\p{sc=Geor}]/u
/** Words such as "and", "the" and "to" that are joined to the next word. */
const JOINED = /^(?:[وفبلك]?(?:ال|لل)|[وفبلك]|[ובלמשכה]{1,2})(?=\p{L}{3})/u
/** Minimum number of consonants to compare. Fewer consonants would match ordinary words. */
const FEWEST_CONSONANTS = 3
/** Minimum length of a Latin word to compare with names in Latin letters. Shorter words are compared only with names in other scripts. */
const FEWEST_LATIN = 4

/** Spellings that have the same sound, longest first. */
const SOUNDS: readonly (readonly [RegExp, string])[] = [
  [/shch|tsch|sch|sh/g, 'sh'],
  [/tch|ch|tz|ts/g, 'ch'],
  [/dzh|dj|zh/g, 'j'],
  [/kh/g, 'h'],
  [/gh/g, 'g'],
  [/ph|ff/g, 'f'],
  [/th|tt/g, 't'],
  [/ck|q|c(?![h])/g, 'k'],
  [/x/g, 'ks'],
  [/ou|oo/g, 'u'],
  [/ee/g, 'i'],
]

/** The names to find, in the forms in which they are compared with the words of a text. */
interface Sought {
  /** Sounds of names in other scripts. */
  readonly foreign: ReadonlySet<string>
  /** Sounds of names in Latin letters. */
  readonly latin: ReadonlySet<string>
  /** Consonants of names in other scripts. */
  readonly foreignConsonants: ReadonlySet<string>
  readonly latinConsonants: ReadonlySet<string>
}

/** Prepares a search for names by sound, in other scripts and in other Latin spellings. */
export function seekingSounds(names: readonly string[]): (text: string, words: readonly Word[]) => Span[] {
  const words = [
    ...new Set(names.flatMap((name) => wordsOf(name.normalize('NFC')).map(({ letters }) => letters))),
  ].filter((letters) => letters.length > 1 && /^\p{L}+$/u.test(letters))
  if (words.length === 0) return () => []
  const [foreign, latin] = [
    words.filter((word) => OTHER.test(word)),
    words.filter((word) => !OTHER.test(word)),
  ]
  const sought: Sought = {
    foreign: new Set(foreign.flatMap(soundsOf)),
    latin: new Set(latin.flatMap(soundsOf)),
    foreignConsonants: new Set(foreign.flatMap(consonantsOf)),
    latinConsonants: new Set(latin.flatMap(consonantsOf)),
  }
  const known = new Map<string, 'always' | 'capital' | 'never'>()
  const judge = (letters: string) => {
    let found = known.get(letters)
    if (found === undefined) {
      found = judged(letters, sought)
      if (known.size < 65_536) known.set(letters, found)
    }
    return found
  }
  return (text, all) =>
    all.flatMap(({ letters, start, end }) => {
      const found = letters.length > 1 && letters.length <= 48 ? judge(letters) : 'never'
      const fits = found === 'always' || (found === 'capital' && /^\P{Ll}/u.test(text.slice(start, end)))
      return fits ? [{ start, end }] : []
    })
}

/** Returns whether a word counts as a name by its sound: always, only if it is capitalised like a name, or never. */
function judged(letters: string, sought: Sought): 'always' | 'capital' | 'never' {
  if (!/^\p{L}+$/u.test(letters)) return 'never'
  const forms = [letters, letters.replace(JOINED, '')]
  const sounds = forms.flatMap(soundsOf)
  const consonants = forms.flatMap(consonantsOf)
  if (OTHER.test(letters)) {
    if (sounds.some((sound) => sought.latin.has(sound))) return 'always'
    if (consonants.some((form) => sought.latinConsonants.has(form))) return 'capital'
    // Inflected forms of a name in its own script are compared by their consonants.
    const isSame = !CONSONANTAL.test(letters) && consonants.some((form) => sought.foreignConsonants.has(form))
    return isSame ? 'capital' : 'never'
  }
  if (sounds.some((sound) => sought.foreign.has(sound))) return 'always'
  if (consonants.some((form) => sought.foreignConsonants.has(form))) return 'capital'
  return letters.length >= FEWEST_LATIN && sounds.some((sound) => sought.latin.has(sound))
    ? 'capital'
    : 'never'
}

/** Returns the possible sounds of a word, each in a fixed spelling. Returns none if the word's script leaves out the vowels. */
function soundsOf(letters: string): string[] {
  const shortest = CONSONANTAL.test(letters) ? FEWEST_CONSONANTS : 2
  return romanised(letters)
    .map((roman) => collapsed(vowelled(roman.replace(/(?<=...)h$/, ''))))
    .filter((sound) => sound.length >= shortest)
}

/** Returns the consonants of a word, by sound. */
function consonantsOf(letters: string): string[] {
  return romanised(letters)
    .flatMap((roman) => (CONSONANTAL.test(letters) ? [roman] : [roman, roman.replaceAll('w', 'v')]))
    .map((form) =>
      form
        .replace(/(?<=.)h$/, '')
        .replace(/^w/, 'v')
        .replace(/(?!^)[yw]|[aeiou]/g, ''),
    )
    .map(collapsed)
    .filter((form) => form.length >= FEWEST_CONSONANTS)
}

/** Spells a word in Latin letters, with one spelling for each sound. Returns several results if a spelling has two sounds. */
function romanised(letters: string): string[] {
  // Letters of other scripts stay separate, because only in Latin do two letters make one sound.
  let roman = [...letters]
    .map((letter) => (OTHER.test(letter) ? `${LATIN[letter] ?? letter}-` : letter))
    .join('')
  for (const [spelling, sound] of SOUNDS) roman = roman.replace(spelling, sound)
  roman = roman.replaceAll('-', '')
  return [...new Set([roman, roman.replaceAll('ch', 'h'), roman.replace(/^j/, 'y')])]
}

/** Replaces vowels that people confuse in spelling, such as e and a, by one of them. */
function vowelled(roman: string): string {
  return roman.replace(/[yj]/g, 'i').replace(/w/g, 'v').replace(/e/g, 'a').replace(/o/g, 'u')
}

function collapsed(text: string): string {
  return text.replace(/(.)\1+/gu, '$1')
}

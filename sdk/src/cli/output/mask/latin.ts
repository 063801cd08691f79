// Spells Korean names, and Japanese names in kana, in Latin letters, as texts in other languages do. docs/guide/rex-desk.md, "Names are masked"

/** Matches Korean names of usual length. Longer names are foreign, and do not begin with the family name. */
const KOREAN = /^[\uac00-\ud7a3]{2,4}$/
const KANA = /^[\p{sc=Hiragana}\p{sc=Katakana}ー]{2,}$/u
/** Minimum length of a family name. A shorter name, such as "An", is an ordinary word. */
const SHORTEST_FAMILY = 3
/** Maximum number of spellings of one part of a name. There could be many more, and the search for each costs time (T-058). */
const MOST = 48

/** Korean family names whose usual spelling follows no rule. */
const FAMILY: Readonly<Record<string, readonly string[]>> = {
  박: ['park', 'pak', 'bak'],
  이: ['lee', 'yi', 'rhee'],
  최: ['choi', 'choe'],
  유: ['yoo', 'yu', 'ryu'],
  안: ['ahn', 'an'],
  오: ['oh', 'o'],
  우: ['woo', 'u'],
  허: ['heo', 'hur', 'huh'],
  임: ['lim', 'im', 'rim'],
  노: ['noh', 'roh', 'no'],
}
/**
 * Consonants, vowels and final consonants of Korean syllables in the order of Unicode (The Unicode Standard, 3.12). The Revised Romanisation comes
 * first, then other common spellings.
 */
const SYLLABLE = [
  'g/k kk n d/t tt r/l m b/p pp s/sh ss - j/ch jj ch k t p h',
  'a ae ya yae eo/u/o/ou e yeo/yu/yo/you ye o wa wae oe yo u/oo wo we wi yu/yoo eu/u ui i',
  '- k/g k k n n n t l k m l l l p l m p/b p t t ng t t k t p t',
].map((sounds) => sounds.split(' ').map((spellings) => spellings.replace('-', '').split('/')))
const FIRST_SYLLABLE = 0xac00

const VOWELS = ['a', 'i', 'u', 'e', 'o']
/** Japanese syllables by consonant, with hiragana in the order of the vowels. "-" stands for a missing syllable. */
const SYLLABARY: Readonly<Record<string, string>> = {
  '': 'あいうえお',
  k: 'かきくけこ',
  g: 'がぎぐげご',
  s: 'さしすせそ',
  z: 'ざじずぜぞ',
  t: 'たちつてと',
  d: 'だぢづでど',
  n: 'なにぬねの',
  h: 'はひふへほ',
  b: 'ばびぶべぼ',
  p: 'ぱぴぷぺぽ',
  m: 'まみむめも',
  y: 'や-ゆ-よ',
  r: 'らりるれろ',
  w: 'わ---を',
}
const KANA_SOUNDS: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    Object.entries(SYLLABARY).flatMap(([consonant, row]) =>
      [...row].map((letter, i) => [letter, `${consonant}${VOWELS[i]}`]),
    ),
  ),
  ...{
    し: 'shi',
    じ: 'ji',
    ち: 'chi',
    ぢ: 'ji',
    つ: 'tsu',
    づ: 'zu',
    ふ: 'fu',
    を: 'o',
    ん: 'n',
    ゔ: 'vu',
    っ: '',
    ー: '',
  },
  ...{ ゃ: 'ya', ゅ: 'yu', ょ: 'yo', ぁ: 'a', ぃ: 'i', ぅ: 'u', ぇ: 'e', ぉ: 'o' },
}
const TO_HIRAGANA = 0x60

/** Returns the spellings of a Korean or Japanese name in Latin letters: each part alone, and both parts in both orders. */
export function latinForms(name: string): string[] {
  return name.split(/[\s・·]+/u).flatMap((part) => {
    if (KANA.test(part)) return kanaForms(part)
    return KOREAN.test(part) ? koreanForms([...part]) : []
  })
}

function koreanForms(letters: readonly string[]): string[] {
  const at = letters.length > 3 ? 2 : 1
  const [first = '', ...others] = letters.slice(0, at)
  const family = joined([FAMILY[first] ?? korean(first), ...others.map(korean)])
  const given = joined(letters.slice(at).map(korean))
  const both = family.flatMap((one) => given.flatMap((other) => [`${one} ${other}`, `${other} ${one}`]))
  const alone = family.filter((one) => one.length >= SHORTEST_FAMILY)
  return [...new Set([...(letters.length > 2 ? given : []), ...alone, ...both])]
}

function korean(letter: string): string[] {
  const [initial = [], vowel = [], final = []] = SYLLABLE
  const place = (letter.codePointAt(0) ?? 0) - FIRST_SYLLABLE
  const rest = place % (vowel.length * final.length)
  const sounds = [
    initial[Math.floor(place / (vowel.length * final.length))],
    vowel[Math.floor(rest / final.length)],
    final[rest % final.length],
  ]
  return joined(sounds.map((spellings) => spellings ?? []))
}

/** Spells kana in Latin letters. A small "ya" changes the syllable before it, and a long vowel is often written as a short one. */
function kanaForms(name: string): string[] {
  const hiragana = name
    .normalize('NFKC')
    .replace(/[ァ-ヴ]/g, (letter) => String.fromCharCode(letter.charCodeAt(0) - TO_HIRAGANA))
  const full = [...hiragana]
    .map((letter) => (/[ゃゅょ]/.test(letter) ? `<${KANA_SOUNDS[letter]}` : (KANA_SOUNDS[letter] ?? '')))
    .join('')
    .replace(/(?<=sh|ch|j)i<y/g, '')
    .replace(/i<|</g, '')
  const short = full.replace(/ou/g, 'o').replace(/([aeiou])\1/g, '$1')
  return [...new Set([full, short])]
}

/** Returns all ways to join one spelling of each part. */
function joined(parts: readonly (readonly string[])[]): string[] {
  return parts.reduce<string[]>(
    (all, spellings) => all.flatMap((start) => spellings.map((end) => start + end)).slice(0, MOST),
    [''],
  )
}

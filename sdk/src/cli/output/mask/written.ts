// The parts of names and handles by which people are called. docs/guide/rex-desk.md, "Names are masked"

/** Shortest word of a name that is hidden everywhere, in letters. */
const SHORTEST_WORD = 2
/** A shorter part of a link or mail address is an ordinary word. */
const SHORTEST_PART = 5
/** Parts of links that name no account. */
const GENERIC =
  /^(?:https?|www|users?|profiles?|people|channels?|accounts?|members?|groups?|watch|stories|status|invite|index|home|pages?)$/i
/** A name without spaces in Chinese, Japanese or Korean. */
const UNSPACED = /^[\p{sc=Han}\p{sc=Hangul}\p{sc=Hiragana}\p{sc=Katakana}]{3,}$/u

/**
 * The words of a name, and the parts of hyphenated or apostrophised ones; not particles in small letters such as
 * "de" or "la".
 */
export function wordsOfName(name: string): string[] {
  const isCased = /\p{Lu}/u.test(name)
  const words = [/\s+/, /[\s\p{Pd}]+/u, /[^\p{L}\p{M}\p{N}]+/u].flatMap((between) => name.split(between))
  return [...new Set([...words, ...words.flatMap(insideOf), ...pairsOf(name)])]
    .filter((word) => [...word].length >= SHORTEST_WORD)
    .filter((word) => [...word].length > SHORTEST_WORD || !isCased || !/^\p{Ll}/u.test(word))
}

/** Two words that follow each other and may be written together; not with a particle. */
function pairsOf(name: string): string[] {
  const words = name.split(/\s+/).filter((word) => word !== '')
  const isName = (word: string) => [...word].length > SHORTEST_WORD && !/^\p{Ll}/u.test(word)
  return words.flatMap((word, i) => {
    const next = words[i + 1]
    return next !== undefined && isName(word) && isName(next) ? [`${word} ${next}`] : []
  })
}

/** Names inside a word: family and given name written together, and the name after the Arabic article. */
function insideOf(word: string): string[] {
  const [, bare] = /^\u0627\u0644(\p{L}{3,})$/u.exec(word) ?? []
  if (bare !== undefined) return [bare]
  if (!UNSPACED.test(word)) return []
  const letters = [...word]
  return letters.length === 3
    ? [letters.slice(1).join('')]
    : [letters.slice(0, 2).join(''), letters.slice(2).join('')]
}

/** The part of a handle, link or mail address that names the account by itself: before "@" and "#", or in the path. */
export function partsOfHandle(handle: string): string[] {
  const [mail] = /^[^@\s]+(?=@[^@\s]+\.)/u.exec(handle) ?? []
  const isLink = /^[a-z][a-z0-9+.-]*:\/\/|^(?:[\w-]+\.)+[a-z]{2,}\//i.test(handle)
  const parts =
    mail !== undefined
      ? [mail, mail.replace(/\+.*$/, '')]
      : isLink
        ? [
            handle.replace(/^[a-z][a-z0-9+.-]*:\/\//i, '').replace(/^www\./i, ''),
            ...handle.replace(/^[^/]*\/\/[^/]*/, '').split(/[/?#=&]+/),
          ]
        : [handle.replace(/#\d{3,5}$/, ''), handle.replace(/^(?:@|\/?[ur]\/|[a-z]+:(?!\/))/i, '')]
  return [...new Set(parts)]
    .map((part) => part.replace(/^[@~]+/, ''))
    .filter((part) => part !== handle && !GENERIC.test(part) && [...part].length >= SHORTEST_PART)
}

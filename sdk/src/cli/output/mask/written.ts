// Returns the parts of names and handles by which people are called. docs/guide/rex-desk.md, "Names are masked"

import { isUnspaced, partsTogether } from './written-together.ts'

/** Minimum number of letters of a word of a name. A shorter word, such as an initial, is not hidden when it stands alone. */
const SHORTEST_WORD = 2
/** Minimum length of a part of a link or mail address. A shorter part is an ordinary word. */
const SHORTEST_PART = 5
/** Parts of links that do not name an account. */
const GENERIC =
  /^(?:https?|www|users?|profiles?|people|channels?|accounts?|members?|groups?|watch|stories|status|invite|index|home|pages?)$/i
/** Minimum length of a decorated handle without its decoration. */
const SHORTEST_CORE = 3

/**
 * Returns the words of a name, and the parts of words that contain a hyphen or an apostrophe. Leaves out lower-case
 * particles such as "de" or "la".
 */
export function wordsOfName(name: string): string[] {
  const isCased = /\p{Lu}/u.test(name)
  const words = [/\s+/, /[\s\p{Pd}]+/u, /[^\p{L}\p{M}\p{N}]+/u].flatMap((between) => name.split(between))
  return [...new Set([...words, ...words.flatMap(insideOf), ...pairsOf(name)])]
    .filter((word) => [...word].length >= SHORTEST_WORD)
    .filter((word) => [...word].length > SHORTEST_WORD || !isCased || !/^\p{Ll}/u.test(word))
}

/** Returns pairs of neighbouring words of a name, unless one of them is a particle. Words of Chinese characters are joined in the other order. */
function pairsOf(name: string): string[] {
  const words = name.split(/\s+/).filter((word) => word !== '')
  const isName = (word: string) => [...word].length > SHORTEST_WORD && !/^\p{Ll}/u.test(word)
  return words.flatMap((word, i) => {
    const next = words[i + 1]
    if (next === undefined) return []
    if (isUnspaced(word) && isUnspaced(next)) return [`${next}${word}`]
    return isName(word) && isName(next) ? [`${word} ${next}`] : []
  })
}

/** Returns names inside a word: a family and given name written together, and the name after the Arabic article. */
function insideOf(word: string): string[] {
  const [, bare] = /^\u0627\u0644(\p{L}{3,})$/u.exec(word) ?? []
  return bare === undefined ? partsTogether(word) : [bare]
}

/** Returns the parts of a handle, link or mail address that identify the account on their own, such as the part before "@" or "#", or the path. */
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
  const core = coreOf(handle)
  return [...new Set(parts)]
    .map((part) => part.replace(/^[@~]+/, ''))
    .filter((part) => part !== handle && !GENERIC.test(part) && [...part].length >= SHORTEST_PART)
    .concat(core !== handle && [...core].length >= SHORTEST_CORE ? [core] : [])
}

/** Returns a handle without decoration such as marks, pictographs and crosses: "xX_nina_Xx", "-=nina=-". */
function coreOf(handle: string): string {
  const bare = handle.replace(/^[^\p{L}\p{N}]+|[^\p{L}\p{N}]+$/gu, '')
  return /^x+[\W_]+(.+?)[\W_]+x+$/iu.exec(bare)?.[1] ?? bare
}

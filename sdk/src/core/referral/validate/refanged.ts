// Restores URLs and domains that people have defanged, that is, written so that no program opens them. docs/spec/referral.md, "Lint"

/** The ways in which people defang dots and other characters, so that no program opens a URL by accident. */
const WRITTEN: readonly (readonly [RegExp, string])[] = [
  [/\s*(?:\[[.]\]|\([.]\)|\{[.]\}|\[dot\]|\(dot\)|\{dot\})\s*/gi, '.'],
  [/(?:\[at\]|\(at\)|\[@\])/gi, '@'],
  [/\[(:\/\/|:|\/)\]/g, '$1'],
  [/^(?:hxxp|h\*\*p|httx|meow)(?=s?:)/i, 'http'],
  [/^fxp(?=s?:)/i, 'ftp'],
]

/** Undoes the defanging of a URL or domain. Returns any other text unchanged. */
export function refanged(text: string): string {
  return WRITTEN.reduce((plain, [pattern, as]) => plain.replace(pattern, as), text)
}

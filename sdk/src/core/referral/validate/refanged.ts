// Defanged URLs and domains. docs/spec/referral.md, "Lint"

/** The ways in which people defang dots and other characters, so that no program opens a URL by accident. */
const WRITTEN: readonly (readonly [RegExp, string])[] = [
  [/\s*(?:\[[.]\]|\([.]\)|\{[.]\}|\[dot\]|\(dot\)|\{dot\})\s*/gi, '.'],
  [/(?:\[at\]|\(at\)|\[@\])/gi, '@'],
  [/\[(:\/\/|:|\/)\]/g, '$1'],
  [/^(?:hxxp|h\*\*p|httx|meow)(?=s?:)/i, 'http'],
  [/^fxp(?=s?:)/i, 'ftp'],
]

/** Restores a defanged URL or domain. */
export function refanged(text: string): string {
  return WRITTEN.reduce((plain, [pattern, as]) => plain.replace(pattern, as), text)
}

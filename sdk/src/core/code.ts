// Codes: lower-case words joined by hyphens. docs/spec/thread.md, REX-THR-004

const LONGEST = 64
const CODE = /^[a-z0-9]+(?:-[a-z0-9]+)*$/

/** Converts a name in camel case to a code, such as `requestInfo` to `request-info`. */
export const codeOf = (name: string): string => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)

/** Whether a text is a code of at most 64 characters. */
export function isCode(text: string): boolean {
  return text.length <= LONGEST && CODE.test(text)
}

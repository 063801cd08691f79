// Functions that search bytes for signatures. docs/spec/referral.md, "Content guard"

/** Whether a format starts at an offset. Reads a bounded number of bytes. */
export type Matcher = (bytes: Uint8Array, at: number) => boolean

/** A format: the first two bytes, big-endian, and a matcher for the rest. */
export type Format = readonly [firsts: readonly number[], Matcher]

/** Returns the byte at an offset, or -1 beyond the end. */
export const byte = (bytes: Uint8Array, at: number): number => bytes[at] ?? -1
export const big16 = (bytes: Uint8Array, at: number): number => byte(bytes, at) * 0x100 + byte(bytes, at + 1)
export const big32 = (bytes: Uint8Array, at: number): number =>
  big16(bytes, at) * 0x10000 + big16(bytes, at + 2)
export const little16 = (bytes: Uint8Array, at: number): number =>
  byte(bytes, at + 1) * 0x100 + byte(bytes, at)
export const little32 = (bytes: Uint8Array, at: number): number =>
  little16(bytes, at + 2) * 0x10000 + little16(bytes, at)

/** Whether these bytes (a Latin-1 text) are at an offset. */
export function has(bytes: Uint8Array, at: number, expected: string): boolean {
  for (let i = 0; i < expected.length; i++) if (bytes[at + i] !== expected.charCodeAt(i)) return false
  return true
}

/** Whether `count` printable ASCII characters are at an offset. */
export function printable(bytes: Uint8Array, at: number, count: number): boolean {
  for (let i = at; i < at + count; i++) {
    const value = byte(bytes, i)
    if (value < 0x20 || value > 0x7e) return false
  }
  return true
}

/** Whether these bytes (a Latin-1 text) start at any offset from `from` to before `to`. */
export function among(
  bytes: Uint8Array,
  { from, to }: { readonly from: number; readonly to: number },
  expected: string,
): boolean {
  for (let i = from; i < to; i++) if (has(bytes, i, expected)) return true
  return false
}

/** Makes a format that is recognised by its first bytes alone. `text`: at least five bytes, as Latin-1. */
export function signature(text: string, further: Matcher = () => true): Format {
  const first = text.charCodeAt(0) * 0x100 + text.charCodeAt(1)
  return [[first], (bytes, at) => has(bytes, at, text) && further(bytes, at)]
}

/** Returns the ASCII text at an offset, up to `length` bytes or the first byte that is not ASCII. */
export function textAt(bytes: Uint8Array, at: number, length: number): string {
  let text = ''
  for (let i = at; i < at + length; i++) {
    const value = byte(bytes, i)
    if (value < 0 || value > 0x7e) break
    text += String.fromCharCode(value)
  }
  return text
}

// Decodes UTF-7 (RFC 2152), in which some mail programs write characters beyond ASCII. docs/spec/referral.md, "Content guard"

/** Matches a run of UTF-16 characters in base64. The first must be a Latin-1 character, because every byte of a picture becomes one. */
const RUN = /\+(A[A-P][A-Za-z0-9+/]*)-?/g
const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

/** Decodes a text of UTF-7. Other texts stay as they are. */
export function fromUtf7(text: string): string {
  return text.includes('+A') ? text.replace(RUN, (_, run: string) => charactersOf(run)) : text
}

function charactersOf(run: string): string {
  let [held, bits, text] = [0, 0, '']
  for (const digit of run) {
    held = ((held << 6) | DIGITS.indexOf(digit)) & 0x3fffff
    bits += 6
    if (bits < 16) continue
    bits -= 16
    text += String.fromCharCode((held >> bits) & 0xffff)
  }
  return text
}

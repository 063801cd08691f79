// Recognises network addresses, and addresses that are used only inside networks. docs/spec/referral.md, "Lint"

const BYTE = '(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)'
/** Matches an IPv4 address. Leading zeros are not allowed, because some programs read such numbers as octal. Source: RFC 3986, section 3.2.2. */
const IPV4 = new RegExp(`^${BYTE}(?:\\.${BYTE}){3}$`)
/**
 * IPv4 addresses that identify no connection: private, shared, loopback, link-local, multicast, reserved. Sources: RFC 1918, RFC 6598,
 * RFC 1122, RFC 3927, RFC 5771, RFC 1112.
 */
const INSIDE =
  /^(?:0|10|127|22[4-9]|2[3-5]\d)\.|^192\.168\.|^169\.254\.|^172\.(?:1[6-9]|2\d|3[01])\.|^100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7])\./

/**
 * Parses an IPv6 address into eight 16-bit words; an IPv4 address may stand for the last two. Undefined if the text is not an IPv6 address.
 * Source: RFC 4291, section 2.2.
 */
function wordsOf(text: string): number[] | undefined {
  const halves = text.split('::')
  if (halves.length > 2 || (text.includes('.') && !/:[\d.]+$/.test(text))) return undefined
  const [before = [], after = []] = halves.map((half) =>
    (half === '' ? [] : half.split(':')).flatMap(asWords),
  )
  const given = [...before, ...after]
  if (!given.every((word) => /^[0-9a-f]{1,4}$/i.test(word))) return undefined
  const room = 8 - given.length
  if (halves.length === 1 ? room !== 0 : room < 1) return undefined
  return [...before, ...Array(room).fill('0'), ...after].map((word) => Number.parseInt(word, 16))
}

function asWords(group: string, index: number, groups: readonly string[]): string[] {
  if (index !== groups.length - 1 || !IPV4.test(group)) return [group]
  const [a = 0, b = 0, c = 0, d = 0] = group.split('.').map(Number)
  return [(a * 256 + b).toString(16), (c * 256 + d).toString(16)]
}

/** Whether a text is an IPv4 or IPv6 address. */
export function isNetworkAddress(text: string): boolean {
  return IPV4.test(text) || wordsOf(text) !== undefined
}

/** Whether an address is used only inside networks. Sources for IPv6: RFC 4193, RFC 4291. */
export function isPrivate(address: string): boolean {
  if (IPV4.test(address)) return INSIDE.test(address)
  const words = wordsOf(address)
  if (words === undefined) return false
  const [first = 0, , , , , sixth = 0, seventh = 0, last = 0] = words
  const zeros = words.slice(0, 5).every((word) => word === 0)
  const mapped = zeros && (sixth === 0xffff || (sixth === 0 && seventh !== 0))
  if (mapped) return INSIDE.test([seventh >> 8, seventh & 255, last >> 8, last & 255].join('.'))
  const none = zeros && sixth === 0 && last < 2
  // Tests, after `none`: unique local (fc00::/7), link-local and site-local (fe80::/9), multicast (ff00::/8).
  return none || first >> 9 === 0x7e || first >> 7 === 0x1fd || first >> 8 === 0xff
}

/** Returns an address in a canonical spelling, for comparison. */
export function canonicalAddress(address: string): string {
  return (
    wordsOf(address)
      ?.map((word) => word.toString(16))
      .join(':') ?? address
  )
}

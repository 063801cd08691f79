// Network addresses: whether a text is one, and whether it is used inside networks only. docs/spec/referral.md, "Lint"

const BYTE = '(?:25[0-5]|2[0-4]\\d|1?\\d?\\d)'
const IPV4 = new RegExp(`^${BYTE}(?:\\.${BYTE}){3}$`)
/** Addresses that no connection between networks has. Sources: RFC 1918, RFC 6598, RFC 3927, RFC 4193, RFC 4291. */
const PRIVATE =
  /^(?:10\.|127\.|0\.|192\.168\.|169\.254\.|172\.(?:1[6-9]|2\d|3[01])\.|100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.|::1?$|f[cd][0-9a-f]{2}:|fe[89ab][0-9a-f]:)/i

/** Whether a text is an IPv4 or IPv6 address. Source: RFC 4291, section 2.2. */
export function isNetworkAddress(text: string): boolean {
  if (IPV4.test(text)) return true
  const halves = text.split('::')
  if (halves.length > 2) return false
  const groups = halves.map((half) => (half === '' ? [] : half.split(':')))
  const all = groups.flat()
  const last = all.at(-1) ?? ''
  const mapped = IPV4.test(last)
  const words = mapped ? all.slice(0, -1) : all
  const size = words.length + (mapped ? 2 : 0)
  const short = halves.length === 2
  return words.every((word) => /^[0-9a-f]{1,4}$/i.test(word)) && (short ? size < 8 : size === 8)
}

/** Whether an address is used inside networks only. */
export function isPrivate(address: string): boolean {
  return PRIVATE.test(address)
}

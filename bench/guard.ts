// Measures the CPU time of the content guard for a mebibyte of each kind of text and of random bytes. docs/guide/benchmark.md
import { createHash, randomBytes } from 'node:crypto'
import { guard } from '@rex/sdk/referral'

export type GuardFigures = Readonly<Record<string, { readonly msPerMiB: number }>>

const MIB = 2 ** 20
const SENTENCE =
  'The child was seen at school on Monday (ref. H-2026-17); the teacher, Maria Example, called the hotline at 14:30. '

const digest = (i: number) => createHash('sha256').update(`${i}`).digest('hex')
const list = (entry: (i: number) => string) =>
  Array.from({ length: Math.ceil(MIB / entry(0).length) }, (_, i) => entry(i))

/** Measures each kind of text in several rounds. */
export function measureGuard(rounds: number): GuardFigures {
  const noise = randomBytes(MIB)
  const texts = {
    words: SENTENCE.repeat(Math.ceil(MIB / SENTENCE.length)),
    addresses: list(
      (i) => `https://site${i}.example/watch/${i}?id=${digest(i).slice(0, 20)}&utm_source=mail`,
    ),
    digests: list(digest),
    base64: noise.toString('base64').slice(0, MIB),
    noise: new Uint8Array(noise),
    printable: Array.from(noise, (byte) => String.fromCharCode(0x21 + (byte % 94))).join(''),
  }
  return Object.fromEntries(
    Object.entries(texts).map(([name, text]) => [name, { msPerMiB: median(text, rounds) }]),
  )
}

function median(text: unknown, rounds: number): number {
  const times = Array.from({ length: rounds + 1 }, () => {
    const before = process.cpuUsage()
    guard(text)
    const { user, system } = process.cpuUsage(before)
    return (user + system) / 1000
  })
  // Skip the first round, in which the JIT compiler warms up.
  const counted = times.slice(1).sort((a, b) => a - b)
  return counted[counted.length >> 1] ?? Number.NaN
}

// Checks that no file of the gateways contains words from the referrals.
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Organisation } from '../network/network.ts'

const REFERRALS = fileURLToPath(new URL('../referrals/', import.meta.url))
/** Matches words that are long enough not to occur in ciphertext by chance. */
const WORD = /[\p{L}\p{N}]{7,}/gu
/** Words to ignore. `routine` is also the name of a lane, which gateways see. */
const LANES: ReadonlySet<string> = new Set(['routine'])

/** Returns the words of the example referrals that occur in files of a gateway. */
export async function findWords(network: readonly Organisation[]): Promise<Set<string>> {
  const kept = await Promise.all(network.map(({ directory }) => bytesOf(join(directory, 'gateway'))))
  const words = (await wordsOfReferrals()).filter((word) => kept.flat().some((bytes) => bytes.includes(word)))
  return new Set(words)
}

async function wordsOfReferrals(): Promise<string[]> {
  const files = (await readdir(REFERRALS)).filter((file) => file.endsWith('.json'))
  const texts = await Promise.all(files.map((file) => readFile(join(REFERRALS, file), 'utf8')))
  const values = texts.flatMap((text) => valuesOf(JSON.parse(text)))
  const words = new Set(values.flatMap((value) => value.match(WORD) ?? []))
  return [...words.difference(LANES)]
}

/** Returns all string values, without field names. */
function valuesOf(json: unknown): string[] {
  if (typeof json === 'string') return [json]
  return typeof json === 'object' && json !== null ? Object.values(json).flatMap(valuesOf) : []
}

async function bytesOf(directory: string): Promise<Buffer[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  return Promise.all(files.map((file) => readFile(file)))
}

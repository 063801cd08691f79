// Performs the operations in the table of primitives with node:crypto alone, on bytes of the right sizes. docs/guide/benchmark.md, "Floor"
import {
  createCipheriv,
  createDecipheriv,
  createSecretKey,
  decapsulate,
  diffieHellman,
  encapsulate,
  generateKeyPairSync,
  hash,
  randomBytes,
  sign,
  verify,
} from 'node:crypto'
import { SUITES, type Suite } from '@rex/sdk/core'
import { type Operation, PRIMITIVES, primitivesOf, type Sizes, type Step } from './primitives.ts'
import type { Specimen, Specimens } from './sizes.ts'
import { specimenOf } from './wire.ts'

/** A function that performs all operations of a step once. */
type Work = () => void

const CIPHER = 'aes-256-gcm'
const HEADER = randomBytes(160)
const KEY = randomBytes(32)
const IV = randomBytes(12)
const signing = generateKeyPairSync('ed25519')
const agreement = generateKeyPairSync('x25519')
const encapsulation = generateKeyPairSync('ml-kem-768')
const { ciphertext: encapsulated } = encapsulate(encapsulation.publicKey)

/** A function that performs a step's operations for an envelope. */
export type WorkOf = (body: Uint8Array, step: Step) => void

/** Prepares all steps for all specimens. */
export function prepareAll(specimens: Specimens): WorkOf {
  const works = new Map<Specimen, ReadonlyMap<Step, Work>>()
  for (const suite of SUITES) {
    for (const specimen of Object.values(specimens[suite])) {
      const steps = Object.keys(PRIMITIVES) as Step[]
      works.set(specimen, new Map(steps.map((step) => [step, prepare(step, suite, specimen.sizes)])))
    }
  }
  return (body, step) => works.get(specimenOf(specimens, body))?.get(step)?.()
}

/** Prepares the operations that a step performs on a message of these sizes. */
function prepare(step: Step, suite: Suite, sizes: Sizes): Work {
  const operations = primitivesOf(step, suite).flatMap(({ operation, part }) =>
    sizes[part].map((size) => OPERATIONS[operation](size)),
  )
  return () => {
    for (const operate of operations) operate()
  }
}

const hashing = (algorithm: string) => (size: number) => {
  const bytes = randomBytes(size)
  return () => hash(algorithm, bytes, 'buffer')
}

const OPERATIONS: Readonly<Record<Operation, (size: number) => () => unknown>> = {
  random: (size) => () => randomBytes(size),
  sha256: hashing('sha256'),
  'sha3-256': hashing('sha3-256'),
  shake256: hashing('shake256'),
  'ed25519 sign': (size) => {
    const bytes = randomBytes(size)
    return () => sign(null, bytes, signing.privateKey)
  },
  'ed25519 verify': (size) => {
    const bytes = randomBytes(size)
    const signature = sign(null, bytes, signing.privateKey)
    return () => verify(null, bytes, signing.publicKey, signature)
  },
  'x25519 key pair': () => () => generateKeyPairSync('x25519'),
  'x25519 agree': () => () => diffieHellman(agreement),
  'ml-kem-768 encapsulate': () => () => encapsulate(encapsulation.publicKey),
  'ml-kem-768 decapsulate': () => () => decapsulate(encapsulation.privateKey, encapsulated),
  'aes-256-gcm seal': (size) => {
    const bytes = randomBytes(size)
    return () => seal(bytes)
  },
  'aes-256-gcm open': (size) => {
    const sealed = seal(randomBytes(size))
    return () => open(sealed)
  },
}

interface Sealed {
  readonly ciphertext: Uint8Array
  readonly tag: Uint8Array
}

function seal(bytes: Uint8Array): Sealed {
  const cipher = createCipheriv(CIPHER, createSecretKey(KEY), IV).setAAD(HEADER)
  const ciphertext = cipher.update(bytes)
  cipher.final()
  return { ciphertext, tag: cipher.getAuthTag() }
}

function open({ ciphertext, tag }: Sealed): Uint8Array {
  const decipher = createDecipheriv(CIPHER, createSecretKey(KEY), IV).setAAD(HEADER).setAuthTag(tag)
  const bytes = decipher.update(ciphertext)
  decipher.final()
  return bytes
}

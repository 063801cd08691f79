// Runs every decoder of the SDK on damaged bytes. Each must return a value or a typed refusal, quickly and in little memory (T-062).
// `REX_FUZZ=1000000` runs that many inputs.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Envelope, Grant, Lane, Manifest, Section } from '@rex/proto/core/v1/envelope'
import { ErrorDetail } from '@rex/proto/core/v1/error'
import { DeskReceiptStatus, Event, EventType } from '@rex/proto/core/v1/thread'
import { DeliverRequest } from '@rex/proto/federation/v1/delivery'
import {
  EnrolmentToken,
  EnrolPurpose,
  EnrolRequest,
  ReceiveRequest,
  SubmitRequest,
} from '@rex/proto/mailbox/v1/mailbox'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parseToken } from '../client/gateway/enrol.ts'
import { openFounding, writeFounding } from '../client/keys/keystore.ts'
import { type Codec, decode, decodeLoosely, encode, toBase64url, utf8 } from '../core/encoding/encoding.ts'
import { openGrant } from '../core/envelope/grant.ts'
import { parseManifest } from '../core/envelope/manifest.ts'
import { FLOOR, pad } from '../core/envelope/padding.ts'
import { encodeEnvelope, parseEnvelope, parseRouting } from '../core/envelope/parse.ts'
import { type Message, seal } from '../core/envelope/seal.ts'
import { RexError } from '../core/error.ts'
import { parseEntityConfiguration, signEntityConfiguration } from '../core/identity/entity.ts'
import { signInvite, verifyInvite } from '../core/identity/invite.ts'
import { readJson } from '../core/input/json.ts'
import { parseJwe, parseJws } from '../core/jose/strict.ts'
import { LIMITS } from '../core/limits.ts'
import { parseCertificate } from '../core/pki/certificate.ts'
import { certificateUri } from '../core/pki/chain.ts'
import { createAuthority } from '../core/pki/issue.ts'
import { generateRsaKey } from '../core/pki/key.ts'
import { fromPem } from '../core/pki/pem.ts'
import { exportPkcs12, importPkcs12 } from '../core/pki/pkcs12.ts'
import { createSigningRequest, readSigningRequest } from '../core/pki/request.ts'
import { encodeEvidence, verifyEvidence } from '../core/receipt/evidence.ts'
import { parseStoredReceipt, signStoredReceipt } from '../core/receipt/stored.ts'
import { parseReferral } from '../core/referral/index.ts'
import { decodeSection, encodeSections } from '../core/referral-codec/section.ts'
import { checkEvent } from '../core/thread/event.ts'
import { MESSAGE_BOUNDS } from '../transport/limits/limits.ts'
import { fromErrorDetail, toErrorDetail } from '../transport/messages/status.ts'
import { dice, mutate } from './harness/mutate.ts'
import { type TestParty, testParty } from './parties/party.ts'

const RUNS = Number(process.env.REX_FUZZ ?? 20_000)
/**
 * Maximum processor time of this thread per input, so that load on the computer does not count. Most inputs take far less than a millisecond, a
 * garbage collection more.
 */
const SLOWEST_MS = 100
/** Maximum memory, including garbage that is not collected yet. */
const MOST_MEMORY = 256 * 1024 * 1024
const NOW = Date.UTC(2026, 10, 23, 12)
const REFERRALS = new URL('./referrals/', import.meta.url)
const PASSWORD = 'a password for tests'

/** A decoder to test, with valid inputs. */
interface Target {
  readonly name: string
  readonly inputs: readonly Uint8Array[]
  readonly run: (input: Buffer) => unknown
  /** How many inputs a round makes for this target, relative to other targets. Lower if each input derives a key. Default: 1. */
  readonly share?: number
}

let directory: string
let targets: Target[]

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'rex-fuzz-'))
  targets = [
    ...(await sealed()),
    ...(await statements()),
    ...messages(),
    ...referrals(),
    ...(await keyFiles()),
  ]
})
afterAll(() => rmSync(directory, { recursive: true, force: true }))

const zeros = (length: number) => new Uint8Array(length)

/** Makes a refer with two sections for one recipient. */
function messageTo(hotline: TestParty, ngo: TestParty): Message {
  const refer = { kind: 'victim-support', group: zeros(0), groupIndex: 0, groupSize: 0, decideByMs: 0 }
  return {
    messageId: zeros(16),
    threadId: zeros(16).fill(1),
    sender: hotline.organisation,
    chain: zeros(16),
    counter: 0,
    heads: [],
    void: [],
    createdMs: NOW,
    expiresMs: NOW + LIMITS.maxLifetime,
    type: EventType.REFER,
    event: { content: { $case: 'refer', value: { ...refer, follows: zeros(0), codeLists: [], staged: [] } } },
    confidential: false,
    sections: [
      { type: 'triage', content: utf8('age band') },
      { type: 'people', content: utf8('name') },
    ],
    recipients: [{ organisation: ngo.organisation, lane: Lane.URGENT, keys: ngo.keys, sections: [0, 1] }],
    testTraffic: true,
  }
}

async function sealed(): Promise<Target[]> {
  const [hotline, ngo] = await Promise.all([
    testParty('hotline', { now: NOW }),
    testParty('ngo', { now: NOW }),
  ])
  const message = messageTo(hotline, ngo)
  const made = await seal(message, { signer: hotline.message, random: zeros })
  const [delivery] = made.deliveries
  if (delivery === undefined) throw new Error('nothing was sealed')
  const { routing, grant, context, digest, commitmentSalt } = delivery
  const manifest = made.sealedManifest.jwe
  const sections = [...made.sealedSections.values()].map(({ jwe }) => jwe)
  const receipt = { envelopeId: delivery.envelopeId, envelopeDigest: digest, sender: hotline.organisation }
  const stored = await signStoredReceipt(
    { ...receipt, recipient: ngo.organisation, storedMs: NOW },
    ngo.receipt,
  )
  const said = {
    status: DeskReceiptStatus.RECEIVED,
    envelopeId: delivery.envelopeId,
    envelopeDigest: digest,
    message: made.digest,
    timeMs: NOW,
    code: '',
  }
  const batch = { content: { $case: 'receipts' as const, value: { receipts: [said, said] } } }
  const grants = { manifestKey: zeros(32), sections: [{ index: 0, key: zeros(32) }], commitmentSalt }
  const commitment = {
    salt: commitmentSalt,
    recipient: ngo.organisation,
    lane: Lane.URGENT,
    sections: [0, 1],
  }
  const evidence = encodeEvidence({
    entityConfigurations: [hotline.configuration.jwt, ngo.configuration.jwt],
    messages: [
      {
        manifest: made.signed,
        sections: [...made.sections],
        deliveries: [{ context, grant: zeros(32), commitment, stored, receipts: [] }],
      },
    ],
  })
  const pins = (organisation: string) =>
    [hotline, ngo].find((party) => party.organisation === organisation)?.entity.key
  const envelope = encodeEnvelope({ routing, grant, manifest, sections })
  const withBatch = {
    ...made.manifest,
    type: EventType.RECEIPT,
    threadId: zeros(16),
    sectionDigests: [],
    testTraffic: false,
    event: batch,
  }
  const decapsulator = (input: Buffer) => ({ open: async () => pad(input, FLOOR.grant) })
  return [
    { name: 'routing', inputs: [routing], run: parseRouting },
    { name: 'envelope', inputs: [envelope], run: parseEnvelope },
    { name: 'manifest', inputs: [made.signed.payload], run: parseManifest },
    { name: 'receipt batch', inputs: [encode(Manifest, withBatch)], run: parseManifest },
    {
      name: 'grant',
      inputs: [encode(Grant, grants)],
      run: (input) => openGrant('', grant, decapsulator(input)),
    },
    { name: 'section', inputs: made.sections, run: (input) => decode(Section, input, 'it', LIMITS.envelope) },
    {
      name: 'event',
      inputs: [encode(Event, message.event), encode(Event, batch)],
      run: (input) => checkEvent(decode(Event, input, 'it', LIMITS.envelope)),
    },
    {
      name: 'protected header',
      inputs: [grant.protected, manifest.protected],
      run: (input) => parseJwe('grant-jwe', { ...grant, protected: input }),
    },
    {
      name: 'stored receipt',
      inputs: [stored.payload],
      run: (input) => parseStoredReceipt({ ...stored, payload: input }),
    },
    {
      name: 'header of a receipt',
      inputs: [stored.protected],
      run: (input) => parseJws('stored-jws', { ...stored, protected: input }),
    },
    { name: 'evidence', inputs: [evidence], run: (input) => verifyEvidence(input, pins), share: 0.2 },
  ]
}

async function statements(): Promise<Target[]> {
  const { configuration, entity } = await testParty('hotline', { now: NOW })
  const jwt = await signEntityConfiguration(configuration, entity)
  const invite = await signInvite(jwt, { signer: entity, now: NOW, expiresMs: NOW + 1000 })
  const parts = (text: string) => text.split('.') as [string, string, string]
  /** Damages the content inside the base64url encoding. */
  const within = (text: string, parse: (jwt: string) => unknown) => {
    const [header, claims, signature] = parts(text)
    return {
      inputs: [Buffer.from(claims, 'base64url')],
      run: (input: Buffer) => parse([header, toBase64url(input), signature].join('.')),
    }
  }
  const token = encode(EnrolmentToken, {
    organisation: 'https://ngo.example',
    address: '127.0.0.1:7444',
    authorityDigest: zeros(32),
    secret: zeros(16),
  })
  const check = (text: string) => verifyInvite(text, NOW)
  return [
    { name: 'entity configuration', ...within(jwt, parseEntityConfiguration) },
    {
      name: 'entity configuration, its text',
      inputs: [utf8(jwt)],
      run: (input) => parseEntityConfiguration(input.toString()),
    },
    { name: 'invite', ...within(invite, check) },
    { name: 'invite, its text', inputs: [utf8(invite)], run: (input) => check(input.toString()) },
    {
      name: 'enrolment token',
      inputs: [token],
      run: (input) => parseToken(`rex-token-${toBase64url(input)}`),
    },
    {
      name: 'enrolment token, its text',
      inputs: [utf8(`rex-token-${toBase64url(token)}`)],
      run: (input) => parseToken(input.toString()),
    },
  ]
}

function messages(): Target[] {
  const detail = toErrorDetail(new RexError('CLOCK_SKEW', 'Set the clock.', { metadata: { time: '7' } }))
  const jwe = {
    protected: zeros(9),
    encryptedKey: zeros(0),
    iv: zeros(12),
    ciphertext: zeros(40),
    tag: zeros(16),
  }
  const delivery = { routing: zeros(60), grant: jwe, sections: [0, 1] }
  const submission = { sequence: 1, manifest: jwe, sections: [jwe, jwe], deliveries: [delivery] }
  const hello = {
    versions: [1],
    maxEnvelopeBytes: 1,
    window: 2,
    build: 'x',
    incarnation: zeros(16),
    timeMs: NOW,
  }
  const settle = { acknowledged: [1, 2, 300], postponed: [{ cursor: 4, delayMs: 5000 }], unopenable: [5] }
  const request = <T>(name: string, codec: Codec<T>, message: T): Target => ({
    name,
    inputs: [encode(codec, message)],
    run: (input) => decodeLoosely(codec, input, 'request', MESSAGE_BOUNDS.request),
  })
  return [
    {
      name: 'error detail',
      inputs: [encode(ErrorDetail, detail)],
      run: (input) => fromErrorDetail(decode(ErrorDetail, input, 'error', 8192)),
    },
    request('submit', SubmitRequest, {
      content: { $case: 'submissions', value: { submissions: [submission] } },
    }),
    request('deliver', DeliverRequest, { content: { $case: 'hello', value: hello } }),
    request('receive', ReceiveRequest, { content: { $case: 'settle', value: settle } }),
    request('enrol', EnrolRequest, {
      secret: zeros(16),
      signingRequest: zeros(100),
      purpose: EnrolPurpose.INIT,
      entityKey: zeros(32),
      rotations: ['a'],
    }),
    request('envelope of a stream', Envelope, {
      routing: zeros(60),
      grant: jwe,
      manifest: jwe,
      sections: [jwe],
    }),
  ]
}

function referrals(): Target[] {
  const names = [
    'victim-support-grooming',
    'law-enforcement-report-many-victims',
    'content-removal-image-host',
  ]
  const texts = names.map((name) => readFileSync(new URL(`${name}.json`, REFERRALS)))
  const encoded = texts.flatMap((text) => encodeSections(parseReferral(JSON.parse(text.toString()))))
  const types = [...new Set(encoded.map(({ type }) => type))]
  return [
    { name: 'referral', inputs: texts, run: (input) => parseReferral(readJson(input)) },
    ...types.map((type) => ({
      name: `section ${type}`,
      inputs: encoded.filter((section) => section.type === type).map(({ content }) => content),
      run: (input: Buffer) => decodeSection(type, input),
      share: 0.5,
    })),
  ]
}

async function keyFiles(): Promise<Target[]> {
  const organisation = 'https://ngo.example'
  const authority = await createAuthority({ organisation, now: NOW })
  const uri = certificateUri(organisation, 'desk')
  const csr = createSigningRequest({ privateKey: await generateRsaKey(), uri })
  const pkcs12 = exportPkcs12(authority, PASSWORD)
  const path = join(directory, 'keystore.json')
  const seeds = { entitySeed: zeros(32), messageSeed: zeros(32), archiveKey: zeros(32) }
  await writeFounding(directory, { organisation, name: 'NGO', messageKeyMs: NOW, ...seeds }, PASSWORD)
  const keystore = readFileSync(path)
  return [
    { name: 'certificate', inputs: [authority.certificate], run: (input) => parseCertificate(input) },
    { name: 'signing request', inputs: [csr], run: (input) => readSigningRequest(input, uri) },
    {
      name: 'PEM',
      inputs: [utf8(authority.privateKey)],
      run: (input) => fromPem('PRIVATE KEY', input.toString(), 'it'),
    },
    { name: 'PKCS#12', inputs: [pkcs12], run: (input) => importPkcs12(input, PASSWORD), share: 0.02 },
    {
      name: 'keystore',
      inputs: [keystore],
      run(input) {
        writeFileSync(path, input)
        return openFounding(directory, PASSWORD)
      },
      share: 0.002,
    },
  ]
}

/** Runs one damaged input. @returns processor time of this thread, milliseconds */
async function attempt({ name, run }: Target, input: Buffer, seed: number): Promise<number> {
  const began = process.threadCpuUsage()
  try {
    await run(input)
  } catch (error) {
    const typed = RexError.is(error) && error.reason !== 'INTERNAL'
    if (!typed)
      throw new Error(`${name}, seed ${seed}: ${input.toString('base64').slice(0, 2000)}`, { cause: error })
  }
  const { user, system } = process.threadCpuUsage(began)
  return (user + system) / 1000
}

test('T-062 every decoder returns a value or a typed refusal, whatever the input', {
  timeout: 3_600_000,
}, async () => {
  const all = targets.flatMap(({ inputs }) => inputs)
  const worst = new Map<string, { ms: number; seed: number }>()
  const shares = targets.reduce((sum, { share = 1 }) => sum + share, 0)
  let [done, most] = [0, 0]
  const { heapUsed: start } = process.memoryUsage()
  for (const target of targets) {
    const count = Math.ceil((RUNS * (target.share ?? 1)) / shares)
    for (let seed = 0; seed < count; seed++, done++) {
      const roll = dice(seed * targets.length + targets.indexOf(target))
      const input = target.inputs[roll(target.inputs.length)] ?? Buffer.alloc(0)
      const damaged = mutate(input, all[roll(all.length)] ?? input, roll)
      const ms = await attempt(target, damaged, seed)
      if (ms > (worst.get(target.name)?.ms ?? 0)) worst.set(target.name, { ms, seed })
      most = Math.max(most, process.memoryUsage().heapUsed - start)
    }
  }
  if (process.env.REX_FUZZ) console.log(done, 'inputs,', most, 'bytes at most,', worst)
  for (const [name, { ms, seed }] of worst) expect(ms, `${name}, seed ${seed}`).toBeLessThan(SLOWEST_MS)
  expect(most).toBeLessThan(MOST_MEMORY)
})

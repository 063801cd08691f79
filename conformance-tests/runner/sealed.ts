// Opens the envelopes that a target has sealed, as their recipients do. docs/guide/conformance.md
import type { Seal } from '@rex/proto/conformance/v1/codec'
import type {
  Accepted,
  ConformanceRequest,
  ConformanceResponse,
  Value,
} from '@rex/proto/conformance/v1/conformance'
import { Event } from '@rex/proto/core/v1/thread'
import { base64url } from '../generate/bytes/wire.ts'
import { type Party, party } from '../generate/party.ts'
import { NotAsSpecified, Once, type Opened, openAs } from '../peer/partner/open.ts'

type Result = NonNullable<ConformanceResponse['result']>

/** The sender and recipients of a request to seal. `inNextEpoch`: for each recipient, whether its first published epoch is over. */
interface Openers {
  readonly sender: Party
  readonly recipients: readonly Party[]
  readonly inNextEpoch: readonly boolean[]
}

/** Returns the parties of a request to seal. */
function openersOf({ sender, recipients, nowMs }: Seal): Openers {
  const claims = recipients.map(({ configuration }) =>
    JSON.parse(Buffer.from(configuration.split('.')[1] ?? '', 'base64url').toString()),
  )
  return {
    sender: party(nameIn(sender)),
    recipients: claims.map(({ iss }) => party(nameIn(iss))),
    inNextEpoch: claims.map(({ metadata }) => nowMs >= metadata.rex_party.epochs[0].exp * 1000),
  }
}

const nameIn = (organisation: string) => organisation.slice('https://'.length, -'.example'.length)

/** Makes requests to open each envelope of an answer as its recipient. `configuration`: the sender's entity configuration. */
export function requestsToOpen(ask: Seal, { values }: Accepted, configuration: string): ConformanceRequest[] {
  return openersOf(ask).recipients.map(({ organisation, epoch, seed }, i) => ({
    case: `envelope ${i}`,
    operation: {
      $case: 'openEnvelope',
      value: {
        envelope: valueNamed(values, `envelope ${i}`),
        recipient: organisation,
        epoch,
        seed,
        storedMs: ask.nowMs,
        configurations: [configuration],
      },
    },
  }))
}

/** Throws unless another implementation has opened all envelopes of an answer and found the same message. */
function checkOpened({ values }: Accepted, results: readonly (Result | undefined)[]): void {
  const digest = shown(valueNamed(values, 'manifest_digest'))
  for (const result of results) {
    if (result?.$case === 'unsupported') continue
    if (result?.$case !== 'accepted')
      throw new NotAsSpecified(`the opener accepts it (${JSON.stringify(result?.value)})`)
    if (shown(valueNamed(result.value.values, 'manifest_digest')) !== digest)
      throw new NotAsSpecified('the opener finds the same message')
  }
}

/**
 * Opens the envelopes of several answers to one request, and returns what the recipients find. Fails if an answer reuses a random value
 * (REX-ENV-050). `other`: returns another implementation's results for `requestsToOpen`.
 */
export async function openSealed(
  ask: Seal,
  answers: readonly Accepted[],
  other: (answer: Accepted) => Promise<readonly (Result | undefined)[]>,
): Promise<Result> {
  const once = new Once()
  try {
    const found = answers.map((answer) => contentOf(ask, answer, once))
    for (const answer of answers.slice(0, 1)) checkOpened(answer, await other(answer))
    return { $case: 'accepted', value: { values: found[0] ?? [] } }
  } catch (error) {
    if (!(error instanceof Error)) throw error
    return {
      $case: 'refused',
      value: { reason: '', stage: '', path: '', detail: `It must hold: ${error.message}` },
    }
  }
}

function contentOf(ask: Seal, { values }: Accepted, once: Once): Value[] {
  const { sender, recipients, inNextEpoch } = openersOf(ask)
  const keys = new Map([[base64url(sender.message.thumbprint), sender.message.public]])
  const opened = recipients.map((recipient, i) =>
    openAs(recipient, valueNamed(values, `envelope ${i}`), keys, once),
  )
  if (opened.some((each, i) => each.inNextEpoch !== inNextEpoch[i]))
    throw new NotAsSpecified('each grant is for the epoch of the present, or else for the last (REX-ID-033)')
  for (const each of opened) checkAsked(ask, each, valueNamed(values, 'manifest_digest'))
  const [first] = opened
  if (first) checkFresh(first, opened, once)
  return opened.flatMap(({ suite, routing, event, inManifest, sections }, i) => [
    text(`suite ${i}`, suite),
    text(`lane ${i}`, routing.lane === 2 ? 'urgent' : 'routine'),
    text(`event ${i}`, inManifest ? 'in the manifest' : 'in a section'),
    { name: `event bytes ${i}`, value: Event.encode(event).finish() },
    ...sections.map(({ type, content }) => ({ name: `${type} ${i}`, value: content })),
  ])
}

function valueNamed(values: readonly Value[], name: string): Uint8Array {
  const found = values.find((value) => value.name === name)
  if (!found) throw new NotAsSpecified(`the answer has ${name}`)
  return found.value
}

/** Checks that an opened message matches the request. */
function checkAsked(ask: Seal, { manifest, digest, routing }: Opened, said: Uint8Array): void {
  const members = ['threadId', 'chain', 'counter', 'expiresMs', 'testTraffic', 'sender'] as const
  for (const name of members)
    if (shown(manifest[name]) !== shown(ask[name])) throw new NotAsSpecified(`${name} is that of the request`)
  for (const name of ['heads', 'void'] as const)
    if (manifest[name].map(shown).join() !== ask[name].map(shown).sort().join())
      throw new NotAsSpecified(`${name} are those of the request, ascending (REX-ENV-013)`)
  if (manifest.createdMs !== ask.nowMs || routing.createdMs !== ask.nowMs)
    throw new NotAsSpecified('manifest and routing are dated now (REX-ENV-012)')
  if (shown(digest) !== shown(said)) throw new NotAsSpecified('manifest_digest is that of the manifest')
  const count = ask.sections.length + (manifest.event ? 0 : 1)
  if (manifest.sectionDigests.length !== Math.ceil(count / 4) * 4)
    throw new NotAsSpecified('section digests are filled up to the next multiple of four (REX-ENV-017)')
  const places = [4, 16, 64].find((size) => size >= ask.recipients.length)
  if (manifest.recipientCommitments.length !== places)
    throw new NotAsSpecified('commitments are filled up to the next of 4, 16 or 64 (REX-ENV-018)')
}

/** Checks that ids, salts, decoys and commitments are not reused in another message. */
function checkFresh({ manifest, digest }: Opened, all: readonly Opened[], once: Once): void {
  once.see(manifest.messageId, 'The message id', digest)
  for (const each of manifest.sectionDigests) once.see(each, 'A section digest or decoy', digest)
  for (const each of manifest.recipientCommitments) once.see(each, 'A commitment or decoy', digest)
  for (const { salt } of all.flatMap(({ sections }) => sections))
    once.see(salt, 'The salt of a section', digest)
  if (all.some((other) => shown(other.digest) !== shown(digest)))
    throw new NotAsSpecified('all recipients get the same message (REX-ENV-050)')
}

const shown = (value: Uint8Array | string | number | boolean) =>
  value instanceof Uint8Array ? Buffer.from(value).toString('hex') : String(value)

const text = (name: string, value: string): Value => ({ name, value: Buffer.from(value) })

// A desk that talks to its gateway like a real desk, but sends random content. For tests.
import { randomBytes } from 'node:crypto'
import {
  EnrolmentToken,
  EnrolPurpose,
  type ReceiveRequest,
  type ReceiveResponse,
  type Submission,
  type SubmitRequest,
  type SubmitResponse,
} from '@rex/proto/mailbox/v1/mailbox'
import {
  DirectoryServiceDefinition,
  EnrolmentServiceDefinition,
  MailboxServiceDefinition,
} from '@rex/proto/mailbox/v1/mailbox_service'
import {
  createSigningRequest,
  fromBase64url,
  generateRsaKey,
  localSigner,
  type Signer,
  signEntityConfiguration,
  thumbprint,
  toBase64url,
} from '@rex/sdk/core'
import { createClient, createQueue, openChannel, type TlsIdentity } from '@rex/sdk/transport'

const YEAR = 365 * 86_400_000

/** Addresses of a gateway and the authority that authenticates it. */
export interface GatewayPin {
  readonly organisation: string
  readonly address: string
  /** DER. */
  readonly authority: Uint8Array
}

/** Entity keys by organisation, so that a desk has the same key each time that it connects. */
const identities = new Map<string, Signer>()

/** Returns the signer of an organisation's statements. */
function identityOf(organisation: string): Signer {
  const signer = identities.get(organisation) ?? localSigner(randomBytes(32))
  identities.set(organisation, signer)
  return signer
}

/** Enrols with a token and returns the TLS identity. `request` replaces the signing request. */
export async function enrol(
  token: string,
  pin: GatewayPin,
  request?: Uint8Array,
  as: { readonly purpose?: EnrolPurpose; readonly entityKey?: Uint8Array } = {},
): Promise<TlsIdentity> {
  const { organisation, authority } = pin
  const { address, secret } = EnrolmentToken.decode(fromBase64url(token.replace('rex-token-', ''), 'token'))
  const privateKey = await generateRsaKey()
  const signingRequest = request ?? createSigningRequest({ privateKey, uri: `${organisation}#desk` })
  const channel = openChannel({ address, organisation, authority })
  try {
    const client = createClient(EnrolmentServiceDefinition, channel)
    const { certificate } = await client.enrol({
      secret,
      signingRequest,
      purpose: as.purpose ?? EnrolPurpose.AGAIN,
      entityKey: as.entityKey ?? thumbprint(identityOf(organisation).key),
      rotations: [],
    })
    return { certificate, privateKey, authority }
  } finally {
    channel.close()
  }
}

/** Connects a desk. The same `chain` means the same desk store. */
export function connectDesk(pin: GatewayPin, identity: TlsIdentity, chain: Uint8Array = randomBytes(16)) {
  const channel = openChannel({ ...pin, identity })
  const mailbox = createClient(MailboxServiceDefinition, channel)
  const directory = createClient(DirectoryServiceDefinition, channel)
  const signer = identityOf(pin.organisation)
  return {
    mailbox,
    directory,
    chain,
    close: () => channel.close(),
    /** Acquires the lease and returns its fence. */
    lease: async (takeOver = false) => (await mailbox.acquireLease({ chain, takeOver })).fence,
    /** Signs and publishes the organisation's statement, and returns it. */
    async publish(endpoints?: readonly string[], issuedMs = Date.now()): Promise<string> {
      const own = await directory.getGateway({})
      const jwt = await signEntityConfiguration(
        {
          organisation: own.organisation as never,
          name: 'Test organisation',
          issuedMs,
          expiresMs: issuedMs + YEAR,
          party: {
            versions: [1],
            suites: ['REX-2', 'REX-1'],
            messageKeys: [],
            epochs: [],
            gateway: {
              endpoints: endpoints ?? own.endpoints,
              authority: own.caCertificate,
              receiptKeys: [
                {
                  jwk: { kty: 'OKP', crv: 'Ed25519', x: toBase64url(own.receiptKey) },
                  notBeforeMs: 0,
                  expiresMs: issuedMs + YEAR,
                },
              ],
            },
            codeLists: {},
          },
        },
        signer,
      )
      await directory.publish({ entityConfiguration: jwt })
      return jwt
    },
    pair: (entityConfiguration: string) => directory.putPeer({ entityConfiguration }),
    submit: (fence: number) => openSubmit(mailbox, fence),
    receive: (fence: number, window = 64) => openReceive(mailbox, fence, window),
  }
}

export type TestDesk = ReturnType<typeof connectDesk>
type MailboxClient = TestDesk['mailbox']

/** Opens a submission stream, on which each submission resolves with its answer. */
async function openSubmit(mailbox: MailboxClient, fence: number) {
  const requests = createQueue<SubmitRequest>(10_000)
  const responses = mailbox.submit(requests)[Symbol.asyncIterator]()
  const waiting = new Map<number, PromiseWithResolvers<SubmitResponse>>()
  let sequence = 0
  requests.offer({ content: { $case: 'open', value: { fence } } })
  await responses.next()
  const ended = (async () => {
    for (let next = await responses.next(); next.done !== true; next = await responses.next()) {
      waiting.get(next.value.sequence)?.resolve(next.value)
      waiting.delete(next.value.sequence)
    }
    throw new Error('the stream has ended')
  })()
  ended.catch((error: unknown) => {
    for (const { reject } of waiting.values()) reject(error)
  })
  return {
    ended,
    send(submission: Submission): Promise<SubmitResponse> {
      sequence += 1
      const answer = Promise.withResolvers<SubmitResponse>()
      waiting.set(sequence, answer)
      const submissions = [{ ...submission, sequence }]
      requests.offer({ content: { $case: 'submissions', value: { submissions } } })
      return answer.promise
    },
    end: () => requests.end(),
  }
}

/** Opens a receive stream. */
function openReceive(mailbox: MailboxClient, fence: number, window: number) {
  const requests = createQueue<ReceiveRequest>(10_000)
  const responses = mailbox.receive(requests)[Symbol.asyncIterator]()
  requests.offer({ content: { $case: 'open', value: { fence, window } } })
  const settle = (
    acknowledged: number[],
    postponed: { cursor: number; delayMs: number }[] = [],
    unopenable: number[] = [],
  ) => requests.offer({ content: { $case: 'settle', value: { acknowledged, postponed, unopenable } } })
  async function next(): Promise<ReceiveResponse> {
    const { value, done } = await responses.next()
    if (done === true) throw new Error('the stream has ended')
    return value
  }
  return {
    next,
    settle,
    /** Returns the next response of a kind, and acknowledges earlier responses. */
    async until(kind: 'stored' | 'report' | 'notice' | 'live'): Promise<ReceiveResponse> {
      for (;;) {
        const response = await next()
        if (response.content?.$case === kind) return response
        if (response.cursor > 0) settle([response.cursor])
      }
    },
    end: () => requests.end(),
  }
}

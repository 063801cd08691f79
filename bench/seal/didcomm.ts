// DIDComm v2 (didcomm-node): authcrypt on X25519, with an Ed25519 signature so that the sender cannot repudiate.
import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { type DIDDoc, Message, type Secret } from 'didcomm-node'
import { split } from './single.ts'
import type { Tool } from './tool.ts'

interface Party {
  readonly document: DIDDoc
  readonly secrets: Secret[]
}

export async function didcommTool(): Promise<Tool> {
  const [sender, recipient] = [makeParty('did:example:hotline'), makeParty('did:example:ngo')]
  const documents = [sender.document, recipient.document]
  const dids = { resolve: async (did: string) => documents.find(({ id }) => id === did) ?? null }
  const [from, to] = [sender.document.id, recipient.document.id]
  return {
    async seal(content) {
      const message = new Message({
        id: crypto.randomUUID(),
        typ: 'application/didcomm-plain+json',
        type: 'https://rex.example/referral/1.0',
        from,
        to: [to],
        body: { content: Buffer.concat(content).toString('latin1') },
      })
      const [sealed] = await message.pack_encrypted(to, from, from, dids, keyring(sender), { forward: false })
      return sealed
    },
    async open(sealed: string) {
      const [message, metadata] = await Message.unpack(sealed, dids, keyring(recipient), {})
      if (!metadata.authenticated || !metadata.non_repudiation) throw new Error('The sender is not proven.')
      return split(Buffer.from(message.as_value().body.content, 'latin1'))
    },
  }
}

function makeParty(did: string): Party {
  const methods = [
    { id: `${did}#sign`, keys: generateKeyPairSync('ed25519') },
    { id: `${did}#agree`, keys: generateKeyPairSync('x25519') },
  ]
  const jwk = (key: KeyObject) => key.export({ format: 'jwk' })
  return {
    document: {
      id: did,
      authentication: [`${did}#sign`],
      keyAgreement: [`${did}#agree`],
      service: [],
      verificationMethod: methods.map(({ id, keys }) => ({
        id,
        type: 'JsonWebKey2020',
        controller: did,
        publicKeyJwk: jwk(keys.publicKey),
      })),
    },
    secrets: methods.map(({ id, keys }) => ({
      id,
      type: 'JsonWebKey2020',
      privateKeyJwk: jwk(keys.privateKey),
    })),
  }
}

function keyring({ secrets }: Party) {
  return {
    get_secret: async (id: string) => secrets.find((secret) => secret.id === id) ?? null,
    find_secrets: async (ids: string[]) => ids.filter((id) => secrets.some((secret) => secret.id === id)),
  }
}

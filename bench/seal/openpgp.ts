// OpenPGP.js: sign and encrypt, decrypt and verify, on Curve25519. Binary format, as in its documentation.
import {
  createMessage,
  decrypt,
  encrypt,
  generateKey,
  type PrivateKey,
  readMessage,
  type WebStream,
} from 'openpgp'
import { split } from './single.ts'
import type { Tool } from './tool.ts'

export async function openpgpTool(): Promise<Tool> {
  const [sender, recipient] = await Promise.all([makeKey('hotline'), makeKey('ngo')])
  return {
    seal: async (content) =>
      encrypt({
        message: await createMessage({ binary: Buffer.concat(content) }),
        encryptionKeys: recipient.toPublic(),
        signingKeys: sender,
        format: 'binary',
      }),
    async open(sealed: Uint8Array) {
      const { data } = await decrypt({
        message: await readMessage({ binaryMessage: sealed }),
        decryptionKeys: recipient,
        verificationKeys: sender.toPublic(),
        expectSigned: true,
        format: 'binary',
      })
      return split(data as Exclude<typeof data, WebStream<Uint8Array>>)
    },
  }
}

async function makeKey(name: string): Promise<PrivateKey> {
  const userIDs = { name, email: `desk@${name}.example` }
  return (await generateKey({ type: 'curve25519', userIDs, format: 'object' })).privateKey
}

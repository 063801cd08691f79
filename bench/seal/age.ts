// Encrypts with age (X25519) content that node:crypto has signed with Ed25519, because age does not authenticate the sender.
import { generateKeyPairSync, sign, verify } from 'node:crypto'
import { Decrypter, Encrypter, generateX25519Identity, identityToRecipient } from 'age-encryption'
import { split } from './single.ts'
import type { Tool } from './tool.ts'

const SIGNATURE_BYTES = 64

export async function ageTool(): Promise<Tool> {
  const sender = generateKeyPairSync('ed25519')
  const identity = await generateX25519Identity()
  const encrypter = new Encrypter()
  encrypter.addRecipient(await identityToRecipient(identity))
  const decrypter = new Decrypter()
  decrypter.addIdentity(identity)
  return {
    seal(content) {
      const whole = Buffer.concat(content)
      return encrypter.encrypt(Buffer.concat([sign(null, whole, sender.privateKey), whole]))
    },
    async open(sealed: Uint8Array) {
      const opened = await decrypter.decrypt(sealed)
      const [signature, whole] = [opened.subarray(0, SIGNATURE_BYTES), opened.subarray(SIGNATURE_BYTES)]
      if (!verify(null, whole, sender.publicKey, signature)) throw new Error('The signature does not hold.')
      return split(whole)
    },
  }
}

// S/MIME with node-forge: CMS signed data within CMS enveloped data, with RSA-2048 and AES-256-CBC.
import { generateKeyPair } from 'node:crypto'
import { promisify } from 'node:util'
import forge from 'node-forge'
import { split } from './single.ts'
import type { Tool } from './tool.ts'

const { asn1, pkcs7, pki, md } = forge
const BITS = 2048
const YEAR = 365 * 86_400_000

interface Party {
  readonly certificate: forge.pki.Certificate
  readonly keys: forge.pki.rsa.KeyPair
}

/** The fields that node-forge captures from parsed signed data. They are needed here because node-forge cannot verify signed data. */
interface SignedCapture {
  readonly rawCapture: {
    readonly content: { readonly value: readonly [{ readonly value: string }] }
    readonly authenticatedAttributes: forge.asn1.Asn1[]
    readonly signature: string
  }
}

export async function smimeTool(): Promise<Tool> {
  const [sender, recipient] = await Promise.all([makeParty('hotline'), makeParty('ngo')])
  return {
    seal: async (content) => envelop(signed(Buffer.concat(content), sender), recipient),
    open: async (sealed: string) => split(verified(opened(sealed, recipient), sender)),
  }
}

function signed(content: Uint8Array, { certificate, keys }: Party): string {
  const message = pkcs7.createSignedData()
  message.content = forge.util.createBuffer(Buffer.from(content).toString('latin1'))
  message.addCertificate(certificate)
  message.addSigner({
    key: keys.privateKey,
    certificate,
    digestAlgorithm: pki.oids.sha256 as string,
    authenticatedAttributes: [
      { type: pki.oids.contentType as string, value: pki.oids.data as string },
      { type: pki.oids.messageDigest as string },
    ],
  })
  message.sign()
  return asn1.toDer(message.toAsn1()).getBytes()
}

function envelop(content: string, { certificate }: Party): string {
  const message = pkcs7.createEnvelopedData()
  message.addRecipient(certificate)
  message.content = forge.util.createBuffer(content)
  message.encrypt()
  return asn1.toDer(message.toAsn1()).getBytes()
}

function opened(sealed: string, { certificate, keys }: Party): string {
  const message = pkcs7.messageFromAsn1(asn1.fromDer(sealed)) as forge.pkcs7.PkcsEnvelopedData
  const recipient = message.findRecipient(certificate)
  message.decrypt(recipient as never, keys.privateKey)
  return message.content as unknown as string
}

/** Returns the content after checking its digest and the signature over the attributes (RFC 5652, section 5.4). */
function verified(der: string, { keys }: Party): Uint8Array {
  const { rawCapture } = pkcs7.messageFromAsn1(asn1.fromDer(der)) as unknown as SignedCapture
  const { authenticatedAttributes, signature } = rawCapture
  const content = rawCapture.content.value[0].value
  const attributes = asn1.create(asn1.Class.UNIVERSAL, asn1.Type.SET, true, authenticatedAttributes)
  const holds =
    messageDigest(authenticatedAttributes) === sha256(content) &&
    keys.publicKey.verify(sha256(asn1.toDer(attributes).getBytes()), signature)
  if (!holds) throw new Error('The signature does not hold.')
  return Buffer.from(content, 'latin1')
}

function messageDigest(attributes: readonly forge.asn1.Asn1[]): unknown {
  for (const { value } of attributes) {
    const [type, values] = value as [forge.asn1.Asn1, forge.asn1.Asn1]
    if (asn1.derToOid(type.value as string) === pki.oids.messageDigest)
      return (values.value[0] as forge.asn1.Asn1).value
  }
  return undefined
}

function sha256(bytes: string): string {
  return md.sha256.create().update(bytes).digest().getBytes()
}

async function makeParty(name: string): Promise<Party> {
  const pair = await promisify(generateKeyPair)('rsa', { modulusLength: BITS })
  const privateKey = pki.privateKeyFromPem(
    pair.privateKey.export({ type: 'pkcs1', format: 'pem' }).toString(),
  )
  const keys = { privateKey, publicKey: pki.setRsaPublicKey(privateKey.n, privateKey.e) }
  const certificate = pki.createCertificate()
  const attributes = [{ name: 'commonName', value: name }]
  certificate.publicKey = keys.publicKey
  certificate.serialNumber = '01'
  certificate.validity.notBefore = new Date()
  certificate.validity.notAfter = new Date(Date.now() + YEAR)
  certificate.setSubject(attributes)
  certificate.setIssuer(attributes)
  certificate.sign(keys.privateKey, md.sha256.create())
  return { certificate, keys }
}

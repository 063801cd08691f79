// Makes a certificate for tests of TLS.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Makes a self-signed certificate for 127.0.0.1 and desk.example. */
export function certificateIn(directory: string): { readonly cert: Buffer; readonly key: Buffer } {
  const [cert, key] = [join(directory, 'certificate.pem'), join(directory, 'key.pem')]
  const names = 'subjectAltName=IP:127.0.0.1,DNS:desk.example'
  const making = `req -x509 -newkey ed25519 -nodes -days 2 -subj /CN=desk -addext ${names} -keyout ${key} -out ${cert}`
  execFileSync('openssl', making.split(' '), { stdio: 'ignore' })
  return { cert: readFileSync(cert), key: readFileSync(key) }
}

// A certificate for tests of TLS, and answers that are not valid for tests of clients.
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

/** Malformed answers to an HTTP request, none of which a client may take for success: what is wrong, and the bytes. */
export const FORGED_ANSWERS: readonly (readonly [wrong: string, answer: string])[] = [
  ['no HTTP', 'hello\r\n\r\n'],
  ['no answer at all', ''],
  ['a cut header', 'HTTP/1.1 200 OK\r\nContent-Le'],
  ['an upgrade', 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n'],
  ['only an informational status', 'HTTP/1.1 103 Early Hints\r\n\r\n'],
  ['a status that does not exist', 'HTTP/1.1 2000 OK\r\n\r\n'],
  ['two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n'],
  ['an endless header', `HTTP/1.1 200 OK\r\nX: ${'x'.repeat(1_000_000)}`],
  ['two answers', 'HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\nHTTP/1.1 200 OK\r\n\r\n'],
]

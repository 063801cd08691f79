// Counts TLS records: one without content, such as a key update, is seen by nobody above TLS. docs/spec/delivery.md, "Connections"
import type { Socket } from 'node:net'

/** Bytes that a record adds to its content: its header, its type and its tag (RFC 8446, section 5.2). */
const RECORD_BYTES = 22

/** About how many TLS records have arrived, those of the handshake included. 0 without TLS. */
export function recordsRead(socket: Socket): number {
  // Node offers the connection below TLS only here.
  const wire: Socket = Reflect.get(socket, '_parent') ?? socket
  return Math.max(0, wire.bytesRead - socket.bytesRead) / RECORD_BYTES
}

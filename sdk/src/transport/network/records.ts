// Counts TLS records: one without content, such as a key update, is seen by nobody above TLS. docs/spec/delivery.md, "Connections"
import type { Socket } from 'node:net'

/** Bytes that a record adds to its content: its header, its type and its tag (RFC 8446, section 5.2). */
const RECORD_BYTES = 22

/** Content, in bytes, for which a sender may use a TLS record of its own. */
const BYTES_PER_RECORD = 1024

/** The TLS records that a message or a call of this many bytes may take. */
export function recordsOf(bytes: number): number {
  return 1 + bytes / BYTES_PER_RECORD
}

/** About how many TLS records have arrived, in addition to those that answer what was written. Those of the handshake are included. */
export function extraRecordsRead(socket: Socket): number {
  // Node offers the connection below TLS only here.
  const wire: Socket = Reflect.get(socket, '_parent') ?? socket
  const read = Math.max(0, wire.bytesRead - socket.bytesRead) / RECORD_BYTES
  return read - socket.bytesWritten / BYTES_PER_RECORD
}

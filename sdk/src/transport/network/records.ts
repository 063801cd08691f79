// Counts TLS records, because layers above TLS never see a record without content, such as a key update. docs/spec/delivery.md, "Connections"
import type { Socket } from 'node:net'

/** Bytes that a record adds to its content for its header, type and tag (RFC 8446, section 5.2). */
const RECORD_BYTES = 22

/** A sender may use one TLS record per this many bytes of content. */
const BYTES_PER_RECORD = 1024

/** Returns how many TLS records a message or call of this many bytes may take. */
export function recordsOf(bytes: number): number {
  return 1 + bytes / BYTES_PER_RECORD
}

/** Estimates how many more TLS records have arrived, including those of the handshake, than were needed to answer what this side wrote. */
export function extraRecordsRead(socket: Socket): number {
  // Node exposes the connection below TLS only here.
  const wire: Socket = Reflect.get(socket, '_parent') ?? socket
  const read = Math.max(0, wire.bytesRead - socket.bytesRead) / RECORD_BYTES
  return read - socket.bytesWritten / BYTES_PER_RECORD
}

// Chooses the fault of a program that was built with several. The choice is in a file; a socket beside the file tells the running program that it
// has changed. docs/guide/conformance.md
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'

/** The environment variable with the path of the file. Not set: the program has no fault. */
export const CHOICE = 'REX_MUTANT_FILE'
/** The global variable with the name of the mutant that the program is now. Empty: the program has no fault. */
export const CHOSEN = 'REX_MUTANT'

const socketOf = (file: string) => `${file}.sock`

/** Chooses a mutant by its name, or (empty) the program without a fault. Resolves when the running program, if there is one, is that mutant. */
export async function choose(file: string, mutant: string): Promise<void> {
  writeFileSync(file, mutant)
  if (!existsSync(socketOf(file))) return
  const socket = connect(socketOf(file))
  socket.on('error', () => {})
  socket.resume()
  // If the program was killed, its socket refuses the connection, and the next program reads the file when it starts.
  await new Promise<void>((resolve) => socket.once('close', () => resolve()))
}

/** Makes this program the chosen mutant. If `stays`, does so again whenever the choice changes. */
export function followChoice(stays: boolean): void {
  const file = process.env[CHOICE]
  if (file === undefined) return
  const read = () => Object.assign(globalThis, { [CHOSEN]: readFileSync(file, 'utf8') })
  read()
  if (!stays) return
  rmSync(socketOf(file), { force: true })
  const server = createServer((socket) => {
    socket.on('error', () => {})
    read()
    socket.end()
  })
  server.listen(socketOf(file)).unref()
}

// Hooks of our gateway that are not commands of rex-gateway: `gateway-hooks.ts HOOK FOLDER [VALUE]…`.
// docs/guide/conformance.md, "Test a gateway"
import { closeSync, openSync, readdirSync, readFileSync, statSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { setClock } from './gateway-clock.ts'

const STORE = 'store.sqlite'
/** Number of bytes in the middle of the store that `damage` overwrites. */
const DAMAGED = 4096

type Hook = (folder: string, ...values: string[]) => Promise<void> | void

const HOOKS: Readonly<Record<string, Hook>> = {
  /** Sets the clock. */
  now: (folder, ahead, passed) => setClock(folder, { ahead: Number(ahead), passed: Number(passed) }),
  /** Overwrites a page of the store. */
  damage(folder) {
    const file = join(folder, STORE)
    const middle = Math.floor(statSync(file).size / DAMAGED / 2) * DAMAGED
    overwrite(file, middle, Buffer.alloc(DAMAGED, 0xa5))
  },
  /** Flips a bit at each place in the store that contains `content`, while the gateway runs and without its knowledge. */
  flip(folder, content = '') {
    const wanted = Buffer.from(content, 'hex')
    let found = 0
    for (const name of readdirSync(folder).filter((one) => one.startsWith(STORE))) {
      const bytes = readFileSync(join(folder, name))
      for (let at = bytes.indexOf(wanted); at >= 0; at = bytes.indexOf(wanted, at + 1), found++)
        overwrite(join(folder, name), at, Buffer.of((bytes[at] as number) ^ 1))
    }
    if (found === 0) throw new Error('The store does not hold these bytes.')
  },
  /** Gives the stopped gateway another name for its address. */
  move(folder, endpoint) {
    configure(folder, (config) => Object.assign(config, { endpoints: [endpoint] }))
  },
  /** Sets the capacity of the stopped gateway's store. */
  capacity(folder, bytes) {
    configure(folder, (config) => {
      config.limits = { ...config.limits, storeBytes: Number(bytes) }
    })
  },
}

function overwrite(file: string, at: number, bytes: Uint8Array): void {
  const opened = openSync(file, 'r+')
  try {
    writeSync(opened, bytes, 0, bytes.length, at)
  } finally {
    closeSync(opened)
  }
}

function configure(folder: string, change: (config: { limits?: object }) => void): void {
  const file = join(folder, 'gateway.json')
  const config = JSON.parse(readFileSync(file, 'utf8'))
  change(config)
  writeFileSync(file, JSON.stringify(config))
}

const [hook = '', folder = '', ...values] = process.argv.slice(2)
await HOOKS[hook]?.(folder, ...values)

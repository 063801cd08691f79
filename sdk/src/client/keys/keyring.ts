// The keys of an open desk: those that change are replaced one after the other, durably first. docs/spec/identity.md, "Keys"

import type { Keys } from './keystore.ts'
import type { RotatingKeys } from './rotating-keys.ts'

/** The keys of an open desk. */
export class Keyring {
  readonly #keep: (current: RotatingKeys) => Promise<void>
  #keys: Keys

  /** `keep`: keeps keys durably; resolves when those before are gone. */
  constructor(keys: Keys, keep: (current: RotatingKeys) => Promise<void>) {
    this.#keys = keys
    this.#keep = keep
  }

  get keys(): Keys {
    return this.#keys
  }

  /** Replaces what changes of the keys. They are kept durably before they are used. */
  async replace(next: Keys): Promise<void> {
    await this.#keep(next)
    this.#keys = next
  }
}

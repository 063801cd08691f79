// The keys of an open desk: changed keys are replaced one after the other, and stored durably first. docs/spec/identity.md, "Keys"

import type { Keys } from './keystore.ts'
import type { RotatingKeys } from './rotating-keys.ts'

/** The keys of an open desk. */
export class Keyring {
  readonly #keep: (current: RotatingKeys) => Promise<void>
  #keys: Keys

  /** `keep`: stores keys durably; resolves once the previous ones are gone. */
  constructor(keys: Keys, keep: (current: RotatingKeys) => Promise<void>) {
    this.#keys = keys
    this.#keep = keep
  }

  get keys(): Keys {
    return this.#keys
  }

  /** Replaces the keys that changed. They are stored durably before they are used. */
  async replace(next: Keys): Promise<void> {
    await this.#keep(next)
    this.#keys = next
  }
}

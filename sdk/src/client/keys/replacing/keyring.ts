// The keys of an open desk. Changes are made one at a time, and stored durably before they are used. docs/spec/identity.md, "Keys"
import { type Certificate, parseCertificate } from '../../../core/pki/certificate.ts'
import type { Keys } from '../keystore.ts'
import type { RotatingKeys } from '../rotating-keys.ts'

/** The keys of an open desk. */
export class Keyring {
  readonly #keep: (current: RotatingKeys) => Promise<void>
  #last: Promise<unknown> = Promise.resolve()
  #keys: Keys
  readonly #parsed = new WeakMap<Uint8Array, Certificate>()

  /** `keep`: stores keys durably; resolves once the previous keys are gone. */
  constructor(keys: Keys, keep: (current: RotatingKeys) => Promise<void>) {
    this.#keys = keys
    this.#keep = keep
  }

  get keys(): Keys {
    return this.#keys
  }

  /** The certificate of the desk. */
  get certificate(): Certificate {
    return this.#read(this.#keys.tls.certificate)
  }

  /** The certificate of the authority of the desk's gateway. */
  get authority(): Certificate {
    return this.#read(this.#keys.tls.authority)
  }

  /**
   * Replaces the keys with the result of `next`, after all earlier changes are complete. The new keys are stored durably
   * before they are used. `keep` stores the new keys; default: it stores only the rotating keys.
   */
  change(
    next: (keys: Keys) => Keys | Promise<Keys>,
    keep: (keys: Keys) => Promise<void> = this.#keep,
  ): Promise<void> {
    const turn = this.#last.then(async () => {
      const keys = await next(this.#keys)
      await keep(keys)
      this.#keys = keys
    })
    this.#last = turn.catch(() => {})
    return turn
  }

  /** Caches parsed certificates, because maintenance and status ask for them often. */
  #read(der: Uint8Array): Certificate {
    const read = this.#parsed.get(der) ?? parseCertificate(der)
    this.#parsed.set(der, read)
    return read
  }
}

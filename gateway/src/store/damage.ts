// Damage found in the store. docs/spec/delivery.md, "Durability"

/** Damage of the store. */
export interface Damage {
  readonly foundMs: number
  /** `forgot`: the store lacked commits it had made. `damaged`: it was set aside, and this one is new. `row`: single rows were set aside. */
  readonly kind: 'forgot' | 'damaged' | 'row'
}

export interface DamageReads {
  /** The newest. Undefined: none was ever found. */
  last(): Damage | undefined
}

/** Recorded damage: the newest `LIMITS.damages`. */
export interface Damages extends DamageReads {
  add(damage: Damage): void
}

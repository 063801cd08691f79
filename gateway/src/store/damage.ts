// Records of damage found in the store. docs/spec/delivery.md, "Durability"

/** Damage that was found in the store. */
export interface Damage {
  readonly foundMs: number
  /** `forgot`: the store lacked earlier commits. `damaged`: the store was set aside and replaced by a new one. `row`: rows were set aside. */
  readonly kind: 'forgot' | 'damaged' | 'row'
}

export interface DamageReads {
  /** Returns the newest damage, or undefined if none was ever found. */
  last(): Damage | undefined
}

/** Recorded damage: the newest `LIMITS.damages`. */
export interface Damages extends DamageReads {
  add(damage: Damage): void
}

import { expectTypeOf, test } from 'vitest'
import table from './transitions.json' with { type: 'json' }
import type { State, Transition } from './transitions.ts'

test('REX-THR-010 the types name the states and rows of the table, and no others', () => {
  expectTypeOf<keyof typeof table.states>().toEqualTypeOf<State>()
  expectTypeOf<keyof typeof table.events>().toEqualTypeOf<Transition>()
})

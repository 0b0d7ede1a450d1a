/** Finding a unit by its reference, and what its result may be: the same in the worker and beside it. */
import type { Unit } from './unit.ts'

export type AnyUnit = Unit<unknown, unknown>

/** A unit that yields more is taken for one that never ends. */
export const MAX_STATEMENTS_PER_UNIT = 100_000

/** Loads each unit once. */
export function unitLoader(): (module: string, name: string) => AnyUnit | Promise<AnyUnit> {
  const units = new Map<string, AnyUnit>()
  return (module, name) => units.get(`${module}#${name}`) ?? load(module, name, units)
}

async function load(module: string, name: string, units: Map<string, AnyUnit>): Promise<AnyUnit> {
  const loaded: unknown = await import(module)
  // sound: a module namespace is an object; the member is checked below
  const unit = (loaded as Readonly<Record<string, unknown>>)[name]
  if (typeof unit !== 'function') throw new TypeError(`${module} exports no unit ${name}`)
  const checked = unit as AnyUnit // sound as far as can be known: defineUnit ties name and type
  units.set(`${module}#${name}`, checked)
  return checked
}

/** Fails inside the unit, so that it is undone, when the result could not be given to the caller. */
export function cloneable(value: unknown): unknown {
  if (typeof value === 'object') return structuredClone(value)
  if (typeof value === 'function' || typeof value === 'symbol')
    throw new TypeError(`a unit cannot return a ${typeof value}`)
  return value
}

/** Units of work over a database in memory, run in this thread: for models, which run a hundred thousand of them and more. */
import assert from 'node:assert/strict'
import type { Migration, Store, UnitRef } from '../../src/store/index.ts'
import type { AnyUnit } from '../../src/store/run-unit.ts'
import { openEngine } from '../../src/store/sqlite-engine.ts'

export function memoryUnits(migrations: readonly Migration[]): Store {
  const engine = openEngine(':memory:', migrations)
  const units = new Map<string, AnyUnit>()
  async function run<A, R>(ref: UnitRef<A, R>, arg: A): Promise<R> {
    const label = `${ref.module}#${ref.name}`
    let unit = units.get(label)
    if (unit === undefined) {
      // Sound: `defineUnit` ties the name to a unit of that module.
      const loaded = (await import(ref.module)) as Record<string, AnyUnit>
      unit = loaded[ref.name]
      assert.ok(unit !== undefined, label)
      units.set(label, unit)
    }
    const [outcome] = engine.runBatch([{ id: 0, unit, label, arg }])
    assert.ok(outcome?.ok === true, JSON.stringify(outcome))
    return outcome.value as R // sound: what the unit returned
  }
  return {
    run,
    runBuffered: run,
    sync: () => Promise.resolve(),
    close: () => Promise.resolve(engine.close()),
  }
}

/** The same tests over a real SQLite and a real PostgreSQL. */
import { after, test, type TestContext } from 'node:test'
import { scaMigrations } from '../../src/sca/tables/index.ts'
import type { Store } from '../../src/store/index.ts'
import { overBothStores } from '../store/both-stores.ts'
import { type Rig, rigOver } from './rig.ts'

/** The same tests on SQLite and on PostgreSQL: of each one store, in which every test has customers of its own. */
export function onBothStores(
  title: string,
  work: (rig: Rig, t: TestContext) => Promise<void>,
): void {
  for (const { name, skip, open } of ADAPTERS)
    test(`${name}: ${title}`, { skip }, async (t) => work(rigOver(await open()), t))
}

interface OpenOnce {
  readonly name: string
  readonly skip: string | false
  readonly open: () => Promise<Store>
}
const ADAPTERS: OpenOnce[] = []
overBothStores(({ name, skip, place }) => {
  let opened: Promise<Store> | undefined
  // Not of one test's life but of the file's.
  const ends: (() => unknown)[] = []
  const file = { after: (end: () => unknown) => void ends.unshift(end) } as unknown as TestContext
  const open = async (): Promise<Store> => (await place(file)).open({ migrations: scaMigrations })
  ADAPTERS.push({ name, skip, open: () => (opened ??= open()) })
  after(async () => {
    await (await opened)?.close()
    for (const end of ends) end()
  })
})

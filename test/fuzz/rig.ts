/** A gateway on loopback for a suite, which has no test context of its own. */
import type { TestContext } from 'node:test'
import { gatewayRig, type Rig } from '../support/gateway-rig.ts'

export interface FuzzRig extends Rig {
  /** Resolves when every request that reached the bank has its event. */
  settled(): Promise<void>
}

export async function rigForFuzz(): Promise<FuzzRig> {
  const after: (() => unknown)[] = []
  // Sound: of a test's context the rig uses nothing but `after`.
  const t = { after: (work: () => unknown) => void after.push(work) } as unknown as TestContext
  const rig = await gatewayRig(t)
  return Object.assign(Object.create(rig) as Rig, {
    async settled() {
      const until = performance.now() + 5_000
      const open = (): boolean =>
        rig.sink.access.filter(({ outcome }) => outcome !== 'denied').length <
        rig.upstream.seen.length
      while (open() && performance.now() < until)
        await new Promise<void>((resolve) => setTimeout(resolve, 2))
    },
    close: async () => {
      for (const work of after.toReversed()) await work()
    },
  })
}

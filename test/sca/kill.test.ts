/** `kill -9` between verification, code and redemption: at most one code, redeemed at most once, and what was acknowledged stays. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { scaMigrations } from '../../src/sca/tables/index.ts'
import { keysOfSecret, openSqliteStore } from '../../src/store/index.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { AUDIENCE, CLIENT, KILLED_SECRET, PAYMENT, rigOver } from './rig.ts'

const STEPS = ['created', 'verified', 'issued', 'redeemed'] as const

test('of a payment whose process is killed there is one code at most, redeemed once at most', async (t) => {
  const dir = temporaryFolder(t)
  const process_ = join(import.meta.dirname, 'paying-process.ts')
  let killed = 0
  for (const step of STEPS) {
    const child = spawn(process.execPath, [process_, dir], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const reached = new Map<string, string[]>()
    const subjects = new Map<string, string>()
    for await (const line of createInterface({ input: child.stdout })) {
      const [what = '', id = '', more = ''] = line.split(' ')
      if (id === '') continue
      reached.set(id, [...(reached.get(id) ?? []), what, ...(what === 'issued' ? [more] : [])])
      if (what === 'created') subjects.set(id, more)
      if (reached.size >= 2 && what === step) child.kill('SIGKILL')
    }
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
    assert.equal(child.signalCode, 'SIGKILL')
    killed++

    const store = await openSqliteStore({ dir, migrations: scaMigrations })
    try {
      const rig = rigOver(store, { keys: keysOfSecret(KILLED_SECRET) })
      for (const [id, steps] of reached) {
        const subject = subjects.get(id) ?? ''
        const redeem = async (code: string): Promise<boolean> => {
          const outcome = await rig.sca.transactions.redeem({
            code,
            expectedAudience: AUDIENCE,
            client: CLIENT,
            subject,
            consentId: 'consent-1',
            purpose: { kind: 'payment', payments: [PAYMENT] },
          })
          return outcome.ok
        }
        const verified = await rig.sca.transactions.verified(id, CLIENT)
        const issued = verified.ok ? await rig.sca.transactions.issue(verified.value) : undefined
        const at = steps.indexOf('issued')
        const acknowledged = at < 0 ? undefined : steps[at + 1]
        const fresh = issued?.ok === true ? issued.value.code : undefined
        assert.ok(acknowledged === undefined || fresh === undefined, 'a second code')
        // Told that it was verified, and no code was made: it is still there to be collected, or one was made and lost with the process.
        if (steps.includes('redeemed')) assert.equal(await redeem(acknowledged ?? ''), false)
        const code = acknowledged ?? fresh
        if (code !== undefined && !steps.includes('redeemed')) {
          const outcomes = await Promise.all([redeem(code), redeem(code), redeem(code)])
          assert.ok(outcomes.filter(Boolean).length <= 1)
        }
      }
    } finally {
      await store.close()
    }
  }
  assert.equal(killed, STEPS.length)
})

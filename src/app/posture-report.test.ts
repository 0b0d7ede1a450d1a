/** What was seen of a rule, in the posture of a bank's own control that the rule enforces: from the store to the report. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { aisPlan, ISSUER_PLAN } from '../../test/support/ais-plan.ts'
import { objective } from '../../test/support/objective.ts'
import { observation } from '../../test/support/observation.ts'
import { observationSink } from '../posture/index.ts'
import { recordActivation } from './activation-log.ts'
import { assemble } from './assemble.ts'
import { objectiveLog } from './objective-log.ts'
import { openStore } from './open-store.ts'
import { planArchive } from './plan-archive.ts'
import { postureAt } from './posture-at.ts'
import { postureReport } from './posture-report.ts'
import { readConfig } from './read-config.ts'

const folder = mkdtempSync(join(tmpdir(), 'gatehouse-posture-'))
after(() => rmSync(folder, { recursive: true }))

const FILES = {
  'gatehouse.yaml': `controls: [own.yaml]
apis:
  - name: branches
    spec: branches.yaml
    upstream: http://127.0.0.1:9000
    template: open-data
    dataClasses: [public-reference]
`,
  'branches.yaml': `openapi: 3.0.3
info: { title: Branches, version: 1.0.0 }
paths:
  /branches:
    get: { responses: { '200': { description: ok, content: { application/json: { schema: { type: object, properties: { name: { type: string } } } } } } } }
`,
  'own.yaml': `- id: own-input
  title: Input is checked, as our policy 4.2 has it
  intent: Nothing undeclared reaches the core.
  category: data
  severityIfMissing: high
  counters: [data-loss]
  requiredWhen: [{ because: policy 4.2 }]
  enforce: { policyField: request.validation, expectation: undeclared input is refused }
  observe: Undeclared parameters do not arrive.
  testFromOutside: Send one.
  evidence: { kinds: [gateway-config, traffic], freshnessDays: 7 }
`,
}

test("traffic of the rule, recorded for the catalogue's control, shows the own control to be met for its own days, today and on a past day", async () => {
  for (const [name, text] of Object.entries(FILES)) writeFileSync(join(folder, name), text)
  const { config, diagnostics } = readConfig(folder, {})
  assert.deepEqual(diagnostics, [])
  assert.ok(config !== undefined)
  const assembly = assemble(config)
  const { policy } = assembly
  const seenAt = Date.UTC(2026, 0, 5, 9)
  planArchive(config.dataDir).keep(policy.plan, policy.effective)
  recordActivation(config.dataDir, { at: seenAt - 1, digest: policy.plan.digest })
  for (const { objective } of assembly.apis)
    objectiveLog(config.dataDir).record(objective, seenAt - 1)
  const stateAt = async (now: number): Promise<string | undefined> => {
    const { apis } = await postureReport(assembly, ['branches'], now)
    return apis[0]?.states.find(({ control }) => control === 'own-input')?.state
  }
  assert.equal(await stateAt(seenAt), 'partial')
  const store = await openStore(config, { create: true })
  assert.ok(store !== undefined)
  await observationSink(store).put([
    observation({ api: 'branches', control: 'input-validation', collectedAt: seenAt }),
  ])
  await store.close()
  assert.equal(await stateAt(seenAt + 6 * 86_400_000), 'met')
  assert.equal(await stateAt(seenAt + 8 * 86_400_000), 'unknown')

  // The file is gone since; what was asked then is in the objective of then.
  rmSync(join(folder, 'own.yaml'))
  const pastAt = async (at: number): Promise<string | undefined> => {
    const { apis } = await postureAt(config, 'branches', at, seenAt + 99 * 86_400_000)
    return apis[0]?.states.find(({ control }) => control === 'own-input')?.state
  }
  assert.equal(await pastAt(seenAt - 1), 'partial')
  assert.equal(await pastAt(seenAt), 'met')
  assert.equal(await pastAt(seenAt + 8 * 86_400_000), 'unknown')
})

test('how clients authenticate is configured where all tokens come of our server, and unknown where they do not', async () => {
  for (const [name, text] of Object.entries(FILES)) writeFileSync(join(folder, name), text)
  const { config, diagnostics } = readConfig(folder, {})
  assert.deepEqual(diagnostics, [])
  assert.ok(config !== undefined)
  const assembly = assemble(config)
  const [api] = assembly.apis
  assert.ok(api !== undefined)
  const profile = { api: 'branches', exposure: 'internet-authenticated' } as const
  const apis = [{ ...api, objective: objective(profile) }]
  const plan = {
    apis: aisPlan({ upstream: 'http://127.0.0.1:9' }).apis.map((one) => ({
      ...one,
      name: 'branches',
    })),
  }
  const stateWith = async (issuer: string): Promise<string | undefined> => {
    // Sound: nothing else of the plan or of `identity` is read.
    const changed = {
      ...assembly,
      apis,
      policy: { ...assembly.policy, plan },
      config: { ...config, identity: { issuer } },
    } as unknown as typeof assembly
    const report = await postureReport(changed, ['branches'], Date.UTC(2026, 0, 4))
    return report.apis[0]?.states.find(({ control }) => control === 'client-strong-auth')?.state
  }
  assert.equal(await stateWith(ISSUER_PLAN.issuer), 'partial')
  assert.equal(await stateWith('https://other.example'), 'unknown')
})

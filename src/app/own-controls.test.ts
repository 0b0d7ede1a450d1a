/** From the file of a bank to what its objectives ask: every condition holds or fails as for a control of the catalogue. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { apiProfile } from '../../test/support/api-profile.ts'
import type { Control } from '../controls/index.ts'
import { canonicalJson } from '../lib/index.ts'
import { type ApiProfile, computeObjective, whyControl } from '../objectives/index.ts'
import { installationControls } from './own-controls.ts'

const folder = mkdtempSync(join(tmpdir(), 'gatehouse-controls-'))
after(() => rmSync(folder, { recursive: true }))

const control = (when: string): string => `- id: own-review
  title: Reviewed by two people
  intent: Nothing is opened by one person alone.
  category: governance
  severityIfMissing: medium
  counters: [regulatory-fines]
  requiredWhen: [${when}]
  observe: The review stands in the ticket.
  testFromOutside: Not to be seen from outside.
  evidence: { kinds: [attestation], freshnessDays: 90 }
`
function own(when: string): readonly Control[] {
  const file = join(folder, 'own.yaml')
  writeFileSync(file, control(when))
  const { controls, diagnostics } = installationControls([file, file], folder)
  assert.deepEqual(diagnostics, [])
  return controls
}

const PROFILE: Partial<ApiProfile> = {
  exposure: 'internet-authenticated',
  roles: ['ais'],
  dataClasses: ['transaction'],
  features: ['bulk'],
  jurisdictions: ['DE'],
}
for (const { when, holds } of [
  { when: '{ because: always }', holds: true },
  { when: '{ exposure: [internet-authenticated], because: x }', holds: true },
  { when: '{ exposure: [internal-network], because: x }', holds: false },
  { when: '{ roles: [pis, ais], because: x }', holds: true },
  { when: '{ roles: [pis], because: x }', holds: false },
  { when: '{ dataClasses: [transaction], because: x }', holds: true },
  { when: '{ dataClasses: [card-pan], because: x }', holds: false },
  { when: '{ features: [bulk], because: x }', holds: true },
  { when: '{ features: [writes], because: x }', holds: false },
  { when: '{ jurisdictions: [EU], because: x }', holds: true },
  { when: '{ jurisdictions: [US], because: x }', holds: false },
  { when: '{ regimes: [eu-dora], because: x }', holds: true },
  { when: '{ regimes: [au-cdr], because: x }', holds: false },
  { when: '{ minLevel: { C: 2 }, because: x }', holds: true },
  { when: '{ minLevel: { C: 2, I: 3 }, because: x }', holds: false },
  { when: '{ roles: [ais], features: [writes], because: x }', holds: false },
  { when: '{ roles: [pis], because: x }, { roles: [ais], because: y }', holds: true },
])
  test(`requiredWhen ${when} ${holds ? 'holds' : 'does not hold'}`, () => {
    const ownControls = own(when)
    const objective = computeObjective(apiProfile(PROFILE), { approval: null, ownControls })
    const required = objective.required.find((one) => one.control === 'own-review')
    assert.equal(required !== undefined, holds)
    if (required !== undefined) assert.match(required.because, /\(own control, own\.yaml\)$/)
    const why = whyControl(objective, 'own-review')
    assert.equal(why.kind, holds ? 'required' : 'not-required')
    // What a thread of its own assembled is the same on the other side.
    assert.equal(canonicalJson(structuredClone(objective)), canonicalJson(objective))
  })

test('a change of an own control is a new version of the objective; without any the version is as before', () => {
  const version = (when?: string): string =>
    computeObjective(apiProfile(PROFILE), {
      approval: null,
      ...(when === undefined ? {} : { ownControls: own(when) }),
    }).version
  const plain = version()
  assert.notEqual(version('{ because: always }'), plain)
  assert.notEqual(version('{ because: always }'), version('{ because: ever }'))
  const none = computeObjective(apiProfile(PROFILE), { approval: null, ownControls: [] })
  assert.equal(none.version, plain)
})

test('a file of 1,048,576 bytes is read, one more is not', () => {
  const file = join(folder, 'large.yaml')
  const codesAt = (bytes: number): readonly string[] => {
    writeFileSync(file, `${control('{ because: always }')}#`.padEnd(bytes, ' '))
    return installationControls([file], folder).diagnostics.map(({ code }) => code)
  }
  assert.deepEqual(codesAt(1_048_576), [])
  assert.deepEqual(codesAt(1_048_577), ['GH_CONFIG_TOO_LARGE'])
})

/** The data files are typed by assertion; this is where the assertion is kept true. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { canonicalJson } from '../lib/index.ts'
import {
  catalogueVersion,
  controls,
  dataClasses,
  enumerations,
  objectiveModel,
  owaspEntries,
  regime,
  regimes,
  schemeFacts,
} from './index.ts'

const CHECKED = ['text', 'title', 'mirror', 'secondary', 'memory']
const SOURCE_CHECKED = ['text', 'titles', 'partial', 'secondary', 'memory']
const LEVELS = [0, 1, 2, 3]

function unique(values: readonly string[]): boolean {
  return new Set(values).size === values.length
}
function members(value: object): string[] {
  return Object.keys(value).sort()
}

test('the catalogue holds 60 controls, 30 regimes and 18 data classes, each id once', () => {
  assert.equal(controls().length, 60)
  assert.equal(regimes().length, 30)
  assert.equal(dataClasses().length, 18)
  assert.ok(unique(controls().map((entry) => entry.id)))
  assert.ok(unique(regimes().map((entry) => entry.id)))
})

test('every control has the members of its type and words of the enumerations', () => {
  const words = enumerations()
  for (const entry of controls()) {
    assert.match(entry.id, /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/)
    assert.deepEqual(
      members(entry),
      'category counters enforce evidence id intent note observe references requiredWhen severityIfMissing testFromOutside title'.split(
        ' ',
      ),
      entry.id,
    )
    for (const text of [entry.title, entry.intent, entry.observe, entry.testFromOutside])
      assert.ok(text.length >= 10 && text.length <= 600, `${entry.id}: ${text}`)
    assert.ok(words.categories.includes(entry.category), entry.id)
    assert.ok(words.severities.includes(entry.severityIfMissing), entry.id)
    assert.ok(entry.counters.length > 0 && unique(entry.counters), entry.id)
    for (const item of entry.counters) assert.ok(words.consequences.includes(item), entry.id)
    assert.match(entry.enforce.policyField, /^[a-z]+(\.[a-zA-Z]+)*$/, entry.id)
    assert.ok(entry.enforce.expectation.length > 0, entry.id)
    assert.ok(['full', 'partial'].includes(entry.enforce.coverage), entry.id)
    assert.ok(entry.evidence.kinds.length > 0 && unique(entry.evidence.kinds), entry.id)
    for (const kind of entry.evidence.kinds) assert.ok(Object.hasOwn(words.evidenceKinds, kind))
    assert.ok(Number.isInteger(entry.evidence.freshnessDays) && entry.evidence.freshnessDays >= 1)
    assert.ok(entry.note === null || typeof entry.note === 'string')
  }
})

test('every condition of requiredWhen is one that is known, with words that are known', () => {
  const words = enumerations()
  const classes = dataClasses().map((entry) => entry.id)
  let seen = 0
  for (const entry of controls()) {
    assert.ok(entry.requiredWhen.length > 0, entry.id)
    for (const when of entry.requiredWhen) {
      seen++
      assert.ok(when.because.length > 3, entry.id)
      for (const key of Object.keys(when))
        assert.ok(
          'exposure roles minLevel regimes features dataClasses jurisdictions because'
            .split(' ')
            .includes(key),
          `${entry.id}: ${key}`,
        )
      for (const item of when.exposure ?? []) assert.ok(words.exposures.includes(item), entry.id)
      for (const item of when.roles ?? []) assert.ok(words.roles.includes(item), entry.id)
      for (const item of when.features ?? []) assert.ok(words.features.includes(item), entry.id)
      for (const item of when.dataClasses ?? []) assert.ok(classes.includes(item), entry.id)
      for (const item of when.regimes ?? []) assert.ok(regime(item), `${entry.id}: ${item}`)
      for (const [dimension, level] of Object.entries(when.minLevel ?? {}))
        assert.ok(['C', 'I', 'A', 'Au'].includes(dimension) && LEVELS.includes(level), entry.id)
    }
  }
  assert.ok(seen > 80, `only ${seen} conditions seen`)
})

test('every reference is an identifier of a known regime or list, with its checked level', () => {
  const owasp = owaspEntries().map((entry) => entry.id)
  let clauses = 0
  for (const { id, references } of controls()) {
    assert.deepEqual(
      members(references),
      'asvs5 nist800228 nist80053r5 owaspApi2019 owaspApi2023 regulations scf'.split(' '),
      id,
    )
    for (const reference of references.regulations) {
      clauses++
      assert.deepEqual(members(reference), ['checked', 'clause', 'regime'])
      assert.ok(regime(reference.regime), `${id}: ${reference.regime}`)
      assert.ok(CHECKED.includes(reference.checked), id)
      // A clause is a place in a text, never the text.
      assert.ok(reference.clause.length <= 60, `${id}: ${reference.clause}`)
    }
    for (const item of references.owaspApi2019)
      assert.ok(owasp.includes(item) && item.endsWith(':2019'), `${id}: ${item}`)
    for (const item of references.owaspApi2023)
      assert.ok(owasp.includes(item) && item.endsWith(':2023'), `${id}: ${item}`)
    for (const item of references.nist80053r5) assert.match(item, /^[A-Z]{2}-\d+(\(\d+\))?$/, id)
    for (const item of references.nist800228) assert.match(item, /^REC-API-\d+(-\d+)?$/, id)
  }
  assert.ok(clauses > 400, `only ${clauses} clauses seen`)
})

test('licensed lists are here by identifier only: OWASP, ASVS, PCI DSS, Swift, SCF', () => {
  for (const { id, references } of controls()) {
    for (const item of references.asvs5) {
      assert.deepEqual(members(item), ['id', 'level'])
      assert.match(item.id, /^v5\.0\.0-\d+\.\d+\.\d+$/, id)
      assert.ok([1, 2, 3].includes(item.level), id)
    }
    if (references.scf !== undefined) assert.match(references.scf, /^[A-Z]{3}-\d+(\.\d+)?$/, id)
    for (const { regime: name, clause } of references.regulations)
      if (name === 'pci-dss' || name === 'swift-cscf') assert.match(clause, /^\d+(\.\d+)+[A-Z]?$/)
  }
  // Titles of the OWASP entries (CC BY-SA) and telltale phrases of PCI DSS and ASVS must not come in by an update of the data.
  const phrases =
    /broken (object|function|user|authentication)|excessive data exposure|mass assignment|lack of resources|unrestricted (resource|access)|unsafe consumption|improper (assets|inventory)|insufficient logging|cardholder data environment|bespoke and custom software|verify that/i
  for (const name of ['owasp-api', 'regimes', 'service-levels', 'objective-model'])
    assert.doesNotMatch(dataFile(`${name}.json`), phrases, name)
  for (const category of enumerations().categories)
    assert.doesNotMatch(dataFile(`controls/${category}.json`), phrases, category)
})

test('both OWASP editions are whole, and each entry is countered by a control', () => {
  for (const edition of [2019, 2023])
    assert.deepEqual(
      owaspEntries()
        .filter((entry) => entry.edition === edition)
        .map((entry) => entry.id),
      Array.from({ length: 10 }, (_, index) => `API${index + 1}:${edition}`),
    )
  for (const { id } of owaspEntries())
    assert.ok(
      controls().some(({ references }) =>
        [...references.owaspApi2019, ...references.owaspApi2023].includes(id),
      ),
      `no control counters ${id}`,
    )
})

test('every regime says its instrument, version, status and how far its source was read', () => {
  for (const entry of regimes()) {
    for (const text of [entry.name, entry.instrument, entry.version, entry.jurisdiction])
      assert.ok(text.length > 0, entry.id)
    for (const text of [entry.status, entry.appliesWhen]) assert.ok(text.length > 0, entry.id)
    assert.ok(SOURCE_CHECKED.includes(entry.sourceChecked), entry.id)
    // Whoever says that a source was read says which.
    if (entry.sourceChecked !== 'memory') assert.ok(entry.source.length > 0, entry.id)
    assert.ok(entry.parent === null || regime(entry.parent), entry.id)
    assert.equal(typeof entry.inForce, 'boolean')
  }
})

test('the objective model covers every role, level and outage band, and tighter levels are tighter', () => {
  const model = objectiveModel()
  assert.deepEqual(members(model.roleFloors), [...enumerations().roles].sort())
  assert.deepEqual(members(model.latencyByRole), [...enumerations().roles].sort())
  assert.deepEqual(members(model.outageBands), ['later', 'within-24h', 'within-2h', 'within-5d'])
  assert.equal(model.rules.length, 11)
  for (const floors of Object.values(model.roleFloors))
    assert.ok(Object.values(floors).every((level) => LEVELS.includes(level)))
  for (const id of Object.keys(model.sloFloors)) assert.ok(regime(id), id)
  for (const { regime: id } of schemeFacts()) assert.ok(regime(id), id)
  for (const entry of dataClasses()) {
    assert.ok(LEVELS.includes(entry.C) && LEVELS.includes(entry.I), entry.id)
    assert.equal(typeof entry.personal, 'boolean')
  }
  const levels = ['0', '1', '2', '3'] as const
  for (const [index, level] of levels.entries()) {
    const looser = levels[index - 1]
    if (looser === undefined) continue
    const service = model.serviceByAvailability[level]
    assert.ok(service.sloPercent > model.serviceByAvailability[looser].sloPercent)
    assert.ok(service.rtoMinutes < model.serviceByAvailability[looser].rtoMinutes)
    for (const [name, number] of Object.entries(model.protectionByAssurance[level])) {
      const before = Object.entries(model.protectionByAssurance[looser]).find(
        ([other]) => other === name,
      )
      assert.ok(before !== undefined && number <= before[1], `${name} at level ${level}`)
    }
  }
})

test('a change of the data raises the version of the catalogue', () => {
  const data = {
    controls: controls(),
    regimes: regimes(),
    owasp: owaspEntries(),
    model: objectiveModel(),
    words: enumerations(),
  }
  const digest = createHash('sha256').update(canonicalJson(data)).digest('hex').slice(0, 16)
  assert.deepEqual(
    { version: catalogueVersion, digest },
    { version: '1.0.0-draft.1', digest: '17415774ce1734b8' },
    'the data changed: raise `version` in data/catalogue.json and write the new pair here',
  )
})

test('the catalogue is frozen to its leaves', () => {
  const first = controls()[0]
  assert.ok(first)
  assert.throws(() => Object.assign(first.evidence, { freshnessDays: 9999 }), TypeError)
  assert.throws(() => Object.assign(objectiveModel().outageBands, { later: 3 }), TypeError)
})

function dataFile(name: string): string {
  return readFileSync(new URL(`data/${name}`, import.meta.url), 'utf8')
}

/** A policy-test file → tests with places, or every mistake in it. Reads no other file. */
import { isScalar } from 'yaml'
import type { Diagnostic, ErrorCode, JsonObject, Place } from '../../lib/index.ts'
import { type Check, diagnosticOf, type Mistake } from '../check.ts'
import { findSecrets } from '../secret-scan.ts'
import { looksSecret } from '../secret-signs.ts'
import type { ConfigEnvironment, Vocabulary } from '../vocabulary.ts'
import { parseYaml } from '../yaml-text.ts'
import { type Placed, policyTestsShape, type PolicyTestsRead } from './shape.ts'

type Read = PolicyTestsRead['tests'][number]
type Expected = Read['expect']

/** A value, and where it stands in the file. */
export interface At<T> {
  readonly value: T
  readonly place: Place
}
type Located<T> = T extends Placed<infer V> ? At<V> : T

/** One test, as written: what is `null` has its usual value. Times are milliseconds since the epoch. */
export type PolicyTest = Omit<Read, 'expect' | 'name' | 'client' | 'consent' | 'now'> & {
  readonly name: At<string>
  readonly now: number
  readonly client: Located<NonNullable<Read['client']>> | null
  readonly consent: Located<NonNullable<Read['consent']>> | null
  readonly expect: {
    readonly decision: At<'allow' | 'deny'>
    readonly code: At<ErrorCode> | null
    readonly rule: At<string> | null
    readonly answer: At<'whole' | 'trimmed' | 'replaced' | 'refused'> | null
    readonly keeps: At<readonly string[]>
    readonly drops: At<readonly string[]>
  }
}

export interface ParsedPolicyTests {
  /** Empty unless nothing is wrong. */
  readonly tests: readonly PolicyTest[]
  readonly diagnostics: readonly Diagnostic[]
}

/** Mistakes of one file that are told. */
const MAX_DIAGNOSTICS = 200

export function parsePolicyTests({
  file,
  text,
  env,
}: {
  readonly file: string
  readonly text: string
  readonly env: ConfigEnvironment
}): ParsedPolicyTests {
  const yaml = parseYaml(file, text)
  const diagnostics: Diagnostic[] = [...yaml.diagnostics]
  const report = (mistake: Mistake): unknown =>
    diagnostics.push(diagnosticOf(mistake, yaml.placeAt))
  // A test may well be about `access_token=x`; what looks like a real one has no place in a file that is kept and shown.
  const secrets = findSecrets(yaml.root).filter(
    ({ node }) =>
      isScalar(node) &&
      typeof node.value === 'string' &&
      !['a secret after an equals sign', undefined].includes(looksSecret(node.value)),
  )
  for (const { node, what } of secrets)
    report({ code: 'GH_CONFIG_SECRET_LITERAL', at: node, path: [], message: what })
  const check: Check = {
    dir: '',
    env,
    secrets: new Set(secrets.map(({ node }) => node)),
    report,
    keyFile: () => undefined,
    specFile: () => undefined,
  }
  const read = yaml.sound
    ? policyTestsShape.read({ node: yaml.root, key: null, path: [] }, check)
    : undefined
  if (diagnostics.length > 0 || read === undefined)
    return { tests: [], diagnostics: diagnostics.slice(0, MAX_DIAGNOSTICS) }
  const at = <T>({ value, offset }: Placed<T>): At<T> => ({ value, place: yaml.placeAt(offset) })
  const expected = (one: Expected): PolicyTest['expect'] => ({
    decision: at(one.decision),
    code: one.code && at(one.code),
    rule: one.rule && at(one.rule),
    answer: one.answer && at(one.answer),
    keeps: at(one.keeps),
    drops: at(one.drops),
  })
  return {
    tests: read.tests.map(({ name, now, client, consent, expect, ...rest }) => ({
      ...rest,
      name: at(name),
      now: now ?? read.now,
      client: client && at(client),
      consent: consent && at(consent),
      expect: expected(expect),
    })),
    diagnostics: [],
  }
}

/** The published schema of policy-test files (JSON Schema, draft 2020-12). */
export function policyTestsSchema(words: Vocabulary): JsonObject {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Policy tests of Gatehouse',
    description:
      'Requests, and what the policy is expected to decide about them. Run by gatehouse check; no real token stands here.',
    ...policyTestsShape.schema(words),
  }
}

/**
 * `payments/*.case`: real specifications under the template for payments, each with a payment that was authenticated and a request for
 * it; then one line for each thing that is changed in the request, and what is decided. `-` leaves the place out.
 */
import assert from 'node:assert/strict'
import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { test } from 'node:test'
import { parse } from 'yaml'
import type { Plan } from '../../src/decide/index.ts'
import { type JsonValue, readAuthorizationDetails } from '../../src/lib/index.ts'
import { changed, decidedPayment, paymentPlan } from '../support/decided-payment.ts'

interface Case {
  readonly spec: string
  readonly request: string
  readonly path?: string
  readonly permission: string
  readonly details: JsonValue
  readonly body: JsonValue
  readonly headers?: Readonly<Record<string, string>>
}

const LINE = '\n----------\n'
const ROOT = join(import.meta.dirname, '../..')
const FOLDER = join(import.meta.dirname, 'payments')
const files = globSync('*.case', { cwd: FOLDER }).sort()

test('there are cases', () => assert.ok(files.length >= 4, `${files.length}`))

for (const file of files) {
  const [input = '', rows = ''] = readFileSync(join(FOLDER, file), 'utf8').split(LINE)
  const given = parse(input) as Case // sound enough: a case that is no case fails below
  const plan = planOf(given)
  const lines = rows.split('\n').map((line) => {
    if (line === '' || line.startsWith('#')) return line
    const [what = ''] = line.split(' => ')
    return `${what} => ${decide(plan, given, what)}`
  })
  // Rewrites the expectation, to be read in the diff.
  if (process.env['WRITE_CASES'] === '1')
    writeFileSync(join(FOLDER, file), `${input}${LINE}${lines.join('\n')}`)
  test(basename(file, '.case').replaceAll('-', ' '), () => {
    assert.equal(lines.join('\n'), rows)
    assert.ok(
      lines.some((line) => line.endsWith(' => allow')),
      'something is paid',
    )
  })
}

function planOf({ spec, request, permission }: Case): Plan {
  const [, route = ''] = request.split(' ')
  return paymentPlan({
    spec: readFileSync(join(ROOT, spec), 'utf8'),
    permissions: permission === '' ? { [`POST ${route}`]: [] } : {},
  })
}

function decide(plan: Plan, given: Case, what: string): string {
  const [, pointer = '', written = ''] = /^(\S+) = (.*)$/.exec(what) ?? []
  const ofToken = /^token( .*)?$/.exec(what)
  const body =
    pointer === '' ? given.body : changed(given.body, pointer.split('/').slice(1), written)
  const payments = readAuthorizationDetails(given.details)
  const { request, path, permission, headers = {} } = given
  return decidedPayment(plan, {
    request,
    path,
    permission,
    headers,
    text: JSON.stringify(body),
    token: ofToken === null ? undefined : payments,
    consent: what === 'nothing authenticated' ? undefined : payments,
  })
}

/**
 * A bank's own controls at every front door. A case: the file of controls, then commands and what they print. `$`: all of it; `~`: the lines
 * that name a control of the bank's own; in brackets, how the command ends.
 */
import assert from 'node:assert/strict'
import { globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { test } from 'node:test'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { gatehouse } from './terminal.ts'

const CONFIG = `issuers:
  - issuer: https://login.bank.example
    jwks: https://login.bank.example/jwks.json
    audience: [https://api.bank.example]
controls: [controls/own.yaml]
apis:
  - name: accounts
    spec: accounts.yaml
    upstream: http://127.0.0.1:9000
    template: ais
    basePath: /aisp
    dataClasses: [account-reference, transaction]
  - name: branches
    spec: branches.yaml
    upstream: http://127.0.0.1:9001
    template: open-data
    basePath: /open
    dataClasses: [public-reference]
`
const spec = (path: string, parameter: string): string => `openapi: 3.0.3
info: { title: An API, version: 1.0.0 }
paths:
  ${path}:
    get:
      ${parameter}
      responses: { '200': { description: ok, content: { application/json: { schema: { type: object, properties: { name: { type: string } } } } } } }
`
const RULER = '----------\n'

for (const file of globSync(join(import.meta.dirname, 'own-controls', '*.case')).sort())
  test(`a bank's own controls: ${basename(file, '.case')}`, async (t) => {
    const cwd = temporaryFolder(t)
    const [own = '', ...rest] = readFileSync(file, 'utf8').split(RULER)
    const expected = rest.join(RULER)
    mkdirSync(join(cwd, 'controls'))
    writeFileSync(join(cwd, 'controls', 'own.yaml'), own)
    writeFileSync(join(cwd, 'gatehouse.yaml'), CONFIG)
    writeFileSync(
      join(cwd, 'accounts.yaml'),
      spec(
        '/accounts/{AccountId}/transactions',
        'parameters: [{ name: AccountId, in: path, required: true, schema: { type: string } }]',
      ),
    )
    writeFileSync(join(cwd, 'branches.yaml'), spec('/branches', 'summary: Branches'))
    let printed = ''
    for (const line of expected.split('\n').filter((one) => /^[$~] /.test(one))) {
      const [what = '$', ...words] = line.replace(/ \[\d+\]$/, '').split(' ')
      const { code, out, err } = await gatehouse(words, { cwd, columns: 160 })
      const shown = `${out}\n${err}`
        .split('\n')
        .map((one) => one.replaceAll(cwd, '').trimEnd())
        .filter((one) => one !== '' && (what === '$' || one.includes('own-')))
      printed += [`${what} ${words.join(' ')} [${code}]`, ...shown, ''].join('\n')
    }
    // Rewrites the expectation, to be read in the diff: UPDATE_CASES=1 node --test test/cli/own-controls.test.ts
    if (process.env['UPDATE_CASES'] === '1') writeFileSync(file, own + RULER + printed)
    else assert.equal(printed, expected)
  })

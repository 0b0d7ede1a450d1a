/**
 * `npm run start:mutual-tls`: the bank behind mutual TLS, with certificates of `gatehouse certs` in a folder that goes when it ends; the calls of
 * a third party that has the right certificate, and of those that have not. Ends by itself.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import {
  callOverMutualTls,
  type MutualTlsCall,
  type MutualTlsResult,
  thumbprintOf,
} from '../third-party/mutual-tls-calls.ts'
import {
  AUDIENCE,
  DEVELOPMENT_ISSUER,
  startDevelopmentIssuer,
} from './issuer/development-issuer.ts'
import { startBank } from './server.ts'

const GATEHOUSE = join(import.meta.dirname, '..', '..', 'bin', 'gatehouse')
const ACCOUNTS = '/open-banking/v4.0/aisp/accounts'
const ORGANIZATION = 'PSDGB-FCA-123456'
const run = promisify(execFile)

const portOf = (server: Server): number => (server.address() as AddressInfo).port // sound: listening on TCP

function configuration(bank: Server, issuer: Server): string {
  return `organisation: { name: Example Bank, jurisdictions: [UK], entity: [financial-entity] }
listeners:
  - name: third-parties
    listen: 127.0.0.1:0
    certificate: certs/server.pem
    key: { file: certs/server-key.pem }
    trustStores: [psd2]
trustStores:
  - { name: psd2, anchors: [certs/ca.pem], crls: [certs/crl.pem] }
issuers:
  - issuer: ${DEVELOPMENT_ISSUER}
    jwks: http://127.0.0.1:${portOf(issuer)}/jwks.json
    audience: ${AUDIENCE}
apis:
  - name: accounts
    spec: spec/account-info-openapi.yaml
    upstream: http://127.0.0.1:${portOf(bank)}
    template: psd2-ais
`
}

/** Resolves with the address of the gateway once it serves. */
function ready(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    if (child.stdout === null) return reject(new Error('the gateway has no output'))
    createInterface({ input: child.stdout }).once('line', (line) => {
      const { address } = JSON.parse(line) as { readonly address?: string } // sound: read as optional
      if (address === undefined) reject(new Error(line))
      else resolve(address)
    })
    child.once('exit', (code) => reject(new Error(`Gatehouse stopped with exit code ${code}`)))
  })
}

function show({ call, status, code }: MutualTlsResult): string {
  const answer = status === 0 ? `no answer (${code})` : `${status} ${code}`
  return `  ${call.title.padEnd(58)}${answer}`
}

const dir = mkdtempSync(join(tmpdir(), 'gatehouse-mutual-tls-'))
const clock = (): number => Date.now()
const [bank, issuer] = await Promise.all([
  startBank({ port: 0, clock, publicOrigin: 'https://127.0.0.1' }),
  startDevelopmentIssuer(0, clock),
])
let child: ChildProcess | undefined
try {
  for (const folder of ['spec', 'feed'])
    cpSync(join(import.meta.dirname, folder), join(dir, folder), { recursive: true })
  const certs = join(dir, 'certs')
  await run(GATEHOUSE, [
    'certs',
    certs,
    '--organization',
    'Budget Buddy Ltd',
    '--organization-identifier',
    ORGANIZATION,
  ])
  const budgetBuddy = {
    id: 'budget-buddy',
    name: 'Budget Buddy Ltd',
    status: 'active',
    organizationIdentifier: ORGANIZATION,
    registerStatus: 'authorised',
    roles: ['PSP_AI'],
  }
  writeFileSync(join(dir, 'feed', 'clients', 'budget-buddy.json'), JSON.stringify(budgetBuddy))
  writeFileSync(join(dir, 'gatehouse.yaml'), configuration(bank, issuer.server))
  child = spawn(GATEHOUSE, ['up', '--config', dir, '--json'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const origin = await ready(child)
  const pem = (name: string): string => join(certs, `${name}.pem`)
  const token = (boundTo: string | undefined): Promise<string> =>
    issuer.issue({
      client: 'budget-buddy',
      subject: 'cust-amira',
      consent: 'consent-amira-budget',
      ...(boundTo !== undefined && { certificate: thumbprintOf(pem(boundTo)) }),
    })
  const call = async (
    title: string,
    name: string | undefined,
    boundTo = name,
  ): Promise<MutualTlsCall> => ({
    title,
    path: ACCOUNTS,
    token: await token(boundTo),
    ...(name !== undefined && { certificate: pem(name), key: pem(`${name}-key`) }),
  })
  const calls = await Promise.all([
    call('Its QWAC, and a token that is bound to it', 'qwac-ais'),
    call('A token that was stolen from another certificate', 'qwac-ais', 'qwac'),
    call('A QWAC for payments alone', 'qwac-pis'),
    call('No certificate', undefined),
    call('A certificate that signed itself', 'self-signed'),
    call('A QWAC of an authority that nobody trusts', 'qwac-foreign'),
    call('A QWAC that expired', 'qwac-expired'),
    call('A QWAC that was revoked', 'qwac-revoked'),
  ])
  process.stdout.write(`Example Bank over mutual TLS at ${origin}, template psd2-ais\n\n`)
  let last = ''
  for (const one of calls) {
    const result = await callOverMutualTls(origin, pem('ca'), one)
    if (result.status === 403) last = result.decision
    process.stdout.write(`${show(result)}\n`)
  }
  const { stdout } = await run(GATEHOUSE, ['explain', last, '--config', dir])
  process.stdout.write(`\n$ gatehouse explain ${last}\n${stdout}`)
} finally {
  child?.removeAllListeners('exit')
  const gone =
    child === undefined ? undefined : new Promise((resolve) => child?.once('exit', resolve))
  child?.kill('SIGTERM')
  await gone
  bank.close()
  issuer.server.close()
  bank.closeAllConnections()
  issuer.server.closeAllConnections()
  rmSync(dir, { recursive: true, force: true })
}

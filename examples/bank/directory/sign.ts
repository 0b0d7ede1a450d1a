/**
 * A directory for development: signs `register.json` as a register, and a software statement as a third party of the example would get one.
 * Each run makes a new key, so nothing that anybody trusts can be signed with what is kept here.
 *
 *   node examples/bank/directory/sign.ts FOLDER
 */
import { randomUUID } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'

const TEN_YEARS = 10 * 365 * 86_400
const ISSUER = 'Example Directory DEVELOPMENT ONLY'

/** `entries`: instead of those of `register.json`. */
export async function signDirectory(folder: string, entries = listed()): Promise<void> {
  mkdirSync(folder, { recursive: true })
  const [directory, software] = await Promise.all(
    [1, 2].map(() => generateKeyPair('PS256', { extractable: true })),
  )
  if (directory === undefined || software === undefined) throw new Error('there are two')
  const header = { alg: 'PS256', kid: 'directory-development' }
  const named = { kid: 'software-development', use: 'sig', alg: 'PS256' }
  const now = Math.floor(Date.now() / 1000)
  const put = (name: string, text: string, mode = 0o644): void =>
    writeFileSync(join(folder, name), `${text}\n`, { mode })

  const register = new SignJWT({ iss: ISSUER, iat: now, exp: now + TEN_YEARS, entries })
  put('register.jws', await register.setProtectedHeader(header).sign(directory.privateKey))
  const statement = new SignJWT({
    iss: ISSUER,
    iat: now,
    jti: randomUUID(),
    software_id: 'budget-buddy-app',
    software_client_name: 'Budget Buddy',
    software_roles: ['AISP', 'PISP'],
    software_redirect_uris: ['https://budget-buddy.example/callback'],
    software_jwks: { keys: [{ ...(await exportJWK(software.publicKey)), ...named }] },
    org_id: 'example-budget-buddy',
    org_name: 'Budget Buddy Ltd',
    org_status: 'Active',
  })
  put('statement.jwt', await statement.setProtectedHeader(header).sign(directory.privateKey))
  const open = {
    ...(await exportJWK(directory.publicKey)),
    kid: header.kid,
    use: 'sig',
    alg: 'PS256',
  }
  put('directory-jwks.json', JSON.stringify({ keys: [open] }, undefined, 2))
  const key = { ...(await exportJWK(software.privateKey)), ...named }
  put('software-key.json', JSON.stringify(key, undefined, 2), 0o600)
}

function listed(): readonly unknown[] {
  // Sound: the file is a list.
  return JSON.parse(
    readFileSync(join(import.meta.dirname, 'register.json'), 'utf8'),
  ) as readonly unknown[]
}

const [, script, folder] = process.argv
if (script === import.meta.filename && folder !== undefined) await signDirectory(folder)

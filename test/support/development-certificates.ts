/** What `gatehouse certs` makes, for tests: with the clock of the test, in a folder that goes with it. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { makeCertificates } from '../../src/app/index.ts'
import { temporaryFolder } from './temporary-folder.ts'

export interface DevelopmentCertificates {
  readonly dir: string
  /** Path of `name.pem`. */
  file(name: string): string
  /** Text of `name.pem`. */
  pem(name: string): string
}

export function developmentCertificates(t: TestContext, now = Date.now()): DevelopmentCertificates {
  const dir = join(temporaryFolder(t), 'certs')
  makeCertificates({
    dir,
    organization: 'Example Third Party DEVELOPMENT ONLY',
    organizationIdentifier: 'PSDGB-FCA-123456',
    hosts: ['localhost', '127.0.0.1'],
    days: 90,
    now,
  })
  const file = (name: string): string => join(dir, `${name}.pem`)
  return { dir, file, pem: (name) => readFileSync(file(name), 'utf8') }
}

/** One installation in a folder of its own: configuration, specification, feed, keys. What a bank's engineer would have on disk. */
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import type { TestContext } from 'node:test'
import { accessToken, jwks, type SigningKey, signingKey } from '../support/token-issuer.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { type Screen, gatehouse } from '../cli/terminal.ts'

export interface Installation {
  readonly dir: string
  readonly config: string
  readonly dataDir: string
  readonly key: SigningKey
  /** Writes a file whole: beside it first, then under its name. */
  write(path: string, value: unknown): void
  /** A path below the folder, or an absolute one. */
  remove(path: string): void
  token(changes?: Readonly<Record<string, unknown>>, key?: SigningKey): string
  /** A command of the CLI about this installation. */
  run(...words: string[]): Promise<Screen>
}

export const ISSUER_LINES = `issuers:
  - issuer: https://as.example
    jwks: jwks.json
    audience: https://api.bank.example
`

/** `files`: path → text or JSON value. */
export function installation(
  t: TestContext,
  config: string,
  files: Readonly<Record<string, unknown>>,
  key = signingKey('key-1'),
): Installation {
  const dir = temporaryFolder(t)
  const write = (path: string, value: unknown): void => {
    const file = join(dir, path)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(`${file}.new`, typeof value === 'string' ? value : JSON.stringify(value))
    renameSync(`${file}.new`, file)
  }
  for (const folder of ['clients', 'consents', 'revocations'])
    mkdirSync(join(dir, 'feed', folder), { recursive: true })
  write('gatehouse.yaml', config)
  write('jwks.json', jwks(key))
  for (const [path, value] of Object.entries(files)) write(path, value)
  const file = join(dir, 'gatehouse.yaml')
  return {
    dir,
    config: file,
    dataDir: join(dir, '.gatehouse'),
    key,
    write,
    remove: (path) => rmSync(resolve(dir, path), { recursive: true, force: true }),
    token: (changes = {}, by = key) => accessToken(by, Date.now(), changes),
    run: (...words) => gatehouse([...words, '--config', file], { now: () => Date.now() }),
  }
}

export function client(id: string, status = 'active'): Readonly<Record<string, unknown>> {
  return { id, name: `${id} Ltd`, status }
}

/** What registration needs of the world: keys of directories, and the register from a file or a URL. */
import { open } from 'node:fs/promises'
import type { GatehouseConfig } from '../../config/index.ts'
import type { RegistrationSettings } from '../../identity/index.ts'
import type { Clock, Scheduler } from '../../lib/index.ts'
import { createIssuerKeys, type IssuerKeys, type KeyLocation } from '../../proof/index.ts'
import { guardedRequest } from '../guarded-request.ts'
import { issuerPorts } from '../key-ports.ts'

type Registration = NonNullable<NonNullable<GatehouseConfig['identity']>['registration']>
type RegisterSource = NonNullable<RegistrationSettings['register']>['source']

export interface OpenSettings {
  readonly settings: RegistrationSettings
  close(): void
}

const FILE_EVERY_MS = 1_000
const URL_EVERY_MS = 60_000
const URL_TIMEOUT_MS = 20_000

export async function openSettings(
  { directories, register, partners, fapi1 }: Registration,
  { clock, scheduler }: { readonly clock: Clock; readonly scheduler: Scheduler },
): Promise<OpenSettings> {
  const opened: IssuerKeys[] = []
  const keysOf = (location: KeyLocation): IssuerKeys => {
    const keys = createIssuerKeys({ location, ports: issuerPorts(), clock, scheduler })
    opened.push(keys)
    return keys
  }
  const settings: RegistrationSettings = {
    directories: directories.map(({ issuer, jwks, maxAgeSeconds }) => ({
      issuer,
      keys: keysOf(jwks),
      maxAgeSeconds,
    })),
    register:
      register === null
        ? undefined
        : { source: registerSource(register.from), keys: keysOf(register.jwks) },
    partners,
    fapi1,
  }
  await Promise.all(opened.map(({ ready }) => ready))
  return {
    settings,
    close() {
      for (const keys of opened) keys.close()
    },
  }
}

function registerSource(from: NonNullable<Registration['register']>['from']): RegisterSource {
  return 'file' in from
    ? { everyMs: FILE_EVERY_MS, read: (version, most) => readFileOnce(from.file, version, most) }
    : { everyMs: URL_EVERY_MS, read: (version, most) => askOnce(from.url, version, most) }
}

async function readFileOnce(file: string, version: string | undefined, maxBytes: number) {
  const handle = await open(file, 'r')
  try {
    const { size, mtimeMs, ino } = await handle.stat()
    const now = `${ino} ${size} ${mtimeMs}`
    if (now === version) return undefined
    if (size > maxBytes) throw new Error('the register is too large')
    return { text: await handle.readFile('utf8'), version: now }
  } finally {
    await handle.close()
  }
}

/** Conditional where the server names its versions (RFC 9110 §13.1.2). */
async function askOnce(url: string, version: string | undefined, maxBytes: number) {
  const headers = {
    accept: 'application/jose',
    ...(version === undefined || version === '' ? {} : { 'if-none-match': version }),
  }
  const limits = { timeoutMs: URL_TIMEOUT_MS, maxBytes }
  const answer = await guardedRequest(url, { method: 'GET', headers, ...limits })
  if (answer.status === 200) return { text: await answer.text(), version: answer.etag }
  answer.discard()
  if (answer.status === 304 && version !== undefined) return undefined
  throw new Error(`status ${answer.status}`)
}

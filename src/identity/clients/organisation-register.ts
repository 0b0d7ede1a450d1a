/**
 * The register of an authority, or a directory's view of it: who is authorised now, for what. It is a signed list, so that it may come by any
 * way; what is not signed by whom the configuration names is no register.
 */
import type { RegisterStatus } from '../../feed/index.ts'
import { isJsonObject, type JsonObject, type JsonValue, type Result } from '../../lib/index.ts'
import { type IssuerKeys, readSignedObject } from '../../proof/index.ts'

export interface RegisterEntry {
  /** ETSI TS 119 495: `PSDGB-FCA-123456`. */
  readonly organization: string
  readonly name: string
  readonly status: RegisterStatus
  /** PSD2 roles. */
  readonly roles: ReadonlySet<string>
  /** How directories name it: `org_id` of its software statements. */
  readonly directoryIds: ReadonlySet<string>
}
export interface OrganisationRegister {
  readonly issuedAt: number
  /** Milliseconds since the epoch; past it nobody new is registered by it. */
  readonly expiresAt: number
  readonly entries: ReadonlyMap<string, RegisterEntry>
}

export const MAX_REGISTER_CHARS = 16 * 1024 * 1024
const MAX_ENTRIES = 50_000
const MAX_DIRECTORY_IDS = 16
const STATUSES: readonly string[] = ['authorised', 'registered', 'suspended', 'withdrawn']
const ROLES: readonly string[] = ['PSP_AS', 'PSP_PI', 'PSP_AI', 'PSP_IC']

/** The whole list or, where anything of it is not understood, none: half a register would withdraw the other half. */
export async function readRegister(
  text: string,
  keys: IssuerKeys,
  now: number,
): Promise<Result<OrganisationRegister, string>> {
  const refuse = (error: string) => ({ ok: false, error }) as const
  const read = readSignedObject(text.trim(), MAX_REGISTER_CHARS)
  if (read === undefined) return refuse('it is no JWS in compact form')
  const { kid, algorithm } = read
  const key = keys.known(kid, algorithm, now) ?? (await keys.refetched(kid, algorithm))
  if (!read.signedBy(key)) return refuse('it is not signed by a key that is believed')
  const { iat, exp, entries: list } = read.payload
  if (typeof iat !== 'number' || typeof exp !== 'number' || exp <= iat)
    return refuse('iat and exp are needed')
  if (exp * 1000 <= now) return refuse('it is out of date')
  if (iat * 1000 > now + 60_000) return refuse('it was issued in the future')
  if (!Array.isArray(list) || list.length > MAX_ENTRIES)
    return refuse(`entries must be a list of at most ${MAX_ENTRIES}`)
  const entries = new Map<string, RegisterEntry>()
  for (const [at, value] of list.entries()) {
    const entry = isJsonObject(value) ? entryOf(value) : undefined
    if (entry === undefined) return refuse(`entries[${at}] is not understood`)
    if (entries.has(entry.organization)) return refuse(`entries[${at}] stands there twice`)
    entries.set(entry.organization, entry)
  }
  return { ok: true, value: { issuedAt: iat * 1000, expiresAt: exp * 1000, entries } }
}

function entryOf(value: JsonObject): RegisterEntry | undefined {
  const { organizationIdentifier: organization, name, status } = value
  if (typeof organization !== 'string' || !/^[\x21-\x7e]{1,128}$/.test(organization))
    return undefined
  if (typeof name !== 'string' || name.length > 256) return undefined
  if (typeof status !== 'string' || !STATUSES.includes(status)) return undefined
  const roles = texts(value['roles'], ROLES.length)
  const directoryIds = texts(value['directoryIds'] ?? [], MAX_DIRECTORY_IDS)
  if (roles === undefined || directoryIds === undefined) return undefined
  return {
    organization,
    name,
    status: status as RegisterStatus, // sound: it is one of the list
    // A role that is not known grants nothing.
    roles: new Set(roles.filter((role) => ROLES.includes(role))),
    directoryIds: new Set(directoryIds),
  }
}

function texts(value: JsonValue | undefined, most: number): readonly string[] | undefined {
  if (!Array.isArray(value) || value.length > most) return undefined
  return value.every((one) => typeof one === 'string') ? value : undefined
}

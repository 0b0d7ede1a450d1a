/**
 * Consents by id, as texts: a bank has a million of them, of which a gateway sees few in any hour. A text with its entry takes about two
 * hundred bytes, a record with its sets nine hundred. Lists of permissions are few and kept once; a record that is asked for stays ready.
 */
import { type ConsentId, type JsonValue, readAuthorizationDetails, Recent } from '../lib/index.ts'
import type { ConsentRecord } from './records.ts'
import { openConsent, sealedKey } from './sealed-consent.ts'

/** Records kept ready: as many as verified tokens are remembered. */
export const CONSENTS_READY = 10_000
/** Distinct lists of permissions that are kept once; further ones stand in their texts. */
export const LISTS_KEPT = 10_000

/** A consent as the publisher of the feed has read it. */
export interface ConsentValue extends Omit<
  ConsentRecord,
  'permissions' | 'accounts' | 'payments' | 'used'
> {
  readonly permissions: readonly string[]
  readonly accounts: readonly string[]
  readonly authorizationDetails?: JsonValue
}

export interface ConsentTable {
  get(id: string): ConsentRecord | undefined
  set(id: string, value: ConsentValue): void
  /** As `sealConsent` made it, under its `sealedKey`. */
  setSealed(key: string, sealed: string): void
  /** By its id, or by the key of a sealed one. */
  delete(id: string): void
  readonly size: number
}

/** By place in the text. Keyed by the members, so that a member more is a mistake that the compiler finds. */
const PLACES: { readonly [M in keyof Required<Omit<ConsentValue, 'id'>>]: number } = {
  client: 0,
  subject: 1,
  status: 2,
  permissions: 3,
  accounts: 4,
  validFrom: 5,
  expiresAt: 6,
  transactionsFrom: 7,
  transactionsTo: 8,
  authorizationDetails: 9,
  frequencyPerDay: 10,
}
/** What a consent may leave out and still be one. */
const OPTIONAL = [
  'validFrom',
  'expiresAt',
  'transactionsFrom',
  'transactionsTo',
  'frequencyPerDay',
] as const
const MEMBERS = Object.keys(PLACES).length

export function consentTable(): ConsentTable {
  const texts = new Map<string, string>()
  const sealed = new Map<string, string>()
  /** Opened; what is sealed anew is another text. */
  const opened = new Recent<{
    readonly key: string
    readonly text: string
    readonly record: ConsentRecord
  }>(CONSENTS_READY)
  const lists: ReadonlySet<string>[] = []
  const places = new Map<string, number>()
  const ready = new Recent<ConsentRecord>(CONSENTS_READY)

  function placeOf(permissions: readonly string[]): number | readonly string[] {
    const name = JSON.stringify(permissions)
    const known = places.get(name)
    if (known !== undefined) return known
    if (lists.length >= LISTS_KEPT) return permissions
    places.set(name, lists.length)
    return lists.push(new Set(permissions)) - 1
  }

  function pack(value: ConsentValue): string {
    const packed: unknown[] = Array.from({ length: MEMBERS }, () => 0)
    packed[PLACES.client] = value.client
    packed[PLACES.subject] = value.subject
    packed[PLACES.status] = value.status
    packed[PLACES.permissions] = placeOf(value.permissions)
    packed[PLACES.accounts] = value.accounts
    // Wrapped, so that nothing that may stand there is taken for its absence.
    for (const name of OPTIONAL) if (value[name] !== undefined) packed[PLACES[name]] = [value[name]]
    if (value.authorizationDetails !== undefined)
      packed[PLACES.authorizationDetails] = [value.authorizationDetails]
    return JSON.stringify(packed)
  }

  function unpack(id: string, text: string): ConsentRecord {
    const packed = JSON.parse(text) as readonly unknown[] // sound: `pack` wrote it
    const at = (name: keyof typeof PLACES): unknown => packed[PLACES[name]]
    const list = at('permissions') as number | readonly string[] // sound: as `placeOf` gave it
    const details = at('authorizationDetails') as 0 | readonly [JsonValue] // sound: as `pack` wrapped it
    const optional: { [M in (typeof OPTIONAL)[number]]?: number } = {}
    for (const name of OPTIONAL) {
      const value = at(name) as 0 | readonly [number] // sound: as `pack` wrapped it
      if (value !== 0) [optional[name]] = value
    }
    return {
      // Sound: each member is what it was when it was packed.
      id: id as ConsentId,
      client: at('client') as ConsentRecord['client'],
      subject: at('subject') as string,
      status: at('status') as string,
      permissions: typeof list === 'number' ? (lists[list] ?? new Set()) : new Set(list),
      accounts: new Set(at('accounts') as readonly string[]),
      ...optional,
      ...(details !== 0 && { payments: readAuthorizationDetails(details[0]) }),
    }
  }

  function fromSealed(id: string): ConsentRecord | undefined {
    const known = opened.get(id)
    if (known !== undefined && sealed.get(known.key) === known.text) return known.record
    const key = known?.key ?? sealedKey(id)
    const text = sealed.get(key)
    if (text === undefined) return undefined
    const value = openConsent(id, text)
    if (value === undefined) return undefined
    const { permissions, accounts, authorizationDetails, ...rest } =
      value as unknown as ConsentValue & Pick<ConsentRecord, 'used'> // sound: whoever sealed it read it by the consent format
    const record = {
      ...rest,
      permissions: new Set(permissions),
      accounts: new Set(accounts),
      ...(authorizationDetails === undefined
        ? {}
        : { payments: readAuthorizationDetails(authorizationDetails) }),
    }
    opened.set(id, { key, text, record })
    return record
  }

  return {
    get(id) {
      // One id in two places is nobody's consent: whoever says less must not lose.
      if (sealed.size > 0 && !texts.has(id)) return fromSealed(id)
      if (sealed.size > 0 && sealed.has(sealedKey(id))) return undefined
      let record = ready.get(id)
      if (record !== undefined) return record
      const text = texts.get(id)
      if (text === undefined) return undefined
      record = unpack(id, text)
      ready.set(id, record)
      return record
    },
    set(id, value) {
      texts.set(id, pack(value))
      ready.delete(id)
    },
    setSealed(key, text) {
      sealed.set(key, text)
    },
    delete(id) {
      sealed.delete(id)
      texts.delete(id)
      ready.delete(id)
    },
    get size() {
      return texts.size + sealed.size
    },
  }
}

/** One event as a row of the index. */
import type { GatehouseEvent, RecordPlace } from '../events/index.ts'
import { OUTCOMES, PARTITION_STEP } from './event-tables.ts'

/** Texts still in words; the writer puts their numbers in. */
export interface IndexRow {
  readonly n: number
  readonly at: number
  readonly id: string
  readonly ordinal: number
  readonly start: number
  readonly outcome: number | null
  readonly api: string | null
  readonly operation: string | null
  readonly client: string | null
  readonly code: string | null
  readonly rule: string | null
  readonly subject: Uint8Array | null
  readonly consent: Uint8Array | null
}

export function rowNumber(partition: number, seq: number): number {
  return partition * PARTITION_STEP + seq
}

export function indexRow(n: number, event: GatehouseEvent, place: RecordPlace): IndexRow {
  const { at } = event
  const id = storable(event.id)
  const blank = { client: null, operation: null, rule: null, subject: null, consent: null }
  const base = { n, at: Math.trunc(at), id, ordinal: place.ordinal, start: place.start, ...blank }
  switch (event.kind) {
    case 'access': {
      const failure = event.failed.find((one) => one.effect === 'denied') ?? event.failed[0]
      return {
        ...base,
        outcome: OUTCOMES.indexOf(event.outcome),
        api: storableOrNull(event.api),
        operation: storableOrNull(event.operation),
        client: storableOrNull(event.client),
        code: event.code,
        rule: failure?.rule ?? null,
        subject: pseudonymBytes(event.subject),
        consent: pseudonymBytes(event.consent),
      }
    }
    case 'refused':
      return { ...base, outcome: OUTCOMES.indexOf('refused'), api: null, code: event.code }
    case 'notice':
      return { ...base, outcome: null, api: event.api, code: event.code }
    case 'control':
      // Of one API, or of the whole installation; no decision about a request, so without an outcome here.
      return {
        ...base,
        outcome: null,
        api: event.apis[0] ?? null,
        client: storableOrNull(event.client ?? null),
        code: event.code,
      }
    case 'identity':
      return {
        ...base,
        outcome: OUTCOMES.indexOf(event.outcome === 'done' ? 'allowed' : 'denied'),
        api: null,
        operation: event.action,
        client: storableOrNull(event.client),
        code: event.code,
        subject: pseudonymBytes(event.subject),
        consent: pseudonymBytes(event.consent),
      }
    case 'sca':
      return {
        ...base,
        outcome: event.what === 'unauthenticated' ? OUTCOMES.indexOf('denied') : null,
        api: storableOrNull(event.api),
        operation: `sca-${event.what}`,
        code: event.code,
      }
    default:
      return event satisfies never
  }
}

/** What other parties named may hold what no database takes; such a name is found by its nearest text, and the event stays as it is. */
export function storable(text: string): string {
  if (text.isWellFormed() && !text.includes('\0')) return text
  return text.toWellFormed().replaceAll('\0', '\uFFFD')
}

function storableOrNull(text: string | null): string | null {
  return text === null ? null : storable(text)
}

/** `hmac:` and hex digits as bytes; what is no pseudonym is not kept. */
export function pseudonymBytes(text: string | null): Uint8Array | null {
  if (text === null || !/^hmac:(?:[0-9a-f]{2}){1,32}$/.test(text)) return null
  return Buffer.from(text.slice('hmac:'.length), 'hex')
}

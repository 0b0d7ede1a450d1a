/** A consent as gateways know it (DESIGN §2). It is written in the transaction that changes the consent, so no gateway misses a change or hears of none. */
import type { JsonObject } from '../../lib/index.ts'
import type { Consent } from './consent.ts'
import { authenticatedUntil } from './reauthentication.ts'
import type { Regime } from './regime.ts'

/** Of one that is over: to whom it can be said that it ended. Nothing is permitted under it, whatever a policy takes for a status in force. */
export function endedRecordOf(consent: Consent): JsonObject {
  return {
    id: consent.id,
    client: consent.client,
    subject: consent.authorisations[0]?.subject ?? '',
    status: consent.status,
    permissions: [],
    accounts: [],
    expiresAt: consent.changedAt,
  }
}

/** Of one that was used: all that it said, so that what repeats is judged as it was, and that nothing else may pass. */
export function usedRecordOf(record: JsonObject): JsonObject {
  return { ...record, used: true }
}

/** What `schemas/consent.schema.json` describes, with times as milliseconds; `null`: no gateway may serve under it. */
export function recordOf(
  consent: Consent,
  regime: Regime | undefined,
  now: number,
): JsonObject | null {
  if (regime === undefined) return null
  const until = authenticatedUntil(consent, regime.area, now)
  const ends = [consent.expiresAt, until].filter((time) => time !== undefined)
  const times = {
    validFrom: consent.validFrom,
    expiresAt: ends.length === 0 ? undefined : Math.min(...ends),
    transactionsFrom: consent.transactionsFrom,
    transactionsTo: consent.transactionsTo,
    frequencyPerDay: consent.frequencyPerDay,
  }
  const record: Record<string, JsonObject[string]> = {
    id: consent.id,
    client: consent.client,
    subject: consent.authorisations[0]?.subject ?? '',
    status: regime.statusWord(consent),
    permissions: regime.permissionsOf?.(consent) ?? consent.permissions,
    accounts: consent.accounts,
  }
  for (const [name, time] of Object.entries(times)) if (time !== undefined) record[name] = time
  if (consent.payments.length > 0) record['authorizationDetails'] = consent.payments
  return record
}

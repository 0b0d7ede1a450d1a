/** Consents, kept: read, changed by one at a time, ended when their time is over, told to gateways. */
import {
  addConsent,
  changeConsent,
  claimAuthorization,
  consentNamed,
  consentsOf,
  endedConsents,
  forgetConsents,
  type FoundConsent,
  listConsents,
  readConsent,
  type Store,
  type StoredUse,
} from '../../store/index.ts'
import { sealConsent, sealedKey } from '../../feed/index.ts'
import { canonicalJson, type Clock, type JsonObject, type Result } from '../../lib/index.ts'
import type { Evidence, EvidenceEntry } from '../evidence.ts'
import { sealedAs, type Sealing } from '../sealing.ts'
import { type Consent, type ConsentTerms, endOf } from './consent.ts'
import { endedRecordOf, usedRecordOf } from './gateway-record.ts'
import { type Act, type ActRefused, actOn, isOver, newConsent } from './machine.ts'
import { toldUsesOf } from './told-uses.ts'

export interface ConsentBookOptions {
  readonly store: Store
  readonly sealing: Sealing
  readonly clock: Clock
  readonly randomBytes: (count: number) => Uint8Array
  /** Each act is recorded before it counts. */
  readonly evidence: Evidence
  /** What gateways are to know of one in force; `null`: no gateway may serve under it. */
  readonly recordFor: (consent: Consent) => JsonObject | null
  /** Told after each change is durable, and waited for. */
  readonly changed: (consent: Consent) => Promise<void> | void
  /** Told when gateways have forgotten one that was used, and waited for: what still gave its answers again may go. */
  readonly forgotten: (consent: Consent) => Promise<void> | void
  /** Between two looks at what another process is doing; absent: it is looked at again at once. */
  readonly pause?: () => Promise<void>
  /** Of one third party, that wait for a customer; the default is for one that has millions of them. */
  readonly maxWaiting?: number
}
export type Created =
  | { readonly kind: 'made'; readonly consent: Consent }
  /** So many of this third party wait that no more are taken. */
  | { readonly kind: 'too-many' }
  | { readonly kind: 'other-request' }
export interface ConsentsAsked {
  /** Id of a consent, after which it goes on. */
  readonly after?: string | undefined
  /** As `next` of a page said. */
  readonly from?: string | undefined
  readonly client?: string | undefined
  readonly status?: string | undefined
  readonly kind?: string | undefined
  readonly limit: number
}
export interface ConsentBook {
  /** With an idempotency key of the client the same request makes one consent, for a day; another request under it makes none. */
  create(
    terms: ConsentTerms,
    of: { readonly client: string; readonly regime: string },
    idempotencyKey?: string,
  ): Promise<Created>
  /** Whoever's it is: for this server itself. */
  peek(id: string): Promise<Consent | undefined>
  /** Of this third party; another's is as unknown as one that never was, and takes as long. */
  find(id: string, client: string): Promise<Consent | undefined>
  /** Of a customer who authorised them, newest change first. */
  ofCustomer(subject: string): Promise<readonly Consent[]>
  /** Of anybody, in an order that says nothing; `next`: from where there may be more. */
  page(asked: ConsentsAsked): Promise<{
    readonly consents: readonly Consent[]
    readonly next: string | null
  }>
  act(id: string, act: Act): Promise<Result<Consent, ActRefused | 'unknown'>>
  /** What every process comes to by itself: one of them does it, and it is recorded once. */
  settle(id: string, act: Act): Promise<Result<Consent, ActRefused | 'unknown'>>
  /** What gateways said of its use, oldest first. */
  usesOf(id: string): Promise<readonly StoredUse[]>
  /** Acts on what gateways have said of uses since. */
  hearUses(): Promise<void>
  /** Ends what has run out, and forgets what was over long ago; one that cannot be read holds up no other. @throws what the first of those threw */
  look(): Promise<void>
}

const MAX_WAITING = 10_000
/** Whoever claimed a step has done it by then, or is no more; then it is anybody's, though it may be recorded twice. */
const STEP_CLAIMED_MS = 10_000
const MAX_LOOKS = 100
/** On the customer's page; older ones are in the bank's own records. */
export const MAX_SHOWN = 200
const AT_ONCE = 200
/** Consents that are opened for one page: of a kind there may be few. */
export const LOOKED_AT = 5_000
/** How long an idempotency key means one request, and how often it may begin anew while its consents are kept. */
const KEY_LIVES_MS = 86_400_000
const MAX_TURNS = 64
/** What nobody ever authorised, and what was in force: so long it can be said what became of it. */
export const KEPT_UNAUTHORISED_MS = 30 * 86_400_000
export const KEPT_AUTHORISED_MS = 5 * 366 * 86_400_000
/** Gateways say of a consent that it ended for so long; then it is unknown to them. No token outlives its consent by as much. */
export const END_TOLD_MS = 3_600_000
/** Of one that was used gateways know for so long what it said: an answer is given again for a day, and a token may be as old as its consent. */
export const USED_TOLD_MS = 25 * 3_600_000

export function consentBook(options: ConsentBookOptions): ConsentBook {
  const { store, sealing, clock, randomBytes, evidence, recordFor, changed, forgotten } = options
  const { maxWaiting = MAX_WAITING, pause = () => Promise.resolve() } = options

  const rowId = (id: string): string => sealing.hashed('consent', id)
  const rowOf = (consent: Consent) => ({
    id: rowId(consent.id),
    client: sealing.hashed('consent client', consent.client),
    status: consent.status,
    endsAt: isOver(consent) ? forgottenByGateways(consent) : (endOf(consent) ?? null),
    forgetAt: isOver(consent) ? consent.changedAt + keptFor(consent) : null,
    changed: consent.changedAt,
    feedKey: sealedKey(consent.id),
    body: sealing.seal(sealedAs.consent(rowId(consent.id)), JSON.stringify(consent)),
  })
  /** Gateways know those in force, and for a while that one ended. */
  function toldOf(before: Consent, after: Consent) {
    if (after.status === 'consumed') {
      const record = recordFor(after)
      return told(after, record && usedRecordOf(record))
    }
    if (before.status === 'authorised' && isOver(after)) return told(after, endedRecordOf(after))
    if (before.status !== 'authorised' && after.status !== 'authorised') return null
    return told(after, after.status === 'authorised' ? recordFor(after) : null)
  }
  const told = ({ id, changedAt }: Consent, record: JsonObject | null) => ({
    kind: 'consent' as const,
    key: sealedKey(id),
    at: changedAt,
    value: record === null ? null : JSON.stringify(sealConsent(id, record)),
  })
  const read = (found: FoundConsent): Consent => openBody(sealing, found)
  /** As it is at this moment, though nobody has written it yet. */
  const now = (consent: Consent): Consent => {
    const ended = actOn(consent, { kind: 'expire' }, clock.now())
    return ended.ok ? ended.value : consent
  }

  async function one(id: string, client: string | null): Promise<Consent | undefined> {
    for (;;) {
      const found = await store.run(readConsent, { id: rowId(id), client })
      if (found === null) return undefined
      const consent = now(read(found))
      // Whoever has paid finds it so at once.
      if (!mayBeUsed(consent) || !(await uses.hear(sealedKey(id)))) return consent
    }
  }
  const uses = toldUsesOf({
    store,
    async named(feedKey) {
      const found = await store.run(consentNamed, { feedKey })
      return found === null ? undefined : read(found)
    },
    consume: ({ id, client }, at) => act(id, { kind: 'consume', client }, { at, once: true }),
  })

  /** From a key, so that one transaction decides; after a day the key begins a new turn. */
  function idOf(
    { client, regime }: { readonly client: string; readonly regime: string },
    key: string | undefined,
    turn: number,
  ): string {
    if (key === undefined) return Buffer.from(randomBytes(16)).toString('hex')
    const name = JSON.stringify([client, regime, key, turn])
    return Buffer.from(sealing.hashed('consent by key', name), 'base64url').toString('hex', 0, 16)
  }

  /** Of many processes that come to the same step of the same consent, one. */
  const claimed = (found: FoundConsent, { kind }: Act): Promise<boolean> => {
    const name = JSON.stringify([found.id, found.version, kind])
    const now = clock.now()
    const id = sealing.hashed(STEP, name)
    // That it is there is all it says.
    const payload = sealing.seal(sealedAs.record(STEP, id), '')
    const of = { model: STEP, id, grantId: null, uid: null, userCode: null }
    const record = { ...of, payload, expiresAt: now + STEP_CLAIMED_MS }
    return store.run(claimAuthorization, { record, now })
  }

  /** `at`: when it happened, where that was before now. `once`: other processes come to it too. */
  async function act(
    id: string,
    wanted: Act,
    { at, once = false }: { readonly at?: number; readonly once?: boolean } = {},
  ): Promise<Result<Consent, ActRefused | 'unknown'>> {
    let recorded: string | undefined
    let mine = !once
    for (let looks = 0; ; looks++) {
      const found = await store.run(readConsent, { id: rowId(id), client: null })
      if (found === null) return { ok: false, error: 'unknown' }
      const before = read(found)
      // What was paid before is not withdrawn.
      if (wanted.kind !== 'consume' && mayBeUsed(before) && (await uses.hear(sealedKey(id))))
        continue
      const result = actOn(before, wanted, at ?? clock.now())
      // Whoever comes to what has happened by itself meanwhile tried nothing.
      if (!result.ok && once && recorded === undefined) return result
      if (!mine && looks < MAX_LOOKS && !(await claimed(found, wanted))) {
        await pause()
        continue
      }
      mine = true
      recorded = await evidence.write(
        actEntry(wanted, before, result.ok ? result.value : result.error),
        recorded,
      )
      if (!result.ok) return result
      const subject = wanted.kind === 'authorise' ? wanted.subject : null
      const written = await store.run(changeConsent, {
        row: rowOf(result.value),
        version: found.version,
        subject: subject === null ? null : sealing.hashed('consent subject', subject),
        told: toldOf(before, result.value),
      })
      if (!written) continue // somebody else was first: what he did decides
      await changed(result.value)
      return result
    }
  }

  /** Of one whose time is over, by the id of its row: ends it, or has gateways forget it. */
  async function endRow(id: string): Promise<void> {
    const found = await store.run(readConsent, { id, client: null })
    if (found === null) return
    const consent = read(found)
    if (!isOver(consent)) return void (await act(consent.id, { kind: 'expire' }, { once: true }))
    // First, so that it is done again when it fails.
    if (consent.status === 'consumed') await forgotten(consent)
    await store.run(changeConsent, {
      row: { ...rowOf(consent), endsAt: null },
      version: found.version,
      subject: null,
      told: { ...told(consent, null), at: clock.now() },
    })
  }

  return {
    async create(terms, of, idempotencyKey) {
      const entry = {
        action: 'consent-create',
        by: 'third-party',
        client: of.client,
        purpose: terms.purpose,
      } as const
      let recorded: string | undefined
      const refuse = async (kind: 'too-many' | 'other-request'): Promise<Created> => {
        await evidence.write({ ...entry, outcome: 'refused', error: kind }, recorded)
        return { kind }
      }
      for (let turn = 0; turn < MAX_TURNS; turn++) {
        const consent = newConsent(
          terms,
          { id: idOf(of, idempotencyKey, turn), ...of },
          clock.now(),
        )
        const made = { ...entry, outcome: 'done', consent: consent.id, after: 'awaiting' } as const
        recorded = await evidence.write(made, recorded)
        if (await store.run(addConsent, { row: rowOf(consent), maxWaiting }))
          return { kind: 'made', consent }
        // Either it is there, or there is no room for it.
        const found = await store.run(readConsent, { id: rowId(consent.id), client: null })
        if (found === null) break
        const before = read(found)
        if (clock.now() - before.createdAt >= KEY_LIVES_MS) continue
        const same =
          before.purpose === terms.purpose &&
          canonicalJson(before.request) === canonicalJson(terms.request)
        return same ? { kind: 'made', consent: now(before) } : refuse('other-request')
      }
      return refuse('too-many')
    },
    peek: (id) => one(id, null),
    find: (id, client) => one(id, sealing.hashed('consent client', client)),
    async ofCustomer(subject) {
      const hashed = sealing.hashed('consent subject', subject)
      const found = await store.run(consentsOf, { subject: hashed, limit: MAX_SHOWN })
      return found.map((row) => now(read(row)))
    },
    async page({ after, from, client, status, kind, limit }) {
      const consents: Consent[] = []
      let place = from ?? (after === undefined ? '' : rowId(after))
      for (let looked = 0; looked < LOOKED_AT;) {
        const rows = await store.run(listConsents, {
          after: place,
          limit: AT_ONCE,
          client: client === undefined ? null : sealing.hashed('consent client', client),
          status: status ?? null,
        })
        for (const row of rows) {
          place = row.id
          const consent = now(read(row))
          if (kind !== undefined && consent.kind !== kind) continue
          // It may have run out since it was written.
          if (status === undefined || consent.status === status) consents.push(consent)
          if (consents.length === limit) return { consents, next: place }
        }
        if (rows.length < AT_ONCE) return { consents, next: null }
        looked += rows.length
      }
      return { consents, next: place }
    },
    act: (id, wanted) => act(id, wanted),
    settle: (id, wanted) => act(id, wanted, { once: true }),
    usesOf: (id) => uses.of(sealedKey(id)),
    hearUses: () => uses.look(),
    async look() {
      const failures: unknown[] = []
      for (;;) {
        const ids = await store.run(endedConsents, { now: clock.now(), limit: AT_ONCE })
        let failed = 0
        for (const id of ids)
          try {
            await endRow(id)
          } catch (error) {
            failed++
            failures.push(error)
          }
        // What cannot be ended would be there again.
        if (ids.length < AT_ONCE || failed === ids.length) break
      }
      const old = { now: clock.now(), limit: AT_ONCE }
      while ((await store.run(forgetConsents, old)) === AT_ONCE);
      if (failures.length > 0) throw failures[0]
    },
  }
}

/** @throws GH_IDENTITY_SEALED */
function openBody(sealing: Sealing, { id, body }: FoundConsent): Consent {
  // Sound: it was sealed here, as JSON of a consent.
  return JSON.parse(sealing.open(sealedAs.consent(id), body)) as Consent
}

/** `null`: none of them ever knew it. */
function forgottenByGateways({ authorisations, changedAt, status }: Consent): number | null {
  if (authorisations.length === 0) return null
  return changedAt + (status === 'consumed' ? USED_TOLD_MS : END_TOLD_MS)
}

function mayBeUsed({ status, kind }: Consent): boolean {
  return status === 'authorised' && kind === 'payment'
}

const STEP = 'ConsentStep'

function keptFor({ authorisations }: Consent): number {
  return authorisations.length === 0 ? KEPT_UNAUTHORISED_MS : KEPT_AUTHORISED_MS
}

const ACTORS: Readonly<Record<Act['kind'], EvidenceEntry['by']>> = {
  authorise: 'customer',
  refuse: 'customer',
  withdraw: 'customer',
  cancel: 'third-party',
  terminate: 'bank',
  expire: 'time',
  consume: 'third-party',
}

/** What staff gave as the reason stands in the consent and in the control event: it may name somebody. */
function actEntry(act: Act, before: Consent, after: Consent | ActRefused): EvidenceEntry {
  const refused = typeof after === 'string'
  return {
    action: `consent-${act.kind}`,
    outcome: refused ? 'refused' : 'done',
    by: ACTORS[act.kind],
    client: before.client,
    subject: 'subject' in act ? act.subject : before.authorisations[0]?.subject,
    consent: before.id,
    purpose: before.purpose,
    before: before.status,
    after: refused ? before.status : after.status,
    ...(refused ? { error: after } : {}),
  }
}

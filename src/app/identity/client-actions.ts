/** Suspending a third party, and what follows, as changes at the control desk: who asked and why is in the spool before it counts. */
import { listRecords, putRecord } from '../../feed/index.ts'
import type { ClientDesk, ConsentDesk } from '../../identity/index.ts'
import { GatehouseError } from '../../lib/index.ts'
import { type Action, type Asked, NOTHING, type Prepared } from '../control-desk.ts'

type Name = 'client-suspend' | 'client-resume' | 'client-approve'

/** `desk`: of the authorization server; `undefined`: there is none, and clients are files of the feed. */
export function clientActions(
  feedDir: string,
  desk: ClientDesk | undefined,
  consents?: Pick<ConsentDesk, 'endOfRemoved'>,
): Readonly<Record<Name | 'client-register' | 'client-remove', Action>> {
  const act =
    (name: Name): Action =>
    async (asked) => {
      const wrong = mistakeIn(name, asked)
      if (wrong !== undefined) return wrong
      const id = asked.client ?? ''
      const found = await desk?.show(id)
      if (found === undefined) return inFiles(name, id, asked, feedDir)
      const [from, to] = STATES[name]
      // The register's word is not the bank's: what it withdrew the bank can suspend all the same.
      const stands = found.status === 'suspended' && !suspendedByBank(found.history)
      if (found.status !== from && !(from === 'active' && stands)) return refused(found.status)
      return {
        outcome: 'done',
        before: found.status,
        after: to,
        details: [],
        async commit() {
          const decision = { by: asked.who, reason: asked.reason ?? '' }
          const done =
            name === 'client-suspend'
              ? await desk?.suspend(id, decision, asked.notice ?? '')
              : name === 'client-resume'
                ? await desk?.resume(id, decision)
                : await desk?.approve(id, decision)
          if (done === undefined) throw new GatehouseError('GH_CONTROL_CLIENT_STATE')
          return []
        },
      }
    }
  return {
    'client-register': (asked) => registering(asked, desk),
    'client-suspend': act('client-suspend'),
    'client-resume': act('client-resume'),
    'client-approve': act('client-approve'),
    'client-remove': (asked) => removing(asked, { feedDir, desk, consents }),
  }
}

/** A client that the bank knows by itself, as RFC 7591 names its metadata. */
async function registering(
  { who, reason, metadata }: Asked,
  desk: ClientDesk | undefined,
): Promise<Prepared> {
  if (reason === null) return { ...NOTHING, outcome: 'refused', code: 'GH_CONTROL_REASON' }
  const id = metadata?.['client_id']
  if (desk === undefined || metadata === null || typeof id !== 'string')
    return {
      ...NOTHING,
      outcome: 'refused',
      code: 'GH_IDENTITY_CLIENT',
      details: [desk === undefined ? 'there is no authorization server' : 'there is no client_id'],
    }
  const found = await desk.show(id)
  if (found !== undefined) return refused(found.status)
  desk.check({ ...metadata, client_id: id })
  return {
    outcome: 'done',
    before: null,
    after: 'active',
    details: [],
    async commit() {
      if ((await desk.register(metadata, { by: who, reason })) === undefined)
        throw new GatehouseError('GH_CONTROL_CLIENT_STATE')
      return []
    },
  }
}

/** For ever: its software is free, its tokens and consents end. One of the configuration goes with its file. */
async function removing(
  { client, reason, who }: Asked,
  {
    feedDir,
    desk,
    consents,
  }: {
    readonly feedDir: string
    readonly desk: ClientDesk | undefined
    readonly consents: Pick<ConsentDesk, 'endOfRemoved'> | undefined
  },
): Promise<Prepared> {
  if (reason === null) return { ...NOTHING, outcome: 'refused', code: 'GH_CONTROL_REASON' }
  const id = client ?? ''
  const found = await desk?.show(id)
  if (found === undefined) {
    const { records } = await listRecords(feedDir)
    const filed = records.some(({ kind, key }) => kind === 'client' && key === id)
    const code = filed ? 'GH_CONTROL_CLIENT_FILED' : 'GH_CONTROL_CLIENT_UNKNOWN'
    return { ...NOTHING, outcome: 'refused', code, details: [id] }
  }
  if (found.status === 'removed') return refused(found.status)
  return {
    outcome: 'done',
    before: found.status,
    after: 'removed',
    details: [],
    async commit() {
      if ((await desk?.remove(id, { by: who, reason })) === undefined)
        throw new GatehouseError('GH_CONTROL_CLIENT_STATE')
      return consents === undefined ? [] : endingOf(consents, id)
    },
  }
}

/** It is removed whatever becomes of this: what is left the server ends by itself. */
async function endingOf(
  consents: Pick<ConsentDesk, 'endOfRemoved'>,
  id: string,
): Promise<readonly string[]> {
  try {
    const { ended, atBank, more } = (await consents.endOfRemoved(id)) ?? {}
    return [
      ...(ended === undefined || ended === 0 ? [] : [`consents ended: ${ended}`]),
      ...(atBank === undefined || atBank === 0
        ? []
        : [`payments at the bank, whose consents end with its answer: ${atBank}`]),
      ...(more === true ? ['there are more consents: they end within minutes'] : []),
    ]
  } catch {
    return ['its consents could not all be ended yet: they end within minutes']
  }
}

const STATES = {
  'client-suspend': ['active', 'suspended'],
  'client-resume': ['suspended', 'active'],
  'client-approve': ['pending', 'active'],
} as const

function suspendedByBank(history: readonly { readonly what: string }[]): boolean {
  const last = history.find(({ what }) => what === 'suspended' || what === 'resumed')
  return last?.what === 'suspended'
}

function mistakeIn(name: Name, { reason, notice }: Asked): Prepared | undefined {
  if (reason === null) return { ...NOTHING, outcome: 'refused', code: 'GH_CONTROL_REASON' }
  if (name === 'client-suspend' && notice === null)
    return { ...NOTHING, outcome: 'refused', code: 'GH_CONTROL_NOTICE' }
  return undefined
}

function refused(status: string): Prepared {
  return {
    ...NOTHING,
    outcome: 'refused',
    code: 'GH_CONTROL_CLIENT_STATE',
    details: [`it is ${status}`],
  }
}

/** A client of a file: its status is changed there, where the gateway reads it. */
async function inFiles(
  name: Name,
  id: string,
  { reason, who }: Asked,
  feedDir: string,
): Promise<Prepared> {
  const { records } = await listRecords(feedDir)
  const found = records.find(({ kind, key }) => kind === 'client' && key === id)
  if (found === undefined)
    return { ...NOTHING, outcome: 'refused', code: 'GH_CONTROL_CLIENT_UNKNOWN', details: [id] }
  const [from, to] = STATES[name]
  const status = found.record['status'] === 'active' ? 'active' : 'suspended'
  if (status !== from) return refused(status)
  return {
    outcome: 'done',
    before: status,
    after: to,
    details: [],
    async commit() {
      const { reason: _, ...record } = found.record
      const why = to === 'suspended' ? { reason: `${reason ?? ''} (${who})` } : {}
      const kept = await putRecord(feedDir, 'client', { ...record, status: to, ...why })
      if (!kept.ok) throw new GatehouseError('GH_FEED_RECORD_INVALID', kept.error[0]?.message)
      return []
    },
  }
}

import type { AccessEvent, GatehouseEvent, StoredEvent } from '../../src/events/index.ts'

/** A read that was allowed; a test changes what it is about. */
export function accessEvent(changes: Partial<AccessEvent> = {}): AccessEvent {
  return {
    v: 1,
    kind: 'access',
    id: 'd-1',
    at: Date.UTC(2026, 0, 5, 9),
    api: 'accounts',
    operation: 'GetAccounts',
    method: 'GET',
    route: '/accounts',
    plan: 'sha256:plan',
    client: 'tpp-a',
    subject: 'hmac:0123456789abcdef',
    consent: 'hmac:fedcba9876543210',
    outcome: 'allowed',
    code: null,
    status: 200,
    ran: 4,
    failed: [],
    interaction: null,
    peer: '127.0.0.1',
    facts: null,
    response: {
      upstreamStatus: 200,
      upstreamMicros: 900,
      bytes: 700,
      removedFields: 0,
      removedRows: 0,
      shape: null,
    },
    durationMicros: 1500,
    ...changes,
  }
}

/** Events as the spool hands them out, in one partition, consecutive from 1. */
export function storedEvents(events: readonly GatehouseEvent[], partition = 0): StoredEvent[] {
  return events.map((event, index) => ({ partition, seq: index + 1, hash: '', event }))
}

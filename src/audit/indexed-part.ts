/** What of an event the index reads, without reading the rest: the facts for replays and the shape of the answer are half of each record. */
import type { GatehouseEvent } from '../events/index.ts'

/** In JSON these bytes stand between members and nowhere else: within a text each quote is escaped. */
const FACTS = Buffer.from(',"facts":')
/** Members of an access event that a row is made of. One that is not there before the facts may be behind them. */
const MEMBERS = [
  'id',
  'at',
  'api',
  'operation',
  'client',
  'subject',
  'consent',
  'outcome',
  'code',
  'failed',
  'plan',
]

/** The payload is one that the spool wrote; its chain was verified. */
export function indexedPart(payload: Buffer): GatehouseEvent {
  const end = payload.indexOf(FACTS)
  if (end > 0) {
    const event = parsed(`${payload.toString('utf8', 0, end)}}`)
    if (event?.kind === 'access' && MEMBERS.every((name) => Object.hasOwn(event, name)))
      return event
  }
  return JSON.parse(payload.toString('utf8')) as GatehouseEvent // sound: only the spool writes payloads
}

/** `undefined`: the member stood deeper, so what comes before it is no whole object. */
function parsed(text: string): GatehouseEvent | undefined {
  try {
    return JSON.parse(text) as GatehouseEvent // sound: the beginning of what the spool wrote
  } catch {
    return undefined
  }
}

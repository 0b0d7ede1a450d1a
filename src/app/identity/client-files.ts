/** Clients of the configuration: one file of metadata (RFC 7591) each, and what a reload changes of them. */
import { readFileSync, statSync } from 'node:fs'
import type { ClientMetadata } from '../../identity/index.ts'
import { canonicalJson, GatehouseError, isJsonObject, type JsonValue } from '../../lib/index.ts'

/** The metadata of one client. */
export const MAX_CLIENT_FILE_BYTES = 65_536

/** @throws GH_IDENTITY_CLIENT, also when two files hold one client */
export function readClients(files: readonly string[]): readonly ClientMetadata[] {
  const clients = new Map<string, ClientMetadata>()
  for (const file of files) {
    const client = readClient(file)
    if (clients.has(client.client_id))
      throw new GatehouseError(
        'GH_IDENTITY_CLIENT',
        `${file} holds a client that another file holds`,
      )
    clients.set(client.client_id, client)
  }
  return [...clients.values()]
}

/** One line for each client that is another one afterwards. */
export function clientDifferences(
  before: readonly ClientMetadata[],
  after: readonly ClientMetadata[],
): readonly string[] {
  const texts = (clients: readonly ClientMetadata[]) =>
    new Map(clients.map((one) => [one.client_id, canonicalJson({ ...one })]))
  const [was, is] = [texts(before), texts(after)]
  return [...new Set([...was.keys(), ...is.keys()])].flatMap((id) => {
    if (was.get(id) === is.get(id)) return []
    const what = is.has(id) ? (was.has(id) ? 'changed' : 'added') : 'removed'
    return [`identity: client ${id} is ${what}`]
  })
}

/** @throws GH_IDENTITY_CLIENT */
function readClient(file: string): ClientMetadata {
  const refuse = (why: string): never => {
    throw new GatehouseError('GH_IDENTITY_CLIENT', `${file} ${why}`)
  }
  if (statSync(file, { throwIfNoEntry: false })?.isFile() !== true) return refuse('is no file')
  const text = readFileSync(file, 'utf8')
  if (text.length > MAX_CLIENT_FILE_BYTES) refuse('is too large')
  let value: JsonValue
  try {
    value = JSON.parse(text) as JsonValue // sound: JSON is a JSON value
  } catch {
    return refuse('is no JSON') // the parser would quote it
  }
  if (!isJsonObject(value) || typeof value['client_id'] !== 'string')
    return refuse('holds no client_id')
  // Sound as far as it goes: every member is judged when the server loads the client, before it counts.
  return { ...value, client_id: value['client_id'] }
}

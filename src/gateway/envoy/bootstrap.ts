/**
 * A complete configuration of Envoy 1.40 that asks Gatehouse about each request. Envoy knows no path and no rule: whose upstream gets a request,
 * under which path and with which headers is what the responder says of it, so that there is no second reading of a request to disagree.
 */
import type { ActiveApi } from '../../decide/index.ts'
import { clusters } from './clusters.ts'
import { type ExportedListener, listenerOf } from './envoy-listener.ts'
import type { EnvoyObject } from './envoy-object.ts'

export interface EnvoyExport {
  /** Where the responder listens. */
  readonly responder: { readonly socket: string } | { readonly host: string; readonly port: number }
  /** Environment variable of Envoy that holds the secret; absent: the socket needs none. */
  readonly secretVariable?: string
  readonly listeners: readonly ExportedListener[]
  /** Names of the headers of the interaction id, in lower case. */
  readonly interactionHeaders: readonly string[]
  /** Name of the header of the signed context, in lower case; absent: none is signed. */
  readonly contextHeader?: string
  /** The most that any operation takes. */
  readonly maxBodyBytes: number
}

/** `apis`: those that Envoy can serve; what is asked of any other is answered by the responder, and goes nowhere. */
export function envoyBootstrap(asked: EnvoyExport, apis: readonly ActiveApi[]): EnvoyObject {
  return {
    static_resources: {
      listeners: asked.listeners.map((listener) => listenerOf(listener, asked, apis)),
      clusters: clusters(asked.responder, apis),
    },
    layered_runtime: {
      layers: [
        {
          name: 'gatehouse',
          static_layer: { 'overload.global_downstream_max_connections': MAX_CONNECTIONS },
        },
      ],
    },
  }
}

/** Of all listeners together: as many as a listener of our own takes. */
const MAX_CONNECTIONS = 10_000

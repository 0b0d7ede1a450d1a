/** JSON of Envoy's configuration, and the few shapes that come again and again. */
export interface EnvoyObject {
  readonly [member: string]: EnvoyValue
}
type EnvoyValue = string | number | boolean | EnvoyObject | readonly EnvoyValue[]

export const HTTP_FILTER = 'type.googleapis.com/envoy.extensions.filters.http'

export function typed(name: string, type: string, rest: EnvoyObject = {}): EnvoyObject {
  return { name, typed_config: { '@type': type, ...rest } }
}

/** `::1` and `[::1]` alike. */
export function socketAddress(host: string, port: number): EnvoyObject {
  return { socket_address: { address: host.replace(/^\[|\]$/g, ''), port_value: port } }
}

export function patterns(names: readonly string[]): readonly EnvoyObject[] {
  return names.map((exact) => ({ exact, ignore_case: true }))
}

/** Envoy's way to write milliseconds. */
export function duration(ms: number): string {
  return `${ms / 1000}s`
}

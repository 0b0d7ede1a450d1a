/** Who a Postman request says it is, as a security requirement. */
import { list, memberOf, object, plain, textOf, type Traced } from './traced.ts'

const TYPES: ReadonlyMap<string, readonly (readonly [string, string])[]> = new Map([
  [
    'bearer',
    [
      ['type', 'http'],
      ['scheme', 'bearer'],
    ] as const,
  ],
  [
    'basic',
    [
      ['type', 'http'],
      ['scheme', 'basic'],
    ] as const,
  ],
  [
    'digest',
    [
      ['type', 'http'],
      ['scheme', 'digest'],
    ] as const,
  ],
  ['oauth2', [['type', 'oauth2']] as const],
  [
    'apikey',
    [
      ['type', 'apiKey'],
      ['in', 'header'],
      ['name', 'x-api-key'],
    ] as const,
  ],
])

/** `undefined`: nothing is said; `[]`: the request says that it needs none. */
export function authOf(auth: Traced | undefined): Traced | undefined {
  const type = textOf(memberOf(auth, 'type'))
  if (auth === undefined || type === undefined) return undefined
  if (type === 'noauth') return list(auth.mark, [])
  return list(auth.mark, [object(auth.mark, [[type, list(auth.mark, [])]])])
}

export function securitySchemes(auths: readonly (Traced | undefined)[]): Traced | undefined {
  const found = new Map<string, Traced>()
  for (const auth of auths) {
    const type = textOf(memberOf(auth, 'type'))
    if (auth === undefined || type === undefined || type === 'noauth') continue
    const members = TYPES.get(type) ?? [['type', 'http'] as const, ['scheme', type] as const]
    found.set(
      type,
      object(
        auth.mark,
        members.map(([name, text]) => [name, plain(auth.mark, text)]),
      ),
    )
  }
  const [first] = found.values()
  return first === undefined ? undefined : object(first.mark.from ?? first.mark, [...found])
}

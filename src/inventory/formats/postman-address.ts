/** Where a Postman request goes: variables filled in, the path as a template. */
import type { Mark } from '../source/mark.ts'
import { itemsOf, memberOf, textOf, type Traced } from './traced.ts'

export type Variables = ReadonlyMap<string, string>

export interface Address {
  /** `https://api.bank.example`, or `null` where a variable that nobody sets stands for it. */
  readonly server: string | null
  /** `/accounts/{id}` */
  readonly path: string
  readonly query: readonly { readonly name: string; readonly mark: Mark }[]
}

export function variablesOf(list: Traced | undefined): Variables {
  return new Map(
    itemsOf(list).flatMap((one): [string, string][] => {
      const name = textOf(memberOf(one, 'key')) ?? textOf(memberOf(one, 'id'))
      const value = memberOf(one, 'value')?.value
      return name === undefined || (typeof value !== 'string' && typeof value !== 'number')
        ? []
        : [[name, String(value)]]
    }),
  )
}

/** Variables inside variables; a loop ends here and stays as written. */
const MAX_ROUNDS = 5
/** Of one address once filled in; nothing longer is one. */
const MAX_ADDRESS_CHARS = 8_192

/** `undefined` if there is no address at all. */
export function addressOf(url: Traced, variables: Variables): Address | undefined {
  const raw = textOf(url) ?? textOf(memberOf(url, 'raw')) ?? rawOf(url)
  if (raw === undefined || raw.trim() === '') return undefined
  const filled = filledIn(raw.trim(), variables)
  const [before = '', ...after] = filled.replace(/#.*$/s, '').split('?')
  const absolute = /^([A-Za-z][A-Za-z0-9+.-]*:\/\/[^/]*)(.*)$/s.exec(before)
  const unset = /^\{\{[^{}]*\}\}(.*)$/s.exec(before)
  const bare = /^[\w.-]+(:\d+)?(?=\/|$)/.exec(before)
  const server = absolute?.[1] ?? (unset === null && bare !== null ? `http://${bare[0]}` : null)
  const rest = absolute?.[2] ?? unset?.[1] ?? before.slice(bare?.[0].length ?? 0)
  const segments = rest.split('/').filter((segment, index) => index > 0 || segment !== '')
  const path = `/${segments.map(template).join('/')}`
  return {
    server: server === null || server.includes('{{') ? null : server.toLowerCase(),
    path: path.length > 1 ? path.replace(/\/+$/, '') : path,
    query: queryOf(url, after.join('?')),
  }
}

/** `:id` and a variable that is a whole segment are parameters; anything else stands as it is, and is refused if it has braces. */
function template(segment: string): string {
  const name = /^:(.+)$/.exec(segment)?.[1] ?? /^\{\{([^{}]+)\}\}$/.exec(segment)?.[1]
  return name === undefined ? segment : `{${name.trim()}}`
}

/** Identifiers stay variables: the value that stands in the collection is an example of one. */
function filledIn(text: string, variables: Variables): string {
  let filled = text
  for (let round = 0; round < MAX_ROUNDS && filled.includes('{{'); round++) {
    const before = filled
    filled = filled.replaceAll(/\{\{([^{}]*)\}\}/g, (whole, name: string) => {
      const value = variables.get(name.trim())
      return value === undefined || value === '' || isIdentifier(name) ? whole : value
    })
    if (filled.length > MAX_ADDRESS_CHARS) return before
    if (filled === before) break
  }
  return filled
}

function isIdentifier(name: string): boolean {
  return /(id|ref|reference|number|iban|key|uuid)\s*$/i.test(name)
}

function rawOf(url: Traced): string | undefined {
  const parts = (name: string, separator: string): string | undefined => {
    const member = memberOf(url, name)
    if (member === undefined) return undefined
    return (
      textOf(member) ??
      itemsOf(member)
        .map((one) => textOf(one) ?? '')
        .join(separator)
    )
  }
  const [host, path] = [parts('host', '.'), parts('path', '/')]
  if (host === undefined && path === undefined) return undefined
  const protocol = textOf(memberOf(url, 'protocol'))
  const scheme = protocol === undefined ? '' : `${protocol}://`
  return `${scheme}${host ?? ''}/${(path ?? '').replace(/^\//, '')}`
}

function queryOf(url: Traced, raw: string): Address['query'] {
  const listed = itemsOf(memberOf(url, 'query')).flatMap((one) => {
    const name = textOf(memberOf(one, 'key'))
    return name === undefined || name === '' ? [] : [{ name, mark: one.mark }]
  })
  if (listed.length > 0 || raw === '') return listed
  return raw.split('&').flatMap((pair) => {
    const name = pair.split('=')[0] ?? ''
    return name === '' ? [] : [{ name, mark: url.mark }]
  })
}

/** `servers[].url` as written, and the path part of the first one. No address is ever contacted. */
import { isJsonObject, type JsonObject } from '../../lib/index.ts'
import type { Problems } from './problems.ts'

export interface Servers {
  readonly urls: readonly string[]
  readonly basePath: string
}

export function serversOf(root: JsonObject, problems: Problems): Servers {
  const written = root['servers']
  // OpenAPI 3.0.3 §4.7.1: absent or empty means one server with the URL `/`
  if (written === undefined) return { urls: [], basePath: '' }
  const wrong = (pointer: string, message: string): void =>
    problems.add({ code: 'GH_INVENTORY_SHAPE', pointer, message })
  if (!Array.isArray(written)) {
    wrong('/servers', '`servers` is not a list; it is left out.')
    return { urls: [], basePath: '' }
  }
  const urls: string[] = []
  let basePath: string | undefined
  written.forEach((server, index) => {
    if (!isJsonObject(server) || typeof server['url'] !== 'string') {
      wrong(`/servers/${index}`, 'A server has no `url`; it is left out.')
      return
    }
    urls.push(server['url'])
    if (basePath !== undefined) return
    basePath = pathPart(withDefaults(server['url'], server))
    if (/[{}]/.test(basePath)) {
      wrong(
        `/servers/${index}/url`,
        'The server URL has a variable without default; its path is taken as empty.',
      )
      basePath = ''
    }
  })
  return { urls, basePath: basePath ?? '' }
}

function withDefaults(url: string, server: JsonObject): string {
  const variables = server['variables']
  return url.replaceAll(/\{([^{}]*)\}/g, (whole, name: string) => {
    const variable = isJsonObject(variables) ? variables[name] : undefined
    const value = isJsonObject(variable) ? variable['default'] : undefined
    // `default: 2` is a number in YAML; people write versions so.
    return typeof value === 'string' || typeof value === 'number' ? String(value) : whole
  })
}

/** `''` or `/a/b`, whether the URL is absolute, starts at a host (`//h/a`) or is only a path. */
function pathPart(url: string): string {
  const path = url
    .replace(/^[A-Za-z][A-Za-z0-9+.-]*:/, '')
    .replace(/^\/\/[^/?#]*/, '')
    .replace(/[?#].*$/s, '')
    .replace(/\/+$/, '')
  const segments: string[] = []
  // A relative address is relative to nothing we know: `./v1` and `../v1` are `/v1` (RFC 3986 §5.2.4).
  for (const segment of path.split('/').slice(path.startsWith('/') ? 1 : 0))
    if (segment === '..') segments.pop()
    else if (segment !== '.') segments.push(segment)
  return path === '' || segments.length === 0 ? '' : `/${segments.join('/')}`
}

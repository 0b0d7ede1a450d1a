/** Writes a first `gatehouse.yaml` for a folder that holds specifications. Explains each key; the result passes the checker. */
import { isAbsolute, relative, resolve, sep } from 'node:path'

import { GatehouseError } from '../lib/index.ts'
import { parseBasePath } from './addresses.ts'
import { LIMITS } from './limits.ts'

export interface SpecFacts {
  /** Path, absolute or from `dir`. */
  readonly file: string
  readonly title: string
  readonly version: string
  /** How many operations it has. */
  readonly operations: number
  /** Its `servers` URLs, first one first. */
  readonly servers: readonly string[]
  /** `ais`, `open-data`, … */
  readonly suggestedTemplate: string
  /** What in the specification tells so; one line each. */
  readonly why: readonly string[]
  /** Operations that this template leaves denied, by the template that is for them. */
  readonly others: readonly { readonly template: string; readonly operations: number }[]
  /** Whether the template asks for access tokens: then issuers are needed. */
  readonly checksTokens: boolean
}

export interface InitFacts {
  readonly dir: string
  readonly specs: readonly SpecFacts[]
}

/** @throws GH_CONFIG_NO_SPECIFICATION when `specs` is empty. */
export function initConfig({ dir, specs }: InitFacts): string {
  if (specs.length === 0) throw new GatehouseError('GH_CONFIG_NO_SPECIFICATION')
  const names = uniqueNames(specs.map(({ title }) => title))
  const paths = specs.map(({ servers }) => serverPath(servers[0]))
  const tokens = specs.some(({ checksTokens }) => checksTokens)
  const apis = specs.map((spec, at) => {
    const name = names[at] ?? 'api'
    const path = paths[at]
    // The default must be a path of its own, or two APIs would claim the same requests.
    const usable = path !== undefined && paths.filter((other) => other === path).length === 1
    return apiBlock(spec, { name, dir, ...(usable ? { path } : {}) })
  })
  return [HEAD, ...(tokens ? [ISSUERS] : []), `${APIS_HEAD}\n${apis.join('\n')}`].join('\n')
}

const HEAD = `# Gatehouse: which APIs it protects, by which policy, and whose tokens it trusts.
# Check this file:  gatehouse check gatehouse.yaml      Start:  gatehouse up gatehouse.yaml
# Secrets never stand here. Paths start at the folder of this file.
version: 1

# Who runs the APIs; decides which regulation applies.
organisation:
  name: Example Bank                # for reports
  jurisdictions: [EU]               # where its law applies, e.g. [EU, UK]
  entity: [financial-entity]        # what it is in the eyes of the law

# Where the gateway listens. Port 0 takes a free one.
listen: 127.0.0.1:8080

# monitoring:                       # /health, /ready, /metrics: plain HTTP without a login, keep it inside
#   listen: 127.0.0.1:9464

# dataDir: .gatehouse               # events, state, control socket
# feed: feed                        # clients, consents, revocations (files)
`

const ISSUERS = `# Whose access tokens are trusted.
issuers:
  - issuer: https://issuer.example             # CHANGE: value of "iss" in the tokens
    jwks: https://issuer.example/jwks.json     # CHANGE: its public keys, a URL or a file
    audience: https://api.example              # CHANGE: value of "aud" that means this gateway
    # algorithms: [PS256, ES256, EdDSA]
    # claims: { client: client_id, subject: sub, consent: consent_id, scope: scope, grant: grant_id }
`

const APIS_HEAD = `# The APIs. Keys that are left out are derived from the specification and the template.
apis:`

function apiBlock(spec: SpecFacts, at: { name: string; dir: string; path?: string }): string {
  const title = comment(`${spec.title} ${spec.version}`)
  const count = `${spec.operations} operation${spec.operations === 1 ? '' : 's'}`
  const base =
    at.path === undefined
      ? `    basePath: /${at.name}                # path it is offered under`
      : `    # basePath: ${at.path === '' ? '/' : comment(at.path)}      # default: from "servers" in the specification`
  const notes = [
    ...spec.why.map(
      (reason) => `#   ${comment(spec.suggestedTemplate)}, because: ${comment(reason)}`,
    ),
    ...spec.others.map(
      ({ template, operations }) =>
        `#   denied here: ${operations} for template ${template}: divide the specification, or name it in another entry with a basePath of its own`,
    ),
  ]
  return `  # ${title} (${count})
${notes.map((note) => `  ${note}\n`).join('')}  - name: ${scalar(at.name)}
    spec: ${scalar(specPath(at.dir, spec.file))}
    upstream: http://127.0.0.1:9000     # CHANGE: address of the bank's own API
    template: ${scalar(spec.suggestedTemplate)}                   # policy; see: gatehouse plan
${base}
    # owner: team@bank.example          # who answers for it
    # outageImpact: within-24h          # an outage does serious harm: within-2h, within-24h, within-5d, later
`
}

/** Relative to the folder where it can be, with `/`, so that the folder can be moved. */
function specPath(dir: string, file: string): string {
  const path = relative(resolve(dir), resolve(dir, file))
  return (isAbsolute(path) ? path : path.split(sep).join('/')) || '.'
}

/** Path part of a server URL, `undefined` where it is no plain path (variables, encodings) or there is none. */
function serverPath(server: string | undefined): string | undefined {
  if (server === undefined) return undefined
  const path = server.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/]*/i, '').replace(/\/+$/, '')
  const parsed = path === '' ? { value: '' } : parseBasePath(path)
  return 'value' in parsed ? parsed.value : undefined
}

function uniqueNames(titles: readonly string[]): readonly string[] {
  const taken = new Set<string>()
  return titles.map((title) => {
    const base = slug(title)
    let name = base
    for (let n = 2; taken.has(name); n++)
      name = `${base.slice(0, LIMITS.name - 8)}-${n}`.replace(/-+/g, '-')
    taken.add(name)
    return name
  })
}

function slug(title: string): string {
  const words = title
    .normalize('NFKD')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    // Words that every title has say nothing.
    .filter(
      (word) =>
        word !== '' && !/^(?:api|apis|specification|openapi|the|and|v[0-9]+|[0-9]+)$/.test(word),
    )
  let name = ''
  for (const word of words) {
    const longer = name === '' ? word.slice(0, 40) : `${name}-${word}`
    if (longer.length > 40) break
    name = longer
  }
  return name === '' ? 'api' : name
}

/** Text for a comment: one line of printable characters. */
function comment(text: string): string {
  return text
    .replace(/[^\u0020-\u007e\u00a0-\u024f]+/g, ' ')
    .trim()
    .slice(0, 100)
}

/** A plain scalar where YAML reads it as the same text, else in double quotes (JSON escapes are YAML escapes). */
function scalar(text: string): string {
  return /^[a-z][A-Za-z0-9/._-]*$/.test(text) &&
    !/^(?:true|false|null|yes|no|on|off|y|n)$/.test(text)
    ? text
    : JSON.stringify(text)
}

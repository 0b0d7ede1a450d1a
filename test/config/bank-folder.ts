/** A folder that exists only in a table, so that configuration tests touch no disk. */
import { dirname } from 'node:path'

import { type ConfigEnvironment, parseConfig, type ParsedConfig } from '../../src/config/index.ts'
import { words } from './words.ts'

export const FILE = '/bank/gatehouse.yaml'
const PUBLIC_KEYS =
  '{ "keys": [{ "kty": "EC", "kid": "1", "crv": "P-256", "x": "eA", "y": "eQ" }] }\n'
const PRIVATE_KEYS =
  '{\n  "keys": [\n    { "kty": "EC", "crv": "P-256", "x": "eA", "y": "eQ",\n      "d": "c2VjcmV0" }\n  ]\n}\n'

const FILES: ReadonlyMap<string, string> = new Map([
  ['/bank/accounts.yaml', 'openapi: 3.0.0\n'],
  ['/bank/specs/atms.json', '{}'],
  ['/bank/templates/own.yaml', 'format: 1\n'],
  ['/bank/controls/own.yaml', '[]'],
  ['/bank/tls/server.pem', ''],
  ['/bank/tls/ca.pem', ''],
  ['/bank/tls/list.xml', ''],
  ['/bank/issuer.json', PUBLIC_KEYS],
  ['/bank/private.json', PRIVATE_KEYS],
])

export const env: ConfigEnvironment = {
  vocabulary: words,
  fileExists: (path) => FILES.has(path),
  fileNames: (folder) =>
    [...FILES.keys()]
      .filter((path) => dirname(path) === folder)
      .map((path) => path.slice(folder.length + 1)),
  readText: (path) => FILES.get(path),
  hasVariable: (name) => name === 'BANK_SECRET',
}

export function parse(text: string, more: Partial<ConfigEnvironment> = {}): ParsedConfig {
  return parseConfig({ file: FILE, text, env: { ...env, ...more } })
}

/** The smallest file without a mistake. */
export const SMALLEST = `apis:
  - name: atms
    spec: specs/atms.json
    upstream: http://127.0.0.1:9000
    template: open-data
`

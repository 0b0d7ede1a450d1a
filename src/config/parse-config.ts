/**
 * `gatehouse.yaml` → a checked configuration, or every mistake in it. Reads no file itself and knows no clock; paths are resolved
 * with `node:path`. A configuration comes out only when nothing is wrong: there are no warnings.
 */
import { dirname, resolve } from 'node:path'

import type { Diagnostic } from '../lib/index.ts'
import { type Check, diagnosticOf, type Mistake } from './check.ts'
import { crossCheck } from './cross-checks.ts'
import { DEFAULT_DATA_DIR } from './data-dir.ts'
import { type FileRead, gatehouseShape } from './gatehouse-shape.ts'
import { checkJwks } from './jwks.ts'
import { LIMITS } from './limits.ts'
import type { GatehouseConfig, RuleOverride } from './model.ts'
import type { RuleRead } from './rules-shape.ts'
import { ownFiles } from './own-files.ts'
import { nearestOffset } from './read-document.ts'
import { findSecrets } from './secret-scan.ts'
import type { ConfigEnvironment } from './vocabulary.ts'
import { parseYaml, type YamlText } from './yaml-text.ts'

export interface ConfigSource {
  /** Path of the file as the user gave it: diagnostics repeat it, relative paths start at its folder. */
  readonly file: string
  readonly text: string
  readonly env: ConfigEnvironment
}

export interface ParsedConfig {
  /** There exactly when `diagnostics` is empty. */
  readonly config?: GatehouseConfig
  /** All mistakes, in the order of the file. */
  readonly diagnostics: readonly Diagnostic[]
  /** Specifications that it names and that are there, whatever else is wrong; absolute paths. */
  readonly specFiles: readonly string[]
}

export function parseConfig({ file, text, env }: ConfigSource): ParsedConfig {
  const yaml = parseYaml(file, text)
  const diagnostics: Diagnostic[] = [...yaml.diagnostics]
  const report = (mistake: Mistake): unknown =>
    diagnostics.push(diagnosticOf(mistake, yaml.placeAt))
  const secrets = findSecrets(yaml.root)
  for (const { node, what } of secrets)
    report({ code: 'GH_CONFIG_SECRET_LITERAL', at: node, path: [], message: what })
  const absolute = resolve(file)
  const keyFiles = new Set<string>()
  const specFiles = new Set<string>()
  const own = env.own?.(ownFiles(yaml.root, dirname(absolute)))
  diagnostics.push(...(own?.diagnostics ?? []))
  const check: Check = {
    dir: dirname(absolute),
    env: own === undefined ? env : { ...env, vocabulary: own.vocabulary },
    secrets: new Set(secrets.map(({ node }) => node)),
    report,
    keyFile: (path) => keyFiles.add(path),
    specFile: (path) => specFiles.add(path),
  }
  let read: FileRead | undefined
  // A tree that the parser had to guess at would only add mistakes that are none.
  if (yaml.sound) {
    read = gatehouseShape.read({ node: yaml.root, key: null, path: [] }, check)
    crossCheck(yaml.root, check)
  }
  for (const path of keyFiles) {
    const keys = env.readText?.(path)
    if (keys !== undefined) diagnostics.push(...checkJwks(keys, path))
  }
  const sorted = inOrder(diagnostics, file)
  if (sorted.length > 0 || read === undefined)
    return { diagnostics: sorted, specFiles: [...specFiles] }
  const config = assemble(absolute, read, yaml)
  return { config, diagnostics: [], specFiles: [...specFiles] }
}

function inOrder(diagnostics: readonly Diagnostic[], file: string): readonly Diagnostic[] {
  const distinct = new Map(
    diagnostics.map((each) => [
      `${each.place.file}:${each.place.line}:${each.place.column}:${each.message}`,
      each,
    ]),
  )
  const sorted = [...distinct.values()].sort(
    (a, b) =>
      Number(a.place.file !== file) - Number(b.place.file !== file) ||
      a.place.line - b.place.line ||
      a.place.column - b.place.column,
  )
  const more = sorted.length - LIMITS.diagnostics
  const next = sorted[LIMITS.diagnostics]
  if (more <= 0 || next === undefined) return sorted
  const rest: Diagnostic = {
    code: 'GH_CONFIG_TOO_LARGE',
    message: `There are ${more} further mistakes from here on.`,
    place: next.place,
  }
  return [...sorted.slice(0, LIMITS.diagnostics), rest]
}

/** Loopback: who opens it to others says so. */
const DEFAULT_LISTEN = { host: '127.0.0.1', port: 8080 } as const

function assemble(file: string, read: FileRead, { root, placeAt }: YamlText): GatehouseConfig {
  const dir = dirname(file)
  const override = ({ offset, ...rule }: RuleRead): RuleOverride => ({
    ...rule,
    place: placeAt(offset),
  })
  return {
    file,
    dir,
    organisation: read.organisation,
    listen:
      read.listen ?? (read.listeners.length + read.sockets.length > 0 ? null : DEFAULT_LISTEN),
    listeners: read.listeners,
    sockets: read.sockets,
    extAuthz: read.extAuthz,
    trustStores: read.trustStores,
    dataDir: read.dataDir ?? resolve(dir, DEFAULT_DATA_DIR),
    store: read.store,
    feedDir: read.feed ?? resolve(dir, 'feed'),
    issuers: read.issuers,
    identity: read.identity,
    sca: read.sca,
    publicOrigins: read.publicOrigins,
    answerSigning: read.answerSigning,
    context: read.context,
    mandate: read.mandate.map(override),
    retention: read.retention,
    monitoring: read.monitoring,
    logs: read.logs,
    templates: read.templates,
    controls: read.controls,
    classes: withPlaces(read.classes, override),
    apis: read.apis.map((api) => ({
      ...api,
      rules: api.rules.map(override),
      operations: withPlaces(api.operations, override),
    })),
    policyTests: read.policyTests,
    placeOf: (path) => placeAt(nearestOffset(root, path)),
  }
}

/** Keyed by what people wrote, so the result has no prototype either. */
function withPlaces(
  named: Readonly<Record<string, { readonly rules: readonly RuleRead[] }>>,
  override: (rule: RuleRead) => RuleOverride,
): GatehouseConfig['classes'] {
  const placed: Record<string, GatehouseConfig['classes'][string]> = Object.create(null)
  for (const [name, { rules }] of Object.entries(named))
    placed[name] = { rules: rules.map(override) }
  return placed
}

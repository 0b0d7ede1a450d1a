/**
 * `gatehouse adopt`: of all templates that can serve an API, the one that it is for and that meets most of what its objectives require;
 * and the few words of gatehouse.yaml that adopt it, to be read before they are written.
 */
import { existsSync, readFileSync } from 'node:fs'
import { basename, dirname, isAbsolute, relative, resolve, sep } from 'node:path'
import type { ActiveApi } from '../decide/index.ts'
import {
  type ConfigEdit,
  editConfig,
  type GatehouseConfig,
  type ParsedConfig,
} from '../config/index.ts'
import { importCached, type ImportCache } from '../inventory/index.ts'
import { type Diagnostic, GatehouseError, nearest } from '../lib/index.ts'
import {
  type EffectivePolicy,
  resolveTemplate,
  type Template,
  templatePurpose,
} from '../policy/index.ts'
import { assemble, type Assembly } from './assemble.ts'
import { importFile } from './import-file.ts'
import { installationTemplates } from './own-templates.ts'
import { linearRegex } from './linear-regex.ts'
import { checkConfig } from './read-config.ts'
import { type ToldPermissions, toldPermissions } from './told-permissions.ts'
import { unifiedDiff } from './unified-diff.ts'

export interface Adoption {
  readonly api: string
  /** What it is linked to now; `null`: it is not in the file yet. */
  readonly before: string | null
  /** `name@version` of the template that is proposed. */
  readonly template: string
  readonly title: string
  /** Required controls that its policy then enforces. */
  readonly meets: readonly string[]
  /** Required, and not met by configuration alone. */
  readonly remaining: readonly {
    readonly control: string
    readonly why: string
    readonly later: boolean
    /** Nothing that a gateway does: a person, a probe or a test shows it. */
    readonly elsewhere: boolean
  }[]
  /** Operations that nobody may call then, with the reason. */
  readonly denied: readonly { readonly operation: string; readonly why: string }[]
  readonly served: number
  /** Of operations that nothing maps to what a consent must hold: what the specification tells, which the change writes, or else names. */
  readonly permissions: readonly ToldPermissions[]
  /** `''`: adopted already. */
  readonly diff: string
  /** The file as it was read, and as it would be. */
  readonly text: { readonly before: string; readonly after: string }
}

/** Nobody answers there until it is changed. */
const PLACEHOLDER = 'http://127.0.0.1:9000'

type Variables = Readonly<Record<string, string | undefined>>

/**
 * `name`: an API of the configuration, or a specification that is not in it yet.
 * @throws GH_CLI_USAGE, GH_POLICY_NO_TEMPLATE, GH_CLI_NOT_EDITABLE, GH_INVENTORY_UNREADABLE
 */
export function proposeAdoption(
  config: GatehouseConfig,
  name: string,
  { cwd, variables }: { readonly cwd: string; readonly variables: Variables },
): { readonly adoption: Adoption; readonly mistakes: readonly Diagnostic[] } {
  const before = readFileSync(config.file, 'utf8')
  const index = config.apis.findIndex((api) => api.name === name)
  const subject =
    index === -1
      ? newApi(config, before, resolve(cwd, name), name, variables)
      : { config, text: before, index }
  // What asks for client certificates would refuse every call that comes over plain HTTP.
  const asksForThem =
    config.sockets.length > 0 || config.listeners.some((one) => one.clientCertificate !== 'none')
  const templates = installationTemplates(config.templates).templates.filter(
    ({ document }) => asksForThem || document.rules['transport.mtls']?.mode !== 'enforce',
  )
  // One reading of each specification for all templates that are tried.
  const kept = new Map<string, string>()
  const imports: ImportCache = {
    read: (key) => kept.get(key),
    keep: (key, result) => void kept.set(key, result),
  }
  const chosen = choose(subject.config, subject.index, templates, imports)
  const link = `${chosen.template.document.name}@${chosen.template.document.version}`
  const known = index === -1 ? undefined : config.apis[index]
  const same = known !== undefined && isLinked(known.template, chosen.template, templates)
  const told = toldOf(chosen.assembly, subject.index, imports)
  const permissions = told
    .filter(({ codes }) => codes.length > 0)
    .map(({ operation, codes }) => ({ key: operation, value: codes }))
  const edits: ConfigEdit[] = [
    ...(same
      ? []
      : [{ kind: 'set' as const, path: ['apis', subject.index, 'template'], value: link }]),
    ...strengthened(chosen.assembly, subject.config, subject.index),
    ...(permissions.length === 0
      ? []
      : [
          {
            kind: 'add-entries' as const,
            path: ['apis', subject.index, 'permissions'],
            entries: permissions,
          },
        ]),
  ]
  const after = editConfig(subject.text, edits)
  const checked = checkConfig(config.file, after, variables)
  const assembled = checked.config === undefined ? undefined : assemble(checked.config, imports)
  const api = subject.config.apis[subject.index]?.name ?? name
  const mistakes = mistakesOf(checked, assembled)
  const policy = (assembled ?? chosen.assembly).policy
  const effective = policy.effective.find((one) => one.api === api)
  return {
    mistakes,
    adoption: {
      api,
      before: known?.template ?? null,
      template: link,
      title: chosen.template.document.title,
      ...outcome(assembled ?? chosen.assembly, api, effective),
      permissions: told,
      diff: unifiedDiff(basename(config.file), before, after),
      text: { before, after },
    },
  }
}

/** The configuration with the specification as a further API, in the order of the file. */
function newApi(
  config: GatehouseConfig,
  text: string,
  file: string,
  given: string,
  variables: Variables,
): { readonly config: GatehouseConfig; readonly text: string; readonly index: number } {
  if (!existsSync(file)) {
    const names = config.apis.map((api) => api.name)
    const near = nearest(given, names)
    throw new GatehouseError(
      'GH_CLI_USAGE',
      `${JSON.stringify(given)} is neither an API of the configuration (${names.join(', ')}) nor a file.${near === undefined ? '' : ` Did you mean "${near}"?`}`,
    )
  }
  const { spec, diagnostics } = importFile(file)
  if (spec === undefined)
    throw new GatehouseError(
      'GH_INVENTORY_UNREADABLE',
      `${given}: ${diagnostics[0]?.message ?? 'no specification'}`,
    )
  const path = relative(config.dir, file)
  const written = isAbsolute(path) ? path : path.split(sep).join('/')
  const name = freeName(spec.source.title || basename(file, '.yaml'), config)
  const taken =
    config.apis.some((api) => (api.basePath ?? '') === spec.basePath) || spec.basePath === ''
  const added = editConfig(text, [
    {
      kind: 'add-api',
      entries: [
        { key: 'name', value: name },
        { key: 'spec', value: written },
        { key: 'upstream', value: PLACEHOLDER, note: "CHANGE: address of the bank's own API" },
        // Any that is there: the proposal replaces it.
        { key: 'template', value: 'ais' },
        ...(taken ? [{ key: 'basePath', value: `/${name}` }] : []),
      ],
    },
  ])
  const checked = checkConfig(config.file, added, variables)
  if (checked.config === undefined)
    throw new GatehouseError(
      'GH_CLI_NOT_EDITABLE',
      checked.diagnostics[0]?.message ?? dirname(file),
    )
  const index = checked.config.apis.findIndex((api) => api.name === name)
  return { config: checked.config, text: added, index }
}

/** What the specification says of operations that the template serves and nobody may call, because nothing maps them. */
function toldOf(
  { apis, policy }: Assembly,
  index: number,
  imports: ImportCache,
): readonly ToldPermissions[] {
  const api = apis[index]
  const plan = policy.plan.apis.find(({ name }) => name === api?.config.name)
  if (api === undefined || plan?.state !== 'active') return []
  const unmapped = new Set(unmappedIn(plan).flatMap(({ route, why }) => (why ? [] : [route])))
  const operations = api.record.spec.operations.filter(({ method, path }) =>
    unmapped.has(`${method} ${path}`),
  )
  if (operations.length === 0) return []
  const { spec } = api.config
  const source = { file: spec, text: readFileSync(spec), regex: linearRegex }
  return toldPermissions(importCached(source, imports).spec?.document ?? null, operations)
}

/** Operations whose consent rule refuses everybody; `why`: the template refuses them, and no mapping would help. */
function unmappedIn({
  operations,
  rules,
}: ActiveApi): readonly { readonly route: string; readonly why: string | undefined }[] {
  return operations.flatMap(({ method, path, rules: indexes }) => {
    const consent = indexes.map((at) => rules[at]).find((rule) => rule?.name === 'authz.consent')
    return consent?.name === 'authz.consent' && consent.params.unmapped
      ? [{ route: `${method} ${path}`, why: consent.params.unmappedBecause }]
      : []
  })
}

function freeName(title: string, { apis }: GatehouseConfig): string {
  const base =
    title
      .normalize('NFKD')
      .toLowerCase()
      .replaceAll(/[^a-z0-9]+/g, '-')
      .replaceAll(/^-+|-+$/g, '')
      .slice(0, 40)
      .replace(/-+$/, '') || 'api'
  const names = new Set(apis.map((api) => api.name))
  let name = base
  for (let n = 2; names.has(name); n++) name = `${base}-${n}`
  return name
}

interface Choice {
  readonly template: Template
  readonly assembly: Assembly
}

/** For what it is for first, then by how many required controls it enforces; the order of the list decides between equals. */
function choose(
  config: GatehouseConfig,
  index: number,
  templates: readonly Template[],
  imports: ImportCache,
): Choice {
  const newest = [...new Set(templates.map(({ document }) => document.name))].flatMap((name) => {
    const found = resolveTemplate(name, templates)
    return found.ok ? [found.value] : []
  })
  const api = config.apis[index]
  const closing: string[] = []
  const ranked = newest.flatMap(
    (template): (Choice & { readonly rank: readonly [number, number] })[] => {
      const link = `${template.document.name}@${template.document.version}`
      const apis = config.apis.map((one, at) => (at === index ? { ...one, template: link } : one))
      const assembly = assemble({ ...config, apis }, imports)
      const effective = assembly.policy.effective[index]
      if (api === undefined || effective?.state !== 'active') {
        const found = assembly.policy.findings.find((one) => one.closes && one.api === api?.name)
        if (found !== undefined) closing.push(`${found.code} ${found.text}`)
        return []
      }
      const purpose = templatePurpose(link, templates)
      const spec = assembly.apis[index]?.record.spec
      if (spec === undefined || purpose.fits(spec) === 'other') return []
      const meant = purpose.meant(spec.operations)
      const open = effective.unmet.filter(({ later }) => later !== true).length
      return [{ template, assembly, rank: [meant.length, -open] }]
    },
  )
  const [best] = ranked.toSorted((a, b) => b.rank[0] - a.rank[0] || b.rank[1] - a.rank[1])
  if (best === undefined)
    throw new GatehouseError(
      'GH_POLICY_NO_TEMPLATE',
      `${api?.name ?? ''}: every template leaves it closed${closing[0] === undefined ? '' : `: ${closing[0]}`}`,
    )
  return best
}

function isLinked(link: string, template: Template, templates: readonly Template[]): boolean {
  const found = resolveTemplate(link, templates)
  return found.ok && found.value.digest === template.digest
}

/** Rules of the API itself that only watch what its objectives require are enforced. */
function strengthened(
  assembly: Assembly,
  config: GatehouseConfig,
  index: number,
): readonly ConfigEdit[] {
  const required = new Set(
    assembly.policy.effective[index]?.unmet
      .filter(({ later }) => later !== true)
      .map(({ control }) => control),
  )
  const controls = new Map(
    assembly.policy.effective[index]?.rules.map(({ rule, control }) => [rule, control]),
  )
  return (config.apis[index]?.rules ?? []).flatMap((rule): ConfigEdit[] => {
    const control = controls.get(rule.rule)
    if (control === undefined || !required.has(control) || rule.approval !== null) return []
    const path = ['apis', index, 'rules', rule.rule]
    return [
      ...(rule.mode === null || rule.mode === 'enforce'
        ? []
        : [{ kind: 'set' as const, path: [...path, 'mode'], value: 'enforce' }]),
      ...(rule.fraction === null
        ? []
        : [{ kind: 'set' as const, path: [...path, 'fraction'], value: '100' }]),
    ]
  })
}

function mistakesOf(
  { diagnostics }: ParsedConfig,
  assembly: Assembly | undefined,
): readonly Diagnostic[] {
  const closing = assembly?.policy.findings.filter(({ closes }) => closes) ?? []
  return [
    ...diagnostics,
    ...(assembly?.diagnostics ?? []),
    ...closing.map(({ code, text, place }) => ({ code, message: text, place })),
  ]
}

function outcome(
  assembly: Assembly,
  name: string,
  effective: EffectivePolicy | undefined,
): Pick<Adoption, 'meets' | 'remaining' | 'denied' | 'served'> {
  const api = assembly.apis.find(({ config }) => config.name === name)
  const plan = assembly.policy.plan.apis.find((one) => one.name === name)
  const unmet = new Map(effective?.unmet.map((gap) => [gap.control, gap]))
  const enforced = new Set(
    effective?.rules.filter(({ mode }) => mode === 'enforce').map(({ control }) => control),
  )
  const operations = plan?.state === 'active' ? plan.operations : []
  const whyDenied = new Map(
    plan?.state === 'active'
      ? unmappedIn(plan).map(({ route, why }) => [
          route,
          why ?? 'no permission is mapped to it; name it under permissions',
        ])
      : [],
  )
  const planned = new Set(operations.map(({ method, path }) => `${method} ${path}`))
  const denied = (api?.record.spec.operations ?? []).flatMap(({ method, path, operationId }) => {
    const route = `${method} ${path}`
    const why = planned.has(route) ? whyDenied.get(route) : 'the template does not serve it'
    return why === undefined ? [] : [{ operation: operationId ?? route, why }]
  })
  const required = api?.objective.required.map(({ control }) => control) ?? []
  return {
    meets: required.filter((control) => !unmet.has(control) && enforced.has(control)),
    remaining: required
      .filter((control) => unmet.has(control) || !enforced.has(control))
      .map((control) => {
        const gap = unmet.get(control)
        return {
          control,
          why: gap?.why ?? 'not for the gateway to enforce: it takes other evidence',
          later: gap?.later === true,
          elsewhere: gap === undefined,
        }
      }),
    denied,
    served: operations.length - whyDenied.size,
  }
}

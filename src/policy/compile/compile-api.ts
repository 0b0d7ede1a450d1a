/** One API from its sources to its part of the plan. Whatever is wrong with it closes it; it cannot reach the others. */
import type { ActiveApi, PlanApi, PlanOperation, PlanRule } from '../../decide/index.ts'
import { dataClass } from '../../controls/index.ts'
import { canonicalJson, nearest } from '../../lib/index.ts'
import type { ApiPolicySource, PolicyFinding, PolicySource, RuleChange } from '../contract.ts'
import { knowledgeOf } from '../dialects/dialects.ts'
import { mergeRules } from '../merge/merge-rules.ts'
import type { MergedRules } from '../merge/merged-rule.ts'
import { resolveTemplate } from '../template/link.ts'
import type { TemplateDocument } from '../template/document.ts'
import type { Template } from '../template/templates.ts'
import { readBasePath, readUpstream } from './addresses.ts'
import { type Findings, findingsOf } from './closing.ts'
import { checkEgress } from './egress.ts'
import { checkSignatures } from './signature-findings.ts'
import { noteNewer, noteOperations, noteUnknownDrops } from './notes.ts'
import { readPath, rulesOf } from './operation-rules.ts'
import { compileMessages } from './plan-operations.ts'
import { scopesOf } from './scopes.ts'
import {
  routeFault,
  routeOf,
  type SelectedOperation,
  selectOperations,
} from './selected-operation.ts'
import { isOpen, withTokenRules } from './token-rules.ts'

export interface CompiledApi {
  readonly api: PlanApi
  readonly template: Template | undefined
  readonly rules: MergedRules
  /** Of the operations with rules of their own, by id. */
  readonly ofOperations: ReadonlyMap<string, MergedRules>
  readonly findings: readonly PolicyFinding[]
}

type Installation = Pick<
  PolicySource,
  'issuers' | 'mandate' | 'regex' | 'templates' | 'publicOrigins' | 'signsAnswers' | 'trustStores'
>

/** `clash`: why the API may not be served beside the others, if so. */
export function compileApi(
  source: ApiPolicySource,
  installation: Installation,
  clash: string | undefined,
): CompiledApi {
  const findings = findingsOf(source)
  let template: Template | undefined
  let rules: MergedRules = new Map()
  let ofOperations: ReadonlyMap<string, MergedRules> = new Map()
  let active: ActiveApi | undefined
  try {
    if (clash !== undefined) findings.close('GH_POLICY_BASE_PATH_CLASH', clash)
    for (const { code, text } of source.objective.conflicts) findings.close(code, text)
    const linked = resolveTemplate(source.template, installation.templates)
    if (!linked.ok) findings.close(linked.error.code, linked.error.text, source.templatePlace)
    else {
      template = linked.value
      noteNewer(template, source, installation.templates, findings)
      const policy = apiRules(source, template, installation, findings)
      rules = policy.rules
      const compiled = activeApi({ source, installation, template, policy, findings })
      active = compiled?.api
      ofOperations = compiled?.ofOperations ?? ofOperations
    }
  } catch (cause) {
    // The text of a stranger's exception may hold anything, so only its kind is told.
    const kind = cause instanceof Error ? cause.name : 'unknown failure'
    findings.close('GH_POLICY_INTERNAL', `compiling ${source.name} failed (${kind})`)
  }
  const closing = findings.closing()
  const basePath = readBasePath(source.basePath)
  const api: PlanApi =
    closing === undefined && active !== undefined
      ? active
      : {
          state: 'closed',
          name: source.name,
          basePath: basePath.ok ? basePath.value : source.basePath,
          code: closing?.code ?? 'GH_POLICY_INTERNAL',
          reason: closing?.text ?? 'nothing was compiled',
        }
  return { api, template, rules, ofOperations, findings: findings.list }
}

/** A template that has no rule of the audit and asks for strict is not loosened by levels that add the rule for something else. */
function strictWithout(rules: MergedRules, { audit, rules: own }: TemplateDocument): MergedRules {
  const name = 'logging.audit'
  const rule = rules.get(name)
  if (rule === undefined || audit !== 'strict' || Object.hasOwn(own, name)) return rules
  const params = new Map([...rule.params, ['reads', 'strict'] as const])
  return new Map([...rules, [name, { ...rule, params }] as const])
}

/** `audit` of an API is what it says of `reads` in its rule, where it does not say so there. */
function withAudit({ audit, rules, place }: ApiPolicySource): readonly RuleChange[] {
  if (audit === null) return rules
  const name = 'logging.audit'
  const own = rules.find(({ rule }) => rule === name)
  const nothing = { mode: null, fraction: null, params: {}, bounds: null, approval: null }
  const change = own ?? { rule: name, ...nothing, place }
  return [
    ...rules.filter((rule) => rule !== own),
    { ...change, params: { reads: audit, ...change.params } },
  ]
}

/** The levels down to the API, and a way to go on for one operation. */
interface ApiRules {
  readonly rules: MergedRules
  readonly ofOperation: (changes: readonly RuleChange[]) => MergedRules
}

function apiRules(
  source: ApiPolicySource,
  template: Template,
  { mandate }: Installation,
  findings: Findings,
): ApiRules {
  const merged = mergeRules({
    mandate,
    template,
    templatePlace: source.templatePlace,
    class: source.class?.rules ?? [],
    api: withAudit(source),
    owner: source.owner,
  })
  const origin = `${template.document.name}@${template.document.version}`
  const complete = (rules: MergedRules): MergedRules =>
    withTokenRules(
      strictWithout(rules, template.document),
      origin,
      ({ rule, origin: { source: at } }) =>
        findings.close(
          'GH_POLICY_PARAM_INVALID',
          `${rule} (${at}) needs a token, and authz.default opens the API; set open of authz.default to false`,
        ),
    )
  for (const finding of merged.findings) findings.add(finding)
  return {
    rules: complete(merged.rules),
    ofOperation(changes) {
      const own = merged.ofOperation(changes)
      for (const finding of own.findings) findings.add(finding)
      return complete(own.rules)
    },
  }
}

function activeApi(parts: {
  readonly source: ApiPolicySource
  readonly installation: Installation
  readonly template: Template
  readonly policy: ApiRules
  readonly findings: Findings
}):
  | { readonly api: ActiveApi; readonly ofOperations: ReadonlyMap<string, MergedRules> }
  | undefined {
  const { source, installation, template, policy, findings } = parts
  const { rules } = policy
  const { document, digest } = template
  const basePath = readBasePath(source.basePath)
  if (!basePath.ok) findings.close('GH_POLICY_BASE_PATH', basePath.error)
  const upstream = readUpstream(source, rules)
  if (!upstream.ok) findings.close('GH_POLICY_UPSTREAM', upstream.error)
  const issuers = issuersOf(source, installation, rules, findings)
  if (upstream.ok) {
    const taken = installation.issuers.filter(({ issuer }) => issuers.includes(issuer))
    checkEgress(rules, upstream.value, taken, findings, [
      source.rules,
      source.class?.rules ?? [],
      installation.mandate,
    ])
  }
  checkBinding(rules, installation, findings)
  checkLevels(source, template, rules, findings)

  const knowledge = knowledgeOf(source.spec, document)
  const all = selectOperations(source, document, knowledge, findings)
  // Without a consent rule there is nothing to deny with: what it does not serve is unknown, and unknown is denied.
  const refuses = !isOpen(rules) && rules.has('authz.consent')
  const planned = refuses ? all : all.filter(({ refused }) => refused === undefined)
  const served = planned.filter(({ refused }) => refused === undefined)
  if (served.length === 0)
    findings.close(
      'GH_POLICY_NO_OPERATIONS',
      `${source.spec.operations.length} operations in the specification, none of them served by ${document.name}`,
    )
  const ofOperations = operationRules(source, all, policy, findings)
  const rulesFor = (id: string): MergedRules => ofOperations.get(id) ?? rules
  const fault = routeFault(planned.map(({ record }) => record))
  if (fault !== undefined) findings.close('GH_POLICY_ROUTES', fault)
  if (findings.closing() !== undefined || !basePath.ok || !upstream.ok) return undefined

  noteOperations(all, rulesFor, findings)
  checkSignatures(served, rulesFor, installation, findings)
  if (findings.closing() !== undefined) return undefined
  const { view } = knowledge
  noteUnknownDrops(
    source,
    served,
    (record, path) => view.declares(record, readPath(path)),
    findings,
  )
  const messages = compileMessages(source.spec, served, { view, regex: installation.regex })
  const instances = new Map<string, number>()
  /** By how they were written down: one maker writes one rule one way, nearly always. */
  const written = new Map<string, number>()
  const list: PlanRule[] = []
  const index = (rule: PlanRule): number => {
    const text = JSON.stringify(rule)
    let at = written.get(text)
    if (at === undefined) {
      const key = canonicalJson(rule)
      at = instances.get(key) ?? list.push(rule) - 1
      instances.set(key, at)
      written.set(text, at)
    }
    return at
  }
  const publicOrigins = isOpen(rules) ? [] : (installation.publicOrigins ?? [])
  const context = {
    issuers,
    judgesProofs: publicOrigins.length > 0,
    signsAnswers: installation.signsAnswers === true,
    verifiesSeals: installation.trustStores === true,
    tokenMaxSeconds: source.objective.protection['accessTokenMaxSeconds'] ?? null,
    document: source.spec.document,
    view,
    scopesOf: ({ record, knowledge: { scopes } }: SelectedOperation, always: readonly string[]) =>
      scopesOf(record, { document: source.spec.document, dialect: scopes, always }),
  }
  const operations = planned.map((operation): PlanOperation => {
    const { id, record } = operation
    return {
      id,
      method: record.method,
      path: record.path,
      rules: rulesOf(operation, { ...context, rules: rulesFor(id) }).map(index),
      ...messages.of(operation),
    }
  })
  const api: ActiveApi = {
    state: 'active',
    name: source.name,
    basePath: basePath.value,
    template: { name: document.name, version: document.version, digest },
    upstream: upstream.value,
    audit: auditOf(rules, source.audit ?? document.audit),
    degraded: source.degraded,
    ...(publicOrigins.length > 0 && { publicOrigins }),
    feedAllowanceMs: document.feedAllowanceMs,
    schema: messages.program,
    operations,
    rules: list,
  }
  return { api, ofOperations }
}

/** A proof names the address that the client called; without knowing it nobody can say whether that was here. */
function checkBinding(
  rules: MergedRules,
  { publicOrigins = [] }: Installation,
  findings: Findings,
): void {
  const rule = rules.get('token.senderConstrained')
  const methods = rule?.params.get('methods')
  if (rule === undefined || rule.mode === 'off' || !Array.isArray(methods)) return
  if (methods.includes('dpop') && !methods.includes('mtls') && publicOrigins.length === 0)
    findings.close(
      'GH_POLICY_PARAM_INVALID',
      'token.senderConstrained takes tokens with DPoP proofs only, and the configuration names no publicOrigins, under which clients call',
    )
}

function auditOf(rules: MergedRules, without: ActiveApi['audit']): ActiveApi['audit'] {
  const reads = rules.get('logging.audit')?.params.get('reads')
  return reads === 'strict' || reads === 'buffered' ? reads : without
}

/** The weakest level: rules of single operations. One that the specification does not have, or the template does not serve, is a mistake. */
function operationRules(
  { operations }: ApiPolicySource,
  all: readonly SelectedOperation[],
  policy: ApiRules,
  findings: Findings,
): ReadonlyMap<string, MergedRules> {
  const found = new Map<string, MergedRules>()
  for (const [name, { rules, place }] of Object.entries(operations)) {
    const operation = all.find(({ id, record }) => id === name || routeOf(record) === name)
    if (operation === undefined) {
      const near = nearest(
        name,
        all.map(({ id }) => id),
      )
      findings.close(
        'GH_POLICY_OPERATION_UNKNOWN',
        `operations name ${JSON.stringify(name)}, which the specification does not have.${near === undefined ? '' : ` Did you mean ${near}?`}`,
        place,
      )
    } else if (found.has(operation.id))
      findings.close(
        'GH_POLICY_OPERATION_UNKNOWN',
        `operations name ${operation.id} twice, by its id and by its path`,
        place,
      )
    else if (operation.refused !== undefined)
      findings.close(
        'GH_POLICY_LEVEL',
        `${operation.id} is denied, so rules for it have no effect: ${operation.refused}`,
        place,
      )
    else found.set(operation.id, policy.ofOperation(rules))
  }
  return found
}

/** Issuers whose tokens the API takes: those it names, of those the policy allows, of those there are. */
function issuersOf(
  source: ApiPolicySource,
  { issuers }: Installation,
  rules: MergedRules,
  findings: Findings,
): readonly string[] {
  const known = issuers.map(({ issuer }) => issuer)
  for (const name of source.issuers ?? [])
    if (!known.includes(name))
      findings.close(
        'GH_POLICY_NO_ISSUER',
        `issuer ${JSON.stringify(name)} is not configured; there are ${known.join(', ') || 'none'}`,
      )
  const allowed = rules.get('token.validation')?.params.get('issuers') ?? null
  const taken = (source.issuers ?? known).filter(
    (name) => known.includes(name) && (!Array.isArray(allowed) || allowed.includes(name)),
  )
  if (taken.length === 0 && !isOpen(rules))
    findings.close('GH_POLICY_NO_ISSUER', 'no issuer is left whose tokens this API would take')
  return [...new Set(taken)]
}

/** What stands beside the rules: audit, degraded mode, and personal data without a token. */
function checkLevels(
  source: ApiPolicySource,
  { document }: Template,
  rules: MergedRules,
  findings: Findings,
): void {
  // With the rule its bounds say how far an API may go.
  if (
    document.audit === 'strict' &&
    source.audit === 'buffered' &&
    !Object.hasOwn(document.rules, 'logging.audit')
  )
    findings.close(
      'GH_POLICY_LOOSENS',
      `audit buffered is looser than ${document.name} says: strict`,
    )
  if (source.degraded && !document.degradable)
    findings.close('GH_POLICY_LOOSENS', `${document.name} may not run degraded`)
  if (!isOpen(rules)) return
  const personal = source.objective.profile.dataClasses.filter(
    (id) =>
      dataClass(id)?.personal !== false &&
      // An authorization server gives credentials to whom it has authenticated; nothing else may be handed out so.
      !(document.serves.only === 'authorization-server' && id === 'credential'),
  )
  if (personal.length > 0)
    findings.close(
      'GH_POLICY_OPEN_PERSONAL_DATA',
      `${document.name} asks for no token, and the API holds ${personal.map((id) => `${id}${shownBy(source, id)}`).join(', ')}`,
    )
}

/** Where the specification shows a data class, so that its owner can see whether it is so. */
function shownBy({ spec }: ApiPolicySource, id: string): string {
  for (const { method, path, dataClasses } of spec.operations) {
    const evidence = dataClasses.find((one) => one.dataClass === id)
    if (evidence !== undefined) return ` (${method} ${path}: ${evidence.at})`
  }
  return ''
}

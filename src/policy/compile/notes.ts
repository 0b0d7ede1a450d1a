/** Findings that close nothing: what is denied until somebody maps it, and what no rule can check. */
import type { OperationRecord } from '../../inventory/index.ts'
import type { ApiPolicySource } from '../contract.ts'
import type { MergedRules } from '../merge/merged-rule.ts'
import type { Findings } from './closing.ts'
import { diffTemplates } from '../template/diff-templates.ts'
import { resolveTemplate } from '../template/link.ts'
import { BUILT_IN, type Template } from '../template/templates.ts'
import type { SelectedOperation } from './selected-operation.ts'
import { deniesUnlinked, UNLINKED, unlinkedPayment } from './unlinked-payment.ts'

export function noteOperations(
  operations: readonly SelectedOperation[],
  rulesFor: (id: string) => MergedRules,
  findings: Findings,
): void {
  const refused = new Map<string, string[]>()
  for (const { id, refused: why } of operations)
    if (why !== undefined) refused.set(why, [...(refused.get(why) ?? []), id])
  for (const [why, ids] of refused)
    findings.note(
      'GH_POLICY_NOT_SERVED',
      'low',
      `${ids.length} operations are denied, for ${why}: ${some(ids)}`,
    )

  const pan = new Set<string>()
  const linked = operations.filter(
    (one) =>
      unlinkedPayment(one) && (rulesFor(one.id).get('sca.dynamicLinking')?.mode ?? 'off') !== 'off',
  )
  for (const denied of [true, false]) {
    const unlinked = linked.filter((one) => deniesUnlinked(one, rulesFor(one.id)) === denied)
    if (unlinked.length > 0)
      findings.note(
        'GH_POLICY_PAYMENT_UNLINKED',
        'high',
        `${UNLINKED}, so ${denied ? 'it is denied' : 'the bank alone compares it with what was authenticated'}: ${some(unlinked.map(({ id }) => id))}. Map it under payments of a template of your own`,
      )
  }
  for (const { id, refused: why, knowledge, ownAct } of operations) {
    const ofConsent = !ownAct && (rulesFor(id).get('authz.consent')?.mode ?? 'off') !== 'off'
    if (why !== undefined || !(ofConsent || ownAct)) continue
    if (ofConsent && knowledge.permissions === null)
      findings.note(
        'GH_POLICY_UNMAPPED',
        'medium',
        `${id} is denied: nothing shows which permission of a consent it needs. Name the codes under permissions: ${JSON.stringify(id)}`,
      )
    for (const { kind, text } of knowledge.gaps)
      if (kind === 'pan') pan.add(text)
      else if (ownAct || knowledge.permissions !== null)
        findings.note(
          'GH_POLICY_OBJECT_UNCHECKED',
          kind === 'object' ? 'high' : 'medium',
          `${id}: ${text}`,
        )
  }
  if (pan.size > 0)
    findings.note(
      'GH_POLICY_PAN_UNMASKED',
      'low',
      `a card number among other identifiers cannot be told apart yet, so without ReadPAN the bank must mask it in ${[...pan].join(', ')}`,
    )
}

/** A field to drop that no answer has is a misspelling, and would protect nothing. */
export function noteUnknownDrops(
  source: ApiPolicySource,
  served: readonly SelectedOperation[],
  declares: (record: OperationRecord, path: string) => boolean,
  findings: Findings,
): void {
  const written = [
    ...source.rules,
    ...Object.values(source.operations).flatMap(({ rules }) => rules),
  ]
  for (const { rule, params, place } of written) {
    const { drop } = params
    if (rule !== 'response.fields' || !Array.isArray(drop)) continue
    for (const path of drop)
      if (typeof path === 'string' && !served.some(({ record }) => declares(record, path)))
        findings.note(
          'GH_POLICY_PATH_UNKNOWN',
          'medium',
          `response.fields drops ${JSON.stringify(path)}, which no answer has`,
          place,
        )
  }
}

function some(ids: readonly string[]): string {
  return ids.length <= 5
    ? ids.join(', ')
    : `${ids.slice(0, 5).join(', ')} and ${ids.length - 5} more`
}

/** Versions stand side by side, so that nothing changes under an API; that there is a newer one, and what it would change, is told. */
export function noteNewer(
  { document }: Template,
  { template, templatePlace }: ApiPolicySource,
  known: readonly Template[] = BUILT_IN,
  findings: Findings,
): void {
  const newest = resolveTemplate(document.name, known)
  if (!newest.ok || newest.value.document.version === document.version) return
  const changes = diffTemplates(document, newest.value.document)
  const looser = changes.filter(({ effect }) => effect === 'looser').length
  findings.note(
    'GH_POLICY_TEMPLATE_NEWER',
    'low',
    `${template} is linked, and there is ${document.name}@${newest.value.document.version}; it would change ${some(changes.map(({ what }) => what)) || 'nothing'}${looser === 0 ? '' : ` (${looser} looser)`}`,
    templatePlace,
  )
}

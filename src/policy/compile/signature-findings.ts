/** What a policy says of signatures and the installation cannot do. */
import type { PolicySource } from '../contract.ts'
import { declaresSignedAnswers, signatureForm } from '../dialects/signature-form.ts'
import type { MergedRule, MergedRules } from '../merge/merged-rule.ts'
import type { Findings } from './closing.ts'
import type { SelectedOperation } from './selected-operation.ts'

export function signsAnswersOf({ params }: MergedRule): boolean {
  const answers = params.get('answers')
  return answers === 'signed' || answers === 'required'
}

/** Required and impossible closes the API; what is only wished for is a finding, and what holds without it holds. */
export function checkSignatures(
  served: readonly SelectedOperation[],
  rulesFor: (id: string) => MergedRules,
  { signsAnswers = false, trustStores = false }: Pick<PolicySource, 'signsAnswers' | 'trustStores'>,
  findings: Findings,
): void {
  const unsigned: string[] = []
  const unsealed: string[] = []
  let mustSign = false
  let mustSeal = false
  for (const { id, record } of served) {
    const rule = rulesFor(id).get('request.signature')
    if (rule === undefined || rule.mode === 'off') continue
    const header = String(rule.params.get('header'))
    if (!signsAnswers && signsAnswersOf(rule) && declaresSignedAnswers(record, header)) {
      unsigned.push(id)
      mustSign ||= rule.params.get('answers') === 'required'
    }
    const seals = rule.params.get('httpSignature')
    if (!trustStores && seals !== 'ignored' && signatureForm(record, header) === 'http-signature') {
      unsealed.push(id)
      mustSeal ||= seals === 'required'
    }
  }
  tell(
    unsigned,
    mustSign,
    'declare signed answers, and the gateway has no key for them: what the bank signed leaves as long as nothing of it is trimmed, what it did not sign leaves without. Name one under answerSigning',
  )
  tell(
    unsealed,
    mustSeal,
    'take messages with HTTP signatures, and there is no trust store for their certificates, so nobody verifies them. Name one under trustStores',
  )

  function tell(ids: readonly string[], closes: boolean, what: string): void {
    if (ids.length === 0) return
    const text = `${ids.length} operations ${what}`
    if (closes) findings.close('GH_POLICY_SIGNATURE_IMPOSSIBLE', text)
    else findings.note('GH_POLICY_SIGNATURE_IMPOSSIBLE', 'medium', text)
  }
}

/** What the active policy enforces, control by control, in the few words that posture needs of it. */
import type { Control } from '../controls/index.ts'
import type { ControlId } from '../lib/index.ts'

export interface ConfiguredControl {
  readonly api: string
  readonly control: ControlId
  /** Name of the rule that enforces it. */
  readonly rule: string
  /** `elsewhere`: by a program that is not ours, of which nothing is known here but what was seen. */
  readonly mode: 'off' | 'observe' | 'enforce' | 'elsewhere'
  /** Percent of requests that it enforces; `null`: all. */
  readonly fraction: number | null
  /** How many operations carry the rule, of how many. */
  readonly operations: number
  readonly of: number
}

/** Whether the gateway can enforce the control at all: the catalogue lists configuration among its evidence. */
export function gatewayEnforces(control: Control): boolean {
  return control.evidence.kinds.includes('gateway-config')
}

/** Whether it is kept, or not, by a program that is not ours, as far as this API goes. */
export function keptElsewhere(
  { id }: Control,
  api: string,
  configured: readonly ConfiguredControl[],
): boolean {
  return configured.some(
    (entry) => entry.api === api && entry.control === id && entry.mode === 'elsewhere',
  )
}

/** Why the policy does not enforce the control, or `null` when a rule of it does, on every request it is for. */
export function whyNotConfigured(
  control: Control,
  api: string,
  configured: readonly ConfiguredControl[],
): string | null {
  const entries = configured.filter((entry) => entry.api === api && entry.control === control.id)
  let why = `no rule of the policy enforces it (${control.enforce.policyField})`
  for (const { rule, mode, fraction, operations } of entries) {
    if (mode !== 'enforce') why = `rule ${rule} is set to ${mode}`
    else if (fraction !== null && fraction < 100)
      why = `rule ${rule} enforces ${fraction} % of requests`
    else if (operations === 0) why = `rule ${rule} is on no operation`
    else return null
  }
  return why
}

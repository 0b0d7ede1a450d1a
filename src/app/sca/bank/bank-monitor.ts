/** The bank's monitoring of transactions (RTS Art. 2 and 18), asked at an address of its own. What it does not say it has not evaluated. */
import { isJsonObject, type JsonObject, type JsonValue } from '../../../lib/index.ts'
import type { MonitorPort, RiskSignals, Signal } from '../../../sca/index.ts'
import type { BankService } from './bank-service.ts'

const MONITORING = ['compromisedElements', 'fraudScenario', 'malware', 'deviceMisuse'] as const
const ANALYSIS = ['spendingPattern', 'deviceOrSoftware', 'payerLocation', 'payeeLocation'] as const
const SIGNALS: readonly JsonValue[] = ['clear', 'found', 'not-evaluated'] satisfies Signal[]

/** It rejects where the service does not answer: the ledger takes that for nothing evaluated. */
export function bankMonitor(service: Pick<BankService, 'ask'>): MonitorPort {
  return async ({ id, subject, api, act }) => {
    const question = {
      ...(id === undefined ? {} : { id }),
      subject,
      ...(api === undefined ? {} : { api }),
      act,
    }
    // Sound: text, numbers and lists of them; what is absent is left out.
    const answer = await service.ask(JSON.parse(JSON.stringify(question)) as JsonObject)
    const signals = readSignals(answer)
    if (signals === undefined) throw new TypeError('no signals')
    return signals
  }
}

/** `undefined`: something in it is not as the document has it, and then none of it is believed. */
export function readSignals(answer: JsonValue): RiskSignals | undefined {
  if (!isJsonObject(answer) || !has(answer, ['monitoring', 'analysis'])) return undefined
  const { monitoring = {}, analysis = {} } = answer
  if (!isJsonObject(monitoring) || !has(monitoring, MONITORING)) return undefined
  if (!isJsonObject(analysis) || !has(analysis, [...ANALYSIS, 'score'])) return undefined
  const { score, ...locations } = analysis
  if (score !== undefined && !(typeof score === 'number' && score >= 0 && score <= 1))
    return undefined
  const values = [...Object.values(monitoring), ...Object.values(locations)]
  if (!values.every((one) => SIGNALS.includes(one))) return undefined
  return {
    monitoring: signalsOf(MONITORING, monitoring),
    analysis: { ...signalsOf(ANALYSIS, locations), ...(score === undefined ? {} : { score }) },
  }
}

const has = (object: JsonObject, known: readonly string[]): boolean =>
  Object.keys(object).every((name) => known.includes(name))

function signalsOf<K extends string>(
  names: readonly K[],
  said: JsonObject,
): Readonly<Record<K, Signal>> {
  const found = names.map((name) => [name, said[name] ?? 'not-evaluated'])
  // Sound: each name once, and its value is one of `SIGNALS` or the default.
  return Object.fromEntries(found) as Record<K, Signal>
}

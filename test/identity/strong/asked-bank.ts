/** A bank whose customer has a device that approves, and a number to which codes are sent; what goes there, and what the device signs. */
import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { GatehouseError, type JsonValue } from '../../../src/lib/index.ts'
import type { CodeMessage } from '../../../src/sca/index.ts'
import { enrolDevice } from '../../sca/rig.ts'
import type { TestClient } from '../client.ts'
import type { Person, Shown } from '../consents/journey.ts'
import { enrol, PASSCODE, startStrongBank } from './strong-bank.ts'

export type Kinds = readonly ('passcode' | 'approval' | 'one-time-code')[]

export async function askedBank(
  t: TestContext,
  testClients: readonly TestClient[],
  kinds: Kinds,
  options: Parameters<typeof startStrongBank>[2] = {},
) {
  let [now, away] = [Date.now(), false]
  const pushed: { devices: readonly string[]; transaction: string }[] = []
  const sent: CodeMessage[] = []
  const told = <T>(list: T[], one: T): Promise<void> => {
    if (away) return Promise.reject(new GatehouseError('GH_SCA_BANK_UNREACHABLE', 'sca.push'))
    list.push(one)
    return Promise.resolve()
  }
  const bank = await startStrongBank(t, testClients, {
    clock: { now: () => now, monotonic: () => now },
    typed: false,
    push: { push: (one) => told(pushed, one) },
    sender: { send: (one) => told(sent, one) },
    ...options,
  })
  const { sca } = bank
  if (kinds.includes('passcode')) await enrol(sca, 'cust-amira', 'passcode', () => PASSCODE)
  if (kinds.includes('one-time-code'))
    await enrol(sca, 'cust-amira', 'one-time-code', () => sent.at(-1)?.code ?? '', {
      to: '+491701234567',
    })
  sent.length = 0
  const device = kinds.includes('approval') ? await enrolDevice(bank, 'cust-amira') : undefined
  return {
    ...bank,
    pushed,
    sent,
    device,
    later: (ms: number) => void (now += ms),
    away: (is: boolean) => void (away = is),
    /** The customer's device: what it was asked, and what it signs. */
    async phone() {
      const id = pushed.at(-1)?.transaction ?? ''
      const question = await sca.devices.question(id)
      assert.ok(question.ok && device !== undefined, JSON.stringify(question))
      const { challenge } = question.value
      return {
        question: question.value,
        says: (decision: 'approve' | 'refuse', more: Record<string, JsonValue> = {}) =>
          sca.devices.answer(id, device.sign({ transaction: id, challenge, decision, ...more })),
      }
    },
  }
}

/** The customer says that he has answered. */
export function look(person: Person, { text }: Shown): Promise<Shown | URL> {
  const [, to = ''] = /href="([^"]*looked=1)"/.exec(text) ?? []
  return person.open(to.replaceAll('&amp;', '&'))
}
export const offered = ({ text }: Shown): string[] =>
  [...text.matchAll(/name="ask" value="([a-z-]+)"/g)].map(([, kind = '']) => kind)
export const numberIn = ({ text }: Shown): string =>
  /data-part="number"><strong>(\d\d)</.exec(text)?.[1] ?? ''
export const anotherNumber = (shown: Shown): string =>
  String((Number(numberIn(shown)) + 1) % 100).padStart(2, '0')
export const passcode = ['passcode', PASSCODE] as const

/** What the gateway keeps in the store: idempotency keys, uses of consents, counted accesses, payments that wait for their authorisation. */
import type { CoreOptions } from '../gateway/core/index.ts'
import type { Store } from '../store/index.ts'
import { idempotencyKeys } from './idempotency-keys.ts'
import { initiatedPayments } from './initiated-payments.ts'
import type { InstallationKey } from './installation-key.ts'
import { systemClock, systemScheduler } from './system-ports.ts'
import { unattendedAccesses } from './unattended-accesses.ts'

export interface KeptOptions {
  readonly store: Store
  readonly key: Pick<InstallationKey, 'sign'>
  /** Names this run of this process. */
  readonly owner: string
  /** The store is this process's alone. */
  readonly alone: boolean
}

/** `say` is told in words what cannot be taken away. */
export function keptForGateway(
  { store, key, owner, alone }: KeptOptions,
  say: (text: string) => void,
): {
  readonly ports: Required<
    Pick<CoreOptions, 'idempotencyKeys' | 'consentUses' | 'quotas' | 'initiated'>
  >
  readonly stop: () => void
} {
  const ports = { store, clock: systemClock, scheduler: systemScheduler }
  const own = { ...ports, owner, alone }
  const cannot = (what: string) => (): void => say(`ended ${what} cannot be taken away`)
  const idempotency = idempotencyKeys({ ...own, key, say: cannot('idempotency keys') })
  const unattended = unattendedAccesses({ ...own, say: cannot('accesses') })
  const initiated = initiatedPayments({ ...ports, say: cannot('payments') })
  return {
    ports: {
      idempotencyKeys: idempotency.keys,
      consentUses: idempotency.uses,
      quotas: unattended.quotas,
      initiated: initiated.payments,
    },
    stop() {
      initiated.stop()
      unattended.stop()
      idempotency.stop()
    },
  }
}

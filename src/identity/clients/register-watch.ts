/**
 * Keeps up with the register of organisations. What it says of an organisation reaches every client of it, here and at every gateway, whatever
 * certificate they hold: withdrawal ends access, and a return gives it back without anybody having to ask.
 */
import { type Clock, type Scheduler, singleFlight } from '../../lib/index.ts'
import type { IssuerKeys } from '../../proof/index.ts'
import { applyRegister, listClients, type Store } from '../../store/index.ts'
import type { Evidence } from '../evidence.ts'
import { type OrganisationRegister, readRegister } from './organisation-register.ts'

/** Where the register is; `app` reads it. */
export interface RegisterSource {
  /** `undefined`: it is as `version` was. Rejects when it cannot be had, or is larger than `maxBytes`. */
  read(
    version: string | undefined,
    maxBytes: number,
  ): Promise<{ readonly text: string; readonly version: string } | undefined>
  readonly everyMs: number
}
export interface RegisterWatchOptions {
  readonly source: RegisterSource
  readonly keys: IssuerKeys
  readonly store: Store
  readonly clock: Clock
  readonly scheduler: Scheduler
  readonly evidence: Evidence
  /** Told when the register cannot be used; the one before goes on. */
  readonly say: (problem: string) => void
}
export interface RegisterWatch {
  current(): OrganisationRegister | undefined
  /** Reads it and applies what is new. Never rejects. */
  look(): Promise<void>
  stop(): void
}

export const MAX_REGISTER_BYTES = 16 * 1024 * 1024
const AT_ONCE = 500

export function watchRegister(options: RegisterWatchOptions): RegisterWatch {
  const { source, keys, store, clock, scheduler, evidence, say } = options
  let current: OrganisationRegister | undefined
  let version: string | undefined
  let told = ''
  /** Twice: who was registered by the one before while the new one was applied is found the second time. */
  let toApply = 0

  function problem(text: string): void {
    if (text !== told && text !== '') say(`the register of organisations: ${text}`)
    told = text
  }

  async function look(): Promise<void> {
    try {
      const found = await source.read(version, MAX_REGISTER_BYTES)
      if (found !== undefined) {
        const read = await readRegister(found.text, keys, clock.now())
        if (!read.ok) return problem(read.error)
        // One that was put back in place of its successor would give access back.
        if (current !== undefined && read.value.issuedAt < current.issuedAt)
          return problem('it is older than the one before')
        current = read.value
        version = found.version
        toApply = 2
      }
      if (current !== undefined && toApply > 0) {
        await apply(current)
        toApply--
      }
      problem(current !== undefined && current.expiresAt <= clock.now() ? 'it is out of date' : '')
    } catch {
      problem('it cannot be read or applied')
    }
  }

  async function apply(register: OrganisationRegister): Promise<void> {
    const seen = new Set<string>()
    let after = ''
    for (;;) {
      const page = await store.run(listClients, { after, limit: AT_ONCE })
      for (const client of page) {
        after = client.id
        const { organization } = client
        if (organization === null || client.registerState === null || seen.has(organization))
          continue
        seen.add(organization)
        await applyTo(organization, register)
      }
      if (page.length < AT_ONCE) return
    }
  }

  async function applyTo(organization: string, { entries }: OrganisationRegister): Promise<void> {
    const entry = entries.get(organization)
    // Whom the register does not list any more is not authorised any more.
    const state = entry?.status ?? 'withdrawn'
    const changed = await store.run(applyRegister, {
      organization,
      state,
      roles: [...(entry?.roles ?? [])],
      act: { at: clock.now(), actor: 'register', reason: null, record: null },
    })
    // Withdrawal does not wait for a disk; each stands in the client's history, written with it.
    for (const { id } of changed)
      await evidence.write({
        action: 'client-status',
        outcome: 'done',
        by: 'register',
        client: id,
        after: state,
        caller: organization,
      })
  }

  const flight = singleFlight(look)
  const stop = scheduler.every(source.everyMs, () => void flight.start())
  return {
    current: () => current,
    look: flight.next,
    stop,
  }
}

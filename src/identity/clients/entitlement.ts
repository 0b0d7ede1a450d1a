/**
 * What somebody is entitled to: the roles that register, certificate and statement agree on, all of one holder. A register that lists it is
 * enough, and nobody has to be asked: anything more would be an obstacle (RTS (EU) 2018/389 Art. 32(3)). Whom no authority supervises is a partner.
 */
import type { RegisterStatus } from '../../feed/index.ts'
import type { Caller } from './caller.ts'
import type { OrganisationRegister, RegisterEntry } from './organisation-register.ts'
import { RegistrationRefused } from './refused.ts'
import type { SoftwareStatement } from './software-statement.ts'

export interface Entitlement {
  readonly roles: ReadonlySet<string>
  /** `null`: a partner, whom somebody at the bank has to approve. */
  readonly registerState: RegisterStatus | null
}

function refuse(why: string): never {
  throw new RegistrationRefused('unapproved_software_statement', why)
}

/** @throws RegistrationRefused unapproved_software_statement */
export function entitlementOf(
  caller: Caller,
  statement: SoftwareStatement | undefined,
  {
    register,
    partners,
    now,
  }: {
    readonly register: OrganisationRegister | undefined
    /** Whether whom no register lists may wait for an approval. */
    readonly partners: boolean
    readonly now: number
  },
): Entitlement {
  const entry =
    caller.organization === undefined ? undefined : register?.entries.get(caller.organization)
  if (entry === undefined) return partnerOf(caller, statement, partners)
  if (register === undefined || register.expiresAt <= now)
    refuse('the register is out of date: nobody is registered until it is read again')
  if (entry.status === 'suspended' || entry.status === 'withdrawn')
    refuse('the register says that the organisation is not authorised')
  if (statement !== undefined && !isOf(statement, entry))
    refuse('the statement is of another organisation than the client certificate')
  const roles = new Set(
    [...entry.roles].filter(
      (role) => caller.roles?.has(role) !== false && statement?.roles.has(role) !== false,
    ),
  )
  if (roles.size === 0) refuse('register, certificate and statement agree on no role')
  // A certificate without a PSD2 statement proves the holder; the roles then need somebody's signature.
  if (caller.roles === undefined && statement === undefined)
    refuse('without roles in the client certificate a software statement is needed')
  return { roles, registerState: entry.status }
}

function isOf(
  statement: SoftwareStatement,
  { organization, directoryIds }: RegisterEntry,
): boolean {
  return (
    directoryIds.has(statement.organization) &&
    (statement.registration === undefined ||
      organization.endsWith(`-${numberOf(statement.registration)}`))
  )
}

/** `FCA-123456` and `PSDGB-FCA-123456` end with the number at the authority. */
function numberOf(registration: string): string {
  return registration.slice(registration.lastIndexOf('-') + 1)
}

function partnerOf(
  caller: Caller,
  statement: SoftwareStatement | undefined,
  partners: boolean,
): Entitlement {
  // Who says of himself that an authority supervises him, and is in no register, is not what he says.
  if (!partners || caller.roles !== undefined || statement === undefined)
    refuse('no register lists the organisation of the client certificate')
  return { roles: statement.roles, registerState: null }
}

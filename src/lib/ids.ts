import type { Brand } from './brand.ts'

/** Name of an API as in `gatehouse.yaml`. */
export type ApiName = Brand<string, 'ApiName'>
/** OAuth `client_id` of a third party. */
export type ClientId = Brand<string, 'ClientId'>
export type ConsentId = Brand<string, 'ConsentId'>
/** Identifier of a control of the catalogue, e.g. `object-authz`. */
export type ControlId = string

/** An identifier in base64url that people hand to a command: what begins with `-` would be taken for an option there. */
export function typeable(id: string): string {
  return id.replace(/^-/, '0')
}

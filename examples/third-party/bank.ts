/** Where a bank is, and how a third party connects to it: over TLS, with its own certificate, trusting the bank's authority and no other. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Agent, fetch as overTls } from 'undici'

export interface Bank {
  /** Its authorization server: everything else about it is in its metadata (RFC 8414). */
  readonly issuer: string
  /** Its API. */
  readonly api: string
  /** PEM file of whom its server certificates are issued by. */
  readonly authority: string
}
/** PEM files of a client certificate (QWAC). */
export interface Identity {
  readonly certificate: string
  readonly key: string
}
export function identityIn(folder: string, name: string): Identity {
  return { certificate: join(folder, `${name}.pem`), key: join(folder, `${name}-key.pem`) }
}
export type Connection = (url: string | URL, init?: object) => Promise<Response>

/** Without an identity it shows no certificate. A redirect is an answer. */
export function connection({ authority }: Pick<Bank, 'authority'>, who?: Identity): Connection {
  const dispatcher = new Agent({
    connect: {
      ca: readFileSync(authority),
      ...(who && { cert: readFileSync(who.certificate), key: readFileSync(who.key) }),
    },
  })
  return async (url, init) => {
    const answer: unknown = await overTls(url, { redirect: 'manual', ...init, dispatcher })
    return answer as Response // sound: undici's is the one that Node has, of another version
  }
}

/** What a third party has before it knows any bank: a certificate, a key that it signs with, and what its directory says of it. */
import { createPrivateKey, type JsonWebKey, type KeyObject } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Identity } from './bank.ts'

export interface Software {
  readonly identity: Identity
  /** Signed by the directory: who we are, our roles, our addresses, our public key. A bank takes it once. */
  readonly statement: string
  /** One of the addresses in it: where a customer comes back to. */
  readonly redirectUri: string
  /** The private half of the key in it: assertions and payments are signed with it (PS256). */
  readonly key: { readonly kid: string; readonly forWeb: CryptoKey; readonly forNode: KeyObject }
}

/** From a folder with `statement.jwt` and `software-key.json`. */
export async function readSoftware(folder: string, identity: Identity): Promise<Software> {
  const read = (name: string): string => readFileSync(join(folder, name), 'utf8').trim()
  const jwk = JSON.parse(read('software-key.json')) as JsonWebKey & { readonly kid: string } // sound: the directory wrote it
  const algorithm = { name: 'RSA-PSS', hash: 'SHA-256' }
  return {
    identity,
    statement: read('statement.jwt'),
    redirectUri: 'https://budget-buddy.example/callback',
    key: {
      kid: jwk.kid,
      forWeb: await crypto.subtle.importKey('jwk', jwk, algorithm, false, ['sign']),
      forNode: createPrivateKey({ key: jwk, format: 'jwk' }),
    },
  }
}

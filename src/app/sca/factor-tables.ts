/** What strong customer authentication keeps. Customers stand there as keyed hashes, and all that is said of them under seal. */
import type { StoredTable } from '../storage-schema.ts'

const none = (about: string) => ({ about, personal: 'none' }) as const
const sealed = (about: string) =>
  ({
    about: `${about} Sealed with AES-256-GCM under the key of strong customer authentication.`,
    personal: 'sealed',
  }) as const
const SUBJECT = none('HMAC-SHA-256 of the customer.')
const TIME = 'Milliseconds since the epoch'

export const SCA_FACTOR_TABLES: readonly StoredTable[] = [
  {
    table: 'sca_transaction',
    owner: 'sca',
    key: ['id'],
    lifetime: 'ten minutes after it, or its code, ends; less where all together are too large',
    about: 'What customers are asked to authenticate, until its code is redeemed.',
    columns: {
      id: none('Random.'),
      subject: SUBJECT,
      client: none('HMAC-SHA-256 of the client that asked for it.'),
      kind: none('payment, account-access or risky-act.'),
      state: none('open, verified, issued, redeemed, refused, superseded or void.'),
      created_at: none(`${TIME}.`),
      expires_at: none(`${TIME}.`),
      forget_at: none(`${TIME}.`),
      bytes: none('Of `body`.'),
      body: sealed('What is agreed to.'),
      asked: sealed('What was asked of devices.'),
      asked_version: none('Counts changes of `asked`.'),
      proof: sealed('By which elements, and when, it was authenticated.'),
      code: none('HMAC-SHA-256 of the id of its code.'),
      settled_at: none(`${TIME}; none: it is open.`),
    },
  },
  {
    table: 'sca_step',
    owner: 'sca',
    key: ['id'],
    lifetime: 'as that of its transaction',
    about: 'What a transaction did once, whatever is written into the transaction afterwards.',
    columns: {
      id: none('HMAC-SHA-256 of what was agreed; refused, issued or spent.'),
      forget_at: none(`${TIME}.`),
    },
  },
  {
    table: 'sca_attempt',
    owner: 'sca',
    key: ['id'],
    lifetime: 'a day after the last block; what is locked stays until it is recovered',
    about: 'Attempts that failed, and what is blocked for it.',
    columns: {
      id: none('HMAC-SHA-256 of the customer, client or network.'),
      failures: none('Attempts in a row that did not succeed.'),
      series: none('Counts how often they began anew.'),
      blocks: none('Blocks one after the other.'),
      blocked_until: none(`${TIME}; none: no block is in force.`),
      remember_until: none(`${TIME}.`),
      locked: none('1: until it is recovered.'),
      alerted: none('1: the customer was told that the next block is for good.'),
      window_from: none(`${TIME}.`),
      window_count: none('Attempts since then.'),
      forget_at: none(`${TIME}.`),
    },
  },
  {
    table: 'sca_factor',
    owner: 'sca',
    key: ['id'],
    lifetime: 'of the secret: until it is revoked; that there was one: for ever',
    about: 'Elements that customers enrolled.',
    columns: {
      id: none('Random.'),
      subject: SUBJECT,
      kind: none('Kind of factor.'),
      state: none('active or revoked.'),
      credential: none('HMAC-SHA-256 of the id of a credential.'),
      counter: none('What may only go forward.'),
      created_at: none(`${TIME}.`),
      used_at: none(`${TIME}; none: never.`),
      ended_at: none(`${TIME}; none: it is in use.`),
      body: sealed('Seed, public key or hash of a passcode; empty once it is revoked.'),
    },
  },
  {
    table: 'sca_enrolment',
    owner: 'sca',
    key: ['id'],
    lifetime: 'until it is used, or `expires_at`',
    about: 'Enrolments that were begun, and activation codes that wait for their customer.',
    columns: {
      id: none('Random; of an activation the HMAC-SHA-256 of its code.'),
      step: none('proposed, activation or begun.'),
      subject: SUBJECT,
      kind: none('Kind of factor.'),
      in_hand: none('1: somebody is at it.'),
      created_at: none(`${TIME}.`),
      expires_at: none(`${TIME}.`),
      body: sealed('What may be enrolled, and what was asked for it.'),
    },
  },
]
